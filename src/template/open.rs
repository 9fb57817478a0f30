//! Which controls cannot judge while a member of a function's configuration is not known?

use std::collections::BTreeSet;

use super::value::Why;
use crate::assess::{Assessment, CannotJudge};
use crate::controls::Unjudged;

/// A member of a configuration that is not known before deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) member: Member,
    pub(super) why: Why,
}

/// Members that controls read. The role is none of them: its facets say themselves that they are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Member {
    Runtime,
    Package,
    Tracing,
    Logs,
    Letters,
    Key,
    Environment,
    /// One variable, by its name.
    Variable(String),
    Network,
    Layers,
    Files,
    /// The Availability Zones of the subnets, which AWS chooses.
    Zones,
    /// Not of a configuration: who else uses the role.
    Users,
}

impl Member {
    /// Those whose verdict may be another one. A test over all cases holds this.
    pub(super) fn controls(&self) -> &'static [&'static str] {
        match self {
            Self::Runtime => &["runtime-deprecated", "runtime-expiring"],
            Self::Package => &[
                "code-unsigned",
                "dependencies-unscanned",
                "runtime-deprecated",
                "runtime-expiring",
            ],
            Self::Tracing => &["role-tracing-denied", "tracing-inactive"],
            Self::Logs => &["role-logs-denied", "role-logs-unscoped"],
            Self::Letters => &[
                "failure-destination-absent",
                "role-destination-denied",
                "vpc-egress-blocked",
                "vpc-endpoint-policy-denies",
                "vpc-needless",
                "vpc-service-unreachable",
            ],
            Self::Key => &[
                "env-customer-key-absent",
                "env-key-unusable",
                "vpc-egress-blocked",
                "vpc-endpoint-policy-denies",
                "vpc-needless",
                "vpc-service-unreachable",
            ],
            Self::Environment | Self::Variable(_) => &[
                "env-customer-key-absent",
                "env-internal-hostname",
                "env-reference-denied",
                "env-secret-plaintext",
                "vpc-database-path-closed",
                "vpc-egress-blocked",
                "vpc-endpoint-policy-denies",
                "vpc-needless",
                "vpc-service-unreachable",
            ],
            Self::Network => &[
                "role-network-denied",
                "security-group-broad",
                "vpc-database-path-closed",
                "vpc-egress-blocked",
                "vpc-endpoint-policy-denies",
                "vpc-needless",
                "vpc-public-subnet",
                "vpc-service-unreachable",
                "vpc-single-zone",
            ],
            Self::Layers => &[
                "layer-foreign",
                "layer-shared-publicly",
                "vpc-egress-blocked",
                "vpc-endpoint-policy-denies",
                "vpc-needless",
                "vpc-service-unreachable",
            ],
            Self::Files => &["role-destination-denied", "vpc-needless"],
            Self::Zones => &["vpc-single-zone"],
            Self::Users => &["role-shared"],
        }
    }

    /// The name in front of people.
    fn label(&self) -> &str {
        match self {
            Self::Runtime => "Runtime",
            Self::Package => "PackageType",
            Self::Tracing => "TracingConfig",
            Self::Logs => "LoggingConfig",
            Self::Letters => "DeadLetterConfig",
            Self::Key => "KmsKeyArn",
            Self::Environment => "Environment",
            Self::Variable(name) => name,
            Self::Network => "VpcConfig",
            Self::Layers => "Layers",
            Self::Files => "FileSystemConfigs",
            Self::Zones => "AvailabilityZone",
            Self::Users => "Role",
        }
    }

    /// Whether a finding stands whatever the member turns out to be: it is about something else, which more of its kind can only make
    /// worse. That a function has no reason to be in a VPC is what more of anything may change.
    fn leaves(&self, control: &str, subject: &str) -> bool {
        match self {
            Self::Variable(name) => subject != name && control != "vpc-needless",
            Self::Layers => control.starts_with("vpc-") && control != "vpc-needless",
            _ => false,
        }
    }
}

/// What is not known of a function.
#[derive(Debug, Clone, Default)]
pub(super) struct Opens {
    pub(super) members: Vec<Open>,
    /// It is in a VPC, or nobody knows.
    pub(super) may_have_vpc: bool,
}

impl Opens {
    /// The controls that one member leaves open here.
    fn asked<'o>(&'o self, open: &'o Open) -> impl Iterator<Item = &'static str> + 'o {
        const OF_VPC: [&str; 3] = ["role-network-denied", "security-group-", "vpc-"];
        let is_of_vpc = |control: &str| OF_VPC.iter().any(|start| control.starts_with(start));
        let all = open.member.controls().iter().copied();
        all.filter(move |control| self.may_have_vpc || !is_of_vpc(control))
    }
}

