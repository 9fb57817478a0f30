//! Which controls fail on this snapshot? Pure: snapshot, settings and the time in, findings out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::controls::{self, Context, Control, Itself, Unjudged};
use crate::finding::{Evidence, Finding, Fingerprint};
use crate::settings::{self, Acceptance, Settings, Use};
use crate::snapshot::{Facet, Reason, Snapshot, Unreadable};

/// What decides about the acceptance of findings, beside what controls read: a tag can accept one.
pub const ACCEPTED_BY: Facet = Facet::Tags;

/// What all controls say about one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The function.
    pub function: FunctionArn,
    /// Where controls fail, worst first.
    pub findings: Vec<Arc<Finding>>,
    /// What controls could not judge.
    pub unjudged: Vec<CannotJudge>,
    /// Which of the findings are accepted, and why.
    pub accepted: BTreeMap<Fingerprint, Accepted>,
    /// The controls that the settings switch off here.
    pub off: BTreeSet<&'static str>,
    /// What this says about the suppressions of the settings.
    pub suppressions: Use,
    /// It is about the monitor itself: findings of functions' controls are none of its business.
    pub is_own: bool,
}

impl Assessment {
    /// Nothing found and nothing open.
    pub fn clean(function: &FunctionArn) -> Self {
        Self {
            function: function.clone(),
            findings: Vec::new(),
            unjudged: Vec::new(),
            accepted: BTreeMap::new(),
            off: BTreeSet::new(),
            suppressions: Use::default(),
            is_own: false,
        }
    }
}

/// How a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// For this reason.
    For(String),
    /// As it was before: the tags that decide it could not be read.
    AsBefore,
}

/// A control that could not judge, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CannotJudge {
    /// Id of the control.
    pub control: String,
    /// Why.
    #[serde(flatten)]
    pub why: Unjudged,
}

impl CannotJudge {
    /// Whether there is nothing to tell people: the time to read what is missing has not come.
    pub fn is_not_due(&self) -> bool {
        matches!(&self.why, Unjudged::Unreadable(unreadable) if unreadable.is_not_due())
    }

    /// Whether an open finding may still be there for all that was judged.
    pub fn bears_on(&self, finding: &Finding) -> bool {
        if matches!(&self.why, Unjudged::Unreadable(unreadable) if *unreadable == qualifiers_left_out()) {
            // Of what may be read nothing was seen where it was not tried.
            let may_be_theirs = finding.evidence.qualifier.is_some() || self.control == "read-denied";
            return self.control == finding.control && may_be_theirs;
        }
        let Unjudged::Undecided { about: Some(about), .. } = &self.why else {
            return self.control == finding.control;
        };
        let subject = &finding.evidence.subject;
        let concerned = subject == about
            || subject
                .strip_prefix(about.as_str())
                .is_some_and(|rest| rest.starts_with(' '));
        self.control == finding.control && concerned
    }
}

/// So a look says that it left out the policies of versions and aliases: it has read the function's own, and those of URLs.
fn qualifiers_left_out() -> Unreadable {
    Unreadable::new(Facet::ResourcePolicies, Reason::LeftOut)
}

/// Asks every control about a function.
pub fn assess(snapshot: &Snapshot, settings: &Settings, now: Timestamp) -> Assessment {
    judge(&Context::new(snapshot, settings, now), false)
}

/// As [`assess`], for functions one after the other. What follows from a role is worked out once for neighbours that share it.
pub fn assess_each<'s>(
    snapshots: impl IntoIterator<Item = &'s Snapshot>,
    settings: &'s Settings,
    now: Timestamp,
) -> Vec<Assessment> {
    let mut before: Option<Context<'s>> = None;
    let assess = |snapshot| {
        let context = Context::new(snapshot, settings, now).beside(before.as_ref());
        let assessment = judge(&context, false);
        before = Some(context);
        assessment
    };
    snapshots.into_iter().map(assess).collect()
}

/// Asks the controls about the monitor itself, which is a function, too.
pub fn assess_own(snapshot: &Snapshot, own: &Itself, settings: &Settings, now: Timestamp) -> Assessment {
    judge(&Context::new(snapshot, settings, now).about_own(own), true)
}

