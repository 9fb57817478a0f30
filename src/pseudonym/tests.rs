use proptest::prelude::*;
use serde_json::json;

use super::*;
const SALT: &[u8] = b"fixed for tests";

fn of(document: &Value) -> (Pseudonyms, Value) {
    let pseudonyms = Pseudonyms::new(SALT, [document]);
    let renamed = pseudonyms.document(document);
    (pseudonyms, renamed)
}

#[test]
fn a_name_is_the_same_wherever_it_stands() {
    let (pseudonyms, renamed) = of(&json!({
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker",
        "LogGroup": "/aws/lambda/orders-worker",
        "Role": "arn:aws:iam::111122223333:role/service-role/orders-worker-role",
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-worker",
    }));
    let (name, account) = (pseudonyms.text("orders-worker"), pseudonyms.text("111122223333"));
    assert!(
        name.len() == "orders-worker".len()
            && name.contains('-')
            && !name.contains("orders")
            && !name.contains("worker")
    );
    assert!(account.len() == 12 && account != "111122223333" && account.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(
        renamed["FunctionArn"],
        format!("arn:aws:lambda:eu-west-1:{account}:function:{name}")
    );
    assert_eq!(renamed["LogGroup"], format!("/aws/lambda/{name}"));
    assert_eq!(
        renamed["Role"],
        format!("arn:aws:iam::{account}:role/service-role/{name}-role")
    );
    assert_eq!(
        renamed["QueueUrl"],
        format!("https://sqs.eu-west-1.amazonaws.com/{account}/{name}")
    );
}

#[test]
fn what_decides_stays() {
    let document = json!({
        "Runtime": "python3.13",
        "AttachedPolicies": ["arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
        "Layers": ["arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:53"],
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["lambda:InvokeFunction", "s3:Get*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"lambda:FunctionUrlAuthType": "NONE", "aws:RequestedRegion": "eu-west-1"},
                "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
                "DateLessThan": {"aws:CurrentTime": "2026-11-02T00:49:46Z"},
            },
        }],
        "Environment": {"Variables": {"DB_PASSWORD": {"kind": "credential", "detector": "password-by-name", "confidence": "likely"}}},
    });
    assert_eq!(of(&document).1, document);
}

#[test]
fn statement_ids_keep_the_words_of_everybody() {
    let renamed = of(
        &json!({"Statement": [{"Sid": "AllowAcmeVendorInvoke"}, {"Sid": "ReadOrders2"}, {"Sid": "Stmt1700000000000"}]}),
    )
    .1;
    let sid = |place: usize| renamed["Statement"][place]["Sid"].as_str().unwrap().to_owned();
    assert!(sid(0).starts_with("Allow") && sid(0).ends_with("Invoke"), "{}", sid(0));
    assert!(!sid(0).contains("Acme") && !sid(0).contains("Vendor") && sid(0).len() == "AllowAcmeVendorInvoke".len());
    assert!(sid(1).starts_with("Read") && !sid(1).contains("Orders"), "{}", sid(1));
    assert!(!sid(2).contains("1700000000000"), "{}", sid(2));
}

#[test]
fn events_and_patterns_of_others_name_nobody() {
    let pattern = r#"{"source":["acme.orders","aws.ec2"],"detail-type":["Acme Order Placed"],"detail":{"state":["shipped-by-acme"]}}"#;
    let of_aws = r#"{"source":["aws.ec2"],"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["running"]}}"#;
    let partner =
        json!({"source": "aws.partner/acme.example/shop", "detail-type": "Sold", "detail": {"status": "acme"}});
    let renamed = of(&json!({"eventPattern": pattern, "other": of_aws, "event": partner})).1;
    let text = renamed.to_string();
    assert!(
        !text.to_ascii_lowercase().contains("acme") && !text.contains("Placed") && !text.contains("shipped"),
        "{text}"
    );
    assert!(renamed["eventPattern"].as_str().unwrap().contains("aws.ec2"), "{text}");
    assert_eq!(renamed["other"], of_aws);
}

