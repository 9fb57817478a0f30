//! The command line: arguments in, one function per verb, exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use lambda_vigil::finding::Severity;

mod account;
mod ahead;
mod catalogue;
mod check;
#[cfg(feature = "aws")]
mod doctor;
mod explain;
mod generate;
mod input;
mod keep;
mod lines;
#[cfg(feature = "aws")]
mod live;
mod manual;
mod network;
mod policy;
mod press;
mod preview;
#[cfg(feature = "aws")]
mod record;
mod replay;
mod report;
#[cfg(feature = "aws")]
mod scan;
mod schema;
mod teller;
mod test;

/// Judging is many small strings and sets.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Event-driven, continuous security monitor for AWS Lambda.
#[derive(Parser)]
#[command(name = "vigil", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Plays recorded events against a recorded account, and shows what the monitor would have said
    ///
    /// Exit code: 0 nothing open at or above --fail-on, 1 something is, 2 something could not be read or judged.
    Replay(Replay),
    /// Plays the cases that `replay --record` wrote, and fails where something else is said than when they were written
    ///
    /// Exit code: 0 all as expected, 1 something else is said of a case, 2 one could not be read, or there is none.
    Test(test::Test),
    /// Judges what templates would deploy: CloudFormation, SAM, Terraform plans
    ///
    /// Exit code: 0 nothing found at or above --fail-on, 1 something is, 2 a template could not be read or is faulty.
    Check(check::Check),
    /// Shows what is judged
    #[command(after_help = "Examples:
  vigil controls list
  vigil controls show url-public")]
    Controls {
        #[command(subcommand)]
        verb: ControlsVerb,
    },
    Report(report::ReportOf),
    Explain(explain::ExplainOf),
    /// Shows by which way a function gets from each of its subnets to each service that it needs, or why not
    ///
    /// Exit code: 0 there is a way to all, 1 one cannot be reached, 2 it could not be read or judged.
    Network(network::NetworkOf),
    /// Looks at the functions of a live account once, as the monitor would
    ///
    /// Exit code: 0 nothing open at or above --fail-on, 1 something is, 2 something could not be read or judged.
    #[cfg(feature = "aws")]
    Scan(scan::Scan),
    /// Writes what a live account is like into files that `replay`, `network` and `policy role` read instead of it
    ///
    /// Environment values are judged and dropped. Exit code: 0 all was read, 2 something was not, and the files say what.
    #[cfg(feature = "aws")]
    Record(record::Record),
    /// Looks at every link of an installation, and says what is broken and how to mend it
    ///
    /// Exit code: 0 all hold, 1 one is broken, 2 one could not be read.
    #[cfg(feature = "aws")]
    Doctor(doctor::Doctor),
    /// Reasons about policies
    Policy {
        #[command(subcommand)]
        verb: policy::Verb,
    },
    /// Prints the JSON schema of a document
    #[command(after_help = "Examples:
  vigil schema settings > vigil-settings.schema.json
  vigil schema replay")]
    Schema {
        /// Which document
        document: Document,
    },
    /// Prints what a shell needs to complete the command line
    Completions(manual::Completions),
    /// Prints the manual as man pages
    Man(manual::Man),
    /// Makes the generated blocks of the repository's files anew
    #[command(after_help = "Examples:
  vigil generate --check")]
    Generate {
        /// Changes nothing; fails if a block is not current
        #[arg(long)]
        check: bool,
        /// The repository's root
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
}

#[derive(Subcommand)]
enum ControlsVerb {
    /// One line per control
    List,
    /// All about one control
    Show {
        /// Its id
        id: String,
    },
}

/// What to play, and against what.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil replay events/
  vigil replay --account account --settings vigil.toml 111122223333_CloudTrail_eu-west-1_20261121T1200Z.json.gz
  aws s3 cp s3://trail/day.jsonl - | vigil replay --account account --state day.redb --format jsonl -
  vigil replay --account account --settings vigil.toml event.json --record cases/public-hook --pseudonyms && vigil test cases")]
