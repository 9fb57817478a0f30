//! Is this text JSON of a size and depth that an event can have? Asked before a recursive parser sees it.

use serde_json::Value;

use super::EventError;

/// The longest text that [`super::parse_text`] reads, in bytes: four times the most that EventBridge or a queue message carries.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// The deepest nesting that is read.
pub const DEEPEST: usize = 64;

/// Reads JSON of at most `longest` bytes and [`DEEPEST`] levels.
pub fn read_json(text: &str, longest: usize) -> Result<Value, EventError> {
    let length = text.len();
    if length > longest {
        return Err(EventError::TooLong { length, longest });
    }
    let text = text.trim_start_matches('\u{feff}');
    if let Some(offset) = too_deep(text) {
        let (line, column) = position(text, offset);
        return Err(EventError::TooDeep {
            deepest: DEEPEST,
            line,
            column,
        });
    }
    serde_json::from_str(text).map_err(|error| syntax(&error))
}

fn syntax(error: &serde_json::Error) -> EventError {
    let message = error.to_string();
    EventError::Syntax {
        line: error.line(),
        column: error.column(),
        reason: message.split(" at line ").next().unwrap_or_default().to_owned(),
    }
}

/// The byte offset at which the nesting exceeds the bound.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match (quoted, byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Some(offset);
        }
    }
    None
}

/// Line and column of a byte, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let lines = before.matches('\n').count();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (lines + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_bounded_with_the_place() {
        let nested = |depth: usize| format!("{{\n\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(read_json(&nested(DEEPEST), LONGEST_TEXT).is_ok());
        let error = read_json(&nested(DEEPEST + 1), LONGEST_TEXT).unwrap_err();
        assert_eq!(
            error,
            EventError::TooDeep {
                deepest: 64,
                line: 2,
                column: 68
            }
        );
        assert!(error.to_string().contains("line 2, column 68"), "{error}");
        for depth in [200, 200_000] {
            assert!(matches!(
                read_json(&nested(depth), LONGEST_TEXT),
                Err(EventError::TooDeep { .. })
            ));
        }
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        let text = format!(r#"{{"a":"\"{}\\"}}"#, "[".repeat(300));
        assert!(read_json(&text, LONGEST_TEXT).is_ok());
    }

    #[test]
    fn size_is_bounded() {
        assert_eq!(
            read_json("{}     ", 4).unwrap_err(),
            EventError::TooLong { length: 7, longest: 4 }
        );
    }

    #[test]
    fn a_syntax_error_names_line_and_column() {
        let error = read_json("{\n \"a\": tru }", LONGEST_TEXT).unwrap_err();
        assert!(matches!(error, EventError::Syntax { line: 2, .. }), "{error}");
        assert!(matches!(read_json("", LONGEST_TEXT), Err(EventError::Syntax { .. })));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(read_json("\u{feff}{}", LONGEST_TEXT).is_ok());
    }
}
