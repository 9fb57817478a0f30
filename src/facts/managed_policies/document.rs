//! How does a document come out of its code? The code is described in `data/generate.py`.

use std::sync::OnceLock;

use crate::facts::manifest::DOCUMENTS;

static CODES: OnceLock<Vec<u8>> = OnceLock::new();

/// A byte below this is a frequent piece itself; the other pieces are coded by their distance to each other.
const FREQUENT: u8 = 128;

/// Larger than the longest of AWS's documents, which has 152 thousand bytes.
const LONGEST: usize = 1 << 20;

/// The codes of all documents, one behind the other.
pub(super) fn codes() -> &'static [u8] {
    CODES.get_or_init(|| DOCUMENTS.content())
}

/// The text of one code; what it cannot mean ends it.
pub(super) fn text(code: &[u8], pieces: &[&str]) -> String {
    let mut text = String::new();
    let mut bytes = code.iter().copied();
    let mut last = 0;
    while let Some(piece) = number(&mut bytes, &mut last).and_then(|number| pieces.get(number)) {
        if text.ends_with('"') && piece.starts_with('"') {
            text.push(',');
        }
        text.push_str(piece);
        if text.len() > LONGEST {
            break;
        }
    }
    text
}

/// The number of the next piece; `last` is the place of the last one that was not frequent.
fn number(bytes: &mut impl Iterator<Item = u8>, last: &mut usize) -> Option<usize> {
    let first = bytes.next()?;
    if first < FREQUENT {
        return Some(usize::from(first));
    }
    let mut zigzag = usize::from(first & 0x3f);
    let mut more = first & 0x40 != 0;
    let mut shift = 6;
    while more && shift < usize::BITS {
        let byte = bytes.next()?;
        zigzag |= usize::from(byte & 0x7f) << shift;
        more = byte & 0x80 != 0;
        shift += 7;
    }
    let size = zigzag >> 1;
    *last = if zigzag & 1 == 0 {
        last.checked_add(size)?
    } else {
        last.checked_sub(size)?.checked_sub(1)?
    };
    last.checked_add(usize::from(FREQUENT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 128 frequent pieces, of which the first is a string, then `a`, `b`, ….
    fn pieces() -> Vec<&'static str> {
        let mut pieces = vec![":"; usize::from(FREQUENT)];
        pieces[0] = "\"x\"";
        pieces.extend(["a", "b", "\"c\""]);
        pieces
    }

    #[test]
    fn distances_lead_to_and_fro_and_strings_are_kept_apart() {
        // +1 is zigzag 2, +1, −2 is zigzag 3.
        assert_eq!(
            text(&[0, 0, 1, 0x82, 0x82, 0, 0x83], &pieces()),
            "\"x\",\"x\":b\"c\",\"x\"a"
        );
    }

    #[test]
    fn a_long_distance_takes_several_bytes() {
        let mut pieces = pieces();
        pieces.resize(128 + 300, "");
        pieces.push("far");
        // 300 is zigzag 600 = 9 · 64 + 24; a first byte of 0xc0 + 24 says that more follows.
        assert_eq!(text(&[0xd8, 9], &pieces), "far");
    }

    proptest! {
        #[test]
        fn any_bytes_give_some_text(code in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = text(&code, &pieces());
            prop_assert!(text.len() <= code.len() * 4);
        }
    }
}
