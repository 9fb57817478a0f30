//! What does a random policy say? Statements as data, so that laws can rewrite them, and as the JSON that is judged.

use super::universe::{ARN, HOME};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// In which way the function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Direct,
    OpenUrl,
    SignedUrl,
}

#[derive(Clone, PartialEq)]
pub(super) struct Written {
    pub(super) sid: String,
    pub(super) effect: &'static str,
    /// The element's name and what it lists: `Principal` or `NotPrincipal`, and so on.
    pub(super) principal: (&'static str, Vec<&'static str>),
    pub(super) action: (&'static str, Vec<String>),
    pub(super) resource: (&'static str, Vec<String>),
    /// By operator and key.
    pub(super) conditions: BTreeMap<(String, String), Vec<String>>,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.json())
    }
}

impl Written {
    fn json(&self) -> Value {
        let mut all = Map::new();
        all.insert("Sid".into(), self.sid.clone().into());
        all.insert("Effect".into(), self.effect.into());
        all.insert(self.principal.0.into(), principals(&self.principal.1));
        all.insert(self.action.0.into(), self.action.1.clone().into());
        all.insert(self.resource.0.into(), self.resource.1.clone().into());
        let mut conditions: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for ((operator, key), values) in &self.conditions {
            let keys = conditions.entry(operator).or_default();
            keys.insert(key.clone(), values.clone().into());
        }
        all.insert("Condition".into(), json!(conditions));
        all.into()
    }
}

fn principals(listed: &[&str]) -> Value {
    if listed.contains(&"*") {
        return "*".into();
    }
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in listed {
        let kind = if one.contains(".amazon") { "Service" } else { "AWS" };
        all.entry(kind).or_default().push(one);
    }
    json!(all)
}