fn judge(context: &Context<'_>, is_own: bool) -> Assessment {
    let mut assessment = Assessment {
        is_own,
        ..Assessment::clean(&context.snapshot.function)
    };
    for control in controls::ALL.iter().filter(|control| control.is_own() == is_own) {
        if context.decisions.is_on(control.id) {
            ask(control, context, &mut assessment);
        } else {
            assessment.off.insert(control.id);
        }
    }
    settle(&mut assessment);
    accept(&mut assessment, context);
    assessment
}

fn ask(control: &Control, context: &Context<'_>, assessment: &mut Assessment) {
    match (control.evaluate)(context) {
        Ok(verdict) => {
            assessment.findings.extend(
                verdict
                    .fails
                    .into_iter()
                    .map(|found| Arc::new(finding(control, context, found))),
            );
            assessment
                .unjudged
                .extend(verdict.unjudged.into_iter().map(|why| cannot_judge(control, why)));
        }
        Err(why) => assessment.unjudged.push(cannot_judge(control, why)),
    }
}

/// Notes what is accepted, and tells beside a finding why a tag that means to accept it does not.
fn accept(assessment: &mut Assessment, context: &Context<'_>) {
    for finding in &mut assessment.findings {
        let accepted = match context.decisions.acceptance(finding) {
            Acceptance::Open => continue,
            Acceptance::Refused(why) => {
                let tag = format!(
                    "; the tag {}{} does not accept it: {why}",
                    settings::ACCEPT,
                    finding.control
                );
                Arc::make_mut(finding).evidence.detail.push_str(&tag);
                continue;
            }
            Acceptance::Accepted(reason) => Accepted::For(reason),
            Acceptance::Unknown => Accepted::AsBefore,
        };
        assessment.accepted.insert(finding.fingerprint, accepted);
    }
    let unjudged = assessment.unjudged.iter().map(|cannot| cannot.control.as_str());
    assessment.suppressions = Use::of(
        &context.decisions,
        assessment.findings.iter().map(Arc::as_ref),
        unjudged,
    );
}

/// Worst first, and one finding per fingerprint: two statements of one id are one thing to mend.
fn settle(assessment: &mut Assessment) {
    assessment.findings.sort_by(|a, b| {
        let order = b.severity.cmp(&a.severity);
        order.then_with(|| (&a.control, &a.evidence, &a.remediation).cmp(&(&b.control, &b.evidence, &b.remediation)))
    });
    let mut seen = BTreeSet::new();
    assessment.findings.retain(|finding| seen.insert(finding.fingerprint));
    assessment.unjudged.sort();
    assessment.unjudged.dedup();
}

fn cannot_judge(control: &Control, why: Unjudged) -> CannotJudge {
    CannotJudge {
        control: control.id.to_owned(),
        why,
    }
}

