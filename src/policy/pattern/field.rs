//! What stands in a field of an ARN? Fields are short: too short for the machinery of `split`.

/// The field with so many colons before it; nothing where there are fewer.
pub(crate) fn field(text: &str, at: usize) -> Option<&str> {
    let rest = behind(text, at)?;
    let end = rest.bytes().position(|byte| byte == b':');
    rest.get(..end.unwrap_or(rest.len()))
}

/// All that stands behind so many colons.
pub(crate) fn behind(text: &str, colons: usize) -> Option<&str> {
    let mut rest = text;
    for _ in 0..colons {
        let colon = rest.bytes().position(|byte| byte == b':')?;
        rest = rest.get(colon + 1..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_split() {
        for text in [
            "",
            ":",
            "a",
            "a:b",
            "arn:aws:s3:::bucket/a:b",
            "arn:aws:iam::123456789012:rölle:",
            "é:é:",
        ] {
            for at in 0..8 {
                assert_eq!(field(text, at), text.split(':').nth(at), "{text} {at}");
                assert_eq!(behind(text, at), text.splitn(at + 1, ':').nth(at), "{text} {at}");
            }
        }
    }
}
