//! What does a policy document say? Parsing into statements, without judging them.

mod json;
mod read;

use serde::Serialize;

/// Why a text is not a policy that can be reasoned about; a pointer (RFC 6901) names the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is longer than any policy AWS stores.
    #[error("policy text has `{bytes}` bytes, more than any policy AWS stores: read it again")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The text nests deeper than a policy can.
    #[error("policy text nests deeper than `64` levels: read it again")]
    TooDeep,
    /// The percent-encoded form cannot be decoded to UTF-8.
    #[error(
        "policy text starts with neither `{{` nor valid percent-encoding: pass the document as the API answered it"
    )]
    Encoding,
    /// The text is not JSON.
    #[error("policy text is not JSON: {0}")]
    NotJson(String),
    /// A member occurs twice, so its meaning depends on the reader.
    #[error("member at `{pointer}` occurs twice: keep one")]
    Repeated {
        /// The place of the second one.
        pointer: String,
    },
    /// An element is missing or has a form that the policy grammar does not know.
    #[error("element at `{pointer}` must be {expected}: correct the document")]
    Shape {
        /// The place.
        pointer: String,
        /// What the grammar asks for there.
        expected: &'static str,
    },
}

/// A policy document of any kind: resource, identity, boundary or trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    version: Version,
    statements: Vec<Statement>,
}

impl Policy {
    /// Parses a document as IAM and Lambda answer it: plain or percent-encoded JSON, every shape AWS accepts.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let text = json::plain(text)?;
        read::policy(&json::Json::read(&text)?)
    }

    /// The JSON text of a document as IAM and Lambda answer it: as it is, or percent-decoded.
    pub fn plain(text: &str) -> Result<std::borrow::Cow<'_, str>, PolicyError> {
        json::plain(text)
    }

    /// The language version; a missing `Version` element means 2008-10-17.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The statements in the order of the text.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Version {
    /// 2008-10-17: `${…}` is literal text (IAM JSON policy elements: Version).
    V2008,
    /// 2012-10-17: policy variables are expanded.
    V2012,
}

/// Whether a statement grants or takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub enum Effect {
    /// Grants what it matches.
    Allow,
    /// Takes away what it matches, whatever else grants it.
    Deny,
}

/// One statement as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the document, from 1.
    pub position: usize,
    /// Its `Sid`, when it has one that is not empty.
    pub sid: Option<String>,
    /// Stands for what it says, wherever it stands; nothing where its `Sid` does.
    pub digest: u32,
    /// Grant or denial.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; identity policies have neither.
    pub principal: Option<Selection<Principal>>,
    /// `Action` or `NotAction`, patterns as written.
    pub action: Selection<String>,
    /// `Resource` or `NotResource`, patterns as written; trust policies have neither.
    pub resource: Option<Selection<String>>,
    /// The condition block, one entry per operator and key; all must hold.
    pub conditions: Vec<Condition>,
    /// Members that the policy grammar does not know; nothing can be proved about a statement that has one.
    pub unknown: Vec<String>,
}

impl Statement {
    /// How evidence names the statement: its `Sid`, or its digest. Not its place: deployments reorder statements.
    pub fn label(&self) -> String {
        self.sid
            .clone()
            .unwrap_or_else(|| format!("without-sid-{:08x}", self.digest))
    }

    /// Whether evidence names the statement so.
    pub fn is_called(&self, label: &str) -> bool {
        match &self.sid {
            Some(sid) => sid == label,
            None => self.label() == label,
        }
    }
}

/// An element and its `Not…` form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection<T> {
    /// Exactly these.
    Only(Vec<T>),
    /// Everything but these.
    Except(Vec<T>),
}

impl<T> Selection<T> {
    /// The values named, whichever way they are meant.
    pub fn named(&self) -> &[T] {
        match self {
            Selection::Only(values) | Selection::Except(values) => values,
        }
    }
}

/// One entry of a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// `*` or `{"AWS": "*"}`: everybody, anonymous callers included.
    Everyone,
    /// A whole account, written as its id or its root ARN.
    Account(String),
    /// A role, user, federated user or role session of an account.
    Arn(String),
    /// A service principal.
    Service(String),
    /// A federated identity provider; only trust policies use it.
    Federated(String),
    /// An S3 canonical user.
    CanonicalUser(String),
    /// The unique id that remains of a deleted principal; it matches nobody.
    Deleted(String),
    /// A form that the grammar does not know.
    Unknown(String),
}

/// One operator applied to one key, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Operator with its prefix and suffix, for instance `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    /// Key in lower case: key names are case-insensitive.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
}

