//! What does a CloudTrail record say? Every member is optional, because real records leave out nearly every one of them.

use jiff::Timestamp;
use serde_json::Value;

use super::Cause;
use super::error::{EventError, shown};
use super::field::{self, NULL};
use crate::arn::{AccountId, Region};

/// The longest text that is kept of a caller's own words; CloudTrail cuts at about this length, too.
const LONGEST_WORD: usize = 1024;

/// Where an envelope says that its event happened.
#[derive(Debug, Clone, Default)]
pub(super) struct Home {
    /// The account.
    pub(super) account: Option<AccountId>,
    /// The Region.
    pub(super) region: Option<Region>,
}

impl Home {
    /// What an EventBridge envelope says.
    pub(super) fn of(envelope: &Value) -> Self {
        Self {
            account: account(envelope.get("account")),
            region: region(envelope.get("region")),
        }
    }
}

/// Where in a record a name stands; paths are dotted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In `requestParameters`.
    Request(&'static str),
    /// In `responseElements`.
    Response(&'static str),
    /// In `additionalEventData`.
    Additional(&'static str),
    /// The ARN of a resource of this type, in `resources`.
    Resource(&'static str),
}

/// A view of one record.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    /// The call, with its date suffix.
    pub(super) event_name: &'a str,
    /// The service, as its endpoint's name.
    pub(super) event_source: &'a str,
    /// Where it was delivered, which is where it happened; never the caller's account.
    pub(super) account: AccountId,
    /// The Region in which it happened.
    pub(super) region: Region,
    /// `requestParameters`, without EC2's wrapper.
    pub(super) request: &'a Value,
    /// `responseElements`, without EC2's wrapper.
    pub(super) response: &'a Value,
    whole: &'a Value,
}

impl<'a> Record<'a> {
    /// Reads a record that came in an envelope (`home`) or alone.
    pub(super) fn read(whole: &'a Value, home: &Home) -> Result<Self, EventError> {
        let event_source = required(whole, "eventSource")?;
        let wrapped = event_source.starts_with("ec2.");
        let part = |name: &str, endings: &[&str]| {
            let value = whole.get(name).unwrap_or(&NULL);
            if wrapped { field::unwrap(value, endings) } else { value }
        };
        Ok(Self {
            event_name: required(whole, "eventName")?,
            event_source,
            account: home
                .account
                .clone()
                .or_else(|| own_account(whole))
                .ok_or_else(|| EventError::field("recipientAccountId", "is missing, so the account is not known"))?,
            region: home
                .region
                .clone()
                .or_else(|| region(whole.get("awsRegion")))
                .ok_or_else(|| EventError::field("awsRegion", "is missing or not a Region's code"))?,
            request: part("requestParameters", &["Request", "Req"]),
            response: part("responseElements", &["Response"]),
            whole,
        })
    }

    /// `errorCode`, if the call failed.
    pub(super) fn error_code(&self) -> Option<String> {
        self.word("errorCode")
    }

    /// Whether CloudTrail calls it a read.
    pub(super) fn read_only(&self) -> Option<bool> {
        field::flag(self.whole, "readOnly")
    }

    /// Whether CloudTrail calls it a data event.
    pub(super) fn is_data_event(&self) -> bool {
        field::flag(self.whole, "managementEvent") == Some(false)
            || self.word("eventCategory").is_some_and(|category| category == "Data")
    }

    /// Whether the record was delivered to another account than its envelope says.
    pub(super) fn is_misdelivered(&self) -> bool {
        account(self.whole.get("recipientAccountId")).is_some_and(|recipient| recipient != self.account)
    }

    /// Whether CloudTrail left out parameters for their size: all of them, or a single one.
    pub(super) fn parameters_omitted(&self) -> bool {
        let marked = |value: &Value| field::flag(value, "omitted") == Some(true);
        match self.request {
            Value::String(text) => text.contains("too large"),
            Value::Object(members) => {
                let oversized = self
                    .request_text("reason")
                    .is_some_and(|reason| reason.contains("too large"));
                oversized || marked(self.request) || members.values().any(marked)
            }
            _ => false,
        }
    }

    /// The texts that stand at a place.
    pub(super) fn texts(&self, place: Place) -> Vec<String> {
        match place {
            Place::Request(path) => field::texts(self.request, path),
            Place::Response(path) => field::texts(self.response, path),
            Place::Additional(path) => field::texts(self.whole.get("additionalEventData").unwrap_or(&NULL), path),
            Place::Resource(kind) => self.resources(kind),
        }
    }

    /// The first text that stands at a place.
    pub(super) fn text(&self, place: Place) -> Option<String> {
        self.texts(place).into_iter().next()
    }

    /// The parts that speak of what was called on, and not of the caller.
    pub(super) fn parts(&self) -> impl Iterator<Item = &'a Value> {
        let named = ["resources", "additionalEventData", "serviceEventDetails"];
        let others = named.into_iter().filter_map(|name| self.whole.get(name));
        [self.request, self.response].into_iter().chain(others)
    }

    /// The service that called, if one did.
    pub(super) fn invoked_by(&self) -> Option<String> {
        self.word("userIdentity.invokedBy")
    }

    /// The call behind whatever changed.
    pub(super) fn cause(&self) -> Cause {
        Cause {
            event_name: clip(self.event_name),
            event_source: Some(clip(self.event_source)),
            event_id: self.word("eventID"),
            event_time: self.word("eventTime").and_then(|time| time.parse::<Timestamp>().ok()),
            actor: self.actor(),
            invoked_by: self.invoked_by(),
            source_ip_address: self.word("sourceIPAddress"),
            user_agent: self.word("userAgent"),
        }
    }

    fn actor(&self) -> Option<String> {
        const BEST_FIRST: [&str; 5] = [
            "userIdentity.arn",
            "userIdentity.userName",
            "userIdentity.invokedBy",
            "userIdentity.principalId",
            "userIdentity.accountId",
        ];
        BEST_FIRST.into_iter().find_map(|path| self.word(path))
    }

    fn request_text(&self, path: &'static str) -> Option<String> {
        self.text(Place::Request(path))
    }

    fn resources(&self, kind: &str) -> Vec<String> {
        let all = field::reach(self.whole, "resources").into_iter();
        let of_kind = all.filter(|resource| field::member(resource, "type").is_none_or(|found| found == kind));
        of_kind.flat_map(|resource| field::texts(resource, "ARN")).collect()
    }

    fn word(&self, path: &str) -> Option<String> {
        field::texts(self.whole, path)
            .into_iter()
            .next()
            .map(|text| clip(&text))
    }
}

/// A call as messages name it.
pub(super) fn label(record: &Record<'_>) -> String {
    format!("{} {}", shown(record.event_source), shown(record.event_name))
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_WORD).collect()
}

fn required<'a>(whole: &'a Value, name: &str) -> Result<&'a str, EventError> {
    match whole.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(EventError::field(name, "is not a text")),
        None => Err(EventError::field(name, "is missing")),
    }
}

/// The caller's account stands in only for records older than version 1.02, which had no recipient and told of calls within one account.
fn own_account(whole: &Value) -> Option<AccountId> {
    let caller = || whole.get("userIdentity").and_then(|identity| identity.get("accountId"));
    account(
        whole
            .get("recipientAccountId")
            .filter(|id| !id.is_null())
            .or_else(caller),
    )
}

/// An account id; one that was read as a number has lost its leading zeros.
pub(super) fn account(value: Option<&Value>) -> Option<AccountId> {
    match value? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => format!("{:012}", number.as_u64()?).parse().ok(),
        _ => None,
    }
}

/// A Region's code.
pub(super) fn region(value: Option<&Value>) -> Option<Region> {
    value?.as_str()?.parse().ok()
}
