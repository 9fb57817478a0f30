//! Does one monitor watch the accounts of an organization? Events of a member on the hub's bus, reads by the role there, notices at the
//! hub; and the `StackSets` on a server that makes what they say.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::deviations::{adapted_reader, restore_door, restore_members};
use super::doctor::ask;
use super::package::zipped_bootstrap;
use super::runtime::Environment;
use super::server::{ACCOUNT, REGION, Server, free_port};
use super::site::{Notice, Site, says};
use super::stack::{SOURCE, Stack, counted, deploy};
use super::tools::{run, tool};
use super::world::{World, call};

const TABLE: &str = "state";
const EXTERNAL_ID: &str = "between-us";

/// A new account of the organization.
fn join(site: &Site, name: &str) -> String {
    let ask = json!({"Email": format!("{name}@example.com"), "AccountName": name});
    let made = site.client.json("organizations", "CreateAccount", &ask);
    made["CreateAccountStatus"]["AccountId"]
        .as_str()
        .expect("its id")
        .to_owned()
}

/// A hub, and the organization's id.
fn hub(site: &Site) -> (Stack<'_>, String) {
    hub_of(site, "")
}

/// A hub that watches these units alone.
fn hub_of<'s>(site: &'s Site, units: &str) -> (Stack<'s>, String) {
    let organization = site.client.json("organizations", "DescribeOrganization", &json!({}));
    let id = organization["Organization"]["Id"].as_str().expect("its id").to_owned();
    let more = [
        ("OrganizationId", id.as_str()),
        ("ExternalId", EXTERNAL_ID),
        ("OrganizationalUnitIds", units),
    ];
    let stack = Stack::deploy_with(site, zipped_bootstrap(), SOURCE, &more);
    restore_members(&site.client, "vigil");
    restore_door(&site.client, "vigil", &id);
    (stack, id)
}

/// Puts the reader's role into an account.
fn admit(site: &Site, stack: &Stack<'_>, (account, organization): (&str, &str)) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/reader.yaml");
    let template = std::fs::read_to_string(template).expect("read infra/reader.yaml");
    let parameters = [
        ("MonitorRoleArn", stack.output("RoleArn")),
        ("OrganizationId", organization),
        ("ExternalId", EXTERNAL_ID),
    ];
    deploy(
        &site.client.of(account),
        "vigil-reader",
        &adapted_reader(&template),
        &parameters,
    );
}

/// The record of a call as another account has it.
fn of(account: &str, event: &Value) -> Value {
    let text = event.to_string().replace(ACCOUNT, account);
    serde_json::from_str(&text).expect("JSON as before")
}

#[test]
fn a_grant_in_a_member_account_is_noticed_once_at_the_hub() {
    let site = Site::open();
    let member = join(&site, "payments");
    let (stack, organization) = hub(&site);
    admit(&site, &stack, (&member, &organization));
    let there = site.client.of(&member);
    let world = World(&there);
    world.role("orders-role", &["orders"]);
    let function = world.function("orders", "orders-role");
    assert!(function.contains(&member), "{function}");

    let opened = of(&member, &world.open("orders"));
    let notices = stack.report_on("vigil", std::slice::from_ref(&opened));
    assert!(
        says(&notices, &function, "opened", "invoke-public"),
        "{notices:#?}\n{:#?}",
        stack.log()
    );
    assert_eq!(notices.len(), 1, "{notices:#?}");
    assert_eq!(
        notices[0].attributes["account"]["Value"],
        member.as_str(),
        "{notices:#?}"
    );
    let again = stack.report_on("vigil", &[opened]);
    assert!(again.is_empty(), "{again:#?}");

    let closed = of(&member, &world.close("orders"));
    let notices = stack.report_on("vigil", &[closed]);
    assert!(says(&notices, &function, "resolved", "invoke-public"), "{notices:#?}");
}

#[test]
fn an_account_that_is_not_read_is_told_and_never_judged_fine() {
    let site = Site::open();
    let (member, stranger) = (join(&site, "payments"), "999988887777");
    let (stack, _) = hub(&site);
    // The role is not there, and in the second account nobody ever asks for it.
    for account in [member.as_str(), stranger] {
        let there = site.client.of(account);
        let world = World(&there);
        world.role("orders-role", &["orders"]);
        world.function("orders", "orders-role");
        let notices = stack.report_on("vigil", &[of(account, &world.open("orders"))]);
        let about = |control: &str| notices.iter().any(|notice| notice.body.to_string().contains(control));
        assert!(!about("invoke-public"), "{notices:#?}");
    }
    let log = stack.log().join("\n");
    assert!(log.contains("sts:AssumeRole"), "{log}");
    assert!(
        log.contains("999988887777 is no active account of what is watched of the organization"),
        "{log}"
    );
    assert_eq!(
        counted(stack.log().iter().map(String::as_str), "FindingsResolved"),
        0,
        "{log}"
    );
}

