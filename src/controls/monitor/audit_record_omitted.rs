//! Did a call that changes something leave a record without its parameters? CloudTrail leaves them out where they are too large, and
//! whoever pads a policy with blanks can make them so.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::event::Cause;
use crate::finding::{Evidence, Severity};

pub(crate) static CONTROL: Control = Control {
    id: "audit-record-omitted",
    title: "A record of a change was made without its parameters",
    layer: Layer::Monitor,
    severity: Severity::High,
    reads: &[],
    risk: "Whoever reads the trail cannot see what was changed, and padding a document until CloudTrail leaves it out is a known way \
           to hide. The monitor has read everything that the call can have changed; others have not.",
    remediation: "# ask the caller what this was, and look at what the call can have changed; it resolves with the next whole sweep\n\
                  aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventId,AttributeValue={event}",
    references: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
    ],
    evaluate,
};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; what it cannot judge it says beside"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(own) = context.own else {
        return Ok(verdict);
    };
    verdict.fails = own.omitted.iter().map(|cause| evidence(cause)).collect();
    if !own.is_swept {
        verdict.unjudged.push(Unjudged::undecided(
            "only a whole sweep reads all that earlier ones may have changed",
        ));
    }
    Ok(verdict)
}

fn evidence(cause: &Cause) -> Evidence {
    let service = cause.event_source.as_deref().unwrap_or("an unknown service");
    let id = cause.event_id.as_deref().unwrap_or("no id");
    let who = cause.actor.as_deref().unwrap_or("somebody unnamed");
    let from = cause.source_ip_address.as_deref().unwrap_or("an unknown place");
    Evidence::new(
        format!("{} {id}", cause.event_name),
        format!(
            "{service} {} by {who} from {from}: the record's parameters are left out",
            cause.event_name
        ),
    )
    .fill("event", id)
}
