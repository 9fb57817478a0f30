//! Is the same found under other names, of everything that is recorded here, and is no name left?

use std::collections::{BTreeMap, BTreeSet};

use lambda_vigil::case::{Case, disguised_lists};
use lambda_vigil::facts::layers;
use lambda_vigil::memory::{Account, entry};
use lambda_vigil::monitor::Place;
use lambda_vigil::pseudonym::is_common;
use regex::Regex;
use serde_json::{Value, json};

use crate::recorded::{cases, now, root};

const SALTS: [&[u8]; 2] = [b"one", b"another"];

/// The settings of the cases, as they are written.
const SETTINGS: &str = r#"{"organization": "o-exampleorg1", "trustedAccounts": ["444455556666"], "runtimeExpiringDays": 140,
    "deployers": ["arn:aws:iam::111122223333:role/ci/deploy", "arn:aws:sts::111122223333:assumed-role/dep*/ci*", "cloudformation.amazonaws.com"],
    "overrides": [{"function": "orders-*", "controls": {"tracing-inactive": {"severity": "high"}}}],
    "suppressions": [{"control": "url-auth-none", "function": "payments-*", "reason": "asked for by Acme", "expires": "2027-03-01"}]}"#;

/// Members in which nobody writes names.
const OF_AWS: [&str; 12] = [
    "Action",
    "Confidence",
    "EnvironmentKey",
    "What",
    "confidence",
    "detail-type",
    "eventName",
    "findingType",
    "kind",
    "scanType",
    "scope",
    "severity",
];

/// Words of ARNs that AWS's own values hold as well.
const WORDS_OF_AWS: [&str; 8] = [
    "access",
    "call",
    "control",
    "definition",
    "package",
    "point",
    "profiles",
    "source",
];

fn sample() -> Account {
    let mut account = Account::default().as_of(now());
    for file in std::fs::read_dir(root().join("events/account")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            account.add(&std::fs::read_to_string(path).unwrap()).unwrap();
        }
    }
    account
}

fn home(account: &Account) -> Place {
    let function = account.functions().next().unwrap();
    Place {
        account: function.account().clone(),
        region: function.region().clone(),
    }
}

fn events() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(root().join("events")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn case(account: &Account, events: impl IntoIterator<Item = Value>) -> Case {
    let when_and_where = (now(), home(account));
    Case::of(account, when_and_where, events, Some(SETTINGS.to_owned())).unwrap()
}

/// Every text of a document, those that hold documents opened; members of the environment and of tags say nothing by their names.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => texts(&inner, all),
            _ => all.push(text.clone()),
        },
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::Object(members) => {
            let others = members.iter().filter(|(name, _)| !OF_AWS.contains(&name.as_str()));
            others.for_each(|(_, member)| texts(member, all));
        }
        Value::Number(number) => all.push(number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

fn texts_of(case: &Case) -> Vec<String> {
    let mut all = Vec::new();
    let settings: Value = serde_json::from_str(case.settings.as_ref().unwrap()).unwrap();
    let documents = case.account.values().chain(case.events.values());
    documents
        .chain([&settings])
        .for_each(|document| texts(document, &mut all));
    all
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}

/// What a reader could tell somebody by: accounts, and the words of names.
fn telling(case: &Case) -> BTreeSet<String> {
    let arn = Regex::new(r#"arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:(\d{12})?:([^\s"']+)"#).unwrap();
    let account = Regex::new(r"\b\d{12}\b").unwrap();
    let region = Regex::new(r"[a-z]{2}-[a-z]+-\d[a-z]?|\d{4}-\d{2}-\d{2}T[0-9:.]+").unwrap();
    let id = Regex::new(r"\b(?:o|r|ou|vpc|subnet|sg|vpce|rtb|eni)-[a-z0-9]{4,}").unwrap();
    let mut telling = BTreeSet::new();
    for text in texts_of(case) {
        for found in arn.captures_iter(&text) {
            let owner = found.get(1).map_or("", |owner| owner.as_str());
            if layers::published_by_aws(owner).is_none() {
                telling.extend(words(&region.replace_all(&found[2], "")));
            }
        }
        let owned = |id: &str| layers::published_by_aws(id).is_some();
        telling.extend(
            account
                .find_iter(&text)
                .map(|id| id.as_str().to_owned())
                .filter(|id| !owned(id)),
        );
        telling.extend(id.find_iter(&text).flat_map(|id| words(id.as_str()).skip(1)));
    }
    telling.retain(|word| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        word.len() > 3 && !is_common(word) && !WORDS_OF_AWS.contains(&word.as_str()) && (!is_number || word.len() == 12)
    });
    telling
}

fn left(case: &Case, disguised: &Case) -> Vec<String> {
    let telling = telling(case);
    assert!(!telling.is_empty());
    let mut left = Vec::new();
    for text in texts_of(disguised) {
        let words = words(&text).filter(|word| telling.contains(word));
        left.extend(words.map(|word| format!("{word} in {text}")));
    }
    left
}

#[test]
fn the_same_is_said_of_every_event_under_other_names() {
    let (account, events) = (sample(), events());
    let (mut said, mut all_left) = (0, BTreeMap::new());
    for (name, event) in &events {
        let case = case(&account, [event.clone()]);
        said += case.expected.as_ref().unwrap().transitions.len();
        let disguised = case
            .disguised(SALTS[0])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        all_left.insert(name, left(&case, &disguised));
    }
    all_left.retain(|_, left| !left.is_empty());
    assert!(all_left.is_empty(), "{all_left:#?}");
    assert!(said > 1_000, "{said}");
    let all = case(&account, events.into_values());
    for salt in SALTS {
        let disguised = all.disguised(salt).unwrap();
        assert_eq!(left(&all, &disguised), Vec::<String>::new());
        let (before, now) = (all.expected.as_ref().unwrap(), disguised.expected.as_ref().unwrap());
        assert_eq!(before.transitions.len(), now.transitions.len());
        assert_eq!(before.failed, now.failed);
    }
}

#[test]
fn the_same_is_found_in_every_case_under_other_names() {
    let sweep: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("events/scheduled-sweep.json")).unwrap()).unwrap();
    let mut all_left = BTreeMap::new();
    for (name, account) in cases() {
        let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        for (scope, facts) in account.scopes() {
            if let Some((list, entry)) = entry(scope, facts) {
                lists.entry(list).or_default().push(entry);
            }
        }
        for salt in SALTS {
            disguised_lists(&lists, salt).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let case = case(&account, [sweep.clone()]);
        assert!(!case.expected.as_ref().unwrap().open.is_empty(), "{name}");
        let disguised = case
            .disguised(SALTS[0])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        all_left.insert(name, left(&case, &disguised));
    }
    all_left.retain(|_, left| !left.is_empty());
    assert!(all_left.is_empty(), "{all_left:#?}");
}