#[test]
fn accounts_outside_the_units_that_are_watched_are_left_alone() {
    let site = Site::open();
    let (watched, other) = (join(&site, "payments"), join(&site, "laboratory"));
    let organizations = |operation: &str, ask: &Value| site.client.json("organizations", operation, ask);
    let root = organizations("ListRoots", &json!({}))["Roots"][0]["Id"].clone();
    let unit = |parent: &Value, name: &str| {
        let made = organizations("CreateOrganizationalUnit", &json!({"ParentId": parent, "Name": name}));
        made["OrganizationalUnit"]["Id"].clone()
    };
    // What is below a unit is in it.
    let workloads = unit(&root, "workloads");
    let production = unit(&workloads, "production");
    let step = json!({"AccountId": watched, "SourceParentId": root, "DestinationParentId": production});
    organizations("MoveAccount", &step);
    let (stack, organization) = hub_of(&site, workloads.as_str().expect("its id"));
    for account in [&watched, &other] {
        admit(&site, &stack, (account, &organization));
        let there = site.client.of(account);
        let world = World(&there);
        world.role("orders-role", &["orders"]);
        world.function("orders", "orders-role");
    }
    let open = |account: &String| {
        let there = site.client.of(account);
        stack.report_on("vigil", &[of(account, &World(&there).open("orders"))])
    };
    let is_public = |notices: &[Notice]| {
        notices
            .iter()
            .any(|notice| notice.body.to_string().contains("invoke-public"))
    };
    let notices = open(&watched);
    assert!(is_public(&notices), "{notices:#?}\n{}", stack.log().join("\n"));
    assert!(!is_public(&open(&other)));
    let log = stack.log().join("\n");
    let refusal = format!("{other} is no active account of what is watched");
    assert!(log.contains(&refusal), "{log}");

    // Only who is watched is asked for, and whoever is not is missed by nobody.
    let path = format!("/2015-03-31/functions/{}/invocations", stack.output("FunctionName"));
    site.client
        .lambda("POST", &path, &json!({"vigil": "check", "account": watched}));
    let (text, _) = ask(&site, &stack);
    assert!(
        text.contains(&format!("{watched} in")) && !text.contains(&other),
        "{text}"
    );
}

