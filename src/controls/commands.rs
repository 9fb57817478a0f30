//! Which commands take a statement away, or put a narrower one in its place?

use super::Context;
use crate::finding::Evidence;
use crate::policy::confinement;

/// Takes the statement away.
pub(super) const REMOVE: &str =
    "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}";
/// Grants the same call to one principal; its conditions follow.
pub(super) const GRANT: &str = "aws lambda add-permission --region {region} --function-name {function}{qualifier} \
    --statement-id {statement}-confined --action {action} --principal {principal}";

/// The commands that let a service through for the own account only; with what it really sends, for a condition on
/// anything else would shut it out. Without sources that are to stay, the form of one stands for them.
pub(super) fn confined_to_account(
    evidence: Evidence,
    service: &str,
    sources: &[&str],
    context: &Context<'_>,
) -> Evidence {
    let function = &context.snapshot.function;
    let (region, account) = (function.region(), function.account().to_string());
    let demanded = confinement(service, [region.partition(), region.as_str(), &account]);
    let mut flags = String::new();
    if demanded.event_source_token {
        flags.push_str(" --event-source-token ID_OF_YOUR_SKILL");
    }
    if demanded.source_account {
        flags.push_str(" --source-account {account}");
    }
    let mut lines = Vec::new();
    let form = demanded.source_arn.as_deref();
    let sources = if sources.is_empty() { form.as_slice() } else { sources };
    let evidence = match form {
        Some(_) => by_source(evidence, (&mut lines, &flags), sources),
        None if flags.is_empty() => {
            lines.push(format!("{GRANT} --source-account {{account}}"));
            lines.push(UNDOCUMENTED.to_owned());
            evidence
        }
        None => {
            lines.push(format!("{GRANT}{flags}"));
            evidence
        }
    };
    lines.push(REMOVE.to_owned());
    evidence.fill("principal", service).fixed_by(lines.join("\n"))
}

const UNDOCUMENTED: &str =
    "# AWS does not say which source keys {principal} sends: try a call before the old statement goes";

/// The most sources that are written out; a statement with more is better edited as a document.
const MOST_SOURCES: usize = 8;

/// One grant per source: `AddPermission` takes one.
fn by_source(evidence: Evidence, (lines, flags): (&mut Vec<String>, &str), sources: &[&str]) -> Evidence {
    let mut evidence = evidence;
    for (index, source) in sources.iter().enumerate().take(MOST_SOURCES) {
        let number = if index == 0 {
            String::new()
        } else {
            format!("-{}", index + 1)
        };
        let grant = GRANT.replace("-confined", &format!("-confined{number}"));
        lines.push(format!("{grant}{flags} --source-arn {{source_arn{number}}}"));
        evidence = evidence.fill(&format!("source_arn{number}"), *source);
    }
    evidence
}
