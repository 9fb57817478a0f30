//! Answers of `explain` that somebody has to be able to follow: names, shared roles, policies of others, limits, wildcards, needs.

use std::collections::BTreeSet;

use lambda_vigil::arn::FunctionArn;
use lambda_vigil::assess::assess;
use lambda_vigil::controls;
use lambda_vigil::explain::{Change, Explanation, Replacement, explain};
use lambda_vigil::memory::Account;
use lambda_vigil::report::explain_text;
use serde_json::{Value, json};

use crate::recorded::{now, settings, snapshot};

const PLACE: &str = "eu-west-1:111122223333";

fn arn(function: &str) -> String {
    format!("arn:aws:lambda:{PLACE}:function:{function}")
}

/// A function with a role, and with what is special about it.
fn function(name: &str, role: &str, special: Value) -> Value {
    let mut function = json!({
        "FunctionArn": arn(name),
        "Configuration": {
            "FunctionName": name, "FunctionArn": arn(name), "Role": format!("arn:aws:iam::111122223333:role/{role}"),
            "Runtime": "python3.13", "PackageType": "Zip", "State": "Active", "LastUpdateStatus": "Successful",
            "TracingConfig": {"Mode": "PassThrough"},
        },
        "Policies": [], "FunctionUrlConfigs": [], "Tags": {}, "EventSourceMappings": [], "FunctionEventInvokeConfigs": [],
        "LayerPolicies": [],
    });
    let Value::Object(special) = special else {
        unreachable!()
    };
    for (member, value) in special {
        match function["Configuration"]
            .as_object_mut()
            .filter(|_| !function_member(&member))
        {
            Some(configuration) => configuration.insert(member, value),
            None => function.as_object_mut().unwrap().insert(member, value),
        };
    }
    function
}

fn function_member(member: &str) -> bool {
    ["Policies", "FunctionUrlConfigs", "LayerPolicies", "EventSourceMappings"].contains(&member)
}

