//! May the role invoke its own function? Mostly somebody mixed up the role's policy with the function's.

use std::collections::BTreeSet;

use super::{about, is_broad, limited};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::Severity;
use crate::policy::By;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-self-invoke",
    title: "The execution role may invoke its own function",
    layer: Layer::ExecutionRole,
    severity: Severity::Low,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "A fault or an attacker in the code can start a loop of invocations that takes the account's concurrency and costs money \
           until somebody stops it.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    ],
    evaluate,
};

mending!(
    "take the function {function_arn} out of the resources of lambda:InvokeFunction; who may call it belongs into the function's own policy"
);

fn evaluate(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let own = context.snapshot.function.to_string();
    let qualified = format!("{own}:*");
    let mut found = BTreeSet::new();
    for resource in [&own, &qualified] {
        let openings = grants.openings(By::Code, "lambda:InvokeFunction", resource, &[]);
        let openings = openings.map_err(Unjudged::undecided)?;
        found.extend(openings.into_iter().map(|opening| opening.ground));
    }
    let found = found.into_iter().filter(|ground| !is_broad(context, &ground.policy));
    Ok(Verdict::of(found.map(|ground| {
        let (statement, policy) = (&ground.statement, &ground.policy);
        let detail = format!("{statement} in {policy} allows lambda:InvokeFunction on the function itself");
        about(&ground, detail, [INLINE, MANAGED])
    })))
}
