//! Any event and any account under other names: the account's id and a function's name, planted wherever something may be named, are gone.
//!
//! The parts of an input are an event and a file of an account.
#![no_main]

use std::collections::BTreeMap;

use lambda_vigil::case::{Case, CaseError};
use lambda_vigil::event::read_json;
use lambda_vigil::pseudonym::Pseudonyms;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use trials::played::{self, BETWEEN};

const ACCOUNT: &str = "739164028513";
const NAME: &str = "zyqvexor";
const SALT: &[u8] = b"a secret of one run";
/// Playing a case four times costs more than a hundred disguises.
const ONE_IN: usize = 16;

fuzz_target!(|text: &str| {
    if [ACCOUNT, NAME]
        .iter()
        .any(|plant| text.to_ascii_lowercase().contains(plant))
    {
        return;
    }
    let (event, account) = text.split_once(BETWEEN).unwrap_or((text, "{}"));
    let read = |text: &str| read_json(text, text.len()).ok();
    let (Some(event), Some(account)) = (read(event), read(account)) else {
        return;
    };
    let planted = [&event, &account].map(|document| plant(document, &mut 0));
    let pseudonyms = Pseudonyms::new(SALT, &planted);
    for document in &planted {
        gone(&pseudonyms.document(document), document);
    }
    if text.len().is_multiple_of(ONE_IN) {
        disguised(event, account);
    }
});

/// Whether the same is said or not, the disguise ends.
fn disguised(event: Value, account: Value) {
    let case = Case {
        now: played::now(),
        home: played::home(),
        account: BTreeMap::from([("all.json".to_owned(), account)]),
        events: BTreeMap::from([("0001.json".to_owned(), event)]),
        settings: None,
        expected: None,
    };
    match case.disguised(SALT) {
        Ok(_) | Err(CaseError::Disguise(_)) => {}
        Err(error) => played::error(&error),
    }
}

/// Adds an ARN, an id as a number and as a text, to whatever is there.
fn plant(value: &Value, count: &mut usize) -> Value {
    *count += 1;
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => plant(&inner, count).to_string().into(),
            _ => sown(text, *count).into(),
        },
        Value::Array(items) => items.iter().map(|item| plant(item, count)).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), plant(member, count)));
            let own = json!({
                "functionName": NAME, "accountId": ACCOUNT, "account": 739_164_028_513_u64,
                "policy": json!({"Statement": [{"Resource": arn()}]}).to_string(),
            });
            let own = own.as_object().cloned().unwrap_or_default().into_iter();
            Value::Object(own.chain(members).collect())
        }
        plain => plain.clone(),
    }
}

fn arn() -> String {
    format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{NAME}")
}

/// Before a text or behind it, with one mark or another between.
fn sown(text: &str, count: usize) -> String {
    let mark = [" ", ",", "\"", "\n", "(", "; "][count % 6];
    if count.is_multiple_of(5) {
        format!("{}{mark}{text}", arn())
    } else {
        format!("{text}{mark}{}", arn())
    }
}

fn gone(disguised: &Value, planted: &Value) {
    let text = disguised.to_string().to_ascii_lowercase();
    for plant in [ACCOUNT, NAME] {
        assert!(!text.contains(plant), "{plant} is left of {planted}\n in {disguised}");
    }
}