fn allow(actions: &Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A role by its policies: in it by name, attached by ARN.
fn role(name: &str, inline: &[(&str, Value)], attached: &[(&str, Value)]) -> Value {
    let inline = inline
        .iter()
        .map(|(name, text)| json!({"PolicyName": name, "PolicyDocument": text}));
    let attached = attached
        .iter()
        .map(|(arn, text)| json!({"PolicyArn": arn, "PolicyDocument": text}));
    let lambda =
        json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"});
    json!({
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "AssumeRolePolicyDocument": document(&[lambda]),
        "InlinePolicies": inline.collect::<Vec<_>>(), "AttachedPolicies": attached.collect::<Vec<_>>(),
        "PermissionsBoundary": null, "PolicyFindings": [],
    })
}

/// What is told of the findings of a control on a function.
fn told(functions: &[Value], roles: &[Value], (name, control): (&str, &str)) -> Vec<Explanation> {
    let mut account = Account::default().as_of(now());
    account
        .add(&json!({"Functions": functions, "Roles": roles}).to_string())
        .unwrap();
    let function: FunctionArn = account.functions().find(|own| own.name() == name).unwrap().clone();
    let (snapshot, settings) = (snapshot(&account, &function), settings());
    let assessment = assess(&snapshot, &settings, now());
    let found = assessment.findings.iter().filter(|finding| finding.control == control);
    let others = |other: &FunctionArn| self::snapshot(&account, other);
    let control = controls::find(control).unwrap();
    let told = found.map(|finding| explain((&snapshot, &settings, now()), (control, finding), &assessment, &others));
    told.map(Result::unwrap).collect()
}

/// The only one.
fn one(functions: &[Value], roles: &[Value], asked: (&str, &str)) -> Explanation {
    let mut all = told(functions, roles, asked);
    assert_eq!(all.len(), 1, "{asked:?}");
    all.remove(0)
}

fn change(told: &Explanation) -> &Change {
    match &told.replacement {
        Replacement::Narrower(change) | Replacement::Wider(change) => change,
        other => panic!("{other:?}"),
    }
}

fn commands(told: &Explanation) -> String {
    let commands = change(told).policies.iter().map(|policy| policy.command.as_str());
    commands.collect::<Vec<_>>().join("\n")
}

fn written(told: &Explanation) -> String {
    let documents = change(told)
        .policies
        .iter()
        .filter_map(|policy| policy.document.as_ref());
    documents.map(Value::to_string).collect()
}

fn names(told: &Explanation) -> Vec<String> {
    let commands = commands(told);
    let behind = commands.split("--policy-name ").skip(1);
    behind.map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
}

const LOGS: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda";

#[test]
fn every_answer_writes_a_policy_of_its_own_name() {
    let secrets = document(&[allow(&json!("ssm:GetParameter"), "*")]);
    let config = document(&[
        allow(&json!("secretsmanager:GetSecretValue"), "*"),
        allow(&json!("sqs:SendMessage"), "arn:aws:sqs:*:*:q"),
    ]);
    let managed = [
        (
            "arn:aws:iam::111122223333:policy/one",
            document(&[
                allow(&json!("ssm:GetParameter"), "*"),
                allow(&json!("sqs:SendMessage"), "arn:aws:sqs:*:*:q"),
            ]),
        ),
        ("arn:aws:iam::111122223333:policy/two", config),
    ];
    let functions = [function("f", "r", json!({}))];
    let roles = [role("r", &[("own", secrets.clone())], &managed)];
    let told_of = |roles: &[Value]| {
        let mut all = told(&functions, roles, ("f", "role-secrets-unscoped"));
        all.extend(told(&functions, roles, ("f", "role-logs-denied")));
        all
    };
    let all = told_of(&roles);
    let first: Vec<String> = all.iter().flat_map(names).filter(|name| name != "own").collect();
    assert!(first.len() >= 3, "{first:?}");
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len(), "{first:?}");
    // What the role has already is not written over, however it is spelled.
    let taken: Vec<String> = first.iter().map(|name| name.to_uppercase()).collect();
    let mut inline: Vec<(&str, Value)> = taken
        .iter()
        .map(|name| {
            (
                name.as_str(),
                document(&[allow(&json!("sns:Publish"), "arn:aws:sns:*:*:t")]),
            )
        })
        .collect();
    inline.push(("own", secrets));
    let again: Vec<String> = told_of(&[role("r", &inline, &managed)])
        .iter()
        .flat_map(names)
        .collect();
    assert!(again.iter().all(|name| !first.contains(name)), "{again:?}");
}

/// A function with a dead-letter queue, which its role may reach by a grant of everything alone.
fn sharing(name: &str) -> Value {
    function(
        name,
        "r",
        json!({"DeadLetterConfig": {"TargetArn": format!("arn:aws:sqs:{PLACE}:{name}-dead")}}),
    )
}