/// Whether a session's ARN is one of a role. It does not tell the role's path, but names of roles are unique in an
/// account whatever their paths (IAM User Guide, "IAM identifiers").
pub(in crate::policy) fn is_session_of(session: &str, role: &str) -> bool {
    let name = session
        .split_once(":assumed-role/")
        .and_then(|(_, rest)| rest.split('/').next());
    let same_account = session.split(':').nth(4) == role.split(':').nth(4);
    same_account && name.is_some() && role.contains(":role/") && name == role.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Policy {
        Policy::parse(text).expect("a policy")
    }

    #[test]
    fn accepts_the_shapes_that_aws_accepts() {
        let policy = parse(
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"],
            "Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*",
            "Condition":{"StringEquals":{"AWS:SourceAccount":111122223333},"Bool":{"aws:SecureTransport":true}}}}"#,
        );
        assert_eq!(policy.version(), Version::V2008);
        let statement = &policy.statements()[0];
        assert_eq!(statement.label(), format!("without-sid-{:08x}", statement.digest));
        let account = Principal::Account("111122223333".into());
        let expected = vec![account.clone(), account, Principal::Service("s3.amazonaws.com".into())];
        assert_eq!(statement.principal, Some(Selection::Only(expected)));
        assert_eq!(statement.conditions[0].key, "aws:sourceaccount");
        assert_eq!(statement.conditions[0].values, ["111122223333"]);
        assert_eq!(statement.conditions[1].values, ["true"]);
    }

    #[test]
    fn tells_the_principal_forms_apart() {
        let cases = [
            (r#""*""#, Principal::Everyone),
            (r#"{"AWS":"*"}"#, Principal::Everyone),
            (
                r#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#,
                Principal::Deleted("AROAEXAMPLEEXAMPLE123".into()),
            ),
            (
                r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#,
                Principal::Account("111122223333".into()),
            ),
            (
                r#"{"AWS":"arn:aws:iam::111122223333:role/x"}"#,
                Principal::Arn("arn:aws:iam::111122223333:role/x".into()),
            ),
            (
                r#"{"AWS":"arn:aws:iam::*:role/x"}"#,
                Principal::Unknown("arn:aws:iam::*:role/x".into()),
            ),
            (
                r#"{"Federated":"accounts.google.com"}"#,
                Principal::Federated("accounts.google.com".into()),
            ),
            (
                r#"{"AWS":"AROAEXAMPLE12345"}"#,
                Principal::Deleted("AROAEXAMPLE12345".into()),
            ),
            (
                r#"{"AWS":"AROAEXAMPLE1234"}"#,
                Principal::Unknown("AROAEXAMPLE1234".into()),
            ),
            (
                r#"{"AWS":"AROAexample123456"}"#,
                Principal::Unknown("AROAexample123456".into()),
            ),
            (
                r#"{"AWS":"ABCDEXAMPLEEXAMPLE123"}"#,
                Principal::Unknown("ABCDEXAMPLEEXAMPLE123".into()),
            ),
            (r#"{"AWS":"111122223333"}"#, Principal::Account("111122223333".into())),
            (r#"{"AWS":"1111222233334"}"#, Principal::Unknown("1111222233334".into())),
            (r#"{"AWS":"a11122223333"}"#, Principal::Unknown("a11122223333".into())),
            (
                r#"{"AWS":"arn:aws:iam::x11122223333:role/x"}"#,
                Principal::Unknown("arn:aws:iam::x11122223333:role/x".into()),
            ),
            (r#"{"CanonicalUser":"79a5"}"#, Principal::CanonicalUser("79a5".into())),
            (r#"{"Robot":"r2"}"#, Principal::Unknown("r2".into())),
        ];
        for (form, expected) in cases {
            let text = format!(r#"{{"Statement":[{{"Effect":"Deny","NotPrincipal":{form},"Action":"*"}}]}}"#);
            assert_eq!(
                parse(&text).statements()[0].principal,
                Some(Selection::Except(vec![expected])),
                "{form}"
            );
        }
    }

    #[test]
    fn completes_short_arns() {
        let cases = [
            ("arn:aws:sqs", "arn:aws:sqs:*:*:*"),
            (
                "arn:aws:lambda:us-east-1:123456789012",
                "arn:aws:lambda:us-east-1:123456789012:*",
            ),
            ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
            (
                "arn:aws:sns:us-east-1:${aws:PrincipalAccount}:t",
                "arn:aws:sns:us-east-1:${aws:PrincipalAccount}:t",
            ),
            ("*", "*"),
        ];
        for (written, meant) in cases {
            let policy = parse(&format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"{written}"}}}}"#
            ));
            assert_eq!(
                policy.statements()[0].resource,
                Some(Selection::Only(vec![meant.into()]))
            );
        }
    }

    #[test]
    fn decodes_percent_encoded_text() {
        let policy = parse("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D");
        assert_eq!((policy.version(), policy.statements().len()), (Version::V2012, 0));
        assert_eq!(Policy::parse("%7"), Err(PolicyError::Encoding));
    }

    #[test]
    fn names_the_place_of_an_error() {
        let cases = [
            (r#"{"Statement":[{"Action":"*"}]}"#, "/Statement/0/Effect"),
            (
                r#"{"Statement":[{"Effect":"allow","Action":"*"}]}"#,
                "/Statement/0/Effect",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":[{}]}]}"#,
                "/Statement/0/Action/0",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*"}]}"#,
                "/Statement/0/NotAction",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*","Action":"*"}]}"#,
                "/Statement/0/Action",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a/b":null}}}]}"#,
                "/Statement/0/Condition/Bool/a~1b",
            ),
        ];
        for (text, pointer) in cases {
            match Policy::parse(text) {
                Err(PolicyError::Shape { pointer: found, .. } | PolicyError::Repeated { pointer: found }) => {
                    assert_eq!(found, pointer, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_session_is_one_of_its_role_alone() {
        let session = "arn:aws:sts::111122223333:assumed-role/app/alice";
        let cases = [
            ("arn:aws:iam::111122223333:role/app", true),
            ("arn:aws:iam::111122223333:role/team/app", true),
            ("arn:aws:iam::111122223333:role/other", false),
            ("arn:aws:iam::111122223333:role/alice", false),
            ("arn:aws:iam::444455556666:role/app", false),
            ("arn:aws:iam::111122223333:user/app", false),
        ];
        for (role, is_one) in cases {
            assert_eq!(is_session_of(session, role), is_one, "{role}");
        }
        assert!(!is_session_of(
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:role/app"
        ));
    }

    #[test]
    fn a_statement_is_called_by_its_id_or_by_what_it_says() {
        let policy =
            parse(r#"{"Statement":[{"Sid":"open","Effect":"Allow","Action":"*"},{"Effect":"Allow","Action":"s3:*"}]}"#);
        let [named, nameless] = policy.statements() else {
            panic!("{policy:?}")
        };
        assert!(named.is_called("open") && !named.is_called(&nameless.label()) && !named.is_called("Open"));
        let by_digest = format!("without-sid-{:08x}", named.digest);
        assert!(!named.is_called(&by_digest), "its id is its name");
        assert!(nameless.is_called(&nameless.label()) && !nameless.is_called("open"));
    }

    #[test]
    fn brackets_in_texts_are_no_levels() {
        let text = "[{".repeat(200);
        for quoted in [
            text.clone(),
            format!("\\\"{text}"),
            format!("\\\\{text}\\\"{text}"),
            "]}".repeat(200) + &text,
        ] {
            let policy = parse(&format!(
                r#"{{"Statement":{{"Sid":"{quoted}","Effect":"Allow","Action":"*"}}}}"#
            ));
            assert_eq!(policy.statements().len(), 1);
        }
        let levels = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
        let refused = |text: &str| Policy::parse(&format!(r#"{{"Id":"a\\","Statement":{text}}}"#));
        assert!(matches!(refused(&levels(64)), Err(PolicyError::TooDeep)));
        assert!(!matches!(refused(&levels(63)), Err(PolicyError::TooDeep)));
        let broad = vec![levels(32); 4].join(",");
        assert!(
            !matches!(refused(&format!("[{broad}]")), Err(PolicyError::TooDeep)),
            "no level is below another"
        );
    }

    #[test]
    fn bounds_size_and_depth() {
        assert!(matches!(
            Policy::parse(&" ".repeat(600_000)),
            Err(PolicyError::TooLarge { .. })
        ));
        let deep = format!("{{\"Statement\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(Policy::parse(&deep), Err(PolicyError::TooDeep));
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        let policy = parse(
            r#"{"Statement":[{"Sid":"","Effect":"Allow","Action":"*","Resorce":"*","Condition":{"Odd":{"k":[]}}}]}"#,
        );
        let statement = &policy.statements()[0];
        assert_eq!(statement.unknown, ["Resorce"]);
        assert_eq!(statement.conditions[0].operator, "Odd");
        assert_eq!(statement.label(), format!("without-sid-{:08x}", statement.digest));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = Policy::parse(&text);
        }
    }

    #[test]
    fn a_statement_without_sid_keeps_its_name_wherever_it_stands() {
        let one = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
        let same = r#"{"Resource":"*","Effect":"Allow","Action":"s3:GetObject"}"#;
        let other = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}"#;
        let labels = |first: &str, second: &str| -> Vec<String> {
            let policy =
                Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{first},{second}]}}"#)).unwrap();
            policy.statements().iter().map(Statement::label).collect()
        };
        let (straight, swapped) = (labels(one, other), labels(other, same));
        assert_eq!(straight[0], swapped[1]);
        assert_eq!(straight[1], swapped[0]);
        assert_ne!(straight[0], straight[1]);
    }
}
