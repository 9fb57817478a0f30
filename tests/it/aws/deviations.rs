//! Where does the API server under test differ from AWS, so that what was deployed has to be changed a little? Each difference is named where it is met.

use serde_json::{Value, json};

use super::client::Client;
use super::server::{ACCOUNT, REGION};

/// The template as the server takes it; see [`admit_misread_calls`].
pub(super) fn adapted(template: &str) -> String {
    let denial = "                  - !If [MayReadCode, !Ref AWS::NoValue, lambda:GetFunction] # hands out the code\n";
    assert!(template.contains(denial), "the role denies lambda:GetFunction");
    // The server under test has no TLS, and once the policy stands nobody could change it.
    let encrypted = "            Resource: [!GetAtt Queue.Arn, !GetAtt DeadLetterQueue.Arn]\n            Condition:\n              Bool: { aws:SecureTransport: \"false\" }\n";
    assert_eq!(
        template.matches(encrypted).count(),
        1,
        "the queues refuse calls without TLS"
    );
    let reachable = encrypted.replace("\"false\"", "\"true\"");
    let changes = "                  - lambda:Put*\n";
    assert!(template.contains(changes), "the role denies changes of functions");
    // The server does not know which organization anybody is in.
    let members =
        "                  Condition:\n                    StringEquals: { aws:ResourceOrgID: !Ref OrganizationId }\n";
    assert!(template.contains(members), "roles are assumed in the organization only");
    template
        .replace(members, "")
        .replace(denial, "")
        .replace(changes, "")
        .replace(encrypted, &reachable)
}

/// The monitor's template where nobody can mend afterwards what was made from it: what [`mend_mapping`], [`admit_misread_calls`] and
/// [`adapt_topic_policy`] do for a stack.
pub(super) fn adapted_roles(template: &str) -> String {
    let changes = [
        (
            "MaximumConcurrency: !Ref MaximumConcurrency",
            "MaximumConcurrency: 2",
            1,
        ),
        (
            "              - Sid: AskItselfAgain\n",
            "              - Effect: Allow\n                Action: [lambda:GetFunction, lambda:PutFunctionConcurrency]\n                Resource: \"*\"\n              - Effect: Allow\n                Action: sqs:SendMessage\n                Resource: !Sub \"arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:\"\n              - Sid: AskItselfAgain\n",
            1,
        ),
        (
            "ArnNotEquals: { aws:PrincipalArn: !GetAtt Role.Arn }",
            "ArnNotLike: { aws:PrincipalArn: !Sub \"arn:aws:sts::${AWS::AccountId}:assumed-role/*\" }",
            3,
        ),
        (
            "Bool: { aws:SecureTransport: \"false\" }",
            "Bool: { aws:SecureTransport: \"true\" }",
            1,
        ),
    ];
    let mut template = template.to_owned();
    for (there, here, count) in changes {
        assert_eq!(template.matches(there).count(), count, "{there}");
        template = template.replace(there, here);
    }
    template
}

/// The reader's template as the server takes it, which does not know which organization anybody is in.
pub(super) fn adapted_reader(template: &str) -> String {
    let member = "                aws:PrincipalOrgID: !Ref OrganizationId\n";
    assert!(template.contains(member), "only the organization may assume the role");
    template.replace(member, "")
}

/// The forwarder's template as the server takes it, whose conditions cannot split a text. Nobody deploys it where the monitor is here.
pub(super) fn adapted_forwarder(template: &str) -> String {
    let elsewhere = "      - !Equals [!Select [3, !Split [\":\", !Ref EventBusArn]], !Ref AWS::Region]\n      - !Equals [!Select [4, !Split [\":\", !Ref EventBusArn]], !Ref AWS::AccountId]\n";
    assert!(template.contains(elsewhere), "the rules have a condition");
    let never = "      - !Equals [!Ref EventBusArn, here]\n      - !Equals [!Ref EventBusArn, there]\n";
    template.replace(elsewhere, never)
}

