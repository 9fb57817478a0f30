//! May Lambda use, with this role, what the function is configured to use: a dead-letter queue, a file system?

use super::existing;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, By, RoleGrants};
use crate::snapshot::{Configuration, Facet};

pub(crate) static CONTROL: Control = Control {
    id: "role-destination-denied",
    title: "The execution role may not use what the function is connected to",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "Events that failed are lost instead of kept, a source is not read, or the function cannot mount its files: without a \
           sign, until the data is missed.",
    remediation: "aws iam put-role-policy --role-name {role} --policy-name {function}-connections --policy-document {document}\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html",
    ],
    evaluate,
};

/// Something that the function is connected to, and what the role needs for it.
struct Connection<'a> {
    what: &'static str,
    arn: &'a str,
    /// The resource that the actions are asked for; a file system's own ARN is not in the configuration.
    resource: String,
    actions: &'static [&'static str],
}

fn evaluate(context: &Context<'_>) -> Judged {
    let connections = connections(context.snapshot.configuration()?);
    let Some(grants) = existing(context)? else {
        return Ok(Verdict::default());
    };
    let mut verdict = Verdict::default();
    for connection in connections {
        match denied(&connection, grants) {
            Ok(denied) if denied.is_empty() => {}
            Ok(denied) => verdict.fails.push(evidence(&connection, &denied)),
            Err(reason) => {
                let subject = format!("{} {}", connection.what, connection.arn);
                verdict.unjudged.push(Unjudged::about(&subject, &reason));
            }
        }
    }
    Ok(verdict)
}

fn connections(configuration: &Configuration) -> Vec<Connection<'_>> {
    let letters = configuration.dead_letter_config.target_arn.iter();
    let letters = letters.filter_map(|arn| connection("dead-letter queue", arn, target_actions(arn)));
    let files = configuration.file_system_configs.iter();
    let files = files.filter(|mounted| mounted.arn.contains(":elasticfilesystem:"));
    let files = files.filter_map(|mounted| connection("file system", &mounted.arn, &["elasticfilesystem:ClientMount"]));
    letters.chain(files).collect()
}

fn connection<'a>(what: &'static str, arn: &'a str, actions: &'static [&'static str]) -> Option<Connection<'a>> {
    let resource = match arn.split_once(":access-point/") {
        Some((place, _)) if arn.contains(":elasticfilesystem:") => format!("{place}:file-system/*"),
        _ => arn.to_owned(),
    };
    (!actions.is_empty()).then_some(Connection {
        what,
        arn,
        resource,
        actions,
    })
}

/// What it takes to send a record to a target.
fn target_actions(arn: &str) -> &'static [&'static str] {
    match arn.split(':').nth(2).unwrap_or_default() {
        "sqs" => &["sqs:SendMessage"],
        "sns" => &["sns:Publish"],
        "lambda" => &["lambda:InvokeFunction"],
        "events" => &["events:PutEvents"],
        "s3" => &["s3:PutObject"],
        _ => &[],
    }
}

fn denied(connection: &Connection<'_>, grants: &RoleGrants) -> Result<Vec<&'static str>, String> {
    let mut denied = Vec::new();
    for action in connection.actions {
        let answer = if connection.resource.ends_with('*') {
            let openings = grants.openings(By::Service, action, &connection.resource, &[])?;
            if openings.is_empty() {
                Answer::No
            } else {
                Answer::Yes(Vec::new())
            }
        } else {
            grants.covers_by(By::Service, action, &connection.resource)
        };
        match answer {
            Answer::Yes(_) => {}
            Answer::No => denied.push(*action),
            Answer::CannotTell(reason) => return Err(format!("{action}: {reason}")),
        }
    }
    Ok(denied)
}

fn evidence(connection: &Connection<'_>, denied: &[&str]) -> Evidence {
    let Connection { what, arn, .. } = connection;
    let detail = format!("{} not allowed on the {what} {arn}", denied.join(", "));
    let statement = serde_json::json!({"Effect": "Allow", "Action": denied, "Resource": connection.resource});
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
    Evidence::new(format!("{what} {arn}"), detail).fill("document", document.to_string())
}