#[test]
fn functions_of_the_same_role_are_judged_again() {
    let everything = role("r", &[("all", document(&[allow(&json!("*"), "*")]))], &[]);
    let mut unread = sharing("unread");
    unread.as_object_mut().unwrap().remove("EventSourceMappings");
    let functions = [function("f", "r", json!({})), sharing("other"), unread];
    let told = one(&functions, &[everything], ("f", "role-admin"));
    let of = |name: &str| told.siblings.iter().find(|one| one.function == arn(name)).unwrap();
    let opens = &of("other").opens;
    for lost in ["role-logs-denied", "role-destination-denied"] {
        assert!(opens.iter().any(|line| line.starts_with(lost)), "{opens:?}");
    }
    assert!(
        opens
            .iter()
            .any(|line| line.contains("sqs:SendMessage") && line.contains("other-dead")),
        "{opens:?}"
    );
    assert_eq!(of("other").unknown, Vec::<String>::new());
    let unknown = &of("unread").unknown;
    assert!(
        unknown
            .iter()
            .any(|line| line.contains("role-destination-denied cannot be judged")),
        "{unknown:?}"
    );
    let json = serde_json::to_value(&told).unwrap();
    let named: Vec<&Value> = json["siblings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["function"])
        .collect();
    assert_eq!(named, [&json!(arn("other")), &json!(arn("unread"))]);
    assert_eq!(json.get("sharedWith"), None, "what is said of each names it already");
    let text = anstream::adapter::strip_str(&explain_text(&told)).to_string();
    assert!(
        text.contains("opens: role-logs-denied") && text.contains("not known: role-destination-denied"),
        "{text}"
    );
}

#[test]
fn functions_that_lose_nothing_are_said_to() {
    let own = document(&[
        allow(&json!(["logs:CreateLogStream", "logs:PutLogEvents"]), "*"),
        allow(&json!("ssm:GetParameter"), "*"),
    ]);
    let functions = [
        function("f", "r", json!({})),
        function("calm", "r", json!({})),
        function("apart", "r2", json!({})),
    ];
    let roles = [
        role("r", &[("own", own.clone())], &[]),
        role("r2", &[("own", own)], &[]),
    ];
    let told = one(&functions, &roles, ("f", "role-secrets-unscoped"));
    assert_eq!(told.siblings.len(), 1);
    assert!(
        told.siblings[0].opens.is_empty() && told.siblings[0].unknown.is_empty(),
        "{:?}",
        told.siblings
    );
}

#[test]
fn a_grant_for_a_url_without_authentication_goes() {
    let grant = json!({"Sid": "Url", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": arn("f"),
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}});
    let via = json!({"Sid": "Via", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": arn("f"),
        "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}});
    let url =
        json!({"FunctionArn": arn("f"), "FunctionUrl": "https://f.lambda-url.eu-west-1.on.aws/", "AuthType": "NONE"});
    let special = json!({"Policies": [{"Policy": document(&[grant, via])}], "FunctionUrlConfigs": [url]});
    let told = one(
        &[function("f", "r", special)],
        &[role("r", &[], &[])],
        ("f", "url-public"),
    );
    // A call through a URL takes both grants: without the one nobody comes in, and the other does no harm.
    assert_eq!(told.change, "take out the statement Url");
    let confirm = change(&told).confirm.as_deref().unwrap_or_default();
    assert!(confirm.contains("give the URL the AuthType AWS_IAM"), "{confirm}");
    assert!(
        commands(&told).starts_with("aws lambda put-resource-policy"),
        "{}",
        commands(&told)
    );
    let left = change(&told).policies[0].document.clone().unwrap();
    let sids: Vec<&Value> = left["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["Sid"])
        .collect();
    assert_eq!((change(&told).policies.len(), sids), (1, vec![&json!("Via")]));
    assert!(!written(&told).contains("PrincipalOrgID") && !written(&told).contains("PrincipalAccount"));
}

/// A role that may write logs, but for a denial.
fn denied(attached: &str) -> [Value; 1] {
    let grant = allow(&json!(["logs:CreateLogStream", "logs:PutLogEvents"]), "*");
    let denial = json!({"Sid": "NoLogs", "Effect": "Deny", "Action": "logs:*", "Resource": "*"});
    let more = allow(&json!("sns:Publish"), "arn:aws:sns:*:*:t");
    [role(
        "r",
        &[("own", document(&[grant]))],
        &[(attached, document(&[more, denial]))],
    )]
}

#[test]
fn a_denial_of_a_managed_policy_gives_way_for_this_role_alone() {
    let functions = [function("f", "r", json!({}))];
    for policy in [
        "arn:aws:iam::aws:policy/Guard",
        "arn:aws:iam::111122223333:policy/guard",
    ] {
        let told = one(&functions, &denied(policy), ("f", "role-logs-denied"));
        let commands = commands(&told);
        assert!(!commands.contains("create-policy-version"), "{commands}");
        let lines: Vec<&str> = commands.lines().collect();
        assert!(
            lines[0].contains("put-role-policy") && lines[0].ends_with(" &&"),
            "{commands}"
        );
        assert!(
            lines[1].contains(&format!("detach-role-policy --role-name r --policy-arn {policy}")),
            "{commands}"
        );
        assert!(change(&told).confirm.as_deref().unwrap().contains("a copy of its own"));
    }
}

#[test]
fn a_denial_gives_way_for_the_resource_and_not_elsewhere() {
    let told = one(
        &[function("f", "r", json!({}))],
        &denied("arn:aws:iam::aws:policy/Guard"),
        ("f", "role-logs-denied"),
    );
    let document = change(&told).policies[0].document.clone().unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let denials: Vec<&Value> = statements.iter().filter(|one| one["Effect"] == "Deny").collect();
    assert_eq!(denials[0]["NotResource"], format!("{LOGS}/f:*"), "{document}");
    assert_eq!(denials[0]["Action"], "logs:*");
    // There, too, it denies what has nothing to do with it.
    let there = denials[1]["Action"].to_string();
    assert!(
        there.contains("logs:Delete") && !there.contains("logs:PutLogEvents"),
        "{there}"
    );
    assert!(denials[1].get("Sid").is_none());
}

#[test]
fn a_boundary_of_aws_is_replaced_and_one_of_the_account_says_whom_it_concerns() {
    let boundary = |policy: &str| {
        let mut own = role(
            "r",
            &[(
                "own",
                document(&[allow(&json!(["logs:CreateLogStream", "logs:PutLogEvents"]), "*")]),
            )],
            &[],
        );
        let text = document(&[allow(&json!("sns:*"), "*")]);
        own["PermissionsBoundary"] = json!({"PolicyArn": policy, "PolicyDocument": text});
        commands(&one(
            &[function("f", "r", json!({}))],
            &[own],
            ("f", "role-logs-denied"),
        ))
    };
    let of_aws = boundary("arn:aws:iam::aws:policy/SomeAccess");
    assert!(
        !of_aws.contains("create-policy-version")
            && of_aws.contains("aws iam create-policy --policy-name f-role-logs-denied-"),
        "{of_aws}"
    );
    assert!(of_aws.contains("&&\n  aws iam put-role-permissions-boundary --role-name r --permissions-boundary arn:aws:iam::111122223333:policy/f-role-logs-denied-"), "{of_aws}");
    let own = boundary("arn:aws:iam::111122223333:policy/limits");
    assert!(own.contains("create-policy-version") && own.contains("list-entities-for-policy --policy-arn arn:aws:iam::111122223333:policy/limits --policy-usage-filter PermissionsBoundary"), "{own}");
}

#[test]
fn policies_of_a_role_have_room_together() {
    let long = |letters: usize| {
        document(&[allow(
            &json!("sns:Publish"),
            &format!("arn:aws:sns:*:*:{}", "t".repeat(letters)),
        )])
    };
    let functions = [function("f", "r", json!({}))];
    let full = one(
        &functions,
        &[role("r", &[("long", long(10_050))], &[])],
        ("f", "role-logs-denied"),
    );
    let Replacement::Unproved { reasons } = &full.replacement else {
        panic!("{:?}", full.replacement)
    };
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("10240") && reason.starts_with("add what is missing to ")),
        "{reasons:?}"
    );
    assert_eq!(
        reasons.iter().collect::<BTreeSet<_>>().len(),
        reasons.len(),
        "{reasons:?}"
    );
    let room = one(
        &functions,
        &[role("r", &[("long", long(9_000))], &[])],
        ("f", "role-logs-denied"),
    );
    assert!(commands(&room).contains("put-role-policy"));
}

#[test]
fn a_policy_whose_name_looks_like_a_flag_is_named() {
    let own = document(&[
        allow(&json!("ssm:GetParameter"), "*"),
        allow(&json!("sns:Publish"), "arn:aws:sns:*:*:t"),
    ]);
    let told = one(
        &[function("f", "r", json!({}))],
        &[role("r", &[("-rf", own)], &[])],
        ("f", "role-secrets-unscoped"),
    );
    assert!(commands(&told).contains(" --policy-name=-rf "), "{}", commands(&told));
    assert!(
        told.finding.remediation.contains(" --policy-name=-rf "),
        "{}",
        told.finding.remediation
    );
}

#[test]
fn permissions_of_a_layer_are_taken_away_one_by_one() {
    let layer = format!("arn:aws:lambda:{PLACE}:layer:tools:3");
    let grant = |sid: &str, principal: &str| json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "lambda:GetLayerVersion", "Resource": layer});
    let special = json!({"Layers": [{"Arn": layer}], "LayerPolicies": [{"LayerVersionArn": layer, "Policy": document(&[grant("everyone", "*"), grant("partner", "444455556666")])}]});
    let told = one(
        &[function("f", "r", special)],
        &[role("r", &[], &[])],
        ("f", "layer-shared-publicly"),
    );
    let commands = commands(&told);
    let lines: Vec<&str> = commands.lines().collect();
    assert!(
        lines[0].contains("add-layer-version-permission") && lines[0].contains("--organization-id o-exampleorg1 &&"),
        "{commands}"
    );
    assert!(
        lines[0].contains(&format!(
            "--layer-name arn:aws:lambda:{PLACE}:layer:tools --version-number 3"
        )),
        "{commands}"
    );
    assert!(
        lines[1].contains("remove-layer-version-permission") && lines[1].ends_with("--statement-id everyone"),
        "{commands}"
    );
    assert!(
        !commands.contains("partner") && !commands.contains("STATEMENT"),
        "{commands}"
    );
}