pub(super) fn document(statements: &[Written]) -> String {
    let statements: Vec<_> = statements.iter().map(Written::json).collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

const PRINCIPALS: [&str; 8] = [
    "999988887777",
    "arn:aws:iam::999988887777:role/app",
    "123456789012",
    "arn:aws:iam::555566667777:user/bob",
    "222233334444",
    "sns.amazonaws.com",
    "s3.amazonaws.com",
    "alexa-appkit.amazon.com",
];

const ACTIONS: [&str; 8] = [
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:Invoke*",
    "lambda:InvokeA?ync",
    "lambda:*",
    "*",
    "lambda:GetFunction",
    "s3:*",
];

const RESOURCES: [&str; 6] = [
    ARN,
    "*",
    "arn:aws:lambda:*:*:function:ord?rs",
    "arn:aws:lambda:us-east-1:123456789012:function:o*",
    "arn:aws:lambda:us-east-1:123456789012:function:orders:*",
    "arn:aws:lambda:us-east-1:123456789012:function:payments",
];

const STRANGE: &str = "o-stranger12";

/// Single-valued keys with values that tell the universe's requests apart. No value stands under two keys, so that a
/// quoted one says which source is named.
const TEXTS: [(&str, [&str; 4]); 11] = [
    ("aws:PrincipalOrgID", [HOME, STRANGE, "o-*", "o-friend1234"]),
    (
        "aws:PrincipalAccount",
        ["123456789012", "999988887777", "9999*", "????????????"],
    ),
    (
        "aws:PrincipalArn",
        [
            "arn:aws:iam::999988887777:role/app",
            "arn:aws:iam::*:user/*",
            "*:role/app",
            "*",
        ],
    ),
    ("aws:PrincipalType", ["User", "AssumedRole", "A*", "Account"]),
    ("aws:PrincipalTag/team", ["team-x", "team-y", "team-*", "????-x"]),
    (
        "aws:SourceAccount",
        ["123456789012", "999988887777", "1*", "555566667777"],
    ),
    (
        "aws:SourceArn",
        [
            "arn:aws:s3:::bucket",
            "arn:aws:sns:*:123456789012:*",
            "arn:aws:s3:::*",
            "arn:aws:sns:us-east-1:999988887777:topic",
        ],
    ),
    ("aws:SourceOrgID", [HOME, "o-*", STRANGE, "o-none"]),
    ("aws:SourceVpce", ["vpce-0aa", "vpce-*", "vpce-none", "vpce-0bb"]),
    (
        "aws:PrincipalServiceName",
        ["sns.amazonaws.com", "s3.*", "*", "none.amazonaws.com"],
    ),
    (
        "lambda:EventSourceToken",
        ["amzn1.ask.skill.x", "amzn1.*", "*", "amzn1.ask.skill.y"],
    ),
];

const LISTS: [(&str, [&str; 4]); 2] = [
    (
        "aws:PrincipalOrgPaths",
        [
            "o-homehome12/*",
            "o-stranger12/r-ab12/*",
            "*",
            "o-*/r-ab12/ou-ab12-11111111/",
        ],
    ),
    (
        "aws:SourceOrgPaths",
        [
            "o-homehome12/*",
            "o-stranger12/r-ab12/*",
            "*",
            "o-*/r-ab12/ou-ab12-11111111/",
        ],
    ),
];

const ARNS: [(&str, [&str; 4]); 2] = [
    (
        "aws:PrincipalArn",
        [
            "arn:aws:iam::999988887777:role/app",
            "arn:aws:iam::*:user/*",
            "arn:*:iam::123456789012:*",
            "arn:aws:*:*:*:root",
        ],
    ),
    (
        "aws:SourceArn",
        [
            "arn:aws:s3:::bucket",
            "arn:aws:sns:*:123456789012:*",
            "arn:aws:*:*:*:*",
            "arn:aws:s3:*:*:b*",
        ],
    ),
];

pub(super) type Condition = ((String, String), Vec<String>);

pub(super) fn written(operator: impl Into<String>, key: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    ((operator.into(), key.to_owned()), values)
}

fn compared(
    operators: Vec<String>,
    keys: &'static [(&'static str, [&'static str; 4])],
) -> impl Strategy<Value = Condition> {
    let pair = select(keys).prop_flat_map(|(key, values)| (Just(key), subsequence(values.to_vec(), 1..=2)));
    (select(operators), pair).prop_map(|(operator, (key, values))| {
        let is_source = ["aws:SourceArn", "lambda:EventSourceToken"].contains(&key);
        let is_literal = is_source && operator.contains("String") && operator.contains("Equals");
        // No source has a literal asterisk in its name; the truth tables ask what becomes of such a grant.
        let values: Vec<_> = values
            .iter()
            .map(|value| {
                if is_literal {
                    value.trim_end_matches('*')
                } else {
                    *value
                }
            })
            .collect();
        written(operator, key, &values)
    })
}

fn texts() -> impl Strategy<Value = Condition> {
    let bases = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
    ];
    compared(spelled(&bases, &["", "", "ForAllValues:", "ForAnyValue:"]), &TEXTS)
}

fn spelled(bases: &[&str], sets: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for base in bases {
        for set in sets {
            all.extend(["", "IfExists"].map(|suffix| format!("{set}{base}{suffix}")));
        }
    }
    all
}

fn others() -> impl Strategy<Value = Condition> {
    let addresses: [&[&str]; 4] = [
        &["203.0.113.0/24"],
        &["0.0.0.0/1", "128.0.0.0/1"],
        &["203.0.113.5"],
        &["::/0", "0.0.0.0/0"],
    ];
    let networks = (
        select(spelled(&["IpAddress", "NotIpAddress"], &[""])),
        select(addresses.to_vec()),
    )
        .prop_map(|(operator, values)| written(operator, "aws:SourceIp", values));
    let null = [
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceArn",
        "aws:SourceIp",
        "aws:SourceVpce",
        "aws:PrincipalTag/team",
        "aws:PrincipalServiceName",
        "lambda:EventSourceToken",
        "lambda:FunctionUrlAuthType",
    ];
    let presence =
        (select(null.to_vec()), select(&["true", "false"][..])).prop_map(|(key, value)| written("Null", key, &[value]));
    let flags = (
        select(spelled(&["Bool"], &[""])),
        select(&["aws:PrincipalIsAWSService", "aws:SecureTransport"][..]),
        select(&["true", "false"][..]),
    )
        .prop_map(|(operator, key, value)| written(operator, key, &[value]));
    let auth = (
        select(&["StringEquals", "StringNotEquals"][..]),
        select(&["NONE", "AWS_IAM"][..]),
    )
        .prop_map(|(operator, value)| written(operator, "lambda:FunctionUrlAuthType", &[value]));
    // Whether the flag is absent or false on a direct call is not documented; both are not true.
    let via = Just(written("Bool", "lambda:InvokedViaFunctionUrl", &["true"]));
    prop_oneof![3 => networks, 2 => presence, 2 => flags, 2 => auth, 1 => via]
}

/// What AWS does not document, or what only a service of unknown habits could answer.
fn undecidable() -> impl Strategy<Value = Condition> {
    let all = [
        written("Odd", "aws:PrincipalArn", &["odd"]),
        written("StringLike", "aws:PrincipalOrgPaths", &["o-homehome12/*"]),
        written("ArnLike", "aws:SourceArn", &["arn:aws:sns*"]),
        written("StringEquals", "aws:PrincipalAccount", &["${aws:SourceAccount}"]),
        written("StringLike", "aws:userid", &["AROA*"]),
        written("Null", "lambda:InvokedViaFunctionUrl", &["true"]),
        written("NullIfExists", "aws:SourceArn", &["true"]),
    ];
    select(all.to_vec())
}

fn condition(is_decidable: bool) -> BoxedStrategy<Condition> {
    let lists = compared(
        spelled(
            &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
            &["ForAllValues:", "ForAnyValue:"],
        ),
        &LISTS,
    );
    let arns = compared(
        spelled(&["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"], &[""]),
        &ARNS,
    );
    let sound = prop_oneof![8 => texts(), 2 => lists, 2 => arns, 4 => others()];
    if is_decidable {
        return sound.boxed();
    }
    prop_oneof![3 => sound, 1 => undecidable()].boxed()
}

fn principal(is_decidable: bool) -> BoxedStrategy<(&'static str, Vec<&'static str>)> {
    let everyone = Just(("Principal", vec!["*"]));
    let some = subsequence(PRINCIPALS.to_vec(), 1..=3).prop_map(|listed| ("Principal", listed));
    if is_decidable {
        return prop_oneof![everyone, some].boxed();
    }
    let but = subsequence(PRINCIPALS.to_vec(), 1..=3).prop_map(|listed| ("NotPrincipal", listed));
    let unheard = Just(("Principal", vec!["appconfig.amazonaws.com", "unheard-of.amazonaws.com"]));
    prop_oneof![3 => everyone, 3 => some, 1 => but, 1 => unheard].boxed()
}

fn strings(listed: &[&str]) -> Vec<String> {
    listed.iter().map(|one| (*one).to_owned()).collect()
}

fn action() -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let named = subsequence(ACTIONS.to_vec(), 1..=2).prop_map(|named| ("Action", strings(&named)));
    let but = subsequence(ACTIONS[..4].to_vec(), 1..=2).prop_map(|named| ("NotAction", strings(&named)));
    prop_oneof![2 => Just(("Action", strings(&["lambda:*"]))), 3 => named, 1 => but]
}