/// Every finding of a case is accepted by its subject: names, AWS's words, and ids of statements that tell what they say.
#[test]
fn suppressions_of_subjects_hold_under_other_names() {
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(root().join("events").join(name)).unwrap()).unwrap()
    };
    let wanted = [
        "env-reference-denied",
        "role-logs-unscoped",
        "role-secrets-unscoped",
        "url-public",
    ];
    let cases = cases().into_iter().filter(|(name, _)| wanted.contains(&name.as_str()));
    let cases = cases.map(|(name, account)| (name, account, read("scheduled-sweep.json")));
    let sample = ("sample".to_owned(), sample(), read("lambda-create-function.json"));
    let mut of_hashes = 0;
    for (name, account, event) in cases.chain([sample]) {
        let plain = Case::of(&account, (now(), home(&account)), [event.clone()], None).unwrap();
        let open = &plain.expected.as_ref().unwrap().open;
        let own: Vec<_> = open
            .iter()
            .filter(|found| found.function.name() != "lambda-vigil")
            .collect();
        assert!(!own.is_empty(), "{name}");
        of_hashes += own.iter().filter(|found| found.subject.contains("without-sid")).count();
        let suppressions = own.iter().map(|found| {
            json!({"control": found.control, "function": found.function, "subject": found.subject,
                "reason": "agreed with Acme", "expires": "2027-03-01"})
        });
        let settings = json!({"suppressions": suppressions.collect::<Vec<_>>()}).to_string();
        let case = Case::of(&account, (now(), home(&account)), [event], Some(settings)).unwrap();
        let disguised = case
            .disguised(SALTS[0])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let accepted = |case: &Case| {
            case.expected
                .as_ref()
                .unwrap()
                .open
                .iter()
                .filter(|found| found.accepted)
                .count()
        };
        assert_eq!(
            (accepted(&case), accepted(&disguised)),
            (own.len(), own.len()),
            "{name}"
        );
    }
    assert!(of_hashes > 3, "{of_hashes}");
}

#[test]
fn files_of_events_are_not_called_as_their_senders_call_them() {
    let event = json!({"id": "1", "source": "acme.shop", "detail-type": "Acme Order Placed", "time": "2026-11-02T00:07:24Z",
        "region": "eu-west-1", "account": "111122223333", "resources": [], "detail": {"order": 4_821_337}});
    let case = case(&sample(), [event]);
    assert!(
        case.events.keys().any(|name| name.contains("AcmeOrderPlaced")),
        "{:?}",
        case.events.keys()
    );
    let disguised = case.disguised(SALTS[0]).unwrap();
    let names: Vec<&String> = disguised.events.keys().collect();
    assert!(names.len() == 1 && names[0].starts_with("0001-"), "{names:?}");
    let text = format!("{names:?} {} {:?}", disguised.events[names[0]], disguised.expected);
    assert!(
        !text.to_lowercase().contains("acme") && !text.contains("Placed") && !text.contains("4821337"),
        "{text}"
    );
}
