//! Which strings does a text with policy variables describe, when so much is known about the variables?

use super::{Class, Pattern, Token, glob_token};

/// What is known about the value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fill {
    /// It is this text.
    Text(String),
    /// It may be any text.
    Anything,
    /// It has no value: what holds the variable matches nothing.
    Nothing,
    /// It is not known, and may not be guessed.
    Unknown,
}

/// The meaning of a text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Pattern(Pattern),
    /// No string matches.
    Nothing,
    /// The variable whose value would have to be known.
    Unknown(String),
}

/// Whether `*` and `?` are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Meant,
    Literal,
}

/// Whether a text names a variable, `${*}`, `${?}` and `${$}` included.
pub(crate) fn has_variable(text: &str) -> bool {
    text.contains('$') && text.contains("${")
}

/// The names of the variables of a text, as written, defaults included.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = &str> {
    // Hardly any text has one.
    let pieces = text.contains('$').then(|| text.split("${").skip(1));
    let names = pieces
        .into_iter()
        .flatten()
        .filter_map(|piece| piece.split_once('}').map(|(name, _)| name));
    names.filter(|name| !matches!(*name, "*" | "?" | "$"))
}

/// A variable's condition key in lower case, and its default (IAM User Guide, "Default values").
pub(crate) fn key_and_default(name: &str) -> (String, Option<&str>) {
    match name.split_once(',') {
        Some((key, default)) => (key.trim().to_lowercase(), Some(default.trim().trim_matches('\''))),
        None => (name.trim().to_lowercase(), None),
    }
}

impl Pattern {
    /// Reads a text of language version 2012-10-17.
    pub(crate) fn template(text: &str, wildcards: Wildcards, fill: &dyn Fn(&str) -> Fill) -> Meaning {
        let mut tokens = Vec::with_capacity(text.len());
        let plain = |letter| match wildcards {
            Wildcards::Meant => glob_token(letter),
            Wildcards::Literal => Token::One(Class::Exactly(letter)),
        };
        let literal = |letter| Token::One(Class::Exactly(letter));
        let mut rest = text;
        while let Some((before, (name, after))) = next_variable(rest) {
            tokens.extend(before.chars().map(plain));
            rest = after;
            if matches!(name, "*" | "?" | "$") {
                tokens.extend(name.chars().map(literal));
                continue;
            }
            match fill(name) {
                Fill::Text(value) => tokens.extend(value.chars().map(literal)),
                Fill::Anything => tokens.push(Token::Many(Class::Any)),
                Fill::Nothing => return Meaning::Nothing,
                Fill::Unknown => return Meaning::Unknown(name.to_owned()),
            }
        }
        tokens.extend(rest.chars().map(plain));
        Meaning::Pattern(Pattern::new(tokens))
    }
}

/// The text before the first variable, its name, and what follows. A `${` that is never closed is literal.
fn next_variable(text: &str) -> Option<(&str, (&str, &str))> {
    if !text.contains('$') {
        return None;
    }
    let (before, inside) = text.split_once("${")?;
    Some((before, inside.split_once('}')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, wildcards: Wildcards) -> Meaning {
        Pattern::template(text, wildcards, &|name| match key_and_default(name).0.as_str() {
            "aws:username" => Fill::Text("b*b".into()),
            "aws:userid" => Fill::Anything,
            "gone" => Fill::Nothing,
            _ => Fill::Unknown,
        })
    }

    fn matches(text: &str, word: &str) -> bool {
        match read(text, Wildcards::Meant) {
            Meaning::Pattern(pattern) => pattern.matches(word),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn values_are_literal_and_escapes_are_letters() {
        assert!(matches("home/${aws:UserName}/*", "home/b*b/x"));
        assert!(
            !matches("home/${aws:UserName}/*", "home/bxb/x"),
            "a value holds no wildcard"
        );
        assert!(matches("a${*}${?}${$}", "a*?$"));
        assert!(!matches("a${*}", "ab"));
        assert!(matches("x${aws:userid}z", "xyz"));
        assert!(matches("${open", "${open"));
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert_eq!(read("${gone}", Wildcards::Meant), Meaning::Nothing);
        assert_eq!(
            read("${aws:PrincipalTag/team}", Wildcards::Meant),
            Meaning::Unknown("aws:PrincipalTag/team".into())
        );
        assert_eq!(
            key_and_default("aws:PrincipalTag/x, 'any'"),
            ("aws:principaltag/x".into(), Some("any"))
        );
        assert_eq!(variables("${*}/${a}/${b, 'c'}").collect::<Vec<_>>(), ["a", "b, 'c'"]);
        assert!(matches!(read("*", Wildcards::Literal), Meaning::Pattern(pattern) if !pattern.matches("x")));
    }
}
