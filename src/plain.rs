//! How is hostile text made harmless? Names, statement ids, session names, files and user agents are written by anyone.

/// One line without control characters, invisible or direction-changing characters, of at most `longest` characters.
pub fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            line.pop();
            line.push('…');
            break;
        }
        line.push(if is_visible(character) { character } else { '\u{fffd}' });
    }
    line
}

/// Printable ASCII only, and fewer than `bound` characters.
pub(crate) fn ascii(text: &str, bound: usize) -> String {
    let printable = text
        .chars()
        .map(|character| if character.is_ascii_graphic() { character } else { ' ' });
    let line: String = printable.collect();
    if line.len() < bound {
        return line;
    }
    let mut cut: String = line.chars().take(bound.saturating_sub(4)).collect();
    cut.push_str("...");
    cut
}

pub(crate) fn is_visible(character: char) -> bool {
    let invisible = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !character.is_control() && !invisible
}

/// Text in lines of at most `width` characters, each behind the indent; words longer than that stand alone.
pub fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_visible_line() {
        assert_eq!(
            one_line("a\r\nSubject: x\u{202e}y\u{1b}[31m", 80),
            "a\u{fffd}\u{fffd}Subject: x\u{fffd}y\u{fffd}[31m"
        );
        assert_eq!(one_line("abcdef", 4), "abc…");
    }

    #[test]
    fn a_subject_stays_under_its_bound() {
        for length in [98, 99, 100, 101, 400] {
            assert!(ascii(&"x".repeat(length), 100).len() < 100);
        }
        assert_eq!(ascii("caf\u{e9}\n!", 100), "caf  !");
    }

    #[test]
    fn lines_are_wrapped_behind_their_indent() {
        assert_eq!(wrapped("one two three", "  ", 9), "  one two\n  three");
    }
}
