//! How fast does the Lambda start, and how large is it? Size of the release binary, time from exec to the first poll of the
//! Runtime API, resident memory at that point: the median of twenty starts.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts processes and prints"
)]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 20;
const BINARY: &str = env!("CARGO_BIN_EXE_bootstrap");

struct Start {
    time: Duration,
    resident_kib: u64,
}

fn spawn(address: &str) -> Child {
    let mut command = Command::new(BINARY);
    command.env_clear();
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", address),
        ("AWS_LAMBDA_FUNCTION_NAME", "lambda-vigil"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("VIGIL_TABLE", "state"),
        ("VIGIL_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:notices"),
    ] {
        command.env(name, value);
    }
    command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn start() -> Start {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let begun = Instant::now();
    let mut child = spawn(&address);
    let (connection, _) = listener.accept().unwrap();
    let mut request = String::new();
    // Kept open until the process was looked at: without its Runtime API it ends.
    let mut runtime_api = BufReader::new(connection);
    runtime_api.read_line(&mut request).unwrap();
    let time = begun.elapsed();
    assert!(request.contains("/runtime/invocation/next"), "{request}");
    let resident_kib = resident_kib(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    Start { time, resident_kib }
}

fn main() {
    let size = std::fs::metadata(BINARY).unwrap().len();
    start(); // the first one reads the binary from disk
    let mut starts: Vec<Start> = (0..STARTS).map(|_| start()).collect();
    starts.sort_by_key(|start| start.time);
    let middle = starts.get(STARTS / 2).unwrap();
    starts
        .iter()
        .map(|start| start.resident_kib)
        .max()
        .into_iter()
        .for_each(|most| {
            println!(
                "bootstrap: {} KiB; exec to first poll {:.1} ms (median of {STARTS}), {} KiB resident (at most {most})",
                size / 1024,
                middle.time.as_secs_f64() * 1000.0,
                middle.resident_kib,
            );
        });
}
