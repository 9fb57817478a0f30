//! What a replay did, for a person at a terminal.

use anstyle::{AnsiColor, Color, Style};

use super::{Line, Origin, Summary};
use crate::arn::FunctionArn;
use crate::event::{Change, Subject};
use crate::finding::Severity;
use crate::history::{Status, Transition};
use crate::plain::{one_line, wrapped};
use crate::snapshot::{Facet, Occasion};

const WIDTH: usize = 96;

/// Writes lines with styles; the stream strips them where nobody can see them.
#[derive(Debug, Default)]
pub struct Text {
    out: String,
}

pub(super) fn style_of(severity: Severity) -> Style {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(Color::Ansi(colour)));
    match severity {
        Severity::Critical => colour(AnsiColor::Red).bold(),
        Severity::High => colour(AnsiColor::Red),
        Severity::Medium => colour(AnsiColor::Yellow),
        Severity::Low => colour(AnsiColor::Cyan),
        Severity::Informational => Style::new().dimmed(),
    }
}

pub(super) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

impl Text {
    /// Writes one fact.
    pub fn render(&mut self, line: &Line<'_>) -> String {
        match line {
            Line::Change {
                origin,
                change,
                functions,
            } => self.change(origin, change, functions),
            Line::Asked {
                origin,
                what,
                functions,
            } => {
                self.record(origin, &format!("{what} → {functions} functions"), Style::new());
            }
            Line::Ignored { origin, reason, cause } => {
                let why = one_line(&reason.to_string(), 200);
                self.record(
                    origin,
                    &format!("{} ignored: {why}", one_line(&cause.event_name, 120)),
                    Style::new().dimmed(),
                );
            }
            Line::Error { origin, detail } => {
                let style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Magenta)));
                self.record(
                    origin,
                    &format!("{} {}", painted(style, "error:"), one_line(detail, 600)),
                    Style::new(),
                );
            }
            Line::Transition { transition, .. } => self.transition(transition),
            Line::Unreadable {
                function, unreadable, ..
            } => self.unjudged(function, &unreadable.to_string()),
            Line::CannotJudge { function, cannot, .. } => {
                self.unjudged(function, &format!("{}: {}", cannot.control, cannot.why));
            }
            Line::Summary(summary) => self.summary(summary),
        }
        std::mem::take(&mut self.out)
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// One line per record: where from, what, and what it reaches.
    fn record(&mut self, origin: &Origin, what: &str, style: Style) {
        let origin = painted(Style::new().bold(), &one_line(&origin.to_string(), 200));
        self.line(&format!("{origin}  {}", painted(style, what)));
    }

    fn change(&mut self, origin: &Origin, change: &Change, functions: &[&FunctionArn]) {
        let call = one_line(&change.cause.event_name, 120);
        let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
        let reach = match (names.as_slice(), &change.subject) {
            ([], Subject::Monitor(part)) => format!("the monitor's own {}", one_line(part, 140)),
            ([], _) => "no known function".to_owned(),
            (names, _) => names.join(", "),
        };
        // What is read on request alone most people never asked for.
        let read = change
            .facets
            .iter()
            .filter(|facet| facet.occasion() != Occasion::Request);
        let facets: Vec<&str> = read.map(Facet::label).collect();
        if facets.is_empty() {
            self.record(
                origin,
                &format!("{call} → {reach}: no control reads what it changes"),
                Style::new().dimmed(),
            );
        } else {
            self.record(
                origin,
                &format!("{call} → {reach}: read {}", facets.join(", ")),
                Style::new(),
            );
        }
        if change.parameters_omitted {
            let warning = "! the record leaves out its parameters, which is also a way to hide: all that it may concern is judged anew";
            self.line(&wrapped(warning, "    ", WIDTH));
        }
    }

    fn unjudged(&mut self, function: &FunctionArn, why: &str) {
        let line = format!("? {}: {}", function.name(), one_line(why, 400));
        self.line(&painted(Style::new().dimmed(), &wrapped(&line, "    ", WIDTH)));
    }

    fn transition(&mut self, transition: &Transition) {
        let finding = &transition.finding;
        let style = style_of(finding.severity);
        let on = finding
            .evidence
            .qualifier
            .as_deref()
            .map_or_else(String::new, |name| format!(":{name}"));
        let severity = painted(style, &format!("{:<13}", finding.severity.as_str()));
        let function = one_line(&format!("{}{on}", finding.function.name()), 200);
        self.line(&format!(
            "    {:<9} {severity} {function}  {}",
            transition.status.as_str(),
            painted(Style::new().bold(), &finding.control)
        ));
        self.line(&wrapped(&one_line(&finding.evidence.detail, 600), "        ", WIDTH));
        if let Some(note) = &transition.note {
            self.line(&wrapped(&one_line(note, 300), "        ", WIDTH));
        }
        self.line(&format!(
            "        {}",
            painted(Style::new().dimmed(), &origin_of(transition))
        ));
        for to in &transition.to.routes {
            self.line(&format!("        to   {}", one_line(&to.to_string(), 300)));
        }
        if transition.status != Status::Resolved {
            for (index, line) in finding.remediation.lines().enumerate() {
                let lead = if index == 0 { "fix: " } else { "     " };
                self.line(&format!("        {lead}{}", one_line(line, 1000)));
            }
        }
    }

    fn summary(&mut self, summary: &Summary<'_>) {
        let mut counts = Vec::new();
        for severity in Severity::ALL.into_iter().rev() {
            let count = summary
                .open
                .iter()
                .filter(|finding| finding.severity == severity)
                .count();
            if count > 0 {
                counts.push(painted(style_of(severity), &format!("{count} {severity}")));
            }
        }
        let open = if counts.is_empty() {
            "nothing".to_owned()
        } else {
            counts.join(", ")
        };
        self.line(&format!("\n{summary}\nopen: {open}"));
        for accepted in &summary.accepted {
            let finding = accepted.finding;
            let (name, subject) = (finding.function.name(), one_line(&finding.evidence.subject, 120));
            let reason = one_line(accepted.reason, 300);
            let line = format!(
                "accepted: {} {name} {} {subject}: {reason}",
                finding.severity, finding.control
            );
            self.line(&painted(Style::new().dimmed(), &line));
        }
    }
}

/// By which call, by whom and from where.
fn origin_of(transition: &Transition) -> String {
    let Some(cause) = &transition.cause else {
        return "no call that was seen explains it".to_owned();
    };
    let mut line = format!("after {}", one_line(&cause.event_name, 120));
    for (word, text) in [("by", &cause.actor), ("from", &cause.source_ip_address)] {
        if let Some(text) = text {
            line = format!("{line} {word} {}", one_line(text, 200));
        }
    }
    cause.event_time.map_or(line.clone(), |at| format!("{line} at {at}"))
}
