//! Is a demand the same as a Deny of its complement? Every operator, absence included.

use super::laws::{Skipped, differ, lines, worst};
use super::written::{Condition, Written, asked, statements, written};
use super::{CASES, runner};

/// The condition that is true exactly when this one is false, for operators that have one.
fn complement(((operator, key), values): (&(String, String), &Vec<String>)) -> Option<Condition> {
    let plain = operator.strip_suffix("IfExists").unwrap_or(operator);
    let has_suffix = plain != operator;
    let base = plain.rsplit(':').next().unwrap_or(plain);
    let other = match base {
        "Null" => {
            let value = if values.as_slice() == ["true"] { "false" } else { "true" };
            return Some(written("Null", key, &[value]));
        }
        "IpAddress" => "NotIpAddress".to_owned(),
        "NotIpAddress" => "IpAddress".to_owned(),
        "Bool" => return None,
        _ if base.contains("Not") => base.replace("Not", ""),
        _ => base.replace("String", "StringNot").replace("Arn", "ArnNot"),
    };
    let is_negated = base.contains("Not");
    let set = match plain.split_once(':') {
        Some(("ForAnyValue", _)) if !has_suffix => "ForAllValues:",
        None if !has_suffix || is_negated => "",
        // The condition is true for an absent key, and so its complement is not.
        Some(("ForAllValues", _)) | None => "ForAnyValue:",
        Some(_) => return None,
    };
    let values: Vec<_> = values.iter().map(String::as_str).collect();
    Some(written(format!("{set}{other}"), key, &values))
}

#[test]
fn a_condition_is_a_denial_of_its_complement() {
    let skipped = Skipped::default();
    let outcome = runner(CASES / 10).run(&(statements(true), asked()), |(mut all, asked)| {
        let Some(index) = all
            .iter()
            .position(|one| one.effect == "Allow" && !one.conditions.is_empty())
        else {
            return Ok(());
        };
        let (name, values) = all[index]
            .conditions
            .first_key_value()
            .map(|(name, values)| (name.clone(), values.clone()))
            .expect("one");
        let Some(other) = complement((&name, &values)) else {
            return Ok(());
        };
        // Alone, so that the denial takes nothing from another grant; for a URL both checks are asked about.
        all = vec![Written {
            action: ("Action", vec!["lambda:*".into()]),
            ..all[index].clone()
        }];
        let of_call = ["lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl"];
        if of_call.contains(&name.1.as_str()) {
            return Ok(());
        }
        let Ok(before) = lines(&all, asked) else {
            skipped.once();
            return Ok(());
        };
        let mut open = all[0].clone();
        open.conditions.remove(&name);
        let closing = Written {
            sid: "closing".into(),
            effect: "Deny",
            principal: ("Principal", vec!["*"]),
            action: ("Action", vec!["*".into()]),
            resource: ("Resource", vec!["*".into()]),
            conditions: [other].into_iter().collect(),
        };
        let Ok(after) = lines(&[open, closing.clone()], asked) else {
            skipped.once();
            return Ok(());
        };
        if worst(&before) == worst(&after) {
            return Ok(());
        }
        all.push(closing);
        Err(differ("complement", &all, (before, after)))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    skipped.is_rare(CASES / 10);
}