/// Alarms can be made anywhere: that a template has none says nothing.
const ELSEWHERE: [&str; 2] = ["alarm-errors-missing", "alarm-invocations-missing"];

/// Takes back what rests on what is not known, and says why it cannot be judged.
pub(super) fn settle(assessment: &mut Assessment, opens: &Opens) {
    for open in &opens.members {
        for control in opens.asked(open) {
            if !assessment.off.contains(control) {
                take_back(assessment, (control, open));
            }
        }
    }
    for control in ELSEWHERE {
        let before = assessment.findings.len();
        assessment.findings.retain(|finding| finding.control != control);
        if assessment.findings.len() < before {
            let why = Unjudged::undecided("the template has no such alarm; one that is made elsewhere would do");
            assessment.unjudged.push(cannot_judge(control, why));
        }
    }
    let left: BTreeSet<_> = assessment.findings.iter().map(|finding| finding.fingerprint).collect();
    assessment.accepted.retain(|fingerprint, _| left.contains(fingerprint));
    assessment.unjudged.sort();
    assessment.unjudged.dedup();
}

fn take_back(assessment: &mut Assessment, (control, open): (&str, &Open)) {
    let stands = |subject: &str| open.member.leaves(control, subject);
    let findings = &mut assessment.findings;
    findings.retain(|finding| finding.control != control || stands(&finding.evidence.subject));
    // What was said of a member that is left out is not meant for one that is not known.
    let is_said_of_nothing = |why: &Unjudged| matches!(why, Unjudged::Undecided { about: None, .. });
    let is_one = matches!(open.member, Member::Runtime | Member::Package);
    assessment
        .unjudged
        .retain(|cannot| cannot.control != control || !(is_one && is_said_of_nothing(&cannot.why)));
    let label = open.member.label();
    let why = Unjudged::Undecided {
        detail: format!("{label} is not known before deployment: {}", open.why),
        about: Some(label.to_owned()),
    };
    assessment.unjudged.push(cannot_judge(control, why));
}

fn cannot_judge(control: &str, why: Unjudged) -> CannotJudge {
    CannotJudge {
        control: control.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test reads the recorded cases")]

    use std::collections::BTreeMap;
    use std::path::Path;

    use serde_json::Value as Json;

    use super::*;
    use crate::assess::assess;
    use crate::memory::Account;
    use crate::settings::Settings;

    const MEMBERS: [(Member, &str); 10] = [
        (Member::Runtime, "Runtime"),
        (Member::Package, "PackageType"),
        (Member::Tracing, "TracingConfig"),
        (Member::Logs, "LoggingConfig"),
        (Member::Letters, "DeadLetterConfig"),
        (Member::Key, "KMSKeyArn"),
        (Member::Environment, "Environment"),
        (Member::Network, "VpcConfig"),
        (Member::Layers, "Layers"),
        (Member::Files, "FileSystemConfigs"),
    ];

    type Said = BTreeMap<(String, String), String>;

    /// What each control says of each function.
    fn said(recorded: &Json) -> Said {
        let mut account = Account::default();
        account.add(&recorded.to_string()).unwrap();
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut said = Said::new();
        for function in account.functions() {
            let assessment = assess(&account.snapshot(function), &Settings::default(), now);
            let mut note = |control: &str, text: String| {
                let key = (function.name().to_owned(), control.to_owned());
                said.entry(key).or_default().push_str(&text);
            };
            for finding in &assessment.findings {
                note(&finding.control, format!("{:?}", finding.evidence));
            }
            for cannot in &assessment.unjudged {
                note(&cannot.control, format!("{:?}", cannot.why));
            }
        }
        said
    }

    fn without(recorded: &Json, member: &str) -> Json {
        let mut changed = recorded.clone();
        let functions = changed.pointer_mut("/Functions").and_then(Json::as_array_mut);
        for function in functions.into_iter().flatten() {
            if let Some(configuration) = function.pointer_mut("/Configuration").and_then(Json::as_object_mut) {
                configuration.remove(member);
            }
        }
        changed
    }

    /// Every control whose verdict changes in some case without a member is in the member's list.
    #[test]
    fn no_control_reads_a_member_unnoticed() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let mut changed = 0;
        for case in std::fs::read_dir(cases).unwrap() {
            let text = std::fs::read_to_string(case.unwrap().path().join("account.json")).unwrap();
            let recorded: Json = serde_json::from_str(&text).unwrap();
            let before = said(&recorded);
            for (member, name) in MEMBERS {
                let after = said(&without(&recorded, name));
                let keys: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
                for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
                    let (function, control) = key;
                    // What could not be read is another matter than what is not known.
                    let is_listed = control == "read-denied" || member.controls().contains(&control.as_str());
                    assert!(is_listed, "{name} of {function} changes {control}");
                    changed += 1;
                }
            }
        }
        assert!(changed > 100, "{changed}");
    }
}
