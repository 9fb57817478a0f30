//! Who is told? Topics by the settings' routes, chat, an event bus and Security Hub, each on the real API; and what if one of them
//! refuses.

use serde_json::{Value, json};

use super::client::Client;
use super::scene::Scene;
use super::server::{ACCOUNT, REGION, Server, free_port};
use super::site::{Ears, Proxy, Site};
use super::stack::counted;
use super::world::batch;

const FINDING: &str = "Lambda Vigil Finding";

fn bus() -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default")
}

/// A queue that gets every finding from the bus.
fn on_bus(site: &Site) -> Ears<'_> {
    let (ears, queue) = site.ears("bus");
    let pattern = json!({"source": ["lambda-vigil"], "detail-type": [FINDING], "detail": {"severity": ["critical"]}});
    let rule = json!({"Name": "findings", "EventPattern": pattern.to_string()});
    site.client.json("events", "PutRule", &rule);
    let target = json!({"Rule": "findings", "Targets": [{"Id": "queue", "Arn": queue}]});
    site.client.json("events", "PutTargets", &target);
    ears
}

/// No bus takes an event until the faults end.
fn silence_bus(proxy: &Proxy) {
    let error = json!({"code": "InternalException", "status": 500});
    proxy.inflict(&json!([{"service": "events", "operation": "PutEvents", "error": error}]));
}

/// What Security Hub knows of a control.
fn imported(hub: &Client, control: &str) -> Vec<Value> {
    let found = hub.rest("securityhub", "POST", "/findings", &json!({}));
    let findings = found["Findings"].as_array().expect("a list of findings").iter();
    findings
        .filter(|finding| finding["GeneratorId"] == format!("lambda-vigil/{control}"))
        .cloned()
        .collect()
}

fn controls(messages: &[Value]) -> Vec<&str> {
    let transitions = messages.iter().filter_map(|message| message["transitions"].as_array());
    let mut controls: Vec<&str> = transitions
        .flatten()
        .filter_map(|transition| transition["control"].as_str())
        .collect();
    controls.sort_unstable();
    controls
}

#[test]
fn the_news_goes_to_everybody_who_asked_for_it() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let hub = Server::moto(free_port());
    let asked = Client::new(hub.endpoint());
    asked.rest("securityhub", "POST", "/accounts", &json!({}));
    let [pager, team, chat] = ["pager", "team", "chat"].map(|name| site.topic_called(name));
    let [on_pager, in_team, in_chat] = [&pager, &team, &chat].map(|topic| site.listen(topic));
    let on_bus = on_bus(&site);
    let settings = json!({"routes": [
        {"topic": pager, "severity": "critical", "continue": true},
        {"topic": team, "layers": ["execution-role"]},
    ]});
    scene.replace_monitor(&[
        ("VIGIL_SETTINGS", &settings.to_string()),
        ("VIGIL_CHAT_TOPIC_ARN", &chat),
        ("VIGIL_EVENT_BUS_ARN", &bus()),
        ("VIGIL_SECURITY_HUB", "true"),
        ("AWS_ENDPOINT_URL_SECURITYHUB", hub.endpoint()),
    ]);
    let (event, function) = (scene.event.clone(), scene.function.clone());
    scene.monitor.invoke(&batch(&[&event.to_string()])).answer();
    scene.notices();
    for ears in [&on_pager, &in_team, &in_chat] {
        ears.messages();
    }
    on_bus.bodies();

    // A public function closes, and its role becomes an administrator's.
    let empowered = scene.world.empower("orders-role").to_string();
    let closed = scene.world.close("orders").to_string();
    let answer = scene.monitor.invoke(&batch(&[&empowered, &closed])).answer();
    assert_eq!(answer, json!({"batchItemFailures": []}));

    let criticals = on_pager.messages();
    assert_eq!(controls(&criticals), ["invoke-public", "role-admin"]);
    let team = in_team.messages();
    assert!(controls(&team).contains(&"role-admin") && !controls(&team).contains(&"invoke-public"));
    let usual: Vec<Value> = scene.notices().into_iter().map(|notice| notice.body).collect();
    assert!(controls(&usual).contains(&"invoke-public"), "{usual:#?}");
    assert!(!controls(&usual).contains(&"role-admin"), "a route took it: {usual:#?}");
    let chats = in_chat.messages();
    assert_eq!(chats.len(), 1);
    assert_eq!(
        (&chats[0]["version"], &chats[0]["source"]),
        (&json!("1.0"), &json!("custom"))
    );
    let title = chats[0]["content"]["title"].as_str().expect("a title");
    assert!(title.contains("orders") && !title.contains("role-admin"), "{title}");

    let events = on_bus.bodies();
    let mut on_bus: Vec<_> = events
        .iter()
        .map(|event| (&event["detail"]["control"], &event["detail"]["status"]))
        .collect();
    on_bus.sort_by_key(|(control, _)| control.as_str());
    let expected = [
        (json!("invoke-public"), json!("resolved")),
        (json!("role-admin"), json!("opened")),
    ];
    assert_eq!(
        on_bus,
        expected
            .iter()
            .map(|(control, status)| (control, status))
            .collect::<Vec<_>>()
    );
    assert_eq!(events[0]["resources"], json!([function]));

    for (control, state, compliance) in [
        ("invoke-public", "ARCHIVED", "PASSED"),
        ("role-admin", "ACTIVE", "FAILED"),
    ] {
        let found = imported(&asked, control);
        assert_eq!(found.len(), 1, "opened and resolved are one finding");
        assert_eq!(found[0]["RecordState"], state, "{control}");
        assert_eq!(found[0]["Compliance"]["Status"], compliance, "{control}");
        assert_eq!(found[0]["Resources"][0]["Id"], json!(function));
    }
}

