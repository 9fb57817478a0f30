//! Network: where the function can reach.
//!
//! One defect, one finding. A service to which nothing leads is vpc-service-unreachable's; one that something on the way shuts
//! off is vpc-egress-blocked's, once for what shuts it off and not for each service. What nobody can say from the VPC alone (a
//! transit gateway, a peering, a firewall) is said to be undecided, and never passes for a way.

use super::needs::{Confidence, Need};
use super::paths::Paths;
use super::{Context, Unjudged};
use crate::finding::Severity;
use crate::network::Answer;
use crate::snapshot::VpcConfig;

pub(super) mod security_group_broad;
pub(super) mod vpc_database_path_closed;
pub(super) mod vpc_egress_blocked;
pub(super) mod vpc_endpoint_policy_denies;
pub(super) mod vpc_needless;
pub(super) mod vpc_public_subnet;
pub(super) mod vpc_service_unreachable;
pub(super) mod vpc_single_zone;

/// Where the function is attached; nothing if it is in no VPC.
fn attached<'c>(context: &'c Context<'_>) -> Result<Option<&'c VpcConfig>, Unjudged> {
    let network = &context.snapshot.configuration()?.vpc_config;
    Ok(Some(network).filter(|network| network.is_attached()))
}

/// One subject that is not settled.
fn undecided(subject: &str, why: &str) -> Unjudged {
    Unjudged::Undecided {
        detail: format!("{subject}: {why}"),
        about: Some(subject.to_owned()),
    }
}

/// The ways that are not settled, told once: what goes through them is not known either.
fn unsettled(paths: &Paths) -> Option<Unjudged> {
    let doubts = paths.iter().filter_map(|(need, answers)| {
        let mut doubts = answers.iter().filter_map(|path| match &path.answer {
            Answer::CannotJudge(why) => Some(why),
            Answer::Way(_) | Answer::NoWay { .. } | Answer::Blocked { .. } => None,
        });
        doubts.next().map(|why| (need.service.as_str(), why))
    });
    let (services, reasons): (Vec<&str>, Vec<&String>) = doubts.unzip();
    let why = reasons.first()?;
    Some(Unjudged::undecided(format!(
        "the way to {} is not settled: {why}",
        listed(&services)
    )))
}

/// What a wildcard alone speaks for may never be called.
fn severity(need: &Need) -> Severity {
    match need.confidence {
        Confidence::Certain => Severity::High,
        Confidence::Possible => Severity::Medium,
    }
}

fn listed(words: &[&str]) -> String {
    let shown = words.get(..6).map_or_else(|| words.join(", "), |few| few.join(", "));
    let more = words.len().saturating_sub(6);
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}
