//! The findings as CSV for spreadsheets, with what could not be judged: one row each.

use super::{FunctionPosture, Posture, layer_of, title_of};
use crate::controls;
use crate::history::Open;
use crate::plain::one_line;

/// What the columns are called.
const COLUMNS: [&str; 17] = [
    "status",
    "severity",
    "control",
    "title",
    "layer",
    "account",
    "region",
    "function",
    "qualifier",
    "subject",
    "evidence",
    "risk",
    "fix",
    "since",
    "after",
    "accepted",
    "fingerprint",
];
/// A spreadsheet takes what begins with one of these for a formula (OWASP, "CSV Injection").
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// Letters of one cell that are shown; spreadsheets take 32,767.
const LONGEST: usize = 8000;

/// All findings, accepted ones included, and what could not be judged.
pub fn csv(posture: &Posture) -> String {
    let mut text = line(&COLUMNS.map(str::to_owned));
    for open in posture.findings() {
        text.push_str(&line(&finding(open, posture.has_history)));
    }
    for one in &posture.functions {
        for cannot in unjudged(one) {
            text.push_str(&line(&cannot));
        }
    }
    for cannot in &posture.own_unjudged {
        let mut row = row(&cannot.control);
        set(&mut row, 10, cannot.why.to_string());
        text.push_str(&line(&row));
    }
    text
}

fn finding(open: &Open, has_history: bool) -> [String; 17] {
    let found = &open.finding;
    let control = controls::find(&found.control);
    let since = has_history.then(|| open.since.to_string());
    let status = if open.suppressed.is_some() { "accepted" } else { "open" };
    [
        status.to_owned(),
        found.severity.to_string(),
        found.control.clone(),
        title_of(&found.control).to_owned(),
        layer_of(&found.control).label().to_owned(),
        found.function.account().as_str().to_owned(),
        found.function.region().as_str().to_owned(),
        found.function.name().to_owned(),
        found.evidence.qualifier.clone().unwrap_or_default(),
        found.evidence.subject.clone(),
        found.evidence.detail.clone(),
        control.map_or_else(String::new, |control| control.risk.to_owned()),
        found.remediation.clone(),
        since.unwrap_or_default(),
        open.cause.as_ref().map_or_else(String::new, |cause| super::told(cause)),
        open.suppressed.clone().unwrap_or_default(),
        found.fingerprint.to_string(),
    ]
}

/// What could not be read, and what could not be judged for another reason.
fn unjudged(one: &FunctionPosture) -> impl Iterator<Item = [String; 17]> {
    let unread = one.unreadable.iter().map(|why| ("", why.to_string()));
    let undecided = one
        .undecided()
        .map(|cannot| (cannot.control.as_str(), cannot.why.to_string()));
    unread.chain(undecided).map(|(control, why)| {
        let mut row = row(control);
        set(&mut row, 5, one.function.account().as_str().to_owned());
        set(&mut row, 6, one.function.region().as_str().to_owned());
        set(&mut row, 7, one.function.name().to_owned());
        set(&mut row, 10, why);
        row
    })
}

fn row(control: &str) -> [String; 17] {
    let mut row: [String; 17] = Default::default();
    set(&mut row, 0, "cannot-judge".to_owned());
    if !control.is_empty() {
        set(&mut row, 2, control.to_owned());
        set(&mut row, 3, title_of(control).to_owned());
        set(&mut row, 4, layer_of(control).label().to_owned());
    }
    row
}

fn set(row: &mut [String; 17], column: usize, text: String) {
    if let Some(cell) = row.get_mut(column) {
        *cell = text;
    }
}

fn line(cells: &[String; 17]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

/// Text that a spreadsheet shows and does not run: visible, quoted, and behind an apostrophe where it would be a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(FORMULA);
    let lines: Vec<String> = text.split('\n').map(|one| one_line(one, LONGEST)).collect();
    let text = lines.join("\n");
    if !is_formula && !text.contains([',', '"', '\n', ';', '\'', ' ']) {
        return text;
    }
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_shown() {
        for begins in FORMULA {
            assert!(cell(&format!("{begins}1+1")).starts_with("\"'"), "{begins:?}");
        }
        assert_eq!(cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
    }

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(cell("orders"), "orders");
        assert_eq!(cell("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
        assert_eq!(cell("a\u{202e}b"), "a\u{fffd}b");
    }
}