#[test]
fn whoever_refuses_for_good_keeps_nobody_waiting() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let nobodys = format!("arn:aws:sns:{REGION}:{ACCOUNT}:nobodys");
    let settings = json!({"routes": [{"topic": nobodys}]});
    scene.replace_monitor(&[
        ("VIGIL_SETTINGS", &settings.to_string()),
        ("VIGIL_CHAT_TOPIC_ARN", &nobodys),
    ]);
    let event = scene.event.clone();
    let (answer, notices) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(
        scene.says(&notices, "opened", "invoke-public"),
        "what the route's topic does not take goes where everything goes"
    );
    let log = scene.monitor.log();
    assert_eq!(counted(log.lines(), "Undelivered"), 1, "{log}");
    assert!(log.contains("an outlet refuses") && log.contains("nobodys"), "{log}");
}

#[test]
fn without_the_usual_topic_nothing_counts_as_told() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let chat = site.topic_called("chat");
    let in_chat = site.listen(&chat);
    let nobodys = format!("arn:aws:sns:{REGION}:{ACCOUNT}:nobodys");
    scene.replace_monitor(&[("VIGIL_TOPIC_ARN", &nobodys), ("VIGIL_CHAT_TOPIC_ARN", &chat)]);
    let event = scene.event.clone();
    let again = json!({"batchItemFailures": [{"itemIdentifier": "message-0"}]});
    for chats in [1, 0] {
        let (answer, _) = scene.report(&event);
        assert_eq!(answer, again);
        assert_eq!(in_chat.messages().len(), chats, "the chat is told once");
    }
}

#[test]
fn a_route_to_the_usual_topic_takes_nothing_from_it() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let topic = site.topic();
    let settings = json!({"routes": [{"topic": topic, "controls": ["invoke-public"], "continue": true}]});
    scene.replace_monitor(&[("VIGIL_SETTINGS", &settings.to_string())]);
    let event = scene.event.clone();
    let (_, notices) = scene.report(&event);
    let bodies: Vec<Value> = notices.into_iter().map(|notice| notice.body).collect();
    let told = controls(&bodies);
    let times = |control: &str| told.iter().filter(|told| **told == control).count();
    assert_eq!(times("invoke-public"), 2, "{told:?}");
    assert!(told.len() > 2, "what the route does not take is told as well: {told:?}");
}

#[test]
fn whoever_was_reached_is_not_told_again_because_another_was_not() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    let on_bus = on_bus(&site);
    scene.replace_monitor(&[("VIGIL_EVENT_BUS_ARN", &bus())]);
    silence_bus(&proxy);
    let event = scene.event.clone();
    let (answer, notices) = scene.report(&event);
    assert!(proxy.struck() > 0, "the fault did not strike");
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "message-0"}]}));
    assert!(scene.says(&notices, "opened", "invoke-public"));
    assert_eq!(on_bus.bodies(), Vec::<Value>::new());

    proxy.inflict(&json!([]));
    let (answer, notices) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(notices.is_empty(), "told twice: {notices:#?}");
    let events = on_bus.bodies();
    assert!(
        events.iter().any(|event| event["detail"]["control"] == "invoke-public"),
        "{events:#?}"
    );
}

#[test]
fn a_summary_is_told_once_to_whoever_answers() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    let on_bus = on_bus(&site);
    scene.replace_monitor(&[("VIGIL_EVENT_BUS_ARN", &bus())]);
    silence_bus(&proxy);
    let sweep = batch(&[r#"{"vigil":"sweep"}"#]);
    let again = json!({"batchItemFailures": [{"itemIdentifier": "message-0"}]});
    for summaries in [1, 0] {
        assert_eq!(scene.monitor.invoke(&sweep).answer(), again);
        let told = scene.notices();
        let count = told
            .iter()
            .filter(|notice| notice.body["occasion"] == "baseline")
            .count();
        assert_eq!(count, summaries, "{told:#?}");
    }
    proxy.inflict(&json!([]));
    assert_eq!(scene.monitor.invoke(&sweep).answer(), json!({"batchItemFailures": []}));
    assert!(scene.notices().is_empty());
    assert!(!on_bus.bodies().is_empty());
}

#[test]
fn what_cannot_be_understood_is_put_aside_with_the_reason() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let (dead, queue) = site.ears("dead");
    scene.replace_monitor(&[("VIGIL_DEAD_LETTER_QUEUE_ARN", &queue)]);
    let event = scene.event.to_string();
    let answer = scene.monitor.invoke(&batch(&["not even JSON\u{7}", &event])).answer();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(scene.is_noticed());
    let messages = dead.received();
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert_eq!(messages[0]["Body"], "not even JSON?");
    let attributes = &messages[0]["MessageAttributes"];
    assert_eq!(attributes["MessageId"]["StringValue"], "message-0");
    let reason = attributes["Reason"]["StringValue"].as_str().expect("a reason");
    assert!(reason.contains("JSON"), "{reason}");
}