#[test]
fn what_a_wildcard_does_not_allow_any_more_is_said() {
    let own = document(&[allow(&json!(["s3:*", "sns:Publish"]), "arn:aws:s3:::b/*")]);
    let told = one(
        &[function("f", "r", json!({}))],
        &[role("r", &[("own", own)], &[])],
        ("f", "role-wildcard-action"),
    );
    let dropped = &change(&told).dropped;
    assert!(
        dropped.contains(&"s3:PutObject".to_owned()) && dropped.contains(&"s3:DeleteObject".to_owned()),
        "{dropped:?}"
    );
    assert!(
        !dropped.contains(&"s3:GetObject".to_owned()) && !dropped.contains(&"sns:Publish".to_owned()),
        "{dropped:?}"
    );
    let text = anstream::adapter::strip_str(&explain_text(&told)).to_string();
    assert!(
        text.contains("no longer allowed of what a wildcard stood for") && text.contains("s3:Put… ("),
        "{text}"
    );
}

#[test]
fn what_the_configuration_asks_for_is_among_the_needs() {
    let special = json!({
        "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:53"}],
        "Environment": {"Variables": {"KEY": format!("arn:aws:kms:{PLACE}:alias/orders")}},
    });
    let everything = role("r", &[("all", document(&[allow(&json!("*"), "*")]))], &[]);
    let told = one(&[function("f", "r", special)], &[everything], ("f", "role-admin"));
    let document = change(&told).policies[0].document.clone().unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let on = |resource: &str| {
        statements
            .iter()
            .find(|one| one["Resource"] == resource)
            .unwrap_or_else(|| panic!("{resource}: {document}"))
    };
    let logs = json!(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]);
    assert_eq!(on(&format!("{LOGS}/f:*"))["Action"], logs);
    assert_eq!(on(&format!("{LOGS}-insights:*"))["Action"], logs);
    let key = on(&format!("arn:aws:kms:{PLACE}:key/*"));
    assert_eq!(
        key["Condition"],
        json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/orders"}})
    );
    assert!(!document.to_string().contains(":alias/orders"), "{document}");
}