#[test]
fn a_closed_door_of_the_hub_is_raised_by_the_hourly_look_and_named_by_doctor() {
    let site = Site::open();
    let member = join(&site, "payments");
    let (stack, _) = hub(&site);
    let look = || {
        let path = format!("/2015-03-31/functions/{}/invocations", stack.output("FunctionName"));
        site.client
            .lambda("POST", &path, &json!({"vigil": "check", "account": ACCOUNT}));
        stack.notices()
    };
    let tells = |notices: &[Notice], what: &str| {
        let subject = format!("\"subject\":\"{what}\"");
        notices.iter().any(|notice| notice.body.to_string().contains(&subject))
    };
    let door = |text: &str| {
        let lines = text.lines().filter(|line| line.contains(" event bus "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let notices = look();
    assert!(
        !tells(&notices, "vigil policy") && !tells(&notices, "vigil rules"),
        "{notices:#?}"
    );
    let (text, _) = ask(&site, &stack);
    assert!(
        door(&text).len() == 2 && door(&text).iter().all(|line| line.starts_with("ok")),
        "{text}"
    );

    let on_bus = json!({"EventBusName": "vigil"});
    let rules = site.client.json("events", "ListRules", &on_bus);
    let rule = &rules["Rules"][0]["Name"];
    let named = json!({"EventBusName": "vigil", "Name": rule});
    site.client.json("events", "DisableRule", &named);
    let notices = look();
    assert!(
        tells(&notices, "vigil rules"),
        "{notices:#?}\n{}",
        stack.log().join("\n")
    );
    let (text, _) = ask(&site, &stack);
    assert!(door(&text).iter().any(|line| line.starts_with("BROKEN")), "{text}");
    site.client.json("events", "EnableRule", &named);

    let statement = json!({"EventBusName": "vigil", "StatementId": "OnlyTheOrganization"});
    site.client.json("events", "RemovePermission", &statement);
    let notices = look();
    assert!(
        tells(&notices, "vigil policy"),
        "{notices:#?}\n{}",
        stack.log().join("\n")
    );
    let (text, _) = ask(&site, &stack);
    let closed: Vec<String> = door(&text)
        .into_iter()
        .filter(|line| line.starts_with("BROKEN"))
        .collect();
    assert!(closed.len() == 1 && closed[0].contains(&member), "{text}");
}

#[test]
fn a_role_changed_in_the_global_region_has_functions_of_two_others_judged() {
    let site = Site::open();
    site.table(TABLE);
    let topic = site.topic();
    let ears = site.listen(&topic);
    let world = World(&site.client);
    world.role("shared", &["orders", "parcels"]);
    let functions: Vec<String> = [("eu-west-1", "orders"), ("us-west-2", "parcels")]
        .into_iter()
        .map(|(region, name)| World(&site.client.within(region)).function(name, "shared"))
        .collect();
    assert!(
        functions[0].contains(":eu-west-1:") && functions[1].contains(":us-west-2:"),
        "{functions:?}"
    );
    let mut monitor = Environment::start(&[
        ("VIGIL_TOPIC_ARN", topic.as_str()),
        ("VIGIL_TABLE", TABLE),
        ("VIGIL_REGIONS", "us-east-1,eu-west-1,us-west-2"),
        ("AWS_ENDPOINT_URL", site.endpoint()),
    ]);
    monitor.invoke(&world.empower("shared")).answer();
    let notices = ears.notices();
    for function in &functions {
        assert!(
            says(&notices, function, "opened", "role-admin"),
            "{function}: {notices:#?}"
        );
    }
}

#[test]
fn what_the_monitor_does_itself_comes_back_as_an_event() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let mappings = site
        .client
        .lambda("GET", "/2015-03-31/event-source-mappings/", &Value::Null);
    let id = mappings["EventSourceMappings"][0]["UUID"].as_str().expect("its id");
    let mapping = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{id}");
    let rules = site.client.json("events", "ListRules", &json!({}));
    let rules = rules["Rules"].as_array().expect("rules").iter();
    let mut names = rules.filter_map(|rule| rule["Name"].as_str());
    let rule = names
        .find(|name| name.contains("CanaryRule"))
        .expect("the rule of the canary");
    let targets = site.client.json("events", "ListTargetsByRule", &json!({"Rule": rule}));
    let input = targets["Targets"][0]["Input"].as_str().expect("what it sends");
    let input: Value = serde_json::from_str(input).expect("JSON");
    assert_eq!(input, json!({"vigil": "canary", "mapping": mapping}));

    let path = format!("/2015-03-31/functions/{}/invocations", stack.output("FunctionName"));
    site.client.lambda("POST", &path, &input);
    let path = format!("/2017-03-31/tags/{}", mapping.replace(':', "%3A"));
    let tags = site.client.lambda("GET", &path, &Value::Null);
    let sent = tags["Tags"]["vigil:canary"]
        .as_str()
        .expect("the tag that it wrote")
        .to_owned();
    // CloudTrail is not there to tell of it.
    let record = json!({"resource": mapping, "tags": {"vigil:canary": sent}});
    stack.report(&[call("lambda", "TagResource20170331v2", &record, &Value::Null)]);
    let log = stack.log();
    let latencies = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut latencies = latencies.filter_map(|line| line["CanaryLatency"][0].as_u64());
    let latency = latencies.next().expect("how long it took");
    assert!(latency < 60_000, "{latency} ms");

    // Where a link is cut nothing comes back, and the alarm takes that for a breach.
    let monitor = stack.output("RoleArn").rsplit('/').next().expect("its name");
    let policy = [("RoleName", monitor), ("PolicyName", "canary")];
    site.client.query("iam", "DeleteRolePolicy", &policy);
    let path = format!("/2015-03-31/functions/{}/invocations", stack.output("FunctionName"));
    site.client.lambda("POST", &path, &input);
    let path = format!("/2017-03-31/tags/{}", mapping.replace(':', "%3A"));
    let tags = site.client.lambda("GET", &path, &Value::Null);
    assert_eq!(tags["Tags"]["vigil:canary"], sent.as_str(), "the old one");
    assert!(stack.log().join("\n").contains("no canary"), "{:#?}", stack.log());
    let template = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/monitor.yaml"));
    let template = template.expect("read infra/monitor.yaml");
    let alarm = template.split("CanaryAlarm:").nth(1).expect("the alarm");
    let alarm = alarm.split("\n\n").next().unwrap_or_default();
    assert!(alarm.contains("TreatMissingData: breaching"), "{alarm}");
}

#[test]
fn the_stack_sets_reach_every_account_and_region() {
    let server = Server::moto(free_port());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seen = run(Command::new(tool("python"))
        .arg(root.join("tests/stacksets.py"))
        .args([server.endpoint(), "infra"])
        .current_dir(root));
    let seen: Value = serde_json::from_str(&seen).expect("one JSON object");
    assert_eq!(seen["readers"], 3, "{seen}");
    let rules = seen["rules"].as_object().expect("rules by account and Region");
    assert_eq!(rules.len(), 6, "{seen}");
    let feeds = lambda_vigil::delivery::FEEDS.len();
    assert!(rules.values().all(|count| *count == feeds), "{seen}");
    eprintln!("{REGION} and another Region of three accounts: {feeds} rules each, one role per account");
}
