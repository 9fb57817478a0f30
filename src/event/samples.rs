//! Does every call have a sample in `events/`, and does each sample say what its record says?

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::tests::{changes, ignored};
use super::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("events")
}

/// `AddPermission` of `lambda.amazonaws.com` is `lambda-add-permission`.
fn sample_name(call: &Call) -> String {
    let service = call.source.trim_start_matches("aws.");
    let letters: Vec<char> = call.stem.chars().collect();
    let mut name = String::from(service);
    for (index, letter) in letters.iter().enumerate() {
        let after_small = index
            .checked_sub(1)
            .is_none_or(|before| !letters[before].is_uppercase());
        let before_small = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[allow(clippy::disallowed_methods, reason = "a test reads the samples")]
fn samples() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (name, read_json(&text, LONGEST_TEXT).unwrap())
    })
    .collect()
}

#[test]
fn every_sample_is_read() {
    for (name, value) in samples() {
        match parse(&value)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .as_slice()
        {
            [Intake::Ignored { reason, .. }] => assert!(!reason.to_string().is_empty()),
            [Intake::Changes(changes)] => assert!(!changes.is_empty(), "{name}"),
            [
                Intake::Sweep { .. }
                | Intake::Check { .. }
                | Intake::Canary { .. }
                | Intake::Echo { .. }
                | Intake::Recheck { .. },
            ] => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn samples_without_effect_say_why() {
    let samples = samples();
    let failed = |code: &str| Ignored::FailedCall { code: code.into() };
    for (name, reason) in [
        ("lambda-add-permission-denied", failed("AccessDenied")),
        ("lambda-update-function-code-dry-run", Ignored::DryRun),
        ("ec2-create-route-dry-run", Ignored::DryRun),
        (
            "ec2-delete-vpc-endpoints-unsuccessful",
            failed("InvalidVpcEndpointId.NotFound"),
        ),
        ("lambda-get-function", Ignored::ReadOnly),
        ("lambda-invoke", Ignored::DataEvent),
    ] {
        assert_eq!(ignored(&samples[name]), reason, "{name}");
    }
    for name in ["iam-create-policy-version-not-default", "s3-unrelated-call"] {
        assert!(matches!(ignored(&samples[name]), Ignored::Unrelated { .. }), "{name}");
    }
    assert!(changes(&samples["iam-put-role-policy-omitted"])[0].parameters_omitted);
}

#[test]
fn no_sample_hangs_on_a_member_that_a_record_may_lack() {
    for (name, sample) in samples() {
        let members = sample["detail"].as_object().unwrap().keys();
        let optional = members.filter(|member| !["eventName", "eventSource"].contains(&member.as_str()));
        for member in optional {
            let mut sparse = sample.clone();
            sparse["detail"][member] = Value::Null;
            assert!(parse(&sparse).is_ok(), "{name} without {member}");
            sparse["detail"].as_object_mut().unwrap().remove(member);
            assert!(parse(&sparse).is_ok(), "{name} without {member}");
        }
    }
}

/// The same value with the first letter of each member's name in capitals, as the API itself spells it.
fn capitalised(value: &Value) -> Value {
    let capital = |name: &str| {
        let mut letters = name.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + letters.as_str()
    };
    match value {
        Value::Object(members) => {
            let renamed = members.iter().map(|(name, value)| match name.as_str() {
                "items" | "item" | "tag" | "content" => (name.clone(), capitalised(value)),
                other => (capital(other), capitalised(value)),
            });
            renamed.collect()
        }
        Value::Array(list) => list.iter().map(capitalised).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_casing_of_members_does_not_count() {
    for (name, sample) in samples() {
        let mut other = sample.clone();
        for member in ["requestParameters", "responseElements"] {
            other["detail"][member] = capitalised(&sample["detail"][member]);
        }
        assert_eq!(parse(&other), parse(&sample), "{name}");
    }
}

#[test]
fn every_call_has_a_sample_that_finds_its_subject() {
    let samples = samples();
    for call in calls() {
        let name = sample_name(call);
        let Some(sample) = samples.get(&name) else {
            panic!("add events/{name}.json")
        };
        assert_eq!(sample["detail"]["eventSource"], call.event_source, "{name}");
        assert_eq!(
            stem(sample["detail"]["eventName"].as_str().unwrap()),
            call.stem,
            "{name}"
        );
        assert!(
            DETAIL_TYPES.contains(&sample["detail-type"].as_str().unwrap()),
            "{name}"
        );
        assert_eq!(sample["source"], call.source, "{name}");
        let changes = changes(sample);
        assert!(
            changes.iter().all(|change| change.subject != Subject::Unknown),
            "{name}"
        );
        assert!(changes[0].cause.actor.is_some(), "{name}");
    }
}
