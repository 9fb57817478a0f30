//! The digest as plain text for e-mail: what, where and by whom in the first lines, then counts and the worst functions.

use super::{Digest, Occasion};
use crate::controls;
use crate::finding::Severity;
use crate::history::Status;
use crate::plain::{one_line, wrapped};
use crate::report::Notice;
use crate::report::email::{WIDTH, origin_of, second};

/// The most controls and functions that are named.
const SHOWN: usize = 25;
/// The most controls that are named for one function.
const NAMED: usize = 4;

/// The line that says it all.
pub(in crate::report) fn digest_headline(digest: &Digest) -> String {
    let severity = digest.severity().as_str().to_ascii_uppercase();
    let functions = counted(digest.functions(), "function");
    match digest.occasion {
        Occasion::Baseline => {
            let findings = counted(digest.transitions().count(), "finding");
            format!("[{severity}] First look: {findings} on {functions}")
        }
        Occasion::Burst => {
            let news = [(false, "open"), (true, "gone")]
                .into_iter()
                .filter_map(|(is_good, word)| {
                    let of = digest.transitions();
                    let count = of
                        .filter(|transition| transition.status.is_good_news() == is_good)
                        .count();
                    (count > 0).then(|| format!("{} {word}", counted(count, "finding")))
                });
            let news: Vec<String> = news.collect();
            format!("[{severity}] {functions}: {}", news.join(", "))
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// The text of an e-mail.
pub(in crate::report) fn digest_email(digest: &Digest) -> String {
    let mut lines = vec![digest_headline(digest), String::new()];
    let why = match digest.occasion {
        Occasion::Baseline => {
            "This account and Region was looked at for the first time. Everything that is found there is summed up here; \
             from now on each change is told by itself."
        }
        Occasion::Burst => {
            "More came at once than leaves one by one. The others are summed up here; nothing was left out of the counts. \
             Critical findings were told by themselves, too, but for those that one call has made on many functions."
        }
    };
    lines.push(wrapped(why, "", WIDTH));
    lines.extend(digest.cause().map(|cause| origin_of(cause, digest.at).join("\n")));
    lines.push(String::new());
    lines.extend(severities(digest, "Open", |status| !status.is_good_news()));
    lines.extend(severities(digest, "Gone", Status::is_good_news));
    lines.push(String::new());
    let controls = digest.by_control();
    for count in controls.iter().take(SHOWN) {
        let title = controls::find(count.control).map_or("", |control| control.title);
        let line = format!(
            "{:>6} {} {} {}: {title}",
            count.count,
            count.status.as_str(),
            count.severity,
            count.control
        );
        lines.push(wrapped(&line, "  ", WIDTH));
    }
    lines.extend(more(controls.len(), "kinds of finding"));
    lines.push(String::new());
    lines.extend(digest.notices.iter().take(SHOWN).map(function));
    lines.extend(more(digest.notices.len(), "functions"));
    lines.push(format!(
        "\nDigest {} of {}, Lambda Vigil {}",
        digest.id(),
        second(digest.at),
        env!("CARGO_PKG_VERSION")
    ));
    lines.join("\n") + "\n"
}

fn severities(digest: &Digest, title: &str, status: impl Fn(Status) -> bool) -> Option<String> {
    let counts = digest.by_severity(status);
    let counts: Vec<String> = counts
        .iter()
        .map(|(severity, count): &(Severity, usize)| format!("{count} {severity}"))
        .collect();
    (!counts.is_empty()).then(|| format!("{title}: {}", counts.join(", ")))
}

fn function(notice: &Notice) -> String {
    let all = &notice.transitions;
    let named = all.iter().take(NAMED).map(|transition| {
        let control = transition.finding.control.as_str();
        if transition.status == Status::Opened {
            control.to_owned()
        } else {
            format!("{control} {}", transition.status.as_str())
        }
    });
    let named: Vec<String> = named.collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        count => format!(" (+{count} more)"),
    };
    let name = one_line(notice.function.name(), 140);
    let line = format!("{} {name}: {}{more}", notice.severity(), named.join(", "));
    wrapped(&line, "  ", WIDTH)
}

fn more(count: usize, what: &str) -> Option<String> {
    (count > SHOWN).then(|| {
        format!(
            "  … and {} more {what}; the JSON document of this digest goes on.",
            count - SHOWN
        )
    })
}
