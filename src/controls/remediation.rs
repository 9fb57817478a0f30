//! Fills a control's remediation with the function's own names, quoted for a shell.

use std::borrow::Cow;

use super::{Context, Control};
use crate::finding::{Evidence, Fingerprint};
use crate::role::name;

impl Control {
    /// The remediation for one piece of evidence. Names come from policies and tags that anyone may have written,
    /// and the text is made to be pasted into a shell: so every value is quoted.
    pub fn remediation_for(&self, context: &Context<'_>, evidence: &Evidence) -> String {
        let template = evidence.remediation.as_deref().unwrap_or(self.remediation);
        filled(template, self.id, (context, evidence))
    }
}

fn filled(template: &str, control: &str, (context, evidence): (&Context<'_>, &Evidence)) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = split(rest, b'{') {
        let (placeholder, after) = split(behind, b'}').unwrap_or((behind, ""));
        text.push_str(before);
        let value = match placeholder {
            "new_policy" => new_policy(control, context, evidence).into(),
            other => value_of(other, context, evidence),
        };
        push(&mut text, &value);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Behind a flag, what begins with a hyphen would be taken for another flag.
fn push(text: &mut String, value: &str) {
    let is_flag = value.starts_with('-') || value.starts_with("'-");
    if is_flag && text.ends_with(' ') {
        let before = text.trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        if word.starts_with("--") {
            text.truncate(before.len());
            text.push('=');
        }
    }
    text.push_str(value);
}

/// What stands before and behind a letter. There is one every few words: too near for the machinery of `split_once`.
fn split(text: &str, letter: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == letter)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What a policy that mends the finding is called: under a name that the role has already it would replace what stands there.
fn new_policy(control: &str, context: &Context<'_>, evidence: &Evidence) -> String {
    let function = &context.snapshot.function;
    let finding = Fingerprint::of(control, function, evidence).to_string();
    let inline = context.snapshot.role_policies().ok().into_iter();
    let taken: Vec<&str> = inline
        .flat_map(|read| &read.inline)
        .map(|one| one.policy_name.as_str())
        .collect();
    name::free((function.name(), control, &finding), &taken, 0)
}

fn value_of<'v>(placeholder: &str, context: &'v Context<'_>, evidence: &'v Evidence) -> Cow<'v, str> {
    let function = &context.snapshot.function;
    match placeholder {
        "function" => function.name().into(),
        "function_arn" => {
            let arn = function.with_qualifier(evidence.qualifier.as_deref());
            quoted(&arn).into_owned().into()
        }
        "region" => function.region().as_str().into(),
        "account" => function.account().as_str().into(),
        "partition" => function.region().partition().into(),
        "role" => {
            let role = context.role_arn().ok().flatten();
            role.map_or("ROLE_NAME".into(), |arn| quoted(arn.base_name()))
        }
        "qualifier" => evidence.qualifier.as_deref().map_or("".into(), |name| {
            let mut flag = " --qualifier ".to_owned();
            push(&mut flag, &quoted(name));
            flag.into()
        }),
        "subject" => quoted(&evidence.subject),
        other => evidence
            .fill
            .get(other)
            .map_or_else(|| format!("<{other}>").into(), |value| quoted(value)),
    }
}

/// Letters that are kept of a word in quotes.
const LONGEST: usize = 256;
/// As many of a document that a control has put together: half of one is none.
const LONGEST_DOCUMENT: usize = 10_240;

/// Whether no shell heeds the byte.
fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b'=' | b',' | b'-'
        )
}

/// A word that a POSIX shell takes as it stands.
fn quoted(text: &str) -> Cow<'_, str> {
    // Some shells take `=ls` for the path of a command.
    let is_plain = !text.is_empty() && !text.starts_with('=');
    // To the end in any case: so many bytes are looked at in one step.
    if is_plain && text.bytes().fold(true, |all, byte| all & is_harmless(byte)) {
        return text.into();
    }
    // Most have a wildcard or a space, and nothing else that matters.
    if text.len() <= LONGEST && text.bytes().all(|byte| byte != b'\'' && (b' '..=b'~').contains(&byte)) {
        return ["'", text, "'"].concat().into();
    }
    let longest = if text.starts_with("{\"") {
        LONGEST_DOCUMENT
    } else {
        LONGEST
    };
    let printable = text.chars().filter(|character| !character.is_control()).take(longest);
    let mut word = String::with_capacity(text.len().min(longest) + 2);
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
    use super::{push, quoted};

    #[test]
    fn a_hostile_name_stays_one_word() {
        assert_eq!(quoted("AllowPublic"), "AllowPublic");
        assert_eq!(quoted("x; rm -rf /"), "'x; rm -rf /'");
        assert_eq!(quoted("a'b$(id)\n"), r"'a'\''b$(id)'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("=ls"), "'=ls'");
    }

    #[test]
    fn a_name_that_looks_like_a_flag_stays_a_name() {
        let filled = |before: &str, name: &str| {
            let mut text = before.to_owned();
            push(&mut text, &quoted(name));
            text
        };
        assert_eq!(filled("aws iam x --policy-name ", "-rf"), "aws iam x --policy-name=-rf");
        assert_eq!(
            filled("aws iam x --policy-name ", "-r f"),
            "aws iam x --policy-name='-r f'"
        );
        assert_eq!(
            filled("aws iam x --policy-name ", "plain"),
            "aws iam x --policy-name plain"
        );
        assert_eq!(filled("# about ", "-rf"), "# about -rf");
    }

    #[test]
    fn a_document_stays_whole() {
        let document = format!(r#"{{"Statement":[{{"Resource":"{}"}}]}}"#, "r".repeat(600));
        assert_eq!(quoted(&document), format!("'{document}'"));
        assert!(quoted(&"r ".repeat(600)).len() < 300);
    }

    #[test]
    fn only_what_no_shell_heeds_goes_without_quotes() {
        let plain: String = (0..=127_u8)
            .map(char::from)
            .filter(|one| !quoted(&one.to_string()).contains('\''))
            .collect();
        assert_eq!(
            plain,
            "%+,-./0123456789:@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
        );
        assert_eq!(quoted("ü"), "'ü'");
    }
}
