//! Explains one finding of a recorded account, and shows what to put in.
#![allow(clippy::disallowed_methods, reason = "the command line reads the clock")]

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::assess::{Assessment, assess};
use lambda_vigil::controls::{self, Control};
use lambda_vigil::explain::{self, Explanation};
use lambda_vigil::finding::Finding;
use lambda_vigil::memory::Account;
use lambda_vigil::plain::one_line;
use lambda_vigil::report::explain_text;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::Snapshot;

use super::replay;
use super::{Exit, account};

/// Explains a finding: why it fired, which statements decide, what would have to change, and what to put in
///
/// A policy at fault is shown with the statements that decide marked, and with the smallest replacement: the first of several
/// changes, the smallest first, that is proved to allow nothing that the old policy did not, and that closes the finding when
/// everything is judged again with it. Where nothing is proved, nothing is offered, and the reason is said.
///
/// Exit code: 0 explained, 2 no such finding, or something could not be read.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainOf {
    /// The id of a finding, of which the beginning will do (`replay --format jsonl` has it as `fingerprint`); or FUNCTION/CONTROL
    finding: String,
    /// All findings of FUNCTION/CONTROL, where there are several
    #[arg(long)]
    all: bool,
    /// Folder of the recorded account
    #[arg(long, value_name = "DIR", default_value = "events/account")]
    account: PathBuf,
    /// Settings as TOML or JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The time to judge at, such as 2026-11-02T10:00:00Z; default: now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "Examples:
  vigil explain report-export/role-secrets-unscoped
  vigil explain web-shop/invoke-public --account recorded --settings settings.toml
  vigil explain 3f2a9c --format json | jq '.replacement.policies[0].document' > policy.json";

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Made to be read
    Text,
    /// One object per finding; `vigil schema explain` describes it
    Json,
}

/// A function, with what was found.
struct Judged {
    snapshot: Snapshot,
    assessment: Assessment,
    /// The places of the findings that were asked for.
    asked: Vec<usize>,
}

/// How many findings are listed where one has to be chosen.
const LISTED: usize = 20;
/// A shorter beginning of an id is more likely a mistake.
const SHORTEST: usize = 4;

/// Explains what was asked for.
pub(super) fn explain(arguments: &ExplainOf) -> Result<Exit> {
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let settings = replay::settings(arguments.settings.as_deref())?;
    let account = account::account(&arguments.account)?.as_of(now);
    let judged = asked(&account, &arguments.finding, (&settings, now))?;
    let found: usize = judged.iter().map(|one| one.asked.len()).sum();
    let several = arguments.all && arguments.finding.contains('/');
    if found > 1 && !several {
        bail!("{}", choices(&arguments.finding, &judged));
    }
    let mut out = anstream::stdout().lock();
    let mut is_first = true;
    for one in &judged {
        for finding in one.asked.iter().filter_map(|at| one.assessment.findings.get(*at)) {
            let control = control(&finding.control)?;
            let circumstances = (&one.snapshot, &settings, now);
            let others = |function: &FunctionArn| account.snapshot(function);
            let explained = explain::explain(circumstances, (control, finding), &one.assessment, &others);
            let explained = explained.map_err(|why| anyhow!(why))?;
            write_one(&mut out, &explained, (arguments.format, std::mem::take(&mut is_first)))?;
        }
    }
    Ok(Exit::Clean)
}

fn write_one(out: &mut impl Write, explained: &Explanation, (format, is_first): (Format, bool)) -> Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(explained)?)?,
        Format::Text if is_first => write!(out, "{}", explain_text(explained))?,
        Format::Text => write!(out, "\n\n{}", explain_text(explained))?,
    }
    Ok(())
}

fn control(id: &str) -> Result<&'static Control> {
    controls::find(id).ok_or_else(|| {
        anyhow!(
            "`{}` is no control; `vigil controls list` shows them",
            one_line(id, 100)
        )
    })
}

/// The findings that a text means.
fn asked(account: &Account, text: &str, circumstances: (&Settings, Timestamp)) -> Result<Vec<Judged>> {
    match text.rsplit_once('/') {
        Some((function, control)) => by_names(account, (function, control), circumstances),
        None => by_id(account, text, circumstances),
    }
}

