//! Does `vigil doctor` name the link that is cut, and no other, on a deployed installation?

use serde_json::{Value, json};

use super::command::vigil;
use super::package::zipped_bootstrap;
use super::server::REGION;
use super::site::{Notice, Site};
use super::stack::{SOURCE, Stack};
use super::world::World;

/// What it prints, and the links that it does not call sound.
pub(super) fn ask(site: &Site, stack: &Stack<'_>) -> (String, Vec<String>) {
    let asked = vigil(site, &["doctor", stack.output("FunctionName"), "--region", REGION]);
    let text = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(asked.stderr.is_empty(), "{}", String::from_utf8_lossy(&asked.stderr));
    let ill = text
        .lines()
        .filter(|line| line.starts_with("BROKEN") || line.starts_with("unknown"));
    let link = |line: &str| line[9..22].trim().to_owned();
    let mut links: Vec<String> = ill.map(link).collect();
    links.dedup();
    assert_eq!(asked.status.code() == Some(0), links.is_empty(), "{text}");
    (text, links)
}

/// The policy of the queue as deployed, but for what refuses calls without TLS, which this server does not have.
fn readable(site: &Site, stack: &Stack<'_>) -> Value {
    let queue = json!({"QueueUrl": stack.output("QueueUrl"), "AttributeNames": ["Policy"]});
    let attributes = site.client.json("sqs", "GetQueueAttributes", &queue);
    let policy = attributes["Attributes"]["Policy"].as_str().expect("a policy");
    let mut policy: Value = serde_json::from_str(policy).expect("JSON");
    let statements = policy["Statement"].as_array_mut().expect("statements");
    statements.retain(|statement| statement["Effect"] == "Allow");
    assert_eq!(statements.len(), 1);
    policy
}

fn set_policy(site: &Site, stack: &Stack<'_>, policy: &str) {
    let set = json!({"QueueUrl": stack.output("QueueUrl"), "Attributes": {"Policy": policy}});
    site.client.json("sqs", "SetQueueAttributes", &set);
}

#[test]
fn each_link_that_is_cut_is_named_and_no_other() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    let policy = readable(&site, &stack).to_string();
    set_policy(&site, &stack, &policy);
    world.trail("all");
    let health = stack.output("HealthTopicArn").to_owned();
    let (text, links) = ask(&site, &stack);
    eprintln!("{text}");
    assert!(links.is_empty(), "{text}");

    world.log("all", false);
    assert_eq!(ask(&site, &stack).1, ["trail"]);
    world.log("all", true);

    world.pass("RoleRule", false);
    assert_eq!(ask(&site, &stack).1, ["rule"]);
    world.pass("RoleRule", true);

    let rules = site.client.json("events", "ListRules", &json!({}));
    let mut known = rules["Rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(|rule| rule["Name"].as_str());
    let rule = known.find(|name| name.contains("RoleRule")).expect("the rule");
    let targets = site.client.json("events", "ListTargetsByRule", &json!({"Rule": rule}))["Targets"].clone();
    let ids: Vec<&Value> = targets
        .as_array()
        .expect("targets")
        .iter()
        .map(|target| &target["Id"])
        .collect();
    site.client
        .json("events", "RemoveTargets", &json!({"Rule": rule, "Ids": ids}));
    assert_eq!(ask(&site, &stack).1, ["target"]);
    site.client
        .json("events", "PutTargets", &json!({"Rule": rule, "Targets": targets}));

    set_policy(&site, &stack, &policy.replace("RoleRule", "OtherRule"));
    assert_eq!(ask(&site, &stack).1, ["queue policy"]);
    set_policy(&site, &stack, &policy);

    let reader = stack.output("RoleArn").rsplit('/').next().expect("its name").to_owned();
    let named = [("RoleName", reader.as_str()), ("PolicyName", "read")];
    site.client.query("iam", "DeleteRolePolicy", &named);
    assert_eq!(ask(&site, &stack).1, ["role"]);
    let whole = [named.as_slice(), &[("PolicyDocument", READS)]].concat();
    site.client.query("iam", "PutRolePolicy", &whole);
    let listed = site
        .client
        .query("sns", "ListSubscriptionsByTopic", &[("TopicArn", &health)]);
    let subscription = listed.text("SubscriptionArn");
    site.client
        .query("sns", "Unsubscribe", &[("SubscriptionArn", &subscription)]);
    let (text, links) = ask(&site, &stack);
    assert_eq!(links, ["subscription"], "{text}");
    assert!(text.contains(&health), "says how to subscribe: {text}");

    // And the hourly look tells it to those who listen to the other topic.
    stack.notices();
    let path = format!("/2015-03-31/functions/{}/invocations", stack.output("FunctionName"));
    site.client.lambda("POST", &path, &json!({"vigil": "check"}));
    let notices = stack.notices();
    let is_told = |notice: &Notice| notice.body.to_string().contains(&format!("\"subject\":\"{health}\""));
    assert!(notices.iter().any(is_told), "{notices:#?}\n{}", stack.log().join("\n"));
}

/// What the role reads, put back in a form that needs no decoding.
const READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["access-analyzer:*","cloudtrail:*","cloudwatch:*","ec2:*",
    "dynamodb:*","events:*","iam:*","inspector2:*","kms:*","lambda:*","logs:*","sns:*","sqs:*","xray:*"],"Resource":"*"}]}"#;