#[test]
fn only_what_was_granted_of_the_needs_stays() {
    let some = document(&[allow(
        &json!([
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "iam:*",
            "sts:*",
            "s3:*",
            "ec2:*"
        ]),
        "*",
    )]);
    let attached = [("arn:aws:iam::aws:policy/AdministratorAccess", some)];
    let all = told(
        &[function("f", "r", json!({}))],
        &[role("r", &[], &attached)],
        ("f", "role-broad-managed-policy"),
    );
    for told in &all {
        let text = written(told);
        assert!(
            text.contains("logs:PutLogEvents") && !text.contains("logs:CreateLogGroup"),
            "{text}"
        );
    }
    assert!(!all.is_empty());
}

/// The replacements of a grant that lets everybody invoke the function.
fn granted(principal: &Value, condition: &Value) -> Vec<String> {
    let grant = json!({"Sid": "Bucket", "Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction",
        "Resource": arn("f"), "Condition": condition});
    let special = json!({"Policies": [{"Policy": document(&[grant])}]});
    let (functions, roles) = ([function("f", "r", special)], [role("r", &[], &[])]);
    let controls = [
        "invoke-public",
        "invoke-service-unconfined",
        "invoke-source-account-missing",
        "invoke-source-broad",
    ];
    let all = controls
        .iter()
        .flat_map(|control| told(&functions, &roles, ("f", control)));
    all.map(|told| written(&told)).collect()
}

