//! The posture for a pull request or a wiki: totals, the worst findings, and what could not be judged.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Posture, Totals, layer_of, title_of};
use crate::controls;
use crate::finding::{Finding, Severity};
use crate::history::Open;
use crate::plain::one_line;

/// So many findings stand in the table.
const WORST: usize = 50;
/// So many reasons stand in the table of what could not be judged.
const REASONS: usize = 40;
/// So many functions are named beside a reason.
const NAMED: usize = 3;

/// The posture as Markdown.
pub fn markdown(posture: &Posture) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut text, posture, &posture.totals());
    let _ = worst(&mut text, posture);
    let _ = unjudged(&mut text, posture);
    let _ = accepted(&mut text, posture);
    text
}

fn head(text: &mut String, posture: &Posture, totals: &Totals) -> std::fmt::Result {
    let places: Vec<String> = totals
        .places
        .iter()
        .map(|(account, region)| format!("{account} {region}"))
        .collect();
    writeln!(text, "# Posture of AWS Lambda functions\n")?;
    writeln!(
        text,
        "Judged at {} by Lambda Vigil {}.\n",
        posture.at,
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(text, "| Severity | Open |\n|---|---:|")?;
    for severity in Severity::ALL.into_iter().rev() {
        writeln!(text, "| {severity} | {} |", totals.open.get(&severity).unwrap_or(&0))?;
    }
    let functions = posture.functions.len();
    writeln!(
        text,
        "\n- {} with an open finding, of {functions} in {}",
        counted(totals.affected, "function"),
        places.join(", ")
    )?;
    writeln!(text, "- {} accepted", counted(totals.accepted, "finding"))?;
    match totals.partly_judged {
        0 => writeln!(text, "- every function was judged in full")?,
        partly => writeln!(
            text,
            "- **{} could not be judged in full**",
            counted(partly, "function")
        )?,
    }
    for failure in &posture.failures {
        writeln!(text, "- **not everything was looked at**: {}", code(failure, 400))?;
    }
    Ok(())
}

fn worst(text: &mut String, posture: &Posture) -> std::fmt::Result {
    let mut open: Vec<&Open> = posture.findings().filter(|open| open.suppressed.is_none()).collect();
    open.sort_by_key(|open| std::cmp::Reverse(open.finding.severity));
    if open.is_empty() {
        return writeln!(text, "\nNothing is open.");
    }
    writeln!(text, "\n## Worst findings\n")?;
    let since = if posture.has_history { " Since |" } else { "" };
    let line = if posture.has_history { "---|" } else { "" };
    writeln!(
        text,
        "| Severity | Function | Control | Evidence |{since}\n|---|---|---|---|{line}"
    )?;
    for one in open.iter().take(WORST) {
        let found = &one.finding;
        let name = name_of(found);
        write!(
            text,
            "| {} | {name} | `{}`: {} | {} |",
            found.severity,
            found.control,
            title_of(&found.control),
            code(&found.evidence.detail, 300)
        )?;
        if posture.has_history {
            write!(text, " {} |", one.since.strftime("%Y-%m-%d"))?;
        }
        writeln!(text)?;
    }
    match open.len().saturating_sub(WORST) {
        0 => Ok(()),
        more => writeln!(text, "\nand {} more.", counted(more, "finding")),
    }
}

/// By reason, the ones that concern most functions first.
fn unjudged(text: &mut String, posture: &Posture) -> std::fmt::Result {
    let mut reasons: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for one in &posture.functions {
        for why in &one.unreadable {
            let what = format!("the {}", why.facet.label());
            reasons
                .entry((what, why.reason.to_string()))
                .or_default()
                .push(one.function.name());
        }
        for cannot in one.undecided() {
            let what = format!("`{}` ({})", cannot.control, layer_of(&cannot.control).label());
            reasons
                .entry((what, cannot.why.to_string()))
                .or_default()
                .push(one.function.name());
        }
    }
    for cannot in &posture.own_unjudged {
        let what = format!("`{}`", cannot.control);
        reasons
            .entry((what, cannot.why.to_string()))
            .or_default()
            .push("the monitor itself");
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, functions)| std::cmp::Reverse(functions.len()));
    writeln!(text, "\n## Not judged\n\n| What | Why | Functions |\n|---|---|---|")?;
    for ((what, why), functions) in reasons.iter().take(REASONS) {
        let mut named: Vec<String> = functions.iter().take(NAMED).map(|name| code(name, 140)).collect();
        let more = functions.len().saturating_sub(NAMED);
        named.extend((more > 0).then(|| format!("and {more} more")));
        writeln!(text, "| {what} | {} | {} |", code(why, 300), named.join(", "))?;
    }
    match reasons.len().saturating_sub(REASONS) {
        0 => Ok(()),
        more => writeln!(text, "\nand {} more.", counted(more, "reason")),
    }
}

fn accepted(text: &mut String, posture: &Posture) -> std::fmt::Result {
    let accepted: Vec<(&Open, &str)> = posture
        .findings()
        .filter_map(|open| Some((open, open.suppressed.as_deref()?)))
        .collect();
    if accepted.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n## Accepted\n\n| Severity | Function | Control | Reason |\n|---|---|---|---|"
    )?;
    for (open, reason) in accepted.iter().take(WORST) {
        let found = &open.finding;
        let name = name_of(found);
        writeln!(
            text,
            "| {} | {name} | `{}` | {} |",
            found.severity,
            found.control,
            code(reason, 300)
        )?;
    }
    match accepted.len().saturating_sub(WORST) {
        0 => Ok(()),
        more => writeln!(text, "\nand {} more.", counted(more, "finding")),
    }
}

/// The function with its version or alias; what is about the watching itself is about no function.
fn name_of(found: &Finding) -> String {
    if controls::find(&found.control).is_some_and(controls::Control::is_own) {
        return "the monitor itself".to_owned();
    }
    let on = found.evidence.qualifier.as_deref();
    let name = found.function.name();
    code(&on.map_or_else(|| name.to_owned(), |on| format!("{name}:{on}")), 140)
}

/// Text that others wrote, as code in a table: there nothing is markup, a link, or the name of somebody who is to be told.
fn code(text: &str, longest: usize) -> String {
    let line = one_line(text, longest).replace('`', "'").replace('|', "\\|");
    if line.trim().is_empty() {
        "–".to_owned()
    } else {
        format!("`{line}`")
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_code_and_stays_in_its_cell() {
        assert_eq!(code("a`|<b>@all\n[x](y)", 80), "`a'\\|<b>@all\u{fffd}[x](y)`");
        assert_eq!(code("  ", 80), "–");
    }
}
