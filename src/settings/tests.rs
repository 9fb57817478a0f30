use super::*;
use crate::arn::FunctionArn;
use crate::finding::{Evidence, Finding};
use jiff::civil::Date;

const TEXT: &str = r#"{"suppressions": [{"control": "invoke-public", "function": "web*", "reason": "public by design",
    "expires": "2026-12-31"}], "trustedAccounts": ["444455556666"]}"#;

const TOML: &str = r#"
trustedAccounts = ["444455556666"]
unusedAfterDays = 60

[controls.tracing-inactive]
severity = "informational"

[controls.url-auth-none]
acceptByTag = true

[[overrides]]
tag = { key = "stage", value = "test*" }
unusedAfterDays = 30
controls.role-shared.enabled = false

[[overrides]]
region = "eu-west-1"
controls.tracing-inactive.severity = "medium"
controls.role-shared.enabled = true

[[suppressions]]
control = "invoke-public"
tag = { key = "public" }
reason = "public by design"
expires = 2026-12-31
"#;

fn function(name: &str) -> FunctionArn {
    format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")
        .parse()
        .unwrap()
}

fn finding(control: &str, name: &str) -> Finding {
    Finding::new(control, &function(name), Severity::Critical, Evidence::new("s", ""))
}

fn day(time: &str) -> Date {
    day_of(time.parse().unwrap())
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// Whether a finding is accepted on a function with these tags.
fn acceptance(text: &str, control: &str, name: &str, tags: Option<&BTreeMap<String, String>>) -> Acceptance {
    let settings = Settings::parse(text).unwrap();
    let function = function(name);
    let target = Target {
        function: &function,
        tags,
    };
    settings
        .decisions(target, day("2026-12-01T00:00:00Z"))
        .acceptance(&finding(control, name))
}

fn accepted(reason: &str) -> Acceptance {
    Acceptance::Accepted(reason.to_owned())
}

#[test]
fn a_suppression_covers_by_pattern_until_the_end_of_its_last_day() {
    let settings = Settings::parse(TEXT).unwrap();
    let at = |name: &str, now: &str| {
        let function = function(name);
        let target = Target {
            function: &function,
            tags: None,
        };
        settings
            .decisions(target, day(now))
            .acceptance(&finding("invoke-public", name))
    };
    assert_eq!(at("web-shop", "2026-12-31T23:59:59Z"), accepted("public by design"));
    assert_eq!(at("web-shop", "2027-01-01T00:00:00Z"), Acceptance::Open);
    assert_eq!(at("shop-web", "2026-01-01T00:00:00Z"), Acceptance::Open);
}

#[test]
fn both_forms_say_the_same() {
    let as_json = r#"{"trustedAccounts": ["444455556666"], "unusedAfterDays": 60,
        "controls": {"tracing-inactive": {"severity": "informational"}, "url-auth-none": {"acceptByTag": true}},
        "overrides": [
            {"tag": {"key": "stage", "value": "test*"}, "unusedAfterDays": 30, "controls": {"role-shared": {"enabled": false}}},
            {"region": "eu-west-1", "controls": {"tracing-inactive": {"severity": "medium"}, "role-shared": {"enabled": true}}}],
        "suppressions": [{"control": "invoke-public", "tag": {"key": "public"}, "reason": "public by design", "expires": "2026-12-31"}]}"#;
    assert_eq!(Settings::parse(TOML).unwrap(), Settings::parse(as_json).unwrap());
}

#[test]
fn the_last_override_that_says_something_counts() {
    let settings = Settings::parse(TOML).unwrap();
    let (function, tags) = (function("web"), tags(&[("stage", "test-1")]));
    let target = Target {
        function: &function,
        tags: Some(&tags),
    };
    let here = settings.decisions(target, day("2026-12-01T00:00:00Z"));
    assert_eq!(here.severity("tracing-inactive"), Some(Severity::Medium));
    assert_eq!(here.severity("role-shared"), None);
    assert!(
        here.is_on("role-shared"),
        "switched off for the stage, and on again for the Region"
    );
    assert_eq!((here.unused_after_days(), here.runtime_expiring_days()), (30, 90));
    let unread = Target {
        function: &function,
        tags: None,
    };
    assert_eq!(
        settings
            .decisions(unread, day("2026-12-01T00:00:00Z"))
            .unused_after_days(),
        60
    );
}