#[test]
fn patterns_without_a_source_name_nobody_and_those_about_calls_stay() {
    let own = json!({"detail-type": ["Acme Order Placed"], "detail": {"state": ["shipped-by-acme"]}});
    let bare = json!({"detail": {"customer": [{"prefix": "acme"}], "state": ["acmes"]}});
    let text = of(&json!([own.to_string(), bare.to_string(), own])).1.to_string();
    assert!(
        !text.to_ascii_lowercase().contains("acme") && !text.contains("Placed") && !text.contains("shipped"),
        "{text}"
    );
    let calls = json!({"detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]}});
    assert_eq!(of(&calls).1, calls);
    let calls = json!({"detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]}});
    assert_eq!(of(&calls).1, calls);
}

#[test]
fn ids_of_users_programs_are_names_where_they_are_numbers_too() {
    let event = json!({"source": "acme.shop", "detail-type": "Sold", "detail": {"order": 4_821_337, "count": 3, "customers": [70_000_123, -70_000_123]}});
    let (_, renamed) = of(&event);
    let detail = &renamed["detail"];
    let order = detail["order"].as_u64().unwrap();
    assert!(order != 4_821_337 && order.to_string().len() == 7, "{detail}");
    assert_eq!(detail["count"], 3);
    let customer = detail["customers"][0].as_i64().unwrap();
    assert!(
        customer != 70_000_123 && detail["customers"][1] == -customer,
        "{detail}"
    );
    let of_aws = json!({"source": "aws.lambda", "detail": {"memorySize": 10_240, "codeSize": 4_821_337}});
    assert_eq!(of(&of_aws).1, of_aws);
}

#[test]
fn what_conditions_measure_stays() {
    let condition = json!({"Condition": {
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600000", "s3:max-keys": ["1000000", 2_000_000]},
        "ForAnyValue:NumericGreaterThanEqualsIfExists": {"s3:object-lock-remaining-retention-days": "100000.5"},
        "DateLessThan": {"aws:EpochTime": "1793491200", "aws:CurrentTime": "1793491200000"},
        "StringEquals": {"aws:MultiFactorAuthAge": "3600000"},
    }});
    assert_eq!(of(&condition).1, condition);
    let hidden = of(&json!({"Condition": {"NumericEquals": {"aws:SourceAccount": "111122223333", "x": "acme"}, "StringEquals": {"x": "4821337"}}})).1;
    let text = hidden.to_string();
    assert!(
        !text.contains("111122223333") && !text.contains("acme") && !text.contains("4821337"),
        "{text}"
    );
}

#[test]
fn addresses_of_conditions_are_nobodys() {
    let renamed = of(&json!({"Condition": {
        "IpAddress": {"aws:SourceIp": ["52.92.13.7", "52.92.0.0/17", "10.0.0.0/8"]},
        "NotIpAddress": {"AWS:VpcSourceIp": "8.8.8.0/24"},
    }}))
    .1;
    let text = renamed.to_string();
    assert!(
        !text.contains("52.92.") && !text.contains("8.8.8.") && text.contains("10.0.0.0/8"),
        "{text}"
    );
}

#[test]
fn ids_of_digits_are_names() {
    let (pseudonyms, renamed) =
        of(&json!({"Bucket": "acme-4821337", "Port": "443", "Version": "123456", "Range": "65535"}));
    let bucket = renamed["Bucket"].as_str().unwrap();
    assert!(bucket.len() == 12 && !bucket.contains("4821337"), "{bucket}");
    assert_eq!(bucket, pseudonyms.text("acme-4821337"));
    assert_eq!((&renamed["Port"], &renamed["Range"]), (&json!("443"), &json!("65535")));
    assert_eq!(renamed["Version"], "123456", "AWS's own members stay");
}

#[test]
fn callers_are_nobody() {
    let (_, renamed) = of(&json!({"detail": {
        "sourceIPAddress": "2001:db8:1::7",
        "userIdentity": {"principalId": "AROAEXAMPLEDEPLOYROLE:alice", "userName": "alice"},
    }, "other": {"sourceIPAddress": "cloudformation.amazonaws.com"}}));
    let address: Ipv4Addr = renamed["detail"]["sourceIPAddress"].as_str().unwrap().parse().unwrap();
    assert!(address.is_documentation());
    assert_eq!(renamed["other"]["sourceIPAddress"], "cloudformation.amazonaws.com");
    let user = renamed["detail"]["userIdentity"]["userName"].as_str().unwrap();
    let id = renamed["detail"]["userIdentity"]["principalId"].as_str().unwrap();
    assert!(
        id.starts_with("AROA") && id.ends_with(&format!(":{user}")) && id.len() == "AROAEXAMPLEDEPLOYROLE:alice".len()
    );
    assert!(!id.contains("DEPLOY") && user != "alice");
}

#[test]
fn documents_within_texts_are_opened() {
    let policy =
        r#"{"Statement":[{"Sid":"OrdersTeam"}],"Statement":[{"Sid":"all","Resource":"arn:aws:s3:::acme-orders/*"}]}"#;
    let escaped = text::escaped(policy);
    let (pseudonyms, renamed) = of(&json!({"policy": policy, "policyDocument": escaped}));
    let bucket = pseudonyms.text("acme-orders");
    let written = renamed["policy"].as_str().unwrap();
    assert!(written.contains(&format!("arn:aws:s3:::{bucket}/*")), "{written}");
    assert_eq!(
        written.matches("\"Statement\"").count(),
        2,
        "what is written twice stays so: {written}"
    );
    assert!(
        written.contains("\"Sid\":\"all\"") && !written.contains("Orders"),
        "{written}"
    );
    assert_eq!(
        text::unescaped(renamed["policyDocument"].as_str().unwrap()).unwrap(),
        written
    );
}

#[test]
fn another_salt_gives_other_names_and_shows_nothing() {
    let document = json!({"FunctionName": "orders-worker"});
    let (one, other) = (Pseudonyms::new(b"1", [&document]), Pseudonyms::new(b"2", [&document]));
    assert_ne!(one.text("orders-worker"), other.text("orders-worker"));
    assert!(!format!("{:?}", Pseudonyms::new(b"a secret salt", [])).contains("secret"));
}

#[test]
fn helpers_of_frameworks_stay_helpers() {
    let name = "Shop-LogRetentionaae0aa3c5b4d4f87b02d85b201efdd-1GQ5W2AQTBI7J";
    let renamed = of(&json!({ "FunctionName": name })).1["FunctionName"].to_string();
    assert!(
        renamed.contains("-LogRetentionaae0aa3c") && !renamed.contains("Shop"),
        "{renamed}"
    );
}

#[test]
fn words_of_everybody_are_kept_where_a_pattern_begins_with_them() {
    let (pseudonyms, renamed) = of(&json!({"Resource": "arn:aws:s3:::web*", "Bucket": "webshop", "Other": "shop"}));
    assert_eq!(renamed["Resource"], "arn:aws:s3:::web*");
    let bucket = renamed["Bucket"].as_str().unwrap();
    assert!(
        bucket.starts_with("web") && bucket.len() == 7 && bucket != "webshop",
        "{bucket}"
    );
    assert_eq!(bucket, pseudonyms.text("webshop"));
}

#[test]
fn hostile_texts_are_renamed_like_others() {
    let deep = "[".repeat(5_000);
    let long = "a*?".repeat(20_000);
    let document =
        json!({"a": deep, "b": long, "c": "%7Bnot%20json%", "d": "\u{202e}evil\u{0}", "e": "ÄÖÜß-名前-orders"});
    let renamed = of(&document).1;
    assert!(!renamed["e"].as_str().unwrap().contains("名前"));
    assert!(!renamed["e"].as_str().unwrap().contains("orders"));
}

#[test]
fn what_only_begins_like_aws_names_nobody() {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker";
    for document in [
        // An event of somebody's own program: only a source of AWS beside it stays.
        json!({"source": "acme.shop", "detail": {"message": format!("aws.ec2 has stopped {arn}"), "of": "aws.ec2"}}),
        json!({"source": "acme.shop", "detail": {"by": "aws.orders_worker of 111122223333"}}),
        json!({"Description": format!("${{stage of {arn}")}),
        json!({"Description": format!("${{aws:PrincipalTag/team}} and ${{{arn}}}")}),
    ] {
        let (_, renamed) = of(&document);
        let text = renamed.to_string();
        for word in ["111122223333", "orders", "worker"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    let (_, renamed) =
        of(&json!({"source": "acme.shop", "detail": {"of": "aws.ec2"}, "Tag": "${aws:PrincipalTag/team}"}));
    assert_eq!(
        (&renamed["detail"]["of"], &renamed["Tag"]),
        (&json!("aws.ec2"), &json!("${aws:PrincipalTag/team}"))
    );
}

/// `*` stands for any text and `?` for any letter.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), letter) => fits(&pattern[1..], text) || letter.is_some() && fits(pattern, &text[1..]),
        (Some('?'), Some(_)) => fits(&pattern[1..], &text[1..]),
        (Some(one), Some(other)) => one == other && fits(&pattern[1..], &text[1..]),
        _ => false,
    }
}

fn name() -> impl Strategy<Value = String> {
    "[a-c]{1,5}(-[a-c]{1,5}){0,2}"
}

fn pattern() -> impl Strategy<Value = String> {
    "([a-c]{1,3}|[*]|[?]|-){1,4}"
}

proptest! {
    /// Short words of three letters are the worst: there, a chance fit is as likely as it gets. It happens to wildcards before a word's
    /// end alone; and of a pattern that begins a name nothing ever changes.
    #[test]
    fn what_a_pattern_of_beginnings_matches_is_the_same(names in prop::collection::vec(name(), 1..6), start in "[a-c]{1,4}(-[a-c]{0,3})?") {
        let pattern = format!("{start}*");
        let document = json!({"names": names, "pattern": pattern});
        let pseudonyms = Pseudonyms::new(SALT, [&document]);
        let renamed = pseudonyms.text(&pattern);
        for name in &names {
            prop_assert_eq!(fits(&pattern, name), fits(&renamed, &pseudonyms.text(name)), "{} {}", pattern, name);
        }
    }

    #[test]
    fn what_a_pattern_matched_it_still_matches(names in prop::collection::vec(name(), 1..6), pattern in pattern()) {
        let document = json!({"names": names, "pattern": pattern});
        let pseudonyms = Pseudonyms::new(SALT, [&document]);
        for name in names.iter().filter(|name| fits(&pattern, name)) {
            let (pattern, name) = (pseudonyms.text(&pattern), pseudonyms.text(name));
            prop_assert!(fits(&pattern, &name), "{} {}", pattern, name);
        }
    }

    #[test]
    fn two_names_never_become_one(one in "[a-zA-Z0-9_-]{1,20}", other in "[a-zA-Z0-9_-]{1,20}") {
        let document = json!({"one": one, "other": other});
        let pseudonyms = Pseudonyms::new(SALT, [&document]);
        prop_assert_eq!(one == other, pseudonyms.text(&one) == pseudonyms.text(&other));
    }
}
