//! Fills a control's remediation with the function's own names, quoted for a shell.

use super::{Context, Control};
use crate::finding::Evidence;
use crate::snapshot::Configuration;

impl Control {
    /// The remediation for one piece of evidence. Names come from policies and tags that anyone may have written,
    /// and the text is made to be pasted into a shell: so every value is quoted.
    pub fn remediation_for(&self, context: &Context<'_>, evidence: &Evidence) -> String {
        filled(
            evidence.remediation.as_deref().unwrap_or(self.remediation),
            context,
            evidence,
        )
    }
}

fn filled(template: &str, context: &Context<'_>, evidence: &Evidence) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (placeholder, after) = behind.split_once('}').unwrap_or((behind, ""));
        text.push_str(before);
        text.push_str(&value_of(placeholder, context, evidence));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn value_of(placeholder: &str, context: &Context<'_>, evidence: &Evidence) -> String {
    let function = &context.snapshot.function;
    let role = || context.snapshot.configuration().ok().and_then(Configuration::role_arn);
    match placeholder {
        "function" => function.name().to_owned(),
        "function_arn" => function.with_qualifier(evidence.qualifier.as_deref()),
        "region" => function.region().to_string(),
        "account" => function.account().to_string(),
        "partition" => function.region().partition().to_owned(),
        "role" => role().map_or_else(|| "ROLE_NAME".to_owned(), |arn| quoted(arn.base_name())),
        "qualifier" => evidence
            .qualifier
            .as_deref()
            .map_or_else(String::new, |name| format!(" --qualifier {}", quoted(name))),
        "subject" => quoted(&evidence.subject),
        other => evidence
            .fill
            .get(other)
            .map_or_else(|| format!("<{other}>"), |value| quoted(value)),
    }
}

/// A word that a POSIX shell takes as it stands.
fn quoted(text: &str) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(&byte);
    if !text.is_empty() && text.bytes().all(harmless) {
        return text.to_owned();
    }
    let printable: String = text
        .chars()
        .filter(|character| !character.is_control())
        .take(256)
        .collect();
    format!("'{}'", printable.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_hostile_name_stays_one_word() {
        assert_eq!(quoted("AllowPublic"), "AllowPublic");
        assert_eq!(quoted("x; rm -rf /"), "'x; rm -rf /'");
        assert_eq!(quoted("a'b$(id)\n"), r"'a'\''b$(id)'");
        assert_eq!(quoted(""), "''");
    }
}
