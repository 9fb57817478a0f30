//! Which commands change the policy of a layer version? Its permissions are given and taken away one by one, by statement id.

use serde_json::{Value, json};

use super::draft::{Draft, Members, Piece};
use super::place::{Edit, Place};
use crate::finding::Evidence;

const REMOVE: &str = "aws lambda remove-layer-version-permission --region {region} --layer-name {layer} --version-number {version} --statement-id ";
const ADD: &str = "aws lambda add-layer-version-permission --region {region} --layer-name {layer} --version-number {version} \
    --action lambda:GetLayerVersion --statement-id ";

/// The evidence with the commands: of each statement that changes the new one is given before the old one goes.
pub(super) fn commands(edit: &Edit, old: Option<&Draft>, mut evidence: Evidence) -> Evidence {
    let mut lines = Vec::new();
    let pieces = old.map(Draft::pieces).unwrap_or_default();
    for (place, piece) in pieces.iter().enumerate() {
        let now = edit.draft.pieces().iter().filter(|own| own.label == piece.label);
        let now: Vec<&Piece> = now.collect();
        if now.contains(&piece) {
            continue;
        }
        let mut own = Vec::new();
        for (number, (principal, organization)) in now.iter().flat_map(|one| grants(&one.members)).enumerate() {
            let (id, who) = (format!("new_{place}_{number}"), format!("principal_{place}_{number}"));
            evidence = evidence
                .fill(&id, format!("{}-confined-{}", piece.label, number + 1))
                .fill(&who, principal);
            let mut line = format!("{ADD}{{{id}}} --principal {{{who}}}");
            if let Some(organization) = organization {
                let of = format!("organization_{place}_{number}");
                line = format!("{line} --organization-id {{{of}}}");
                evidence = evidence.fill(&of, organization);
            }
            own.push(line);
        }
        let gone = format!("gone_{place}");
        own.push(format!("{REMOVE}{{{gone}}}"));
        evidence = evidence.fill(&gone, piece.label.clone());
        lines.push(own.join(" &&\n  "));
    }
    evidence.fixed_by(lines.join("\n"))
}

/// Whom a statement lets in: each with the organization that it has to be of.
fn grants(members: &Members) -> Vec<(String, Option<String>)> {
    let organization = members.get("Condition").and_then(|all| {
        let keys = all.get("StringEquals")?.as_object()?;
        let (_, value) = keys
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalOrgID"))?;
        value.as_str().map(str::to_owned)
    });
    let names: Vec<String> = match members.get("Principal") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Object(kinds)) => kinds.values().flat_map(texts).collect(),
        _ => Vec::new(),
    };
    names.into_iter().map(|name| (name, organization.clone())).collect()
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().cloned().unwrap_or_else(|| vec![json!(value)]);
    all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether the commands can say whatever an edit of a layer's policy says otherwise than before.
pub(super) fn can_be_told(edit: &Edit, old: Option<&str>) -> bool {
    let old = old.and_then(Draft::read);
    let is_new = |piece: &&Piece| !old.as_ref().is_some_and(|old| old.pieces().contains(piece));
    let is_layer = matches!(edit.place, Place::Layer(_));
    !is_layer
        || edit
            .draft
            .pieces()
            .iter()
            .filter(is_new)
            .all(|piece| is_sayable(&piece.members))
}

/// Whether the command that adds a permission can say what a statement says: a principal, and an organization at most.
fn is_sayable(members: &Members) -> bool {
    let conditions = match members.get("Condition") {
        None => 0,
        Some(Value::Object(all)) => all
            .values()
            .map(|keys| keys.as_object().map_or(2, serde_json::Map::len))
            .sum(),
        Some(_) => 2,
    };
    let all = grants(members);
    let is_of_organization = all
        .iter()
        .all(|(name, organization)| organization.is_some() && name == "*");
    !all.is_empty() && (conditions == 0 || conditions == 1 && is_of_organization)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &Value, new: &Value) -> (String, Evidence) {
        let draft = |statements: &Value| Draft::read(&json!({"Statement": statements}).to_string()).expect("a policy");
        let edit = Edit {
            place: Place::Layer("arn:aws:lambda:eu-west-1:111122223333:layer:tools:3".to_owned()),
            draft: draft(new),
            moved: None,
            cured: None,
        };
        let evidence = commands(&edit, Some(&draft(old)), Evidence::new("", ""));
        (evidence.remediation.clone().unwrap_or_default().into_owned(), evidence)
    }

    fn statement(sid: &str, principal: &str) -> Value {
        json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "lambda:GetLayerVersion", "Resource": "*"})
    }

    #[test]
    fn what_stays_is_not_touched_and_what_goes_is_taken_away() {
        let (all, one) = (statement("all", "*"), statement("one", "444455556666"));
        let (lines, evidence) = told(&json!([all, one]), &json!([one]));
        assert!(lines.starts_with("aws lambda remove-layer-version-permission") && lines.lines().count() == 1);
        assert_eq!(evidence.fill.get("gone_0").map(String::as_str), Some("all"));
        assert_eq!(evidence.fill.get("gone_1"), None);
    }

    #[test]
    fn what_changes_is_given_before_it_goes() {
        let mut confined = statement("all", "*");
        confined["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
        assert!(is_sayable(confined.as_object().expect("an object")));
        let (lines, evidence) = told(&json!([statement("all", "*")]), &json!([confined]));
        let lines: Vec<&str> = lines.lines().collect();
        assert!(
            lines[0].contains("--organization-id {organization_0_0} &&"),
            "{lines:?}"
        );
        assert!(lines[1].contains("remove-layer-version-permission"), "{lines:?}");
        assert_eq!(evidence.fill.get("organization_0_0").map(String::as_str), Some("o-1"));
        assert_eq!(evidence.fill.get("new_0_0").map(String::as_str), Some("all-confined-1"));
    }

    #[test]
    fn what_the_command_cannot_say_is_known() {
        let mut by_account = statement("all", "*");
        by_account["Condition"] = json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}});
        assert!(!is_sayable(by_account.as_object().expect("an object")));
        assert!(is_sayable(
            statement("one", "444455556666").as_object().expect("an object")
        ));
        let edit = |new: &Value| Edit {
            place: Place::Layer("arn:aws:lambda:eu-west-1:111122223333:layer:tools:3".to_owned()),
            draft: Draft::read(&json!({"Statement": [new]}).to_string()).expect("a policy"),
            moved: None,
            cured: None,
        };
        let old = json!({"Statement": [by_account]}).to_string();
        assert!(!can_be_told(&edit(&by_account), None));
        assert!(can_be_told(&edit(&by_account), Some(&old)), "it stays as it is");
    }
}
