//! Did somebody change code or configuration who is not among those who deploy? Off until the settings say who does. Only the record
//! of the call knows, so that a sweep cannot tell; and what the last call was stays the answer until the next one.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, LastChange};

pub(crate) static CONTROL: Control = Control {
    id: "code-changed-by-person",
    title: "The code was not changed by those who deploy",
    layer: Layer::Runtime,
    severity: Severity::Low,
    reads: &[Facet::LastChange],
    risk: "What runs is not what was reviewed: a repair by hand that the next deployment undoes, or somebody else's code under the \
           function's role.",
    remediation: "aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventName,AttributeValue={event}\n\
                  # deploy again from your pipeline; if {subject} deploys, add it to the deployers of the settings",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let Some(deployers) = &context.settings.deployers else {
        return Ok(Verdict::default());
    };
    let last = context.snapshot.last_change()?;
    let Some(actor) = &last.actor else {
        return Err(Unjudged::undecided(format!(
            "the record of {} does not say who called",
            last.event_name
        )));
    };
    let role = role_of_session(actor);
    let names = [Some(actor), role.as_ref(), last.invoked_by.as_ref()];
    let names = names.into_iter().flatten().map(String::as_str);
    let deploys = deployers.include(names);
    Ok(Verdict::of((!deploys).then(|| evidence(actor, last))))
}

/// The role behind `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, without its path, which a session does not tell.
fn role_of_session(actor: &str) -> Option<String> {
    let (place, session) = actor.split_once(":assumed-role/")?;
    let role = session.split('/').next()?;
    Some(format!("{}:role/{role}", place.replacen(":sts:", ":iam:", 1)))
}

fn evidence(actor: &str, last: &LastChange) -> Evidence {
    let when = last.event_time.map_or_else(String::new, |time| format!(" at {time}"));
    let through = last.invoked_by.as_deref().filter(|service| *service != actor);
    let through = through.map_or_else(String::new, |service| format!(" through {service}"));
    let detail = format!("{} by {actor}{through}{when}", last.event_name);
    Evidence::new(actor, detail).fill("event", &last.event_name)
}

#[cfg(test)]
mod tests {
    use super::role_of_session;

    #[test]
    fn a_session_is_known_by_its_role() {
        let session = "arn:aws:sts::111122223333:assumed-role/deploy/ci-42";
        assert_eq!(
            role_of_session(session).as_deref(),
            Some("arn:aws:iam::111122223333:role/deploy")
        );
        assert_eq!(role_of_session("arn:aws:iam::111122223333:user/alice"), None);
        assert_eq!(role_of_session("cloudformation.amazonaws.com"), None);
    }
}
