//! Does `infra/deploy` do what it says? The real script with the real AWS CLI: deployed, deployed again, swept, removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use super::deviations::{adapted, adapted_forwarder, adapted_reader, adapted_roles};
use super::package::zipped_bootstrap;
use super::server::{ACCOUNT, REGION};
use super::site::{Site, says};
use super::tools::{tool, workshop};
use super::world::World;

/// The templates as the server takes them, and the zip.
fn prepared(name: &str) -> (PathBuf, PathBuf) {
    let folder = workshop().join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("create the folder of the templates");
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra");
    let read = |name: &str| fs::read_to_string(infra.join(name)).expect("read a template");
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("write a template");
    write("monitor.yaml", adapted_roles(&adapted(&read("monitor.yaml"))));
    write("forwarder.yaml", adapted_forwarder(&read("forwarder.yaml")));
    write("reader.yaml", adapted_reader(&read("reader.yaml")));
    write("organization.yaml", read("organization.yaml"));
    let zip = folder.join("bootstrap.zip");
    fs::write(&zip, zipped_bootstrap()).expect("write the zip");
    (folder, zip)
}

fn deploy(site: &Site, arguments: &[&str]) -> Output {
    let tools = tool("aws").parent().expect("a folder").to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/deploy"))
        .args(arguments)
        .env("PATH", path)
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", site.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("start infra/deploy")
}

/// What it printed, if it ended well.
fn done(output: &Output) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0), "{text}");
    text
}

#[test]
fn it_deploys_sweeps_and_removes() {
    let site = Site::open();
    let (templates, zip) = prepared("deploy");
    let folder = templates.to_str().expect("a path");
    let common = ["--region", REGION, "--template-folder", folder, "--yes"];
    let regions = "us-east-1,eu-west-1";
    let given = ["--zip", zip.to_str().expect("a path"), "--regions", regions];
    let made = done(&deploy(&site, &[given.as_slice(), common.as_slice()].concat()));
    eprintln!("{made}");
    assert!(
        made.contains("lambda-vigil-forwarder") && made.contains("eu-west-1"),
        "{made}"
    );
    assert!(made.contains("\"_aws\""), "shows that the monitor ran: {made}");
    let rules = site.client.within("eu-west-1").json("events", "ListRules", &json!({}));
    assert_eq!(
        rules["Rules"].as_array().expect("rules").len(),
        lambda_vigil::delivery::FEEDS.len(),
        "the forwarder's rules"
    );
    let again = done(&deploy(&site, &[given.as_slice(), common.as_slice()].concat()));
    assert!(again.contains("no changes"), "{again}");

    let described = [("StackName", "lambda-vigil")];
    let stack = site.client.query("cloudformation", "DescribeStacks", &described);
    let outputs: Vec<(String, String)> = stack
        .texts("OutputKey")
        .into_iter()
        .zip(stack.texts("OutputValue"))
        .collect();
    let topic = outputs.iter().find(|(key, _)| key == "TopicArn").expect("the topic");
    let ears = site.listen(&topic.1);
    let world = World(&site.client);
    world.role("orders-role", &["orders"]);
    let function = world.function("orders", "orders-role");
    world.open("orders");
    let swept = done(&deploy(&site, &[["--sweep"].as_slice(), common.as_slice()].concat()));
    let notices = ears.notices();
    assert!(
        says(&notices, &function, "opened", "invoke-public"),
        "{swept}\n{notices:#?}"
    );

    let removed = done(&deploy(
        &site,
        &[["--remove", "--bucket-too"].as_slice(), common.as_slice()].concat(),
    ));
    assert!(removed.contains("deleted"), "{removed}");
    let left = site.client.within("eu-west-1").json("events", "ListRules", &json!({}));
    assert_eq!(left["Rules"], json!([]), "{removed}");
    let functions = site
        .client
        .lambda("GET", "/2015-03-31/functions/", &serde_json::Value::Null);
    let names: Vec<&str> = functions["Functions"]
        .as_array()
        .expect("functions")
        .iter()
        .filter_map(|function| function["FunctionName"].as_str())
        .collect();
    assert_eq!(names, ["orders"], "{removed}");
    fs::remove_dir_all(templates).expect("remove the folder of the templates");
}

#[test]
fn it_refuses_what_makes_no_sense_and_asks_before_it_acts() {
    let site = Site::open();
    let wrong = deploy(&site, &["--zipp", "x"]);
    assert_eq!(wrong.status.code(), Some(64));
    let (templates, zip) = prepared("refused");
    let arguments = ["--zip", zip.to_str().expect("a path"), "--region", REGION];
    let unasked = deploy(&site, &arguments);
    assert_eq!(unasked.status.code(), Some(2), "without a terminal nobody can be asked");
    assert!(
        String::from_utf8_lossy(&unasked.stderr).contains("--yes"),
        "says how to go on"
    );
    fs::remove_dir_all(templates).expect("remove the folder of the templates");
}
