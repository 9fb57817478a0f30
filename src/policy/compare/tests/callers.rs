//! Whom two policies let in.

use super::*;

#[test]
fn principals() {
    let granted = |principal: &str, condition: &str| {
        allow(&format!(
            r#""Principal":{principal},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{{{condition}}}"#
        ))
    };
    assert_relations(&[
        (
            "=",
            granted(r#"{"AWS":"111122223333"}"#, ""),
            granted(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, ""),
        ),
        ("=", granted(r#""*""#, ""), granted(r#"{"AWS":"*"}"#, "")),
        (
            "<",
            granted(r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#, ""),
            granted(r#"{"AWS":"111122223333"}"#, ""),
        ),
        (
            "#",
            granted(r#"{"Service":"s3.amazonaws.com"}"#, ""),
            granted(r#"{"AWS":"111122223333"}"#, ""),
        ),
        (
            "<",
            granted(r#"{"Service":"s3.amazonaws.com"}"#, ""),
            granted(r#""*""#, ""),
        ),
        (
            "<",
            granted(r#""*""#, r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#),
            granted(r#""*""#, ""),
        ),
        (
            "=",
            granted(
                r#"{"AWS":"111122223333"}"#,
                r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#,
            ),
            granted(r#"{"AWS":"111122223333"}"#, ""),
        ),
        (
            "=",
            granted(
                r#"{"Service":"s3.amazonaws.com"}"#,
                r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            ),
            deny(r#""Principal":"*","Action":"*","Resource":"*""#),
        ),
    ]);
}

#[test]
fn callers_of_a_name() {
    let to = |principal: &str| {
        allow(&format!(
            r#""Principal":{principal},"Action":"lambda:InvokeFunction","Resource":"*""#
        ))
    };
    let role = |account: &str, name: &str| to(&format!(r#"{{"AWS":"arn:aws:iam::{account}:role/{name}"}}"#));
    let session = to(r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/app/alice"}"#);
    let named = |kind: &str, name: &str| to(&format!(r#"{{"{kind}":"{name}"}}"#));
    let with_anyone = |denied: &str| {
        format!(
            r#"{},{{"Effect":"Deny",{denied},"Action":"*","Resource":"*"}}"#,
            to(r#""*""#)
        )
    };
    assert_relations(&[
        ("<", session.clone(), role("111122223333", "app")),
        ("#", session.clone(), role("111122223333", "other")),
        ("#", session.clone(), role("444455556666", "app")),
        ("<", session, named("AWS", "111122223333")),
        ("#", role("111122223333", "app"), role("111122223333", "other")),
        // All but one service are denied.
        (
            "=",
            with_anyone(r#""NotPrincipal":{"Service":"s3.amazonaws.com"}"#),
            named("Service", "s3.amazonaws.com"),
        ),
        (
            "#",
            with_anyone(r#""NotPrincipal":{"Service":"s3.amazonaws.com"}"#),
            named("Service", "sns.amazonaws.com"),
        ),
        ("=", with_anyone(r#""NotPrincipal":"*""#), to(r#""*""#)),
    ]);
    // Other kinds are told apart, but nothing is known of what they say of themselves.
    let federated = policy(&named("Federated", "accounts.google.com"));
    assert_eq!(compare(&federated, &federated).a_within_b, Within::Yes);
    for other in [
        ("Federated", "graph.facebook.com"),
        ("CanonicalUser", "79a5"),
        ("Service", "s3.amazonaws.com"),
    ] {
        let compared = compare(&federated, &policy(&named(other.0, other.1)));
        assert_eq!(compared.a_within_b, Within::CannotTell, "{other:?}");
    }
    // Account, role and session would all have to be named; what comes of less is not documented.
    let spares_a_role = with_anyone(r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"}"#);
    let compared = compare(&policy(&role("111122223333", "app")), &policy(&spares_a_role));
    assert_eq!(compared.a_within_b, Within::CannotTell);
    let compared = compare(&policy(&role("444455556666", "app")), &policy(&spares_a_role));
    assert_eq!(compared.a_within_b, Within::No);
}

#[test]
fn what_a_kind_of_caller_says_of_itself() {
    let granted = |principal: &str, condition: &str| {
        allow(&format!(
            r#""Principal":{principal},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{{{condition}}}"#
        ))
    };
    let (service, account) = (r#"{"Service":"s3.amazonaws.com"}"#, r#"{"AWS":"111122223333"}"#);
    let role = r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#;
    let nothing = deny(r#""Principal":"*","Action":"*","Resource":"*""#);
    let all = |principal: &str| granted(principal, "");
    let by_service = r#""Bool":{"aws:PrincipalIsAWSService":"true"}"#;
    let by_none = r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#;
    let s3 = r#""StringEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"}"#;
    let sns = r#""StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"}"#;
    let source = r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#;
    let user = r#""StringEquals":{"aws:username":"bob"}"#;
    let arn = |arn: &str| format!(r#""ArnLike":{{"aws:PrincipalArn":"{arn}"}}"#);
    assert_relations(&[
        ("=", granted(service, by_service), all(service)),
        ("=", granted(service, by_none), nothing.clone()),
        ("=", granted(account, by_none), all(account)),
        ("=", granted(account, by_service), nothing.clone()),
        ("=", granted(role, by_none), all(role)),
        ("=", granted(service, s3), all(service)),
        ("=", granted(service, sns), nothing.clone()),
        ("=", granted(account, s3), nothing.clone()),
        ("<", granted(service, source), all(service)),
        (">", granted(service, source), nothing.clone()),
        ("=", granted(account, source), nothing.clone()),
        ("=", granted(service, user), nothing.clone()),
        (">", granted(account, user), nothing.clone()),
        ("=", granted(role, &arn("arn:aws:iam::111122223333:role/*")), all(role)),
        (
            "=",
            granted(role, &arn("arn:aws:iam::111122223333:role/b*")),
            nothing.clone(),
        ),
        // A session may call by its own name, which is one of STS.
        ("<", granted(account, &arn("arn:aws:iam::111122223333:*")), all(account)),
        (
            "=",
            granted(account, &arn("arn:aws:iam::444455556666:*")),
            nothing.clone(),
        ),
        ("=", granted(service, &arn("arn:aws:iam::*:*")), nothing),
    ]);
}
