//! In which order are the questions put to a value, and how much of a long value is looked at?

use super::detectors::{self, Detector};
use super::name::Name;
use super::{Confidence, Kind, ciphertext, host, layers, placeholder, public, reference};

/// Bytes looked at as a whole. Lambda allows 4 KiB for all variables together ("Lambda quotas"), so more is not
/// ordinary; of more, the two ends are judged.
const WHOLE: usize = 8 * 1024;
const HEAD: usize = 6 * 1024;
const TAIL: usize = 2 * 1024;

/// The kind of the value `text` of the variable `name`.
pub(super) fn classify(name: &str, text: &str) -> Kind {
    let name = Name::parse(name);
    let outer: Vec<Kind> = parts(text).into_iter().map(|part| outer_kind(&name, part)).collect();
    if let Some(found) = outer.iter().find(|kind| is_credential(kind)) {
        return found.clone();
    }
    if let Some(found) = parts(text).into_iter().find_map(|part| credential_inside(&name, part)) {
        return found;
    }
    match outer.into_iter().next() {
        Some(Kind::Plain) => host::scope(parts(text)).map_or(Kind::Plain, |scope| Kind::Host { scope }),
        Some(kind) => kind,
        None => Kind::Empty,
    }
}

/// The whole text, or the two ends of a long one.
fn parts(text: &str) -> Vec<&str> {
    if text.len() <= WHOLE {
        return vec![text];
    }
    let head = text.get(..text.floor_char_boundary(HEAD));
    let tail = text.get(text.ceil_char_boundary(text.len().saturating_sub(TAIL))..);
    head.into_iter().chain(tail).collect()
}

fn outer_kind(name: &Name, text: &str) -> Kind {
    let text = text.trim();
    if text.is_empty() {
        return Kind::Empty;
    }
    let found = detectors::find(name, text);
    if let Some(certain) = found.filter(|detector| detector.confidence == Confidence::Certain) {
        return credential(certain);
    }
    // What explains the value away comes before the detectors that only guess.
    harmless(name, text)
        .or_else(|| found.map(credential))
        .unwrap_or(Kind::Plain)
}

/// The detector that names a credential in a line of a text, where nothing explains it away.
pub(super) fn in_line(name: &str, text: &str) -> Option<&'static Detector> {
    let name = Name::parse(name);
    let found = detectors::find(&name, text)?;
    (found.confidence == Confidence::Certain || harmless(&name, text).is_none()).then_some(found)
}

fn harmless(name: &Name, text: &str) -> Option<Kind> {
    if ciphertext::is_ciphertext(text) {
        return Some(Kind::Ciphertext);
    }
    if let Some(reference) = reference::reference(name, text) {
        return Some(reference);
    }
    if placeholder::is_placeholder(text) {
        return Some(Kind::Placeholder);
    }
    public::is_public(name, text).then_some(Kind::PublicMaterial)
}

fn credential_inside(name: &Name, text: &str) -> Option<Kind> {
    layers::inside(text).iter().find_map(|layer| {
        let own = layer.name.as_deref().map(|key| Name::parse(key));
        let kind = outer_kind(own.as_ref().unwrap_or(name), &layer.text);
        is_credential(&kind).then_some(kind)
    })
}

fn credential(detector: &Detector) -> Kind {
    Kind::Credential {
        detector: detector.id.to_owned(),
        confidence: detector.confidence,
    }
}

fn is_credential(kind: &Kind) -> bool {
    matches!(kind, Kind::Credential { .. })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::template::expand;
    use super::*;

    proptest! {
        #[test]
        fn any_name_and_value_get_a_judgement(name in ".{0,40}", value in r"[ -~\n€]{0,200}|\PC{0,200}") {
            let kind = classify(&name, &value);
            prop_assert_eq!(kind == Kind::Empty, value.trim().is_empty());
            if value.len() > 14 && !matches!(kind, Kind::Reference { target: Some(_) }) {
                let shown = format!("{kind:?}");
                prop_assert!(!shown.contains(value.as_str()));
            }
        }
    }

    fn detector_of(kind: &Kind) -> Option<&str> {
        match kind {
            Kind::Credential { detector, .. } => Some(detector),
            Kind::Empty
            | Kind::Plain
            | Kind::Reference { .. }
            | Kind::Placeholder
            | Kind::Ciphertext
            | Kind::PublicMaterial
            | Kind::Host { .. } => None,
        }
    }

    #[test]
    fn a_credential_at_either_end_of_a_huge_value_is_found() {
        let filler = "lorem ipsum ".repeat(40_000);
        let token = expand("ghp_{alnum:36}");
        for text in [format!("{token} {filler}"), format!("{filler} {token}")] {
            assert_eq!(detector_of(&classify("NOTES", &text)), Some("github-personal-token"));
        }
        assert_eq!(classify("NOTES", &filler), Kind::Plain);
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        for width in 0..4 {
            let text = format!("{}{}", "a".repeat(width), "€".repeat(9_000));
            assert_eq!(parts(&text).len(), 2);
            assert_eq!(classify("NOTES", &text), Kind::Plain);
        }
    }

    #[test]
    fn base64_and_json_are_looked_into_once() {
        let json = expand(r#"{"user":"app","db":{"password":"{alnum:12}"}}"#);
        assert_eq!(detector_of(&classify("CONFIG", &json)), Some("password-by-name"));
        let once = layers::encode(&json);
        assert_eq!(detector_of(&classify("CONFIG", &once)), Some("password-by-name"));
        let twice = layers::encode(&once);
        assert_eq!(classify("CONFIG", &twice), Kind::Plain);
    }

    #[test]
    fn hostile_text_is_judged_without_panic() {
        let deep = "[".repeat(7_000);
        let texts = [
            "\0",
            "=",
            "://:@",
            "€",
            "\u{200b}\u{200b}\u{200b}\u{200b}",
            "{{resolve:}}",
            "arn:",
            &deep,
        ];
        for name in ["", "PASSWORD", "€_TOKEN", "ßPassword", &"A_".repeat(10_000)] {
            for text in texts {
                let _ = classify(name, text);
            }
        }
    }
}
