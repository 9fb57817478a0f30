//! What does the real `bootstrap` do with an event? A Lambda Runtime API for one execution environment, so that a test holds the process in its hands.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::http::{Connection, Request};
use super::package::bootstrap;
use super::server::{ACCOUNT, REGION};
use super::tools::workshop;

/// What came of an invocation, or of the start.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The function answered.
    Answered(Value),
    /// The function reported an error; the environment lives on.
    Failed(#[allow(dead_code)] Value), // shown by Debug
    /// The process ended.
    Exited(#[allow(dead_code)] ExitStatus), // shown by Debug
    /// No answer within the time limit; Lambda kills the environment then, and so did we.
    TimedOut,
}

impl Outcome {
    /// The answer; anything else fails the test.
    pub(super) fn answer(self) -> Value {
        match self {
            Self::Answered(answer) => answer,
            other => panic!("expected an answer, got {other:?}"),
        }
    }
}

struct Invocation {
    id: u32,
    event: Vec<u8>,
    deadline: SystemTime,
}

enum Call {
    Polled(Instant),
    Answered(u32, Vec<u8>),
    Failed(Vec<u8>),
}

/// An execution environment: the process and the Runtime API that it polls.
pub(super) struct Environment {
    process: Child,
    invocations: Sender<Invocation>,
    calls: Receiver<Call>,
    count: u32,
    log: PathBuf,
    /// From the start of the process to its first request for an event.
    pub(super) first_poll: Duration,
}

impl Environment {
    /// Starts the real `bootstrap` with these variables besides those that Lambda sets, and waits until it asks for an event.
    pub(super) fn start(variables: &[(&str, &str)]) -> Self {
        match Self::try_start(variables) {
            Ok(environment) => environment,
            Err((outcome, log)) => panic!("bootstrap did not start: {outcome:?}\n{log}"),
        }
    }

    /// As [`Self::start`]; an environment that does not come up answers what it did instead, and its log.
    pub(super) fn try_start(variables: &[(&str, &str)]) -> Result<Self, (Outcome, String)> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = workshop().join(format!("bootstrap-{}-{number}.log", std::process::id()));
        let file = File::create(&log).expect("create the log of bootstrap");
        let (address, invocations, calls) = serve();
        let started = Instant::now();
        let process = Command::new(bootstrap())
            .env_clear()
            .envs(lambda_variables(&address))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("share the log of bootstrap"))
            .stderr(file)
            .spawn()
            .expect("start bootstrap");
        let mut environment = Self {
            process,
            invocations,
            calls,
            count: 0,
            log,
            first_poll: Duration::ZERO,
        };
        match environment.next_call(started + Duration::from_secs(10)) {
            Ok(Call::Polled(at)) => {
                environment.first_poll = at - started;
                Ok(environment)
            }
            Ok(Call::Answered(_, body) | Call::Failed(body)) => Err((Outcome::Failed(json(&body)), environment.log())),
            Err(outcome) => Err((outcome, environment.log())),
        }
    }

    /// Hands in an event with a minute's time.
    pub(super) fn invoke(&mut self, event: &Value) -> Outcome {
        self.invoke_within(event, Duration::from_mins(1))
    }

    /// Hands in an event that has to be answered within `limit`.
    pub(super) fn invoke_within(&mut self, event: &Value, limit: Duration) -> Outcome {
        self.count += 1;
        let invocation = Invocation {
            id: self.count,
            event: event.to_string().into_bytes(),
            deadline: SystemTime::now() + limit,
        };
        self.invocations.send(invocation).expect("hand in the event");
        let end = Instant::now() + limit;
        loop {
            match self.next_call(end) {
                Ok(Call::Polled(_)) => {}
                Ok(Call::Answered(id, body)) => {
                    assert_eq!(id, self.count, "answered another invocation");
                    return Outcome::Answered(json(&body));
                }
                Ok(Call::Failed(body)) => return Outcome::Failed(json(&body)),
                Err(outcome) => return outcome,
            }
        }
    }

    /// The process's number.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Resident memory now, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("read /proc");
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmRSS:")?
                    .trim()
                    .strip_suffix("kB")?
                    .trim()
                    .parse()
                    .ok()
            })
            .expect("a VmRSS line")
    }

    /// All that it printed so far.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    fn next_call(&mut self, end: Instant) -> Result<Call, Outcome> {
        loop {
            match self.calls.recv_timeout(Duration::from_millis(10)) {
                Ok(call) => return Ok(call),
                Err(RecvTimeoutError::Disconnected) => panic!("the Runtime API has stopped"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.process.try_wait().expect("watch bootstrap") {
                return Err(Outcome::Exited(status));
            }
            if Instant::now() > end {
                self.process.kill().expect("kill bootstrap");
                return Err(Outcome::TimedOut);
            }
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        if thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        } else {
            drop(fs::remove_file(&self.log));
        }
    }
}

fn lambda_variables(address: &str) -> [(&'static str, String); 12] {
    [
        ("AWS_LAMBDA_RUNTIME_API", address.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "vigil".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/vigil".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "test".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCOUNT.to_owned()), // the server takes an account's number for its root user's key
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

fn serve() -> (String, Sender<Invocation>, Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind the Runtime API");
    let address = listener.local_addr().expect("address of the Runtime API").to_string();
    let (invocations, waiting) = channel();
    let (calls, heard) = channel();
    let waiting = Arc::new(Mutex::new(waiting));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (waiting, calls) = (Arc::clone(&waiting), calls.clone());
            // A connection ends with its peer; what the peer did shows in the calls.
            thread::spawn(move || Connection::new(stream).and_then(|peer| converse(peer, &waiting, &calls)));
        }
    });
    (address, invocations, heard)
}

fn converse(mut peer: Connection, waiting: &Mutex<Receiver<Invocation>>, calls: &Sender<Call>) -> io::Result<()> {
    while let Some(Request { line, body }) = peer.receive()? {
        let path = line
            .split_once("/2018-06-01/runtime/")
            .map_or(line.as_str(), |(_, path)| path);
        let parts: Vec<&str> = path.split('/').collect();
        let call = match parts.as_slice() {
            ["invocation", "next"] => {
                drop(calls.send(Call::Polled(Instant::now())));
                let Ok(invocation) = waiting.lock().expect("take an event").recv() else {
                    return Ok(());
                };
                hand_over(&mut peer, &invocation)?;
                continue;
            }
            ["invocation", id, "response"] => Call::Answered(id.parse().map_err(io::Error::other)?, body),
            ["invocation", _, "error"] | ["init", "error"] => Call::Failed(body),
            _ => {
                peer.answer("404 Not Found", "", b"")?;
                continue;
            }
        };
        peer.answer("202 Accepted", "", b"")?;
        drop(calls.send(call));
    }
    Ok(())
}

fn hand_over(peer: &mut Connection, invocation: &Invocation) -> io::Result<()> {
    let deadline = invocation
        .deadline
        .duration_since(UNIX_EPOCH)
        .map_err(io::Error::other)?
        .as_millis();
    let headers = format!(
        "content-type: application/json\r\nlambda-runtime-aws-request-id: {}\r\nlambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:{REGION}:{ACCOUNT}:function:vigil\r\n",
        invocation.id
    );
    peer.answer("200 OK", &headers, &invocation.event)
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}
