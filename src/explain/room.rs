//! Does what an answer writes fit where it goes? ("IAM and AWS STS quotas", "Lambda quotas", "Control access to VPC endpoints")

use super::place::{Edit, Place};
use crate::policy::Policy;

/// All policies in a role together.
const INLINE: usize = 10_240;
/// A managed policy, as which a boundary counts.
const MANAGED: usize = 6_144;
/// A trust policy; more has to be asked for.
const TRUST: usize = 2_048;
/// The policy of a function, a layer version or an endpoint.
const RESOURCE: usize = 20_480;

/// Whether AWS takes all of the edits; what is longer already may stay as long.
pub(super) fn fits(edits: &[Edit], documents: &[(Place, String)]) -> Result<(), String> {
    for edit in edits.iter().filter(|edit| !edit.lives_in_role()) {
        let old = documents.iter().find(|(place, _)| *place == edit.place);
        let (before, after) = (old.map_or(0, |(_, text)| weight(text)), written(edit));
        let (most, whose) = match edit.place {
            Place::Managed(_) | Place::Boundary(_) => (MANAGED, "a managed policy"),
            Place::Trust => (TRUST, "a trust policy"),
            Place::Function | Place::Qualifier(_) | Place::Layer(_) | Place::Inline(_) | Place::Endpoint(_) => {
                (RESOURCE, "the policy of a resource")
            }
        };
        within((before, after), most, whose)?;
    }
    let inline = || documents.iter().filter(|(place, _)| matches!(place, Place::Inline(_)));
    let before: usize = inline().map(|(_, text)| weight(text)).sum();
    let is_edited = |own: &Place| edits.iter().any(|edit| edit.place == *own);
    let kept: usize = inline()
        .filter(|(own, _)| !is_edited(own))
        .map(|(_, text)| weight(text))
        .sum();
    let new: usize = edits.iter().filter(|edit| edit.lives_in_role()).map(written).sum();
    within((before, kept + new), INLINE, "all policies in a role together")
}

fn within((before, after): (usize, usize), most: usize, whose: &str) -> Result<(), String> {
    if after > most.max(before) {
        return Err(format!(
            "with {after} characters it would be longer than the {most} that {whose} may have"
        ));
    }
    Ok(())
}

fn written(edit: &Edit) -> usize {
    if edit.draft.is_empty() {
        return 0;
    }
    weight(&edit.draft.document().to_string())
}

/// White space does not count.
fn weight(text: &str) -> usize {
    let plain = Policy::plain(text);
    let text = plain.as_deref().unwrap_or(text);
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::draft::Draft;

    fn edit(place: Place, text: &str) -> Edit {
        Edit {
            place,
            draft: Draft::read(text).expect("a policy"),
            moved: None,
            cured: None,
        }
    }

    fn long(letters: usize) -> String {
        format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{}"}}]}}"#,
            "b".repeat(letters)
        )
    }

    #[test]
    fn all_policies_in_a_role_count_together() {
        let inline = |name: &str| Place::Inline(name.to_owned());
        let known = [(inline("a"), long(6_000)), (inline("b"), long(100))];
        let told = fits(&[edit(inline("c"), &long(4_500))], &known).expect_err("too long");
        assert!(told.contains("10240"), "{told}");
        assert_eq!(fits(&[edit(inline("c"), &long(3_500))], &known), Ok(()));
        // What takes the place of another does not count twice.
        assert_eq!(fits(&[edit(inline("a"), &long(9_500))], &known), Ok(()));
        let moved = Edit {
            moved: Some("c".to_owned()),
            ..edit(Place::Managed("arn:aws:iam::aws:policy/x".to_owned()), &long(4_500))
        };
        assert!(fits(&[moved], &known).is_err());
    }

    #[test]
    fn what_is_too_long_already_may_become_shorter() {
        let known = [(Place::Trust, long(3_000))];
        assert_eq!(fits(&[edit(Place::Trust, &long(2_500))], &known), Ok(()));
        assert!(fits(&[edit(Place::Trust, &long(3_500))], &known).is_err());
        assert!(fits(&[edit(Place::Trust, &long(2_500))], &[]).is_err());
    }
}
