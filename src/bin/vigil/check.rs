//! Judges what templates would deploy, with the controls that judge what is deployed.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lambda_vigil::arn::{AccountId, Region};
use lambda_vigil::assess::{Accepted, Assessment, CannotJudge, assess};
use lambda_vigil::controls::Unjudged;
use lambda_vigil::finding::{Finding, Severity};
use lambda_vigil::memory::{Account, Recording};
use lambda_vigil::report::{Checked, FoundIn, Judged, NoteIn, UnjudgedIn, check_lines, check_text, sarif, worst};
use lambda_vigil::settings::Settings;
use lambda_vigil::template::{self, Asked, Deployment};

use super::{Exit, replay};

/// Bytes that are read of a file: one more than the longest plan.
const MOST: u64 = 256 * 1024 * 1024 + 1;
/// Accounts that a template may speak of before somebody has to say which one is meant.
const MOST_ACCOUNTS: usize = 8;

/// Which templates, and for where.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil check template.yaml
  vigil check --format sarif template.yaml > vigil.sarif
  terraform show -json plan | vigil check --account 111122223333 --region eu-west-1 -")]
pub(super) struct Check {
    /// Templates of CloudFormation or SAM, or plans of Terraform as JSON; `-` is standard input
    #[arg(required = true, value_name = "TEMPLATE")]
    templates: Vec<PathBuf>,
    /// The id of the account that it is deployed into; default: a plan's own, or some account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The Region that it is deployed into; default: a plan's own, or us-east-1
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// The stack's name
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The value of a parameter of the template
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// Settings as TOML or JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// For people, for machines, or for code hosts
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The time to judge at, such as 2026-11-02T10:00:00Z; default: now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// The severity from which a finding makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Severity,
    /// Whatever cannot be judged before deployment makes the exit code 2
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Made to be read
    Text,
    /// JSON Lines; `vigil schema check` describes them
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// How templates are judged.
struct Bench<'c> {
    arguments: &'c Check,
    settings: Settings,
    now: Timestamp,
}

/// Judges templates.
pub(super) fn check(arguments: &Check) -> Result<Exit> {
    let bench = Bench {
        settings: replay::settings(arguments.settings.as_deref())?,
        now: arguments.now.unwrap_or_else(Timestamp::now),
        arguments,
    };
    let all: Vec<Checked> = arguments.templates.iter().map(|path| bench.checked(path)).collect();
    print(&all, arguments.format)?;
    Ok(exit(&all, arguments))
}

fn print(all: &[Checked], format: Format) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match format {
        Format::Text => write!(out, "{}", check_text(all))?,
        Format::Sarif => writeln!(out, "{}", serde_json::to_string_pretty(&sarif(all))?)?,
        Format::Jsonl => {
            for line in check_lines(all) {
                writeln!(out, "{}", serde_json::to_string(&line)?)?;
            }
        }
    }
    Ok(out.flush()?)
}

fn exit(all: &[Checked], arguments: &Check) -> Exit {
    let read = || all.iter().filter_map(|checked| checked.outcome.as_ref().ok());
    let is_open = |judged: &Judged| !judged.unjudged.is_empty() || !judged.notes.is_empty();
    if worst(all).is_some_and(|worst| worst >= arguments.fail_on) {
        Exit::Findings
    } else if all.iter().any(|checked| checked.outcome.is_err())
        || read().any(Judged::is_faulty)
        || (arguments.strict && read().any(is_open))
    {
        Exit::Failed
    } else {
        Exit::Clean
    }
}

impl Bench<'_> {
    fn checked(&self, path: &Path) -> Checked {
        let outcome = text_of(path).and_then(|text| self.judged(&text));
        Checked {
            path: if path == Path::new("-") {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            },
            outcome: outcome.map_err(|error| format!("{error:#}")),
        }
    }

    fn asked(&self) -> Asked {
        Asked {
            account: self.arguments.account.clone(),
            region: self.arguments.region.clone(),
            stack: self.arguments.stack.clone(),
            parameters: self.arguments.parameter.iter().cloned().collect(),
        }
    }

    fn judged(&self, text: &str) -> Result<Judged> {
        let (deployment, assessments) = self.assessed(text, &self.asked())?;
        let mut judged = Judged {
            form: deployment.form.label(),
            account: deployment.account.clone(),
            is_account_known: deployment.is_account_known,
            region: deployment.region.clone(),
            functions: assessments.len(),
            findings: Vec::new(),
            unjudged: Vec::new(),
            notes: deployment
                .notes
                .iter()
                .map(|note| NoteIn {
                    line: note.line,
                    detail: deployment.veiled(&note.text),
                })
                .collect(),
        };
        for assessment in assessments {
            take(assessment, &deployment, &mut judged);
        }
        if !deployment.is_account_known {
            self.other_accounts(text, &deployment, &mut judged)?;
        }
        judged.findings.sort_by(|one, other| {
            let order = other.finding.severity.cmp(&one.finding.severity);
            order.then_with(|| key(one).cmp(&key(other)))
        });
        judged.unjudged.sort();
        Ok(judged)
    }

    fn assessed(&self, text: &str, asked: &Asked) -> Result<(Deployment, Vec<Assessment>)> {
        let mut deployment = template::read(text, asked)?;
        let mut account = Account::default().as_of(self.now);
        let recorded = std::mem::take(&mut deployment.recorded);
        account.take([Recording::made(recorded).context("what it deploys is not understood")?]);
        let functions = account.functions().cloned().collect::<Vec<_>>();
        let assess = |function| {
            let mut assessment = assess(&account.snapshot(function), &self.settings, self.now);
            deployment.settle(&mut assessment);
            assessment
        };
        let assessments = functions.iter().map(assess).collect();
        Ok((deployment, assessments))
    }

    /// Where nobody says for which account it is, an account that the template speaks of may be the one: what does not hold
    /// for each of them is not settled.
    fn other_accounts(&self, text: &str, deployment: &Deployment, judged: &mut Judged) -> Result<()> {
        let mut others = accounts(text);
        others.remove(deployment.account.as_str());
        if others.len() > MOST_ACCOUNTS {
            bail!(
                "it speaks of {} accounts; say with --account which one it is deployed into",
                others.len()
            );
        }
        for other in others {
            let asked = Asked {
                account: Some(other.parse()?),
                ..self.asked()
            };
            let (deployment, assessments) = self.assessed(text, &asked)?;
            let mut there = Judged {
                findings: Vec::new(),
                unjudged: Vec::new(),
                notes: Vec::new(),
                account: deployment.account.clone(),
                region: deployment.region.clone(),
                ..*judged
            };
            for assessment in assessments {
                take(assessment, &deployment, &mut there);
            }
            keep_what_is_in_both(judged, &there, &other);
        }
        Ok(())
    }
}