struct Replay {
    /// Files or folders of events; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of the recorded account
    #[arg(long, value_name = "DIR", default_value = "events/account")]
    account: PathBuf,
    /// Settings as JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Keeps what is known in this file from one replay to the next; default: each begins with nothing known
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The time to judge at, such as 2026-11-02T10:00:00Z; default: now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Shows the notices as they would be sent, and nothing else
    #[arg(long, value_enum)]
    preview: Option<Preview>,
    /// The severity from which an open finding makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Severity,
    /// Writes the events, what was looked at of the account and what is said into a new folder: a case for `vigil test`
    #[arg(long, value_name = "DIR", conflicts_with = "state")]
    record: Option<PathBuf>,
    /// Gives everything in the case other names: accounts, functions, roles, users, addresses; what is judged stays the same
    #[arg(long, requires = "record")]
    pseudonyms: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Made to be read
    Text,
    /// JSON Lines; `vigil schema replay` describes them
    Jsonl,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Preview {
    /// Subject and text
    Email,
    /// The custom notification of Amazon Q Developer in chat applications
    Chat,
    /// The parameters of SNS Publish
    Sns,
    /// One finding in the AWS Security Finding Format per transition
    Asff,
    /// One Compliance Finding of OCSF per transition
    Ocsf,
    /// The detail of one EventBridge event per transition
    Event,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Document {
    /// A line of `replay --format jsonl`
    Replay,
    /// A line of `check --format jsonl`
    Check,
    /// A file of a recorded account
    Snapshot,
    /// The settings
    Settings,
    /// The detail of an EventBridge event
    Event,
    /// The JSON body of a notice
    Notice,
    /// The JSON body of a digest
    Digest,
    /// The answer of `network --format json`
    Network,
    /// The answer of `explain --format json`
    Explain,
    /// The answer of `policy compare --format json`
    Compare,
    /// The answer of `policy exposure --format json`
    Exposure,
    /// The answer of `policy role --format json`
    Role,
    /// A case of `policy simulate`
    SimulateCase,
    /// The answer of `policy simulate` to one case
    SimulateAnswer,
}

/// Exit codes, in one place: 0 is success.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Nothing found.
    Clean = 0,
    /// Findings at or above the threshold.
    Findings = 1,
    /// Could not judge, or failed.
    Failed = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Replay(arguments) => replay::replay(&arguments),
        Verb::Test(asked) => test::test(&asked),
        Verb::Check(arguments) => check::check(&arguments),
        Verb::Controls {
            verb: ControlsVerb::List,
        } => catalogue::list(),
        Verb::Controls {
            verb: ControlsVerb::Show { id },
        } => catalogue::show(&id),
        Verb::Report(arguments) => report::report(&arguments),
        Verb::Explain(arguments) => explain::explain(&arguments),
        Verb::Network(arguments) => network::show(&arguments),
        #[cfg(feature = "aws")]
        Verb::Scan(asked) => scan::scan(&asked),
        #[cfg(feature = "aws")]
        Verb::Record(asked) => record::record(&asked),
        #[cfg(feature = "aws")]
        Verb::Doctor(asked) => doctor::doctor(&asked),
        Verb::Policy { verb } => policy::run(&verb),
        Verb::Schema { document } => schema::print(document),
        Verb::Completions(asked) => manual::completions(&asked, Arguments::command()),
        Verb::Man(asked) => manual::man(&asked, Arguments::command()),
        Verb::Generate { check, root } => generate::generate(&root, check),
    };
    done.unwrap_or_else(|error| failed(&error)).into()
}

/// A reader that went away, such as `head`, is no failure.
fn failed(error: &anyhow::Error) -> Exit {
    use std::io::{ErrorKind, Write};
    let closed = |error: &std::io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref::<std::io::Error>().is_some_and(closed) {
        return Exit::Clean;
    }
    let _ = writeln!(anstream::stderr(), "error: {error:#}");
    Exit::Failed
}
