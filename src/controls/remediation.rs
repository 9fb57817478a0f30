//! Fills a control's remediation with the function's own names, quoted for a shell.

use std::borrow::Cow;

use super::{Context, Control};
use crate::finding::Evidence;

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
    while let Some((before, behind)) = split(rest, b'{') {
        let (placeholder, after) = split(behind, b'}').unwrap_or((behind, ""));
        text.push_str(before);
        text.push_str(&value_of(placeholder, context, evidence));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What stands before and behind a letter. There is one every few words: too near for the machinery of `split_once`.
fn split(text: &str, letter: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == letter)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn value_of<'v>(placeholder: &str, context: &'v Context<'_>, evidence: &'v Evidence) -> Cow<'v, str> {
    let function = &context.snapshot.function;
    match placeholder {
        "function" => function.name().into(),
        "function_arn" => function.with_qualifier(evidence.qualifier.as_deref()).into(),
        "region" => function.region().as_str().into(),
        "account" => function.account().as_str().into(),
        "partition" => function.region().partition().into(),
        "role" => {
            let role = context.role_arn().ok().flatten();
            role.map_or("ROLE_NAME".into(), |arn| quoted(arn.base_name()))
        }
        "qualifier" => evidence
            .qualifier
            .as_deref()
            .map_or("".into(), |name| format!(" --qualifier {}", quoted(name)).into()),
        "subject" => quoted(&evidence.subject),
        other => evidence
            .fill
            .get(other)
            .map_or_else(|| format!("<{other}>").into(), |value| quoted(value)),
    }
}

/// Letters that are kept of a word in quotes.
const LONGEST: usize = 256;

/// Whether the byte means something to a shell, as a number. By comparisons alone, so that many bytes are looked at in one step.
fn harm(byte: u8) -> u8 {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // From `-` over `.`, `/` and the digits to `:`.
    let is_of_names = byte.wrapping_sub(b'-') < 14;
    let is_other = (byte == b'_') | (byte == b'@') | (byte == b'%') | (byte == b'+') | (byte == b'=') | (byte == b',');
    u8::from(!(is_letter | is_of_names | is_other))
}

/// A word that a POSIX shell takes as it stands.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.bytes().fold(0, |all, byte| all | harm(byte)) == 0 {
        return text.into();
    }
    // Most have a wildcard or a space, and nothing else that matters.
    if text.len() <= LONGEST && text.bytes().all(|byte| byte != b'\'' && (b' '..=b'~').contains(&byte)) {
        return ["'", text, "'"].concat().into();
    }
    let printable = text.chars().filter(|character| !character.is_control()).take(LONGEST);
    let mut word = String::with_capacity(text.len().min(LONGEST) + 2);
    word.push('\'');
    for character in printable {
        match character {
            '\'' => word.push_str(r"'\''"),
            other => word.push(other),
        }
    }
    word.push('\'');
    word.into()
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

    #[test]
    fn only_what_no_shell_heeds_goes_without_quotes() {
        let plain: String = (0..=127_u8)
            .map(char::from)
            .filter(|one| !quoted(&one.to_string()).contains('\''))
            .collect();
        assert_eq!(
            plain,
            "%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
        );
        assert_eq!(quoted("ü"), "'ü'");
    }
}