#[test]
fn a_tag_accepts_where_the_settings_let_it() {
    let tags = tags(&[
        ("vigil:accept/concurrency-unreserved", "bursts are ours alone"),
        ("vigil:accept/url-auth-none", "behind a firewall until 2026-12-01"),
        ("vigil:accept/invoke-public", "because"),
        ("vigil:accept/role-shared", " "),
    ]);
    let on = |control: &str| acceptance(TOML, control, "web", Some(&tags));
    assert_eq!(on("concurrency-unreserved"), accepted("bursts are ours alone"));
    assert_eq!(on("url-auth-none"), accepted("behind a firewall"));
    assert!(
        matches!(on("invoke-public"), Acceptance::Refused(_)),
        "a critical one, and nobody allowed it"
    );
    assert_eq!(on("tracing-inactive"), Acceptance::Open);
    let silenced = r#"{"controls": {"concurrency-unreserved": {"acceptByTag": false}}}"#;
    let refused = acceptance(silenced, "concurrency-unreserved", "web", Some(&tags));
    assert!(matches!(refused, Acceptance::Refused(_)));
}

#[test]
fn tags_that_were_not_read_settle_nothing() {
    assert_eq!(
        acceptance(TOML, "concurrency-unreserved", "web", None),
        Acceptance::Unknown
    );
    assert_eq!(acceptance(TOML, "invoke-public", "web", None), Acceptance::Unknown);
    assert_eq!(acceptance(TOML, "tracing-inactive", "web", None), Acceptance::Open);
    let tagged = tags(&[("public", "")]);
    assert_eq!(
        acceptance(TOML, "invoke-public", "web", Some(&tagged)),
        accepted("public by design")
    );
}

#[test]
fn no_critical_control_is_accepted_by_tag_by_default() {
    for control in crate::controls::ALL
        .iter()
        .filter(|control| control.severity >= Severity::High)
    {
        let tags = tags(&[(&format!("{ACCEPT}{}", control.id), "because")]);
        let answer = acceptance("{}", control.id, "web", Some(&tags));
        assert!(matches!(answer, Acceptance::Refused(_)), "{}", control.id);
    }
}

#[test]
fn mistakes_are_named_by_their_path() {
    let error = |text: &str| Settings::parse(text).unwrap_err().to_string();
    assert!(error(r#"{"trustedAccounts": ["12"]}"#).contains("`trustedAccounts[0]`"));
    assert!(error(r#"{"organisation": "o-1"}"#).contains("organisation"));
    assert!(error(&TEXT.replace("invoke-public", "invoke-publik")).contains("`suppressions[0].control`"));
    assert!(error(&TEXT.replace("public by design", " ")).contains("reason"));
    assert!(error(&TEXT.replace("\"reason\": \"public by design\",", "")).contains("reason"));
    assert!(error(&TEXT.replace("web*", "")).contains("`suppressions[0].function`"));
    assert!(error(&TEXT.replace("\"function\": \"web*\",", "")).contains("names no function"));
    assert!(error(&TEXT.replace("2026-12-31", "2026-12-31T00:00:00Z")).contains("`suppressions[0].expires`"));
}

#[test]
fn mistakes_are_named_by_line_and_column() {
    for (text, line, column, says) in [
        ("a = 1\n", 1, 1, "a"),
        (
            "\n[controls.role-shared]\nseverity = \"loud\"\n",
            3,
            12,
            "`controls.role-shared.severity`",
        ),
        ("[controls]\nrole-sharing.enabled = true\n", 2, 1, "role-sharing"),
        (
            "trustedAccounts = [\n  \"444455556666\",\n  \"44\",\n]\n",
            3,
            3,
            "`trustedAccounts[1]`",
        ),
        ("x = [\n", 1, 6, ""),
        (
            "[[suppressions]]\ncontrol = \"role-shared\"\nfunction = \"*\"\nreason = \"r\"\nexpires = 2027-02-30\n",
            5,
            11,
            "",
        ),
        (
            "[[suppressions]]\ncontrol = \"role-shared\"\nfunction = \"*\"\nreason = \"r\"\nexpires = 2027-02-03T10:00:00Z\n",
            5,
            11,
            "without a time",
        ),
        ("{\n  \"trustedAccounts\": [\"44\"]\n}", 2, 27, "`trustedAccounts[0]`"),
        ("{\n  \"severities\": {\"x\": \"low\"}\n}", 2, 20, "is no control"),
        ("{\"severities\": }", 1, 16, ""),
        ("{} x", 1, 4, ""),
    ] {
        let error = Settings::parse(text).unwrap_err();
        assert_eq!(
            (error.line(), error.column()),
            (Some(line), Some(column)),
            "{text} {error}"
        );
        assert!(error.to_string().contains(says), "{text} {error}");
    }
}

#[test]
fn hostile_documents_are_refused_in_time() {
    for text in [
        "[".repeat(200_000),
        format!("a = {}", "[".repeat(200_000)),
        format!("{{\"a\": {}", "[".repeat(200_000)),
        "x".repeat(300_000),
        format!("{} = 1", "a.".repeat(100_000)),
    ] {
        assert!(Settings::parse(&text).is_err());
    }
}
