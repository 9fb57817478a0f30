//! May the role write to the function's own log group? An ARN that ends at the group's name, without `:*`, is the
//! typical cause: Lambda then drops every line and says nothing.

use super::{answers, existing};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, By};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-logs-denied",
    title: "The execution role cannot write the function's logs",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "Lambda drops every log line without an error, so neither a fault nor an attack leaves a trace.",
    remediation: "aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document {document}\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html",
    ],
    evaluate,
};

/// `CreateLogGroup` is not among them: a group made in advance needs no such right.
const NEEDED: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

fn evaluate(context: &Context<'_>) -> Judged {
    let function = &context.snapshot.function;
    let group = context.snapshot.configuration()?.log_group(function.name());
    let (partition, region, account) = (function.region().partition(), function.region(), function.account());
    let streams = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:*");
    let Some(grants) = existing(context)? else {
        return Ok(Verdict::default());
    };
    let mut denied = Vec::new();
    let ask = |action| grants.covers_by(By::Service, action, &streams);
    for (action, answer) in answers(grants, NEEDED, ask) {
        match answer {
            Answer::Yes(_) => {}
            Answer::No => denied.push(action),
            Answer::CannotTell(reason) => return Err(Unjudged::undecided(format!("{action}: {reason}"))),
        }
    }
    Ok(Verdict::of((!denied.is_empty()).then(|| {
        let detail = format!("{} not allowed on every stream of {group}", denied.join(" and "));
        Evidence::new(group, detail).fill("document", document(streams.trim_end_matches("log-stream:*")))
    })))
}

fn document(group: &str) -> String {
    let statement = serde_json::json!({"Effect": "Allow", "Action": NEEDED, "Resource": format!("{group}*")});
    serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
