//! Which permissions does it take to read, to poll or to send to a resource that is known by its ARN?

use jiff::civil::{Date, date};

use super::Source;

/// The day on which the table was true.
pub const AS_OF: Date = date(2026, 11, 22);

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "Lambda Developer Guide: event source mappings by service, destinations; guides of Secrets Manager, Systems Manager and KMS",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html",
    date: AS_OF,
};

/// An action, and the resource or glob of resources that it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Such as `sqs:SendMessage`.
    pub action: &'static str,
    /// An ARN, a glob of ARNs, or `*` where the action takes no resource.
    pub resource: String,
}

fn needs(actions: &[&'static str], resource: &str) -> Vec<Need> {
    let need = |action: &&'static str| Need {
        action,
        resource: resource.to_owned(),
    };
    actions.iter().map(need).collect()
}

/// The fields of an ARN behind the partition: service, and what stands behind the account.
fn parts(arn: &str) -> (&str, &str) {
    let mut fields = arn.splitn(6, ':');
    (fields.nth(2).unwrap_or_default(), fields.nth(2).unwrap_or_default())
}

/// What kind of thing an environment variable may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referent {
    /// A secret of Secrets Manager.
    Secret,
    /// A parameter, or a path of parameters.
    Parameter,
    /// A key: its own policy may let a role in, without a word in the role's policies.
    Key,
}

impl Referent {
    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Parameter => "parameter",
            Self::Key => "key",
        }
    }
}

/// What reading the secret, parameter or key takes: one of these, the usual one first.
pub fn reading(arn: &str) -> Option<(Referent, Vec<Need>)> {
    const PARAMETER: [&str; 3] = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"];
    const KEY: [&str; 6] = [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:Sign",
        "kms:Verify",
        "kms:GenerateMac",
    ];
    match parts(arn) {
        ("secretsmanager", resource) if resource.starts_with("secret:") => Some((Referent::Secret, of_secret(arn))),
        ("ssm", resource) if resource.starts_with("parameter/") => {
            let below = format!("{}/*", arn.trim_end_matches('/'));
            let mut all = needs(&PARAMETER, arn);
            all.extend(needs(&PARAMETER, &below));
            Some((Referent::Parameter, all))
        }
        ("kms", resource) if resource.starts_with("key/") => Some((Referent::Key, needs(&KEY, arn))),
        // Policies speak of keys, not of their aliases.
        ("kms", resource) if resource.starts_with("alias/") => {
            let any = arn.replace(resource, "key/*");
            Some((Referent::Key, needs(&KEY, &any)))
        }
        _ => None,
    }
}

/// A secret's ARN ends in six letters, which a reference may leave out; a field of it and a version may follow.
fn of_secret(arn: &str) -> Vec<Need> {
    const READ: [&str; 1] = ["secretsmanager:GetSecretValue"];
    let whole: Vec<&str> = arn.split(':').take(7).collect();
    let whole = whole.join(":");
    let suffix = whole.rsplit_once('-').map_or("", |(_, suffix)| suffix);
    let is_complete = suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let completed = needs(&READ, &format!("{whole}-??????"));
    // Six letters behind a hyphen may also be the end of the name.
    if is_complete {
        [needs(&READ, &whole), completed].concat()
    } else {
        completed
    }
}

/// What sending a record to the target takes: all of these; nothing where the target is of an unknown kind.
pub fn sending(arn: &str) -> Vec<Need> {
    match parts(arn).0 {
        "sqs" => needs(&["sqs:SendMessage"], arn),
        "sns" => needs(&["sns:Publish"], arn),
        "lambda" => needs(&["lambda:InvokeFunction"], arn),
        "events" => needs(&["events:PutEvents"], arn),
        "s3" => [
            needs(&["s3:PutObject"], &format!("{arn}/*")),
            needs(&["s3:ListBucket"], arn),
        ]
        .concat(),
        _ => Vec::new(),
    }
}