fn resource() -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let named = subsequence(RESOURCES.to_vec(), 1..=2).prop_map(|named| ("Resource", strings(&named)));
    let but = subsequence(RESOURCES[2..].to_vec(), 1..=2).prop_map(|named| ("NotResource", strings(&named)));
    prop_oneof![3 => Just(("Resource", strings(&[ARN]))), 3 => named, 1 => but]
}

fn statement(is_decidable: bool) -> impl Strategy<Value = Written> {
    let conditions = proptest::collection::vec(condition(is_decidable), 0..=3);
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    (effect, principal(is_decidable), action(), resource(), conditions).prop_map(
        |(effect, principal, action, resource, conditions)| Written {
            sid: String::new(),
            effect,
            principal,
            action,
            resource,
            conditions: conditions.into_iter().collect(),
        },
    )
}

/// Up to four statements, each with a Sid of its own.
pub(super) fn statements(is_decidable: bool) -> impl Strategy<Value = Vec<Written>> {
    proptest::collection::vec(statement(is_decidable), 1..=4).prop_map(|mut all| {
        for (index, statement) in all.iter_mut().enumerate() {
            statement.sid = format!("s{index}");
        }
        all
    })
}

pub(super) fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![3 => Just(Asked::Direct), 1 => Just(Asked::OpenUrl), 2 => Just(Asked::SignedUrl)]
}
