//! Which controls cannot judge while a member of a function's configuration is not known?

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

/// What reads the environment, beside the controls on what stands in it.
const THROUGH_NEEDS: [&str; 6] = [
    "env-customer-key-absent",
    "vpc-database-path-closed",
    "vpc-egress-blocked",
    "vpc-endpoint-policy-denies",
    "vpc-needless",
    "vpc-service-unreachable",
];

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

    /// Whether a finding stands whatever the member turns out to be: it is about another variable, and more of them only
    /// make it worse.
    fn leaves(&self, control: &str, subject: &str) -> bool {
        match self {
            Self::Variable(name) => {
                subject != name && !(THROUGH_NEEDS.contains(&control) && control != "env-customer-key-absent")
            }
            _ => false,
        }
    }
}

/// Alarms can be made anywhere: that a template has none says nothing.
const ELSEWHERE: [&str; 2] = ["alarm-errors-missing", "alarm-invocations-missing"];

/// Takes back what rests on what is not known, and says why it cannot be judged.
pub(super) fn settle(assessment: &mut Assessment, open: &[Open]) {
    for one in open {
        for control in one
            .member
            .controls()
            .iter()
            .filter(|control| !assessment.off.contains(*control))
        {
            let stands = |subject: &str| one.member.leaves(control, subject);
            assessment
                .findings
                .retain(|finding| finding.control != **control || stands(&finding.evidence.subject));
            assessment.unjudged.push(CannotJudge {
                control: (*control).to_owned(),
                why: unknown(one.member.label(), &one.why),
            });
        }
    }
    for control in ELSEWHERE {
        let before = assessment.findings.len();
        assessment.findings.retain(|finding| finding.control != control);
        if assessment.findings.len() < before {
            assessment.unjudged.push(CannotJudge {
                control: control.to_owned(),
                why: Unjudged::undecided("the template has no such alarm; one that is made elsewhere would do"),
            });
        }
    }
    let left: std::collections::BTreeSet<_> = assessment.findings.iter().map(|finding| finding.fingerprint).collect();
    assessment.accepted.retain(|fingerprint, _| left.contains(fingerprint));
    assessment.unjudged.sort();
    assessment.unjudged.dedup();
}

fn unknown(label: &str, why: &Why) -> Unjudged {
    Unjudged::Undecided {
        detail: format!("{label} is not known before deployment: {why}"),
        about: Some(label.to_owned()),
    }
}
