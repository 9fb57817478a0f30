//! What was found in templates, as code hosts take it: the Static Analysis Results Interchange Format, version 2.1.0.
//!
//! A finding is a result at a line. What cannot be judged is a notification of the run: it is said, and raises no alert.

use std::fmt::Write;

use serde_json::{Value, json};

use super::check::{Checked, FoundIn, Judged};
use crate::controls::{self, Control};
use crate::finding::Severity;
use crate::plain::one_line;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const LONGEST: usize = 2000;
/// Names the fingerprint's recipe: another one gets another name.
const FINGERPRINT: &str = "lambdaVigil/v1";

/// One run over all templates.
pub fn sarif(all: &[Checked]) -> Value {
    let rules: Vec<&Control> = controls::ALL
        .iter()
        .copied()
        .filter(|control| !control.is_own())
        .collect();
    let results: Vec<Value> = read(all)
        .flat_map(|(path, judged)| judged.findings.iter().map(move |found| (path, found)))
        .map(|(path, found)| result(path, found, &rules))
        .collect();
    let is_complete = all.iter().all(|checked| checked.outcome.is_ok());
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Lambda Vigil",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|control| rule(control)).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": is_complete,
                "toolExecutionNotifications": notifications(all, &rules),
            }],
            "results": results,
        }],
    })
}

fn read(all: &[Checked]) -> impl Iterator<Item = (&str, &Judged)> {
    all.iter()
        .filter_map(|checked| Some((checked.path.as_str(), checked.outcome.as_ref().ok()?)))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// The number by which code hosts tell critical, high, medium and low apart.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Informational => "1.0",
    }
}

fn rule(control: &Control) -> Value {
    let page = control
        .references
        .iter()
        .find(|reference| reference.starts_with("https://"));
    let references: Vec<String> = control
        .references
        .iter()
        .map(|reference| format!("- {reference}"))
        .collect();
    let references = references.join("\n");
    let mut all = json!({
        "id": control.id,
        "name": pascal(control.id),
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": control.risk},
        "help": {
            "text": format!("{}\n\nWhat mends it in a deployed function:\n\n{}\n\n{references}", control.risk, control.remediation),
            "markdown": format!(
                "{}\n\nWhat mends it in a deployed function:\n\n```sh\n{}\n```\n\n{references}",
                control.risk, control.remediation
            ),
        },
        "defaultConfiguration": {"level": level(control.severity)},
        "properties": {
            "security-severity": score(control.severity),
            "precision": "high",
            "tags": ["security", "aws-lambda", control.layer],
        },
    });
    if let (Some(page), Some(members)) = (page, all.as_object_mut()) {
        members.insert("helpUri".to_owned(), (*page).into());
    }
    all
}

fn pascal(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(letters)
            .collect::<String>()
    });
    words.collect()
}

fn place_of(id: &str, rules: &[&Control]) -> Option<usize> {
    rules.iter().position(|control| control.id == id)
}

fn result(path: &str, found: &FoundIn, rules: &[&Control]) -> Value {
    let finding = &found.finding;
    let title = controls::find(&finding.control).map_or("", |control| control.title);
    let text = format!("{title}: {}", finding.evidence.detail);
    let mut all = json!({
        "ruleId": finding.control,
        "level": level(finding.severity),
        "message": {"text": one_line(&format!("{}: {text}", found.name()), LONGEST)},
        "locations": [location(path, found.line, Some(found.name()))],
        "partialFingerprints": {FINGERPRINT: found.fingerprint()},
        "properties": {
            "severity": finding.severity,
            "security-severity": score(finding.severity),
            "subject": one_line(&finding.evidence.subject, LONGEST),
        },
    });
    let Some(members) = all.as_object_mut() else { return all };
    if let Some(place) = place_of(&finding.control, rules) {
        members.insert("ruleIndex".to_owned(), place.into());
    }
    if let Some(reason) = &found.accepted {
        let accepted = json!([{"kind": "external", "status": "accepted", "justification": one_line(reason, LONGEST)}]);
        members.insert("suppressions".to_owned(), accepted);
    }
    all
}

fn location(path: &str, line: usize, name: Option<&str>) -> Value {
    let mut all = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(path)},
        "region": {"startLine": line.max(1)},
    }});
    if let (Some(name), Some(members)) = (name, all.as_object_mut()) {
        members.insert(
            "logicalLocations".to_owned(),
            json!([{"name": one_line(name, 400), "kind": "resource"}]),
        );
    }
    all
}

/// A path as a reference (RFC 3986): what is not plain is written by its bytes.
fn uri(path: &str) -> String {
    let relative = path.strip_prefix("./").unwrap_or(path);
    let mut uri = if path.starts_with('/') {
        "file://".to_owned()
    } else {
        String::new()
    };
    for byte in relative.bytes() {
        match byte {
            b'\\' => uri.push('/'),
            byte if byte.is_ascii_alphanumeric() || b"-._~/@+".contains(&byte) => uri.push(char::from(byte)),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

fn notifications(all: &[Checked], rules: &[&Control]) -> Vec<Value> {
    let mut told = Vec::new();
    for checked in all {
        let path = checked.path.as_str();
        let judged = match &checked.outcome {
            Ok(judged) => judged,
            Err(detail) => {
                told.push(json!({
                    "level": "error",
                    "message": {"text": one_line(detail, LONGEST)},
                    "locations": [location(path, 1, None)],
                }));
                continue;
            }
        };
        for one in &judged.unjudged {
            let name = one.resource.as_deref().unwrap_or_else(|| one.function.name());
            let text = format!("{name}: {} cannot be judged: {}", one.cannot.control, one.cannot.why);
            let mut associated = json!({"id": one.cannot.control});
            if let (Some(place), Some(members)) = (place_of(&one.cannot.control, rules), associated.as_object_mut()) {
                members.insert("index".to_owned(), place.into());
            }
            told.push(json!({
                "level": "note",
                "message": {"text": one_line(&text, LONGEST)},
                "locations": [location(path, one.line, Some(name))],
                "associatedRule": associated,
            }));
        }
        for note in &judged.notes {
            told.push(json!({
                "level": "warning",
                "message": {"text": one_line(&note.detail, LONGEST)},
                "locations": [location(path, note.line, None)],
            }));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!(uri("/tmp/x#1.json"), "file:///tmp/x%231.json");
    }

    #[test]
    fn rules_are_named_in_one_word() {
        assert_eq!(pascal("url-cors-any-origin"), "UrlCorsAnyOrigin");
    }

    #[test]
    fn severities_keep_their_order() {
        let scores: Vec<f32> = Severity::ALL
            .iter()
            .map(|severity| score(*severity).parse().unwrap())
            .collect();
        assert!(scores.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
