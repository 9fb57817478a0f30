//! Does one monitor watch the accounts of an organization? Events of a member on the hub's bus, reads by the role there, notices at the
//! hub; and the `StackSets` on a server that makes what they say.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::deviations::{adapted_reader, restore_members};
use super::package::zipped_bootstrap;
use super::server::{ACCOUNT, REGION, Server, free_port};
use super::site::{Site, says};
use super::stack::{SOURCE, Stack, counted, deploy};
use super::tools::{run, tool};
use super::world::World;

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
    let organization = site.client.json("organizations", "DescribeOrganization", &json!({}));
    let id = organization["Organization"]["Id"].as_str().expect("its id").to_owned();
    let more = [("OrganizationId", id.as_str()), ("ExternalId", EXTERNAL_ID)];
    let stack = Stack::deploy_with(site, zipped_bootstrap(), SOURCE, &more);
    restore_members(&site.client, "vigil");
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
        log.contains("999988887777 is no active account of the organization"),
        "{log}"
    );
    assert_eq!(
        counted(stack.log().iter().map(String::as_str), "FindingsResolved"),
        0,
        "{log}"
    );
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