/// What polling the source takes: all of these; nothing where the source is of an unknown kind.
pub fn polling(arn: &str) -> Vec<Need> {
    const QUEUE: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
    const STREAM: [&str; 4] = [
        "kinesis:DescribeStream",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ];
    const CONSUMER: [&str; 1] = ["kinesis:SubscribeToShard"];
    const TABLE: [&str; 3] = [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
    ];
    const CLUSTER: [&str; 2] = ["kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"];
    match parts(arn) {
        ("sqs", _) => needs(&QUEUE, arn),
        ("kinesis", resource) if resource.contains("/consumer/") => needs(&CONSUMER, arn),
        ("kinesis", _) => needs(&STREAM, arn),
        ("dynamodb", _) => needs(&TABLE, arn),
        ("kafka", _) => needs(&CLUSTER, arn),
        ("mq", _) => needs(&["mq:DescribeBroker"], arn),
        ("rds", _) => needs(&["rds:DescribeDBClusters"], "*"),
        _ => Vec::new(),
    }
}

/// What mounting an access point takes. The file system's own ARN is not in a function's configuration.
pub fn mounting(arn: &str) -> Vec<Need> {
    match arn.split_once(":access-point/") {
        Some((place, _)) if parts(arn).0 == "elasticfilesystem" => {
            needs(&["elasticfilesystem:ClientMount"], &format!("{place}:file-system/*"))
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::actions;

    const PLACE: &str = "eu-west-1:111122223333";

    #[test]
    fn every_action_exists() {
        let arns = [
            "sqs", "kinesis", "dynamodb", "kafka", "mq", "rds", "sns", "lambda", "events", "s3",
        ];
        let arns = arns.map(|service| format!("arn:aws:{service}:{PLACE}:x"));
        let all = arns.iter().flat_map(|arn| polling(arn).into_iter().chain(sending(arn)));
        let references = ["secretsmanager:X:secret:a", "ssm:X:parameter/a", "kms:X:key/a"];
        let read = references.map(|rest| reading(&format!("arn:aws:{}", rest.replace('X', PLACE))).unwrap().1);
        let mounted = mounting(&format!("arn:aws:elasticfilesystem:{PLACE}:access-point/fsap-1"));
        for need in all.chain(read.into_iter().flatten()).chain(mounted) {
            assert!(actions::find(need.action).is_some(), "{need:?}");
        }
    }

    #[test]
    fn a_secret_is_read_with_and_without_its_suffix() {
        let resources = |name: &str| -> Vec<String> {
            let (_, needs) = reading(&format!("arn:aws:secretsmanager:{PLACE}:secret:{name}")).unwrap();
            let shown = |need: Need| need.resource.rsplit(':').next().unwrap().to_owned();
            needs.into_iter().map(shown).collect()
        };
        assert_eq!(resources("orders/db"), ["orders/db-??????"]);
        assert_eq!(
            resources("orders/db-AbCdEf"),
            ["orders/db-AbCdEf", "orders/db-AbCdEf-??????"]
        );
        assert_eq!(
            resources("orders-db-AbCdEf:password::"),
            ["orders-db-AbCdEf", "orders-db-AbCdEf-??????"]
        );
    }

    #[test]
    fn what_nobody_reads_is_no_reference() {
        for arn in [
            "arn:aws:s3:::bucket",
            "arn:aws:sqs:eu-west-1:111122223333:orders",
            "arn:aws:ssm:eu-west-1:111122223333:document/x",
            "arn:aws:kms",
            "",
        ] {
            assert_eq!(reading(arn), None, "{arn}");
        }
    }

    #[test]
    fn an_alias_stands_for_some_key() {
        let (kind, needs) = reading(&format!("arn:aws:kms:{PLACE}:alias/orders")).unwrap();
        assert_eq!(kind, Referent::Key);
        assert_eq!(needs[0].resource, format!("arn:aws:kms:{PLACE}:key/*"));
    }
}
