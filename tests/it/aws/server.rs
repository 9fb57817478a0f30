//! A server program for the length of one test: started on a free port of 127.0.0.1, killed with all that it started when the test ends in any way.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::tools::{tool, workshop};

/// The account that the API server plays.
pub(super) const ACCOUNT: &str = "123456789012";
/// The Region that it plays: the one in which IAM's events appear.
pub(super) const REGION: &str = "us-east-1";

const PATIENCE: Duration = Duration::from_mins(1);
/// Its input stays open as long as the test process lives, so it also cleans up after a test process that was killed.
const GUARD: &str = r#""$@" & cat; kill -KILL 0"#;

/// A running server.
pub(super) struct Server {
    guard: Child,
    log: PathBuf,
    endpoint: String,
}

impl Server {
    /// An AWS API server (`ministack`) that runs functions, and enforces the policies of their roles and of resources.
    pub(super) fn aws(port: u16) -> Self {
        let mut command = Command::new(tool("ministack"));
        command
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("MINISTACK_REGION", REGION)
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")) // the functions that it runs inherit it
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // Lambda sets this one; ministack does not, and `lambda_runtime` will not start without. What it starts inherits its environment.
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/unknown");
        Self::start("ministack", port, &command, "/_ministack/health")
    }

    /// An AWS API server (`moto`) that has Security Hub, and `StackSets` that make what their templates say.
    pub(super) fn moto(port: u16) -> Self {
        let mut command = Command::new(tool("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Self::start("moto", port, &command, "/moto-api/")
    }

    /// A proxy (`microburst`) in front of an AWS API server that passes everything on until it is told to fail.
    pub(super) fn faults(port: u16, upstream: &str) -> Self {
        let mut command = Command::new(tool("microburst"));
        command.args([
            "--host",
            "127.0.0.1",
            "--no-resign",
            "--upstream",
            upstream,
            "--port",
            &port.to_string(),
        ]);
        Self::start("microburst", port, &command, "/_microburst/health")
    }

    fn start(name: &str, port: u16, server: &Command, health: &str) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let home = workshop().join(format!("{name}-{}-{number}", std::process::id()));
        let scratch = home.join("tmp");
        fs::create_dir_all(&scratch).expect("create the server's folder");
        let log = home.join("log");
        let file = File::create(&log).expect("create the server's log");
        let guard = Command::new("sh")
            .args(["-c", GUARD, name])
            .arg(server.get_program())
            .args(server.get_args())
            .envs(server.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .env("TMPDIR", scratch) // unpacked functions and other leavings
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(file.try_clone().expect("share the server's log"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let server = Self {
            guard,
            log,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        server.await_health(health);
        server
    }

    fn await_health(&self, path: &str) {
        let started = Instant::now();
        let url = format!("{}{path}", self.endpoint);
        while ureq::get(&url).call().is_err() {
            assert!(started.elapsed() < PATIENCE, "{url} did not answer within {PATIENCE:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take()); // the guard then kills its process group, itself included
        drop(self.guard.wait());
        let home = self.log.parent().expect("the server's folder");
        if thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let end = &lines[lines.len().saturating_sub(80)..];
            eprintln!("--- end of {}\n{}", self.log.display(), end.join("\n"));
            drop(fs::remove_dir_all(home.join("tmp")));
        } else {
            drop(fs::remove_dir_all(home));
        }
    }
}

/// A port of 127.0.0.1 that nobody listens on.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("find a free port")
        .port()
}