#[test]
fn a_trigger_goes_on_where_everybody_is_shut_out() {
    let texts = granted(&json!({"Service": "s3.amazonaws.com", "AWS": "*"}), &json!({}));
    let is_alone = |text: &String| text.contains(r#""Principal":{"Service":"s3.amazonaws.com"}"#);
    assert!(texts.iter().any(is_alone), "{texts:?}");
    let of_bucket = granted(&json!("*"), &json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}));
    for text in texts.iter().chain(&of_bucket) {
        assert!(
            !text.contains("aws:PrincipalOrgID") && !text.contains("aws:PrincipalAccount"),
            "{text}"
        );
    }
    assert!(
        of_bucket
            .iter()
            .all(|text| text.contains(r#""aws:SourceAccount":"111122223333""#)),
        "{of_bucket:?}"
    );
    assert!(!of_bucket.is_empty());
}

#[test]
fn old_values_of_parameters_are_secrets_too() {
    let own = document(&[allow(&json!("ssm:GetParameterHistory"), "*")]);
    let told = one(
        &[function("f", "r", json!({}))],
        &[role("r", &[("own", own)], &[])],
        ("f", "role-secrets-unscoped"),
    );
    assert!(
        told.finding.evidence.detail.contains("ssm:GetParameterHistory"),
        "{:?}",
        told.finding.evidence
    );
}

#[test]
fn a_denial_of_a_trust_policy_goes_as_a_whole() {
    let mut own = role("r", &[], &[]);
    let denial = json!({"Sid": "Closed", "Effect": "Deny", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]});
    own["AssumeRolePolicyDocument"]["Statement"]
        .as_array_mut()
        .unwrap()
        .push(denial);
    let told = one(
        &[function("f", "r", json!({}))],
        &[own],
        ("f", "role-trust-excludes-lambda"),
    );
    let text = written(&told);
    assert!(
        !text.contains("Deny") && text.contains("lambda.amazonaws.com"),
        "{text}"
    );
}

