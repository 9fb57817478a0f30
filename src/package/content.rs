//! Is a credential in a member? The member is taken in pieces and each piece is wiped; of a find only line and detector are kept.

use std::io::{self, BufRead, BufReader, Read};

use zeroize::Zeroizing;

use crate::secret::{Lines, Spotted};

/// More of a line is cut into pieces that overlap.
const LONGEST_LINE: u64 = 64 * 1024;
/// A member with a zero byte this early is no text.
const HEAD: usize = 1024;

/// The first credential of a member, if it is a text. Everything is read, found or not: only so the archive's sizes and sums prove true.
/// A line that is longer than a piece counts as several.
pub(super) fn search(member: impl Read, mut lines: Lines, looks: &mut Looks) -> io::Result<Option<Spotted>> {
    let mut member = BufReader::with_capacity(16 * 1024, member);
    let is_text = !member.fill_buf()?.iter().take(HEAD).any(|byte| *byte == 0);
    let mut found = None;
    let mut line = Zeroizing::new(Vec::with_capacity(16 * 1024));
    while read_line(&mut member, &mut line)? {
        if is_text && found.is_none() && looks.left > 0 {
            let before = lines.looks();
            found = lines.take(&Zeroizing::new(String::from_utf8_lossy(&line).into_owned()));
            looks.spend(lines.looks() - before);
        }
    }
    Ok(found)
}

/// How many lines may still be looked at closely.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) left: u32,
}

impl Looks {
    fn spend(&mut self, looks: u32) {
        self.left = self.left.saturating_sub(looks);
    }
}

fn read_line(member: &mut impl BufRead, line: &mut Zeroizing<Vec<u8>>) -> io::Result<bool> {
    line.clear();
    let read = member.take(LONGEST_LINE).read_until(b'\n', line)?;
    Ok(read > 0)
}
