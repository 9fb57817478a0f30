//! Where do the settings come from? An SSM parameter, which is read again after minutes, or the environment, which stays.

use jiff::Timestamp;

use super::clients::Clients;
use super::environment::Environment;
use super::failure::{explain, printable};
use crate::settings::{Kept, Problem, Settings};

/// The settings of the Lambda.
#[derive(Debug)]
pub struct SettingsSource {
    kept: Kept,
    parameter: Option<String>,
}

impl SettingsSource {
    /// Where the environment says that they are. A document that cannot be used is a problem to tell, and no reason not to start:
    /// a monitor that is down says nothing at all.
    pub fn new(environment: &Environment, now: Timestamp) -> Self {
        if let Some(name) = &environment.settings_parameter {
            return Self {
                kept: Kept::new(format!("ssm:{name}")),
                parameter: Some(name.clone()),
            };
        }
        let mut kept = Kept::new("environment:VIGIL_SETTINGS");
        if let Some(text) = &environment.settings {
            kept.take(Ok(text), now);
        }
        Self { kept, parameter: None }
    }

    /// Reads them again if it is time.
    pub async fn refresh(&mut self, clients: &Clients, now: Timestamp) {
        let Some(name) = self.parameter.as_deref().filter(|_| self.kept.is_due(now)) else {
            return;
        };
        let read = read(clients, name).await;
        self.kept.take(read.as_deref().map_err(Clone::clone), now);
        if let Some(problem) = self.kept.problem(now) {
            let (source, why) = (problem.source.as_str(), printable(&problem.detail));
            tracing::warn!(source, why, "the settings cannot be used");
        }
    }

    /// Those that count.
    pub fn settings(&self) -> &Settings {
        self.kept.settings()
    }

    /// What somebody has to know about them.
    pub fn problem(&self, now: Timestamp) -> Option<Problem> {
        self.kept.problem(now)
    }
}

async fn read(clients: &Clients, name: &str) -> Result<String, String> {
    let call = clients.ssm().get_parameter().name(name);
    let answer = Box::pin(call.send()).await;
    let answer = answer.map_err(|error| printable(&format!("`ssm:GetParameter` failed: {}", explain(&error))))?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.ok_or_else(|| "the answer to `ssm:GetParameter` has no value".to_owned())
}
