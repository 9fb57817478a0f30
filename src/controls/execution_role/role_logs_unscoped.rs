//! May the role write to other log groups than the function's own? The group of Lambda Insights belongs to it as well.

use std::collections::BTreeMap;

use super::{about, answers, is_broad, limited, listed};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::Severity;
use crate::policy::{By, Ground};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-logs-unscoped",
    title: "The execution role writes to log groups of others",
    layer: Layer::ExecutionRole,
    severity: Severity::Low,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "Code in this function can forge log lines of other functions, which hides an attack or makes up one that never was.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html",
    ],
    evaluate,
};

mending!("give logs:CreateLogStream and logs:PutLogEvents the resource {group}");

const WRITES: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

fn evaluate(context: &Context<'_>) -> Judged {
    let function = &context.snapshot.function;
    let group = context.snapshot.configuration()?.log_group(function.name());
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let own = [
        format!("arn:*:logs:*:*:log-group:{group}"),
        format!("arn:*:logs:*:*:log-group:{group}:*"),
        "arn:*:logs:*:*:log-group:/aws/lambda-insights:*".to_owned(),
    ];
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let (mut found, mut verdict) = (BTreeMap::<Ground, Vec<&str>>::new(), Verdict::default());
    let ask = |action| grants.openings(By::Either, action, "arn:*:logs:*:*:log-group:*", &own);
    for (action, answer) in answers(grants, WRITES, ask) {
        match answer {
            Ok(openings) => openings
                .into_iter()
                .for_each(|opening| found.entry(opening.ground).or_default().push(action)),
            Err(reason) => verdict
                .unjudged
                .push(Unjudged::undecided(format!("{action}: {reason}"))),
        }
    }
    let (partition, region, account) = (function.region().partition(), function.region(), function.account());
    let streams = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}:*");
    verdict.fails = found
        .into_iter()
        .filter(|(ground, _)| !is_broad(context, &ground.policy))
        .map(|(ground, actions)| {
            let (statement, policy) = (&ground.statement, &ground.policy);
            let detail = format!("{statement} in {policy} allows {} beyond {group}", listed(actions));
            about(&ground, detail, [INLINE, MANAGED]).fill("group", &streams)
        })
        .collect();
    Ok(verdict)
}
