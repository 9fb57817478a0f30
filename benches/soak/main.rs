//! How many events a second does a replay with a state file work on, and does its memory stay as it is however many there are?
//! Writes an account of ordinary shape, feeds the release build of `vigil` a million events of it, and prints one table.
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

#[path = "../scale/account.rs"]
mod account;
#[path = "../scale/functions.rs"]
mod functions;
#[path = "../scale/networks.rs"]
mod networks;
#[path = "../scale/roles.rs"]
mod roles;
mod stream;

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use stream::Stream;

/// After how many of how many events it is looked at the process.
const LOOKS: [usize; 4] = [1, 10, 50, 100];

fn main() {
    // For profilers: `cargo bench --bench soak -- --write FOLDER 100000` leaves account and events there, and no more.
    let mut told = std::env::args().skip_while(|argument| argument != "--write").skip(1);
    if let Some(folder) = told.next() {
        let events = told.next().map_or(100_000, |events| events.parse().unwrap());
        return write(Path::new(&folder), events);
    }
    // `cargo test --benches` only wants to know that it runs.
    let (functions, events) = if std::env::args().any(|argument| argument == "--bench") {
        (10_000, 1_000_000)
    } else {
        (200, 2_000)
    };
    let folder = tempfile::tempdir().unwrap();
    account::write(folder.path(), functions);
    soak(folder.path(), functions, events);
}

fn write(folder: &Path, events: usize) {
    account::write(folder, 10_000);
    let mut stream = Stream::of(10_000);
    let mut file = BufWriter::new(fs::File::create(folder.join("events.jsonl")).unwrap());
    for _ in 0..events {
        file.write_all(stream.line().as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

fn soak(folder: &Path, functions: usize, events: usize) {
    let mut child = start(folder);
    let (answers, first) = listen(&mut child);
    let mut input = BufWriter::with_capacity(1 << 16, child.stdin.take().unwrap());
    let mut stream = Stream::of(functions);
    // What it answers to an event that nobody knows: then it has read the account.
    input.write_all(b"{}\n").unwrap();
    input.flush().unwrap();
    first.recv().unwrap();
    let (begun, idle) = (Instant::now(), cpu(&child));
    println!("   events  seconds  events/s  CPU us/event  resident MB  peak MB  state MB");
    let mut done = (0, 0.0, idle);
    for look in LOOKS {
        let until = events * look / 100;
        while done.0 < until {
            input.write_all(stream.line().as_bytes()).unwrap();
            done.0 += 1;
        }
        let now = (done.0, begun.elapsed().as_secs_f64(), cpu(&child));
        println!(
            "{:9}  {:7.2}  {:8.0}  {:12.1}  {:11.1}  {:7.1}  {:8.1}",
            now.0,
            now.1,
            now.0 as f64 / now.1,
            (now.2 - idle) * 1e6 / now.0 as f64,
            memory(&child, "VmRSS:"),
            memory(&child, "VmHWM:"),
            fs::metadata(folder.join("state")).unwrap().len() as f64 / 1e6,
        );
        done = now;
    }
    drop(input);
    let summary: serde_json::Value = serde_json::from_str(&answers.join().unwrap()).unwrap();
    assert_eq!(summary["errors"], 1, "only what was no event: {}", summary["errors"]);
    child.wait().unwrap();
    println!(
        "{} changes, {} ignored, {} evaluations, {} notices; {} findings open; {:.1} s with the summary",
        summary["changes"],
        summary["ignored"],
        summary["evaluations"],
        summary["notices"],
        summary["open"].as_array().unwrap().len(),
        begun.elapsed().as_secs_f64(),
    );
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigil"));
    command.args([
        "replay",
        "--format",
        "jsonl",
        "--now",
        "2026-11-21T12:00:00Z",
        "--account",
    ]);
    command
        .arg(folder.join("account"))
        .arg("--state")
        .arg(folder.join("state"));
    let piped = command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped());
    piped.spawn().unwrap()
}

/// Reads all answers and keeps the last line; tells when the first one is there.
fn listen(child: &mut Child) -> (thread::JoinHandle<String>, mpsc::Receiver<()>) {
    let mut answers = BufReader::with_capacity(1 << 18, child.stdout.take().unwrap());
    let (tell, first) = mpsc::channel();
    let last = move || {
        let mut line = Vec::new();
        answers.read_until(b'\n', &mut line).unwrap();
        tell.send(()).unwrap();
        let mut rest = Vec::new();
        while answers.by_ref().take(1 << 18).read_to_end(&mut rest).unwrap() > 0 {
            let end = rest.len().saturating_sub(1);
            if let Some(at) = rest[..end].iter().rposition(|byte| *byte == b'\n') {
                rest.drain(..=at);
            }
        }
        String::from_utf8(rest).unwrap()
    };
    (thread::spawn(last), first)
}

/// Megabytes by a line of `/proc`; nothing where that is not told.
fn memory(child: &Child, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kb = line.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

/// Seconds that it has worked on all cores: `/proc` counts in hundredths (proc(5), sysconf(3): `_SC_CLK_TCK`).
fn cpu(child: &Child) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields
        .iter()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