fn text_of(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MOST).read_to_end(&mut bytes)?;
    } else {
        let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let read = file.take(MOST).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {}", path.display()))?;
    }
    String::from_utf8(bytes).context("it is not UTF-8: save it as such")
}

/// Takes over what was said of a function, without what the template calls secret.
fn take(assessment: Assessment, deployment: &Deployment, judged: &mut Judged) {
    let function = assessment.function.clone();
    let resource = deployment.id(&function).map(str::to_owned);
    for finding in assessment.findings {
        let accepted = assessment
            .accepted
            .get(&finding.fingerprint)
            .map(|accepted| match accepted {
                Accepted::For(reason) => deployment.veiled(reason),
                Accepted::AsBefore => "its tags are not known".to_owned(),
            });
        judged.findings.push(FoundIn {
            line: deployment.line_of(&finding),
            resource: resource.clone(),
            accepted: accepted.filter(|reason| reason != "its tags are not known"),
            finding: veiled(Arc::unwrap_or_clone(finding), deployment),
        });
    }
    for cannot in assessment.unjudged {
        judged.unjudged.push(UnjudgedIn {
            line: deployment.line(&function),
            resource: resource.clone(),
            function: function.clone(),
            cannot: CannotJudge {
                why: veiled_why(cannot.why, deployment),
                ..cannot
            },
        });
    }
}

fn veiled(mut finding: Finding, deployment: &Deployment) -> Finding {
    finding.evidence.subject = deployment.veiled(&finding.evidence.subject);
    finding.evidence.detail = deployment.veiled(&finding.evidence.detail);
    finding.remediation = deployment.veiled(&finding.remediation);
    finding
}

fn veiled_why(why: Unjudged, deployment: &Deployment) -> Unjudged {
    match why {
        Unjudged::Undecided { detail, about } => Unjudged::Undecided {
            detail: deployment.veiled(&detail),
            about: about.map(|about| deployment.veiled(&about)),
        },
        unreadable @ Unjudged::Unreadable(_) => unreadable,
    }
}

/// The texts of twelve digits in a template.
fn accounts(text: &str) -> BTreeSet<String> {
    let runs = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_account = |run: &&str| run.len() == 12 && run.bytes().all(|byte| byte.is_ascii_digit());
    runs.filter(is_account).map(str::to_owned).collect()
}

/// What a finding is about, whichever account it is deployed into.
type Key = (String, String, Option<String>, String);

fn key(found: &FoundIn) -> Key {
    let evidence = &found.finding.evidence;
    let (control, name) = (found.finding.control.clone(), found.name().to_owned());
    (control, name, evidence.qualifier.clone(), evidence.subject.clone())
}

fn keep_what_is_in_both(judged: &mut Judged, there: &Judged, other: &str) {
    let here = judged.account.to_string();
    let keys = |judged: &Judged, own: &str| -> BTreeMap<Key, FoundIn> {
        let neutral = |text: &str| text.replace(own, "the account");
        let one = |found: &FoundIn| {
            let (control, name, qualifier, subject) = key(found);
            ((control, neutral(&name), qualifier, neutral(&subject)), found.clone())
        };
        judged.findings.iter().map(one).collect()
    };
    let (ours, theirs) = (keys(judged, &here), keys(there, other));
    let differ = ours.iter().filter(|(key, _)| !theirs.contains_key(*key));
    let differ = differ.chain(theirs.iter().filter(|(key, _)| !ours.contains_key(*key)));
    for (_, found) in differ {
        let control = found.finding.control.clone();
        let about = found.finding.evidence.subject.clone();
        judged
            .findings
            .retain(|own| own.finding.control != control || key(own) != key(found));
        let unjudged = UnjudgedIn {
            line: found.line,
            resource: found.resource.clone(),
            function: found.finding.function.clone(),
            cannot: CannotJudge {
                control,
                why: Unjudged::Undecided {
                    detail: format!(
                        "it depends on whether {other} is the account that it is deployed into; say so with --account"
                    ),
                    about: Some(about),
                },
            },
        };
        if !judged.unjudged.contains(&unjudged) {
            judged.unjudged.push(unjudged);
        }
    }
}