fn by_names(account: &Account, (name, id): (&str, &str), circumstances: (&Settings, Timestamp)) -> Result<Vec<Judged>> {
    let control = control(id)?;
    let is_it = |function: &&FunctionArn| function.name() == name || function.to_string() == name;
    let functions: Vec<&FunctionArn> = account.functions().filter(is_it).collect();
    let function = match functions.as_slice() {
        [one] => *one,
        [] => bail!(
            "`{}` is not recorded; name one of the account's functions, or its folder with --account",
            one_line(name, 200)
        ),
        _ => bail!("`{}` is recorded more than once; name its ARN", one_line(name, 200)),
    };
    let judged = judge(account, function, circumstances, |finding| {
        finding.control == control.id
    });
    if judged.asked.is_empty() {
        let doubt = judged
            .assessment
            .unjudged
            .iter()
            .find(|doubt| doubt.control == control.id);
        match doubt {
            Some(doubt) => bail!(
                "{id} cannot be judged on {}: {}",
                one_line(name, 200),
                one_line(&doubt.why.to_string(), 400)
            ),
            None if control.is_own() => bail!(
                "{id} is about the monitor itself, not about a function; `vigil controls show {id}` says what to do"
            ),
            None => bail!(
                "{id} does not fail on {}; `vigil replay` shows what does",
                one_line(name, 200)
            ),
        }
    }
    Ok(vec![judged])
}

fn by_id(account: &Account, beginning: &str, circumstances: (&Settings, Timestamp)) -> Result<Vec<Judged>> {
    let is_hex = beginning.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || beginning.len() < SHORTEST || beginning.len() > 32 {
        bail!(
            "`{}` is neither the id of a finding, at least its first {SHORTEST} hex characters, nor FUNCTION/CONTROL",
            one_line(beginning, 100)
        );
    }
    let beginning = beginning.to_ascii_lowercase();
    let fits = |finding: &Finding| finding.fingerprint.to_string().starts_with(&beginning);
    let all = account
        .functions()
        .map(|function| judge(account, function, circumstances, fits));
    let found: Vec<Judged> = all.filter(|judged| !judged.asked.is_empty()).collect();
    if found.is_empty() {
        bail!(
            "no function of this account has a finding `{beginning}`; `vigil replay --format jsonl` shows their ids as `fingerprint`"
        );
    }
    Ok(found)
}

fn judge(
    account: &Account,
    function: &FunctionArn,
    (settings, now): (&Settings, Timestamp),
    fits: impl Fn(&Finding) -> bool,
) -> Judged {
    let snapshot = account.snapshot(function);
    let assessment = assess(&snapshot, settings, now);
    let findings = assessment.findings.iter().enumerate();
    let asked = findings
        .filter(|(_, finding)| fits(finding))
        .map(|(at, _)| at)
        .collect();
    Judged {
        snapshot,
        assessment,
        asked,
    }
}

fn choices(text: &str, judged: &[Judged]) -> String {
    let findings = judged
        .iter()
        .flat_map(|one| one.asked.iter().filter_map(|at| one.assessment.findings.get(*at)));
    let lines: Vec<String> = findings.map(|finding| choice(finding)).collect();
    let more = lines.len().saturating_sub(LISTED);
    let rest = if more > 0 {
        format!("\n  and {more} more")
    } else {
        String::new()
    };
    let all = if text.contains('/') {
        "; name one by its id, or take --all"
    } else {
        "; give more of its id"
    };
    let shown: Vec<String> = lines.iter().take(LISTED).cloned().collect();
    format!(
        "`{}` is {} findings{all}:\n{}{rest}",
        one_line(text, 200),
        lines.len(),
        shown.join("\n")
    )
}

fn choice(finding: &Finding) -> String {
    let qualifier = finding.evidence.qualifier.as_deref();
    let on = qualifier.map_or_else(String::new, |name| format!(":{name}"));
    let what = format!(
        "{} {}{on} {}",
        finding.control,
        finding.function.name(),
        finding.evidence.subject
    );
    format!("  {}  {}", finding.fingerprint, one_line(&what, 200))
}