fn finding(control: &Control, context: &Context<'_>, evidence: Evidence) -> Finding {
    let own = evidence.severity.unwrap_or(control.severity);
    let severity = context.decisions.severity(control.id).unwrap_or(own);
    let remediation = control.remediation_for(context, &evidence);
    Finding::new(control.id, &context.snapshot.function, severity, evidence).fixed_by(remediation)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::finding::Severity;
    use crate::memory::Account;

    #[test]
    fn what_cannot_be_judged_bears_on_what_it_is_about() {
        let function = format!("{PLACE}:orders").parse().unwrap();
        let about = |control: &str, subject: &str, qualifier: Option<&str>| {
            Finding::new(
                control,
                &function,
                Severity::High,
                Evidence::new(subject, "").on(qualifier),
            )
        };
        let cannot = |control: &str, why| CannotJudge {
            control: control.to_owned(),
            why,
        };
        let (grant, role) = ("invoke-public", "role-admin");
        let whole = cannot(grant, Unjudged::undecided("x"));
        assert!(whole.bears_on(&about(grant, "Call", None)));
        assert!(!whole.bears_on(&about(role, "Call", None)));
        let one = cannot(grant, Unjudged::about("Call", "x"));
        for (subject, expected) in [("Call", true), ("Call 2", true), ("Caller", false), ("Other", false)] {
            assert_eq!(one.bears_on(&about(grant, subject, None)), expected, "{subject}");
            assert!(
                !one.bears_on(&about(role, subject, None)),
                "{subject} of another control"
            );
        }
        let left_out = |control| cannot(control, Unjudged::Unreadable(qualifiers_left_out()));
        assert!(left_out(grant).bears_on(&about(grant, "Call", Some("live"))));
        assert!(
            !left_out(grant).bears_on(&about(grant, "Call", None)),
            "the function's own was read"
        );
        assert!(!left_out(grant).bears_on(&about(role, "Call", Some("live"))));
        assert!(left_out("read-denied").bears_on(&about("read-denied", "lambda:GetPolicy", None)));
        let denied = Unreadable::new(Facet::ResourcePolicies, Reason::Throttled);
        let denied = cannot(grant, Unjudged::Unreadable(denied));
        assert!(denied.bears_on(&about(grant, "Call", None)));
        assert!(left_out(grant).is_not_due() && !denied.is_not_due() && !whole.is_not_due());
    }

    const PLACE: &str = "arn:aws:lambda:eu-west-1:111122223333:function";

    /// Three functions that run with one role, as it was read once for them.
    fn snapshots(statements: &serde_json::Value) -> Vec<Snapshot> {
        let role = "arn:aws:iam::111122223333:role/shared";
        let function = |name: &str| {
            json!({"FunctionArn": format!("{PLACE}:{name}"), "Policies": [],
                "Configuration": {"Role": role, "Runtime": "python3.13", "TracingConfig": {"Mode": "Active"}}})
        };
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]});
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let functions = ["a", "b", "c"].map(function);
        let recorded = json!({
            "Functions": functions,
            "Roles": [{"Arn": role, "AssumeRolePolicyDocument": trust, "AttachedPolicies": [], "PermissionsBoundary": null,
                "PolicyFindings": [], "InlinePolicies": [{"PolicyName": "own", "PolicyDocument": policy}]}],
        });
        let mut account = Account::default();
        account.add(&recorded.to_string()).unwrap();
        let mut all: Vec<Snapshot> = account.functions().map(|function| account.snapshot(function)).collect();
        let read_once = Arc::clone(&all[0].role);
        for snapshot in &mut all {
            snapshot.role = Arc::clone(&read_once);
        }
        all
    }

    fn says_the_same_side_by_side(statements: &serde_json::Value) -> Vec<Assessment> {
        let (snapshots, settings) = (snapshots(statements), Settings::default());
        let now = Timestamp::UNIX_EPOCH;
        let alone: Vec<Assessment> = snapshots.iter().map(|one| assess(one, &settings, now)).collect();
        assert_eq!(assess_each(&snapshots, &settings, now), alone);
        alone
    }

    #[test]
    fn what_is_shared_of_a_role_holds_for_each_function() {
        let statements = json!([
            {"Sid": "Wild", "Effect": "Allow", "Action": ["s3:*", "secretsmanager:GetSecretValue"], "Resource": "*"},
            {"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/a:*"},
            {"Sid": "Call", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{PLACE}:b")},
        ]);
        let alone = says_the_same_side_by_side(&statements);
        assert!(
            alone
                .iter()
                .all(|one| one.findings.iter().any(|found| found.control == "role-wildcard-action"))
        );
    }

    #[test]
    fn a_condition_on_the_calling_function_tells_them_apart() {
        let only_b = json!({"ArnEquals": {"lambda:SourceFunctionArn": format!("{PLACE}:b")}});
        let statements = json!([
            {"Sid": "Call", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{PLACE}:*"), "Condition": only_b},
        ]);
        let alone = says_the_same_side_by_side(&statements);
        let calls_itself = |one: &Assessment| one.findings.iter().any(|found| found.control == "role-self-invoke");
        assert_eq!(alone.iter().map(calls_itself).collect::<Vec<_>>(), [false, true, false]);
    }
}
