//! Did a call that changes something leave a record without its parameters? CloudTrail leaves them out where they are too large, and
//! whoever pads a policy with blanks can make them so.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, Omission};

pub(crate) static CONTROL: Control = Control {
    id: "audit-record-omitted",
    title: "A record of a change was made without its parameters",
    layer: Layer::Monitor,
    severity: Severity::High,
    reads: &[Facet::Omissions],
    risk: "Whoever reads the trail cannot see what was changed, and padding a document until CloudTrail leaves it out is a known way \
           to hide. The monitor has read everything that the call can have changed; others have not.",
    remediation: "# ask the caller what this was, and look at what the call can have changed; then accept it with a suppression of {subject}\n\
                  aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventId,AttributeValue={event}",
    references: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
    ],
    evaluate,
};

/// A record that says nothing never comes to say more: so this stays open until somebody accepts it.
fn evaluate(context: &Context<'_>) -> Judged {
    Ok(Verdict::of(context.snapshot.omissions()?.iter().map(evidence)))
}

fn evidence(omission: &Omission) -> Evidence {
    let service = omission.event_source.as_deref().unwrap_or("an unknown service");
    let id = omission.event_id.as_deref().unwrap_or("no id");
    let who = omission.actor.as_deref().unwrap_or("somebody unnamed");
    let from = omission.source_ip_address.as_deref().unwrap_or("an unknown place");
    Evidence::new(
        format!("{} {id}", omission.event_name),
        format!(
            "{service} {} by {who} from {from}: the record's parameters are left out",
            omission.event_name
        ),
    )
    .fill("event", id)
}