#[test]
fn two_denials_give_way_as_little_as_they_have_to() {
    let grant = allow(
        &json!(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogStream"]),
        "*",
    );
    let one_more = json!({"Sid": "NoPut", "Effect": "Deny", "Action": ["logs:PutLogEvents", "logs:PutRetentionPolicy"], "Resource": "*"});
    let most = json!({"Sid": "NoLogs", "Effect": "Deny", "Action": "logs:*", "Resource": "*"});
    let roles = [role(
        "r",
        &[
            ("own", document(&[grant])),
            ("put", document(&[one_more])),
            ("most", document(&[most])),
        ],
        &[],
    )];
    let told = one(&[function("f", "r", json!({}))], &roles, ("f", "role-logs-denied"));
    let policies = &change(&told).policies;
    assert_eq!(policies.len(), 2, "{}", told.change);
    for (policy, action) in policies.iter().zip(["logs:PutRetentionPolicy", "logs:Delete"]) {
        let document = policy.document.clone().unwrap();
        let denials = document["Statement"].as_array().unwrap();
        assert_eq!(denials.len(), 2, "{document}");
        assert_eq!(denials[0]["NotResource"], format!("{LOGS}/f:*"), "{document}");
        let there = denials[1]["Action"].to_string();
        assert!(
            there.contains(action) && !there.contains("logs:PutLogEvents"),
            "{document}"
        );
    }
    assert_eq!(change(&told).freed, Vec::<String>::new());
}

#[test]
fn what_a_denial_opens_beside_the_need_is_said() {
    let logs = json!([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
        "logs:DeleteLogStream"
    ]);
    let grants = [allow(&logs, "*"), allow(&json!("s3:PutObject"), "arn:aws:s3:::b/*")];
    // Of a pattern for several services nothing can be written out: for the log group it goes as a whole, and for nothing else.
    let denial = json!({"Sid": "NoPut", "Effect": "Deny", "Action": "*:Put*", "Resource": "*"});
    let roles = [role(
        "r",
        &[("own", document(&grants)), ("no", document(&[denial]))],
        &[],
    )];
    let told = one(&[function("f", "r", json!({}))], &roles, ("f", "role-logs-denied"));
    assert_eq!(change(&told).freed, ["logs:PutRetentionPolicy"]);
    let text = anstream::adapter::strip_str(&explain_text(&told)).to_string();
    assert!(
        text.contains("no longer denied beside what is needed") && text.contains("logs:Put… (1)"),
        "{text}"
    );
}

#[test]
fn a_loss_of_another_function_is_said_where_its_finding_is_open_already() {
    let own = document(&[allow(&json!("logs:PutLogEvents"), "*")]);
    let functions = [function("f", "r", json!({})), function("other", "r", json!({}))];
    let told = one(
        &functions,
        &[role("r", &[("own", own)], &[])],
        ("f", "role-logs-unscoped"),
    );
    let other = told.siblings.iter().find(|one| one.function == arn("other")).unwrap();
    assert!(
        !other.opens.iter().any(|line| line.starts_with("role-logs-denied")),
        "{:?}",
        other.opens
    );
    assert_eq!(other.loses, [format!("logs:PutLogEvents on {LOGS}/other:*")]);
    let text = anstream::adapter::strip_str(&explain_text(&told)).to_string();
    assert!(text.contains("loses: logs:PutLogEvents"), "{text}");
}

#[test]
fn of_very_long_policies_not_every_function_is_judged_again_and_that_is_said() {
    let long = |name: usize| {
        let resources: Vec<String> = (0..60)
            .map(|at| format!("arn:aws:sqs:{PLACE}:{name}-{at}-{}", "q".repeat(30)))
            .collect();
        json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resources})
    };
    let attached: Vec<(String, Value)> = (0..9)
        .map(|name| {
            (
                format!("arn:aws:iam::111122223333:policy/{name}"),
                document(&[long(name)]),
            )
        })
        .collect();
    let attached: Vec<(&str, Value)> = attached
        .iter()
        .map(|(arn, text)| (arn.as_str(), text.clone()))
        .collect();
    let own = document(&[allow(&json!("ssm:GetParameter"), "*")]);
    let mut functions = vec![function("f", "r", json!({}))];
    functions.extend((0..45).map(|number| function(&format!("other-{number:02}"), "r", json!({}))));
    let judged = |attached: &[(&str, Value)]| {
        let told = one(
            &functions,
            &[role("r", &[("own", own.clone())], attached)],
            ("f", "role-secrets-unscoped"),
        );
        assert_eq!(told.siblings.len(), 45);
        let silent = told
            .siblings
            .iter()
            .filter(|one| one.unknown.iter().any(|why| why.starts_with("not looked at")));
        45 - silent.count()
    };
    assert_eq!(judged(&[]), 40);
    let few = judged(&attached);
    println!("{few} of 45 functions with very long policies were judged again");
    assert!((2..30).contains(&few), "{few}");
}

