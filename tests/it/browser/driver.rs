//! Drives a browser by the protocol that all browsers share (W3C, `WebDriver`).

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

use super::chromium::{Chromium, chromium};

/// Keys as the protocol names them.
pub(super) mod key {
    pub(crate) const TAB: &str = "\u{e004}";
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const ESCAPE: &str = "\u{e00c}";
    pub(crate) const END: &str = "\u{e010}";
    pub(crate) const RIGHT: &str = "\u{e014}";
    pub(crate) const DOWN: &str = "\u{e015}";
}

/// What a script may take, on a machine that has other tests to run.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one window.
pub(super) struct Browser {
    driver: Child,
    agent: Agent,
    session: String,
}

impl Browser {
    /// Starts one whose window has this size.
    pub(super) fn start((width, height): (u32, u32)) -> Self {
        let found = chromium();
        let (driver, address) = started(&found);
        let agent = Agent::config_builder()
            .timeout_global(Some(2 * PATIENCE))
            .http_status_as_error(false)
            .build();
        let size = format!("--window-size={width},{height}");
        // Tests may run as root, in containers without much shared memory and without a graphics card.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            &size,
        ];
        let mut options = json!({"args": arguments});
        if let Some(browser) = &found.browser {
            options["binary"] = json!(browser);
        }
        let wanted = json!({
            "browserName": "chrome",
            "timeouts": {"script": PATIENCE.as_millis()},
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": options,
        });
        let mut browser = Self {
            driver,
            agent: agent.into(),
            session: address,
        };
        let session = browser.ask("POST", "/session", &json!({"capabilities": {"alwaysMatch": wanted}}));
        browser.session = format!("{}/session/{}", browser.session, session["sessionId"].as_str().unwrap());
        browser
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.session);
        let answer = match method {
            "GET" => self.agent.get(&url).call(),
            "DELETE" => self.agent.delete(&url).call(),
            _ => self
                .agent
                .post(&url)
                .header("content-type", "application/json")
                .send(body.to_string()),
        };
        let text = answer
            .unwrap()
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        assert!(
            answer["value"].get("error").is_none(),
            "{method} {path}: {}",
            answer["value"]
        );
        answer["value"].take()
    }

    /// Opens a page, and waits until it is there.
    pub(super) fn open(&self, url: &str) {
        self.ask("POST", "/url", &json!({"url": url}));
    }

    /// What a script answers.
    pub(super) fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What a script hands to the function `done`.
    pub(super) fn wait_for(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        self.ask("POST", "/execute/async", &json!({"script": script, "args": []}))
    }

    /// Presses keys one after the other, as from a keyboard.
    pub(super) fn press(&self, keys: &[&str]) {
        let press = |key: &&str| {
            [
                json!({"type": "keyDown", "value": key}),
                json!({"type": "keyUp", "value": key}),
            ]
        };
        let actions: Vec<Value> = keys.iter().flat_map(press).collect();
        self.ask(
            "POST",
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Types a text.
    pub(super) fn type_text(&self, text: &str) {
        let letters: Vec<String> = text.chars().map(String::from).collect();
        self.press(&letters.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// What the console has said since the last time: errors, warnings, refusals of the page's own policy.
    pub(super) fn console(&self) -> Vec<Value> {
        let all = self.ask("POST", "/se/log", &json!({"type": "browser"}));
        all.as_array().unwrap().clone()
    }

    /// The window as a picture.
    pub(super) fn picture(&self) -> Vec<u8> {
        // What moves has come to rest by then.
        std::thread::sleep(Duration::from_millis(400));
        STANDARD
            .decode(self.ask("GET", "/screenshot", &Value::Null).as_str().unwrap())
            .unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser goes with its session, and the driver after it.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The driver, and where it listens: it chooses a free port and says so.
fn started(found: &Chromium) -> (Child, String) {
    let libraries = std::env::join_paths(&found.libraries).unwrap();
    let mut command = Command::new(&found.driver);
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
    if !found.libraries.is_empty() {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let mut driver = command
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", found.driver.display()));
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|line| {
        line.split_once("successfully on port ")
            .map(|(_, port)| port.trim_end_matches('.').to_owned())
    });
    let port = port.unwrap_or_else(|| panic!("{} did not start: does it lack a library?", found.driver.display()));
    (driver, format!("http://127.0.0.1:{port}"))
}
