//! How long and how much memory does assessing a whole account take, and does that grow with the account alone?
//! Writes accounts of ordinary shape, has the release build of `vigil` sweep each of them, and prints one table.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::manual_is_multiple_of,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise"
)]

mod account;
mod functions;
mod networks;
mod roles;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Functions of each account: a fifth as many roles, and a VPC for every two hundred.
const SIZES: [usize; 3] = [1_000, 3_000, 10_000];

/// What a run cost; what the operating system does not tell is nothing.
#[derive(Default)]
struct Cost {
    wall: Duration,
    user: Duration,
    resident_kb: u64,
}

fn main() {
    // For profilers: `cargo bench --bench scale -- --write FOLDER 3000` leaves an account there, and no more.
    let mut told = std::env::args().skip_while(|argument| argument != "--write").skip(1);
    if let Some(folder) = told.next() {
        let functions = told.next().map_or(SIZES[0], |size| size.parse().unwrap());
        account::write(Path::new(&folder), functions);
        return;
    }
    // `cargo test --benches` only wants to know that it runs.
    let sizes = if std::env::args().any(|argument| argument == "--bench") {
        &SIZES[..]
    } else {
        &[200][..]
    };
    println!("functions  roles  VPCs  files MB  findings  wall s  user s  peak MB  wall us/function");
    for functions in sizes {
        let folder = tempfile::tempdir().unwrap();
        let written = account::write(folder.path(), *functions);
        let (cost, findings) = sweep(folder.path());
        println!(
            "{functions:9}  {:5}  {:4}  {:8.1}  {findings:8}  {:6.2}  {:6.2}  {:7.1}  {:16.1}",
            functions / account::PER_ROLE,
            functions.div_ceil(account::PER_VPC),
            written as f64 / 1e6,
            cost.wall.as_secs_f64(),
            cost.user.as_secs_f64(),
            cost.resident_kb as f64 / 1024.0,
            cost.wall.as_secs_f64() * 1e6 / *functions as f64,
        );
    }
}

/// Sweeps the account and returns the findings that are open at the end.
fn sweep(folder: &Path) -> (Cost, usize) {
    let report = folder.join("report.jsonl");
    let begun = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args([
            "replay",
            "--format",
            "jsonl",
            "--now",
            "2026-11-21T12:00:00Z",
            "--account",
        ])
        .arg(folder.join("account"))
        .arg(folder.join("sweep.json"))
        .stdout(Stdio::from(fs::File::create(&report).unwrap()))
        .spawn()
        .unwrap();
    let cost = watch(child, begun);
    let lines = fs::read_to_string(report).unwrap();
    let summary: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(summary["errors"], 0, "the account is read without an error");
    (cost, summary["open"].as_array().unwrap().len())
}

/// Looks at the process until it has ended: the peak of its memory stands in `/proc` while it runs, and its time until it
/// is waited for.
fn watch(mut child: Child, begun: Instant) -> Cost {
    let mut cost = Cost::default();
    let of_process = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
    loop {
        let status = of_process("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|kb| kb.trim().trim_end_matches(" kB").parse().ok());
        cost.resident_kb = cost.resident_kb.max(peak.unwrap_or(0));
        let stat = of_process("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        if fields.first().is_none_or(|state| *state == "Z") {
            let ticks = fields.get(11).and_then(|ticks| ticks.parse().ok()).unwrap_or(0);
            // `/proc` counts in hundredths of a second (proc(5), sysconf(3): `_SC_CLK_TCK`).
            cost.user = Duration::from_millis(10 * ticks);
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().code().is_some());
    cost.wall = begun.elapsed();
    cost
}
