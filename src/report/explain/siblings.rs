//! What becomes of the other functions of a role, in front of people?

use super::Out;
use crate::explain::Sibling;

/// More functions of a role are counted.
const MOST_SIBLINGS: usize = 20;

/// What becomes of the other functions of a role.
pub(super) fn siblings(out: &mut Out, all: &[Sibling]) {
    if all.is_empty() {
        return;
    }
    out.section("other functions that run with the role, judged again with the change");
    let is_calm = |one: &&Sibling| one.opens.is_empty() && one.loses.is_empty() && one.unknown.is_empty();
    for one in all.iter().filter(|one| !is_calm(one)).take(MOST_SIBLINGS) {
        out.prose(&one.function);
        for opened in &one.opens {
            out.point(&format!("opens: {opened}"));
        }
        for lost in &one.loses {
            out.point(&format!("loses: {lost}"));
        }
        for unknown in &one.unknown {
            out.point(&format!("not known: {unknown}"));
        }
    }
    let calm: Vec<&str> = all.iter().filter(is_calm).map(|one| one.function.as_str()).collect();
    if !calm.is_empty() {
        out.prose(&format!(
            "nothing opens, and nothing is lost that their configuration asks for: {}",
            some(&calm)
        ));
    }
    let left = all
        .iter()
        .filter(|one| !is_calm(one))
        .count()
        .saturating_sub(MOST_SIBLINGS);
    if left > 0 {
        out.prose(&format!("and {left} more, which --format json names"));
    }
    out.prose("what their code calls beside that nothing but the code tells: look there before you change the role");
}

fn some(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().copied().take(MOST_SIBLINGS).collect();
    match names.len().saturating_sub(MOST_SIBLINGS) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
