//! Where do the settings come from? An SSM parameter or an S3 object, which is read again after minutes, or the
//! environment, which stays.

use jiff::Timestamp;

use super::clients::Clients;
use super::environment::{Environment, KeptAt};
use super::failure::{explain, printable};
use crate::settings::{Kept, Problem, Settings};

/// More than any settings need: a file that was put there by mistake must not fill the memory.
const LONGEST: usize = 256 * 1024;

/// The settings of the Lambda.
#[derive(Debug)]
pub struct SettingsSource {
    kept: Kept,
    place: Option<KeptAt>,
    organization: Option<String>,
}

impl SettingsSource {
    /// Where the environment says that they are. A document that cannot be used is a problem to tell, and no reason not to start:
    /// a monitor that is down says nothing at all.
    pub fn new(environment: &Environment, now: Timestamp) -> Self {
        let organization = environment.organization.clone();
        if let Some(place) = &environment.settings_kept {
            return Self {
                kept: Kept::new(place.to_string()),
                place: Some(place.clone()),
                organization,
            };
        }
        let mut kept = Kept::new("environment:VIGIL_SETTINGS");
        if let Some(text) = &environment.settings {
            kept.take(Ok(text), now);
        }
        Self {
            kept,
            place: None,
            organization,
        }
    }

    /// Reads them again if it is time.
    pub async fn refresh(&mut self, clients: &Clients, now: Timestamp) {
        let Some(place) = self.place.as_ref().filter(|_| self.kept.is_due(now)) else {
            return;
        };
        let read = match place {
            KeptAt::Parameter(name) => parameter(clients, name).await,
            KeptAt::Object { bucket, key } => object(clients, (bucket, key)).await,
        };
        self.kept.take(read.as_deref().map_err(Clone::clone), now);
        if let Some(problem) = self.kept.problem(now) {
            let (source, why) = (problem.source.as_str(), printable(&problem.detail));
            tracing::warn!(source, why, "the settings cannot be used");
        }
    }

    /// Those that count. Where they name no organization, it is the one that the monitor is the hub of.
    pub fn settings(&self) -> Settings {
        let settings = self.kept.settings().clone();
        Settings {
            organization: settings.organization.or_else(|| self.organization.clone()),
            ..settings
        }
    }

    /// What somebody has to know about them.
    pub fn problem(&self, now: Timestamp) -> Option<Problem> {
        self.kept.problem(now)
    }
}

async fn parameter(clients: &Clients, name: &str) -> Result<String, String> {
    let call = clients.ssm().get_parameter().name(name);
    let answer = Box::pin(call.send()).await;
    let answer = answer.map_err(|error| printable(&format!("`ssm:GetParameter` failed: {}", explain(&error))))?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.ok_or_else(|| "the answer to `ssm:GetParameter` has no value".to_owned())
}

async fn object(clients: &Clients, (bucket, key): (&str, &str)) -> Result<String, String> {
    let call = clients.s3().get_object().bucket(bucket).key(key);
    let answer = Box::pin(call.send()).await;
    let answer = answer.map_err(|error| printable(&format!("`s3:GetObject` failed: {}", explain(&error))))?;
    let (mut body, mut bytes) = (answer.body, Vec::new());
    while let Some(more) = body.next().await {
        bytes.extend_from_slice(&more.map_err(|error| printable(&format!("`s3:GetObject` broke off: {error}")))?);
        if bytes.len() > LONGEST {
            return Err(format!(
                "the object is longer than {LONGEST} bytes, which no settings are"
            ));
        }
    }
    String::from_utf8(bytes).map_err(|_| "the object is not text in UTF-8".to_owned())
}