#[test]
fn a_condition_on_the_source_shuts_nobody_else_out() {
    let caller = "arn:aws:iam::111122223333:role/caller";
    let both = json!({"Service": "s3.amazonaws.com", "AWS": caller});
    let texts = granted(&both, &json!({}));
    assert!(!texts.is_empty());
    for text in &texts {
        let statements: Value = serde_json::from_str(text).unwrap();
        let statements = statements["Statement"].as_array().unwrap();
        let of = |principal: &Value| {
            statements
                .iter()
                .find(|one| one["Principal"] == *principal)
                .unwrap_or_else(|| panic!("{text}"))
        };
        let confined = of(&json!({"Service": "s3.amazonaws.com"}));
        assert_eq!(
            confined["Condition"]["StringEquals"]["aws:SourceAccount"], "111122223333",
            "{text}"
        );
        let rest = of(&json!({"AWS": caller}));
        assert_eq!(
            (&rest["Condition"], &rest["Sid"]),
            (&json!({}), &json!("Bucket-others-1")),
            "{text}"
        );
    }
    // One service is asked at a time, and whoever is none is let in as before.
    let services = json!({"Service": ["s3.amazonaws.com", "sns.amazonaws.com"], "AWS": caller});
    let texts = granted(&services, &json!({}));
    assert!(!texts.is_empty());
    for text in texts {
        let statements: Value = serde_json::from_str(&text).unwrap();
        let mut all = statements["Statement"].as_array().unwrap().iter();
        let rest = all.find(|one| one["Principal"]["AWS"] == caller).unwrap();
        assert_eq!(rest["Condition"], json!({}), "{text}");
    }
}

#[test]
fn fixes_in_notices_write_policies_of_their_own_names() {
    let wide = [allow(&json!("ssm:GetParameter"), "*"), allow(&json!("sqs:*"), "*")];
    let managed = [
        ("arn:aws:iam::111122223333:policy/one", document(&wide)),
        ("arn:aws:iam::111122223333:policy/two", document(&wide)),
    ];
    let vpc = json!({"VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "DeadLetterConfig": {"TargetArn": format!("arn:aws:sns:{PLACE}:dead")}});
    let functions = [function("f", "r", vpc)];
    let names = |inline: &[(&str, Value)]| -> Vec<String> {
        let roles = [role("r", inline, &managed)];
        let controls = [
            "role-secrets-unscoped",
            "role-logs-denied",
            "role-network-denied",
            "role-destination-denied",
            "role-wildcard-action",
        ];
        let all = controls
            .iter()
            .flat_map(|control| told(&functions, &roles, ("f", control)));
        let remedies: Vec<String> = all.map(|told| told.finding.remediation).collect();
        let written = remedies
            .iter()
            .flat_map(|text| text.split("put-role-policy --role-name r --policy-name ").skip(1));
        written.map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
    };
    let first = names(&[]);
    assert!(first.len() >= 6, "{first:?}");
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len(), "{first:?}");
    // What the role has already is not written over, however it is spelled.
    let taken: Vec<String> = first.iter().map(|name| name.to_uppercase()).collect();
    let nothing = document(&[allow(&json!("sns:Subscribe"), "arn:aws:sns:*:*:t")]);
    let inline: Vec<(&str, Value)> = taken.iter().map(|name| (name.as_str(), nothing.clone())).collect();
    let again = names(&inline);
    assert_eq!(again.len(), first.len());
    assert!(
        again.iter().all(|name| !first.contains(name) && !taken.contains(name)),
        "{again:?}"
    );
}