/// Two words of a topic's policy have to change here; all of it is enforced.
pub(super) fn adapt_topic_policy(client: &Client, topic: &str) {
    let attributes = client.query("sns", "GetTopicAttributes", &[("TopicArn", topic)]);
    let (_, policy) = attributes
        .texts("key")
        .into_iter()
        .zip(attributes.texts("value"))
        .find(|(key, _)| key == "Policy")
        .expect("the topic has a policy");
    let mut policy: Value = serde_json::from_str(&policy).expect("the policy is JSON");
    let statements = policy["Statement"].as_array_mut().expect("statements");
    assert_eq!(statements.len(), 2, "{statements:#?}");
    for statement in statements.iter_mut().filter(|statement| statement["Effect"] == "Deny") {
        let condition = &mut statement["Condition"];
        if let Some(role) = condition["ArnNotEquals"]["aws:PrincipalArn"].as_str() {
            // AWS compares with the role's ARN, ministack with the session's ("AWS global condition context keys").
            let sessions = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/*";
            *condition = json!({"ArnNotLike": {"aws:PrincipalArn": sessions}});
        } else {
            // The server under test has no TLS.
            assert_eq!(*condition, json!({"Bool": {"aws:SecureTransport": "false"}}));
            *condition = json!({"Bool": {"aws:SecureTransport": "true"}});
        }
    }
    let parameters = [
        ("TopicArn", topic),
        ("AttributeName", "Policy"),
        ("AttributeValue", &policy.to_string()),
    ];
    client.query("sns", "SetTopicAttributes", &parameters);
}

/// ministack takes calls of `ListFunctionUrlConfigs`, `ListFunctionEventInvokeConfigs` and `GetFunctionRecursionConfig` for ones of `GetFunction` when
/// it asks the role's policies, and `GetFunctionConcurrency` for `PutFunctionConcurrency`; and it does not see which queue `SendMessage` names. All other calls of the monitor have to do with what the template allows.
pub(super) fn admit_misread_calls(client: &Client, role: &str) {
    let name = role.rsplit('/').next().expect("the role's name");
    let misread = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["lambda:GetFunction", "lambda:PutFunctionConcurrency"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:")},
    ]});
    let parameters = [
        ("RoleName", name),
        ("PolicyName", "misread"),
        ("PolicyDocument", &misread.to_string()),
    ];
    client.query("iam", "PutRolePolicy", &parameters);
}

/// Has the rules deliver the source that a real event would have: the monitor rightly believes no other, and nobody can put such an event on a bus.
pub(super) fn restore_source(client: &Client, source: &str) {
    let rules = client.json("events", "ListRules", &json!({}));
    for rule in rules["Rules"].as_array().expect("rules") {
        let Some(pattern) = rule["EventPattern"].as_str() else {
            continue;
        };
        let pattern: Value = serde_json::from_str(pattern).expect("a pattern is JSON");
        let real = pattern["source"][0]
            .as_str()
            .expect("a source")
            .replacen(source, "aws", 1);
        let targets = client.json("events", "ListTargetsByRule", &json!({"Rule": rule["Name"]}));
        let mut targets = targets["Targets"].clone();
        for target in targets.as_array_mut().expect("targets") {
            target["InputTransformer"] = json!({
                "InputPathsMap": {"id": "$.id", "type": "$.detail-type", "account": "$.account", "time": "$.time", "region": "$.region",
                    "detail": "$.detail"},
                "InputTemplate": format!(
                    r#"{{"version":"0","id":"<id>","detail-type":"<type>","source":"{real}","account":"<account>","time":"<time>","region":"<region>","resources":[],"detail":<detail>}}"#
                ),
            });
        }
        client.json(
            "events",
            "PutTargets",
            &json!({"Rule": rule["Name"], "Targets": targets}),
        );
    }
}

/// As [`restore_source`], for what other accounts pass on to the hub's bus, which the server cannot pass from account to account: here
/// everybody puts it there directly, so that the account, too, has to be that of the record.
pub(super) fn restore_members(client: &Client, bus: &str) {
    let rules = client.json("events", "ListRules", &json!({"EventBusName": bus}));
    let rule = &rules["Rules"][0]["Name"];
    let ask = json!({"Rule": rule, "EventBusName": bus});
    let mut targets = client.json("events", "ListTargetsByRule", &ask)["Targets"].clone();
    for target in targets.as_array_mut().expect("targets") {
        target["InputTransformer"] = json!({
            "InputPathsMap": {"id": "$.id", "type": "$.detail-type", "account": "$.detail.recipientAccountId", "time": "$.time",
                "region": "$.detail.awsRegion", "detail": "$.detail"},
            "InputTemplate": r#"{"version":"0","id":"<id>","detail-type":"<type>","source":"aws.lambda","account":"<account>","time":"<time>","region":"<region>","resources":[],"detail":<detail>}"#,
        });
    }
    let put = json!({"Rule": rule, "EventBusName": bus, "Targets": targets});
    client.json("events", "PutTargets", &put);
}

/// ministack's CloudFormation makes a bus without its policy. And it keeps a statement as it is sent, where AWS puts it into the form of a policy.
pub(super) fn restore_door(client: &Client, bus: &str, organization: &str) {
    let condition = json!({"StringEquals": {"aws:PrincipalOrgID": organization}});
    let statement = json!({"EventBusName": bus, "StatementId": "OnlyTheOrganization", "Principal": "*",
        "Action": "events:PutEvents", "Condition": condition});
    client.json("events", "PutPermission", &statement);
}

/// ministack's CloudFormation hands a reference to a parameter of type Number on as a string, on which its poller then fails. AWS converts it.
pub(super) fn mend_mapping(client: &Client) {
    let mappings = client.lambda("GET", "/2015-03-31/event-source-mappings/", &Value::Null);
    for mapping in mappings["EventSourceMappings"].as_array().expect("mappings") {
        let number: u32 = match &mapping["ScalingConfig"]["MaximumConcurrency"] {
            Value::String(text) => text.parse().expect("a number"),
            other => panic!("ministack has mended its ways ({other}): remove this"),
        };
        let path = format!(
            "/2015-03-31/event-source-mappings/{}",
            mapping["UUID"].as_str().expect("an id")
        );
        client.lambda("PUT", &path, &json!({"ScalingConfig": {"MaximumConcurrency": number}}));
    }
}
