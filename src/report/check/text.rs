//! What was found in templates, for a person at a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anstyle::Style;

use super::{Checked, FoundIn, Judged, UnjudgedIn};
use crate::controls::Unjudged;
use crate::finding::Severity;
use crate::plain::{one_line, wrapped};
use crate::report::text::{painted, style_of};
use crate::snapshot::{Facet, Reason, Unreadable};

const WIDTH: usize = 110;
/// Names that are listed before the rest is counted.
const LISTED: usize = 4;

/// The whole, with styles; the stream strips them where nobody can see them.
pub fn check_text(all: &[Checked]) -> String {
    let mut out = String::new();
    for checked in all {
        let path = painted(Style::new().bold(), &one_line(&checked.path, 200));
        match &checked.outcome {
            Err(detail) => {
                let _ = writeln!(out, "{path}  error: {}", one_line(detail, 600));
            }
            Ok(judged) => template(&path, &checked.path, judged, &mut out),
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(all));
    out
}

fn template(styled: &str, path: &str, judged: &Judged, out: &mut String) {
    let account = if judged.is_account_known {
        judged.account.to_string()
    } else {
        "some account (name yours with --account)".to_owned()
    };
    let functions = counted(judged.functions, "function");
    let _ = writeln!(
        out,
        "{styled}  {} with {functions}, in {account}, {}",
        judged.form, judged.region
    );
    for found in &judged.findings {
        finding(path, found, out);
    }
    let (deployed, others): (Vec<&UnjudgedIn>, Vec<&UnjudgedIn>) =
        judged.unjudged.iter().partition(|one| live_facet(one).is_some());
    never_told(&deployed, out);
    for (why, about) in by_reason(&others) {
        let line = format!("? {}: {}", about.names(), one_line(&why, 400));
        let controls = format!("({})", listed(&about.controls, "question"));
        let line = wrapped(&format!("{line} {controls}"), "    ", WIDTH);
        let _ = writeln!(out, "{}", painted(Style::new().dimmed(), &line));
    }
    for note in &judged.notes {
        let line = format!("! line {}: {}", note.line, one_line(&note.detail, 300));
        let _ = writeln!(out, "{}", wrapped(&line, "    ", WIDTH));
    }
}

fn finding(path: &str, found: &FoundIn, out: &mut String) {
    let finding = &found.finding;
    let severity = painted(
        style_of(finding.severity),
        &format!("{:<13}", finding.severity.as_str()),
    );
    let on = finding
        .evidence
        .qualifier
        .as_deref()
        .map_or_else(String::new, |name| format!(":{name}"));
    let name = one_line(&format!("{}{on}", found.name()), 200);
    let control = painted(Style::new().bold(), &finding.control);
    let _ = writeln!(
        out,
        "    {severity} {name}  {control}  {}:{}",
        one_line(path, 200),
        found.line
    );
    let _ = writeln!(
        out,
        "{}",
        wrapped(&one_line(&finding.evidence.detail, 600), "        ", WIDTH)
    );
    if let Some(reason) = &found.accepted {
        let _ = writeln!(
            out,
            "{}",
            wrapped(&format!("accepted: {}", one_line(reason, 300)), "        ", WIDTH)
        );
    }
}

/// What only exists once it is deployed.
const LIVE: [Facet; 6] = [
    Facet::AccountSettings,
    Facet::CodePackage,
    Facet::Inspection,
    Facet::LastChange,
    Facet::RolePolicyFindings,
    Facet::RoleServiceUse,
];

fn live_facet(one: &UnjudgedIn) -> Option<Facet> {
    match &one.cannot.why {
        Unjudged::Unreadable(Unreadable {
            facet,
            reason: Reason::NotInTemplate { .. },
        }) if LIVE.contains(facet) => Some(*facet),
        Unjudged::Unreadable(_) | Unjudged::Undecided { .. } => None,
    }
}

/// One line for what no template tells.
fn never_told(deployed: &[&UnjudgedIn], out: &mut String) {
    let facets: BTreeSet<Facet> = deployed.iter().filter_map(|one| live_facet(one)).collect();
    if facets.is_empty() {
        return;
    }
    let labels: Vec<&str> = facets.into_iter().map(Facet::label).collect();
    let line = format!(
        "? no template tells: {} ({})",
        labels.join(", "),
        counted(deployed.len(), "question")
    );
    let _ = writeln!(
        out,
        "{}",
        painted(Style::new().dimmed(), &wrapped(&line, "    ", WIDTH))
    );
}

/// Which questions on which functions one reason leaves open.
#[derive(Default)]
struct About<'u> {
    functions: BTreeSet<&'u str>,
    controls: BTreeSet<&'u str>,
}

impl About<'_> {
    fn names(&self) -> String {
        one_line(&listed(&self.functions, "function"), 300)
    }
}

fn by_reason<'u>(all: &[&'u UnjudgedIn]) -> BTreeMap<String, About<'u>> {
    let mut by_reason: BTreeMap<String, About<'u>> = BTreeMap::new();
    for one in all {
        let about = by_reason.entry(one.cannot.why.to_string()).or_default();
        about
            .functions
            .insert(one.resource.as_deref().unwrap_or_else(|| one.function.name()));
        about.controls.insert(&one.cannot.control);
    }
    by_reason
}

fn listed(all: &BTreeSet<&str>, what: &str) -> String {
    if all.len() > LISTED {
        return counted(all.len(), what);
    }
    all.iter().copied().collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

fn summary(all: &[Checked]) -> String {
    let read = || all.iter().filter_map(|checked| checked.outcome.as_ref().ok());
    let open: Vec<Severity> = read()
        .flat_map(Judged::open)
        .map(|found| found.finding.severity)
        .collect();
    let mut counts = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let count = open.iter().filter(|own| **own == severity).count();
        if count > 0 {
            counts.push(painted(style_of(severity), &format!("{count} {severity}")));
        }
    }
    let found = if counts.is_empty() {
        "nothing".to_owned()
    } else {
        counts.join(", ")
    };
    let unjudged: usize = read().map(|judged| judged.unjudged.len()).sum();
    let notes: usize = read().map(|judged| judged.notes.len()).sum();
    let failed = all.len() - read().count();
    let mut line = format!(
        "found: {found}; not judged before deployment: {}",
        counted(unjudged, "question")
    );
    if notes > 0 {
        let _ = write!(line, "; not understood: {}", counted(notes, "part"));
    }
    if failed > 0 {
        let _ = write!(line, "; not read: {}", counted(failed, "template"));
    }
    line
}
