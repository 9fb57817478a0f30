//! Which controls fail on this snapshot? Pure: snapshot, settings and the time in, findings out.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::controls::{self, Context, Control, Unjudged};
use crate::finding::{Evidence, Finding};
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// What all controls say about one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The function.
    pub function: FunctionArn,
    /// Where controls fail, worst first.
    pub findings: Vec<Finding>,
    /// What controls could not judge.
    pub unjudged: Vec<CannotJudge>,
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

/// Asks every control.
pub fn assess(snapshot: &Snapshot, settings: &Settings, now: Timestamp) -> Assessment {
    let context = Context::new(snapshot, settings, now);
    let mut assessment = Assessment {
        function: snapshot.function.clone(),
        findings: Vec::new(),
        unjudged: Vec::new(),
    };
    for control in controls::ALL {
        match (control.evaluate)(&context) {
            Ok(verdict) => {
                assessment
                    .findings
                    .extend(verdict.fails.into_iter().map(|found| finding(control, &context, found)));
                assessment
                    .unjudged
                    .extend(verdict.unjudged.into_iter().map(|why| cannot_judge(control, why)));
            }
            Err(why) => assessment.unjudged.push(cannot_judge(control, why)),
        }
    }
    settle(&mut assessment);
    assessment
}

/// Worst first, and one finding per fingerprint: two statements of one id are one thing to mend.
fn settle(assessment: &mut Assessment) {
    assessment.findings.sort_by(|a, b| {
        (b.severity, &a.control, &a.evidence, &a.fingerprint).cmp(&(
            a.severity,
            &b.control,
            &b.evidence,
            &b.fingerprint,
        ))
    });
    let mut seen = std::collections::BTreeSet::new();
    assessment
        .findings
        .retain(|finding| seen.insert(finding.fingerprint.clone()));
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
    let severity = context.settings.severities.get(control.id).copied().unwrap_or(own);
    let remediation = control.remediation_for(context, &evidence);
    Finding {
        remediation,
        ..Finding::new(control.id, &context.snapshot.function, severity, evidence)
    }
}
