//! Comparisons with their truth.

mod callers;

use super::*;

fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn allow(elements: &str) -> String {
    format!(r#"{{"Effect":"Allow",{elements}}}"#)
}

fn deny(elements: &str) -> String {
    format!(r#"{{"Effect":"Deny",{elements}}}"#)
}

fn with(condition: &str) -> String {
    allow(&format!(
        r#""Action":"s3:GetObject","Resource":"*","Condition":{{{condition}}}"#
    ))
}

/// `=` the same, `<` A within B only, `>` the other way, `#` neither, `?` anything that could not be decided.
fn relation(one: &str, other: &str) -> String {
    let compared = compare(&policy(one), &policy(other));
    match (compared.a_within_b, compared.b_within_a) {
        (Within::Yes, Within::Yes) => "=".into(),
        (Within::Yes, Within::No) => "<".into(),
        (Within::No, Within::Yes) => ">".into(),
        (Within::No, Within::No) => "#".into(),
        _ => format!("? {compared:?}"),
    }
}

fn assert_relations(cases: &[(&str, String, String)]) {
    for (expected, one, other) in cases {
        assert_eq!(relation(one, other), *expected, "\n{one}\n{other}");
        let mirrored = match *expected {
            "<" => ">",
            ">" => "<",
            same => same,
        };
        assert_eq!(relation(other, one), mirrored, "\n{other}\n{one}");
    }
}

#[test]
fn elements() {
    let one = |elements: &str| allow(elements);
    assert_relations(&[
        (
            "=",
            one(r#""Action":"s3:*","Resource":"*""#),
            one(r#""Action":"S3:**","Resource":["*","arn:aws:s3:::b"]"#),
        ),
        (
            "<",
            one(r#""Action":"s3:Get*","Resource":"*""#),
            one(r#""Action":"s3:*","Resource":"*""#),
        ),
        (
            "#",
            one(r#""Action":"s3:Get*","Resource":"*""#),
            one(r#""Action":"s3:*Object","Resource":"*""#),
        ),
        (
            "=",
            one(r#""Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*""#),
            format!(
                "{},{}",
                one(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#),
                one(r#""Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*""#)
            ),
        ),
        (
            "<",
            one(r#""NotAction":"iam:*","Resource":"*""#),
            one(r#""Action":"*","Resource":"*""#),
        ),
        (
            "=",
            one(r#""NotAction":"iam:*","Resource":"*""#),
            format!(
                "{},{}",
                one(r#""Action":"*","Resource":"*""#),
                deny(r#""Action":"iam:*","Resource":"*""#)
            ),
        ),
        (
            "=",
            one(r#""Action":"s3:GetObject","NotResource":"arn:aws:s3:::secret/*""#),
            format!(
                "{},{}",
                one(r#""Action":"s3:GetObject","Resource":"*""#),
                deny(r#""Action":"*","Resource":"arn:aws:s3:::secret/*""#)
            ),
        ),
        (
            "=",
            one(r#""Action":"*","Resource":"*""#),
            one(r#""Action":"*:*","Resource":"*""#),
        ),
        (
            "<",
            deny(r#""Action":"*","Resource":"*""#),
            one(r#""Action":"s3:GetObject","Resource":"*""#),
        ),
        (
            "#",
            one(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::a/?""#),
            one(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::a/b*""#),
        ),
    ]);
}

#[test]
fn conditions() {
    let plain = allow(r#""Action":"s3:GetObject","Resource":"*""#);
    assert_relations(&[
        ("<", with(r#""StringEquals":{"k":"a"}"#), plain.clone()),
        (
            "<",
            with(r#""StringEquals":{"k":"a"}"#),
            with(r#""StringLike":{"k":"a*"}"#),
        ),
        (
            "<",
            with(r#""StringEquals":{"k":"a"}"#),
            with(r#""StringEqualsIfExists":{"k":"a"}"#),
        ),
        (
            "=",
            with(r#""StringEquals":{"K":["a","b"]}"#),
            format!(
                "{},{}",
                with(r#""StringEquals":{"k":"a"}"#),
                with(r#""StringLike":{"k":"b"}"#)
            ),
        ),
        (
            "=",
            with(r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}"#),
            with(r#""ArnEquals":{"aws:SourceArn":"arn:aws:s3:::b"}"#),
        ),
        (
            "<",
            with(r#""ArnLike":{"k":"arn:aws:sns:*:111122223333:*"}"#),
            with(r#""StringLike":{"k":"arn:aws:sns:*:111122223333:*"}"#),
        ),
    ]);
}

#[test]
fn ranges_presence_and_sets() {
    let plain = allow(r#""Action":"s3:GetObject","Resource":"*""#);
    assert_relations(&[
        (
            "=",
            with(r#""IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}"#),
            with(r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#),
        ),
        (
            ">",
            with(r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#),
            with(r#""IpAddress":{"aws:SourceIp":["10.0.0.0/10","10.128.0.0/9"]}"#),
        ),
        (
            "<",
            with(r#""NumericLessThan":{"k":"5"}"#),
            with(r#""NumericLessThanEquals":{"k":"5"}"#),
        ),
        (
            "=",
            with(r#""NumericEquals":{"k":["5","5.0"]}"#),
            with(r#""NumericEquals":{"k":"5"}"#),
        ),
        (
            "<",
            with(r#""DateLessThan":{"k":"2026-01-01T00:00:00Z"}"#),
            with(r#""DateLessThan":{"k":"2026-01-02"}"#),
        ),
        (
            "<",
            with(r#""Bool":{"aws:SecureTransport":"true"}"#),
            with(r#""Null":{"aws:SecureTransport":"false"}"#),
        ),
        (
            "=",
            with(r#""Null":{"k":"true"}"#),
            format!(
                "{plain},{}",
                deny(r#""Action":"*","Resource":"*","Condition":{"Null":{"k":"false"}}"#)
            ),
        ),
        (
            "=",
            with(r#""StringNotEquals":{"k":"a"}"#),
            format!(
                "{plain},{}",
                deny(r#""Action":"*","Resource":"*","Condition":{"StringEquals":{"k":"a"}}"#)
            ),
        ),
        (
            "<",
            with(r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#),
            plain.clone(),
        ),
        (
            "#",
            with(r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#),
            with(r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#),
        ),
        (
            "<",
            with(r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
            with(r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
        ),
        (
            "=",
            with(r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
            with(r#""ForAnyValue:StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
        ),
        (
            "<",
            with(r#""StringEquals":{"k":"a","j":"b"}"#),
            with(r#""StringEquals":{"k":"a"}"#),
        ),
        (
            "=",
            with(r#""StringEqualsIgnoreCase":{"k":"aB"}"#),
            with(r#""StringEquals":{"k":["ab","aB","Ab","AB"]}"#),
        ),
    ]);
}

#[test]
fn variables_are_compared_as_values() {
    let at = |resource: &str| {
        allow(&format!(
            r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::{resource}""#
        ))
    };
    assert_relations(&[
        ("=", at("home/${aws:username}/*"), at("home/${aws:UserName}/*")),
        ("<", at("home/${aws:username}/*"), at("home/*")),
        ("#", at("home/${aws:username}/*"), at("home/bob/*")),
        (
            ">",
            at("home/${aws:username}/*"),
            format!(
                "{},{}",
                at("home/${aws:username}/*"),
                deny(r#""Action":"*","Resource":"arn:aws:s3:::home/${aws:username}/x""#)
            ),
        ),
        ("=", at("a${*}b"), at("a${*}b")),
    ]);
    // Only the user `bob` gets past the denial, so a stranger tells nothing.
    let but = |resource: &str| deny(&format!(r#""Action":"*","NotResource":"arn:aws:s3:::{resource}""#));
    let own = format!("{},{}", at("home/bob/*"), but("home/${aws:username}/*"));
    assert!(
        relation(&own, &at("home/alice/*")) != "<",
        "bob's files are not alice's"
    );
    assert_relations(&[("<", at("a${*}b"), at("a*b"))]);
}

#[test]
fn what_is_not_documented_is_not_decided() {
    let undecided = |one: &str, other: &str| compare(&policy(one), &policy(other)).a_within_b == Within::CannotTell;
    let plain = with(r#""StringEquals":{"k":"a"}"#);
    assert!(undecided(&with(r#""StringIs":{"k":"a"}"#), &plain));
    assert!(undecided(&plain, &with(r#""StringIs":{"k":"a"}"#)));
    assert!(!undecided(
        &with(r#""StringIs":{"k":"a"}"#),
        &allow(r#""Action":"s3:*","Resource":"*""#)
    ));
    let nested = |from: usize| {
        let globs: Vec<_> = (from..from + 40)
            .map(|n| format!(r#""arn:aws:s3:::*a{}b*""#, "?".repeat(n)))
            .collect();
        allow(&format!(r#""Action":"s3:GetObject","Resource":[{}]"#, globs.join(",")))
    };
    let hostile = compare(&policy(&nested(0)), &policy(&nested(1)));
    assert_ne!(hostile.a_within_b, Within::Yes, "the first is in none of the others");
}

#[test]
fn witnesses_are_requests_that_a_reader_knows() {
    let wide = allow(r#""Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*""#);
    let narrow = allow(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#);
    let witness = compare(&policy(&wide), &policy(&narrow))
        .witness_only_a
        .expect("a witness");
    assert_eq!(witness.action, "s3:PutObject");
    assert!(witness.resource.starts_with("arn:aws:s3:::b/"), "{}", witness.resource);
    let wide = allow(r#""Action":"s3:PutObject","Resource":"arn:*:s3:::b/*""#);
    let narrow = allow(r#""Action":"s3:GetObject","Resource":"*""#);
    let witness = compare(&policy(&wide), &policy(&narrow))
        .witness_only_a
        .expect("a witness");
    assert!(witness.resource.starts_with("arn:aws:s3:::b/"), "{}", witness.resource);
    // Where the partition is what tells them apart it stays.
    let narrow = allow(r#""Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*""#);
    let witness = compare(&policy(&wide), &policy(&narrow))
        .witness_only_a
        .expect("a witness");
    assert!(!witness.resource.starts_with("arn:aws:"), "{}", witness.resource);
}
