//! How is this Lambda set up? Every environment variable that it reads, read and checked in one place.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::Arc;

use super::clients::Clients;
use super::collect::Feeds;
use super::members::{Members, Reader};
use super::outlets::Usual;
use super::pace::Share;
use crate::arn::{AccountId, Arn, Region};

mod reader;

const TOPIC: &str = "VIGIL_TOPIC_ARN";
const CHAT_TOPIC: &str = "VIGIL_CHAT_TOPIC_ARN";
const EVENT_BUS: &str = "VIGIL_EVENT_BUS_ARN";
const HEALTH_TOPIC: &str = "VIGIL_HEALTH_TOPIC_ARN";
const SECURITY_HUB: &str = "VIGIL_SECURITY_HUB";
const QUARANTINE: &str = "VIGIL_DEAD_LETTER_QUEUE_ARN";
const TABLE: &str = "VIGIL_TABLE";
const QUEUE: &str = "VIGIL_QUEUE_ARN";
const SOURCE_PREFIX: &str = "VIGIL_EVENT_SOURCE_PREFIX";
const REGIONS: &str = "VIGIL_REGIONS";
const SETTINGS: &str = "VIGIL_SETTINGS";
const SETTINGS_PARAMETER: &str = "VIGIL_SETTINGS_PARAMETER";
const SETTINGS_OBJECT: &str = "VIGIL_SETTINGS_OBJECT";
const PACKAGES: &str = "VIGIL_INSPECT_PACKAGES";
const SHARE: &str = "VIGIL_API_SHARE_PERCENT";
const SALT: &str = "VIGIL_SALT";
const HOME: &str = "AWS_REGION";
const FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME";
const ORGANIZATION: &str = "VIGIL_ORGANIZATION";
const HUB_BUS: &str = "VIGIL_HUB_BUS_ARN";
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

const REAL_SOURCE: &str = "aws";
const SHORTEST_SALT: usize = 16;

/// A variable that keeps the Lambda from starting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// It has to be there.
    #[error("the environment variable `{name}` is missing, set it to {meaning}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What belongs into it.
        meaning: &'static str,
    },
    /// Its value cannot be used.
    #[error("the environment variable `{name}`: {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// The set-up of the Lambda.
#[derive(Clone, PartialEq)]
pub struct Environment {
    /// The Region that the Lambda runs in (`AWS_REGION`, set by Lambda).
    pub home: Region,
    /// The Lambda's own name (`AWS_LAMBDA_FUNCTION_NAME`, set by Lambda).
    pub function_name: String,
    /// Where notices go: to a topic (`VIGIL_TOPIC_ARN`), to another one for Amazon Q Developer in chat applications
    /// (`VIGIL_CHAT_TOPIC_ARN`; default: none), as events to an event bus (`VIGIL_EVENT_BUS_ARN`; default: none), what is about the monitor itself also to a topic
    /// of its own (`VIGIL_HEALTH_TOPIC_ARN`; default: none), and as findings to
    /// Security Hub (`VIGIL_SECURITY_HUB`, `true` or `false`; default: `false`).
    pub usual: Usual,
    /// The queue for inputs that cannot be understood (`VIGIL_DEAD_LETTER_QUEUE_ARN`; default: they are only logged).
    pub quarantine: Option<Arn>,
    /// The DynamoDB table that keeps the state (`VIGIL_TABLE`).
    pub table: String,
    /// What the rules feed: here a queue (`VIGIL_QUEUE_ARN`), and in other accounts and Regions an event bus (`VIGIL_HUB_BUS_ARN`; default
    /// of both: unknown, and nobody judges whether they still do).
    pub feeds: Feeds,
    /// What the sources of its events begin with (`VIGIL_EVENT_SOURCE_PREFIX`, for tests, which may then use more than a quota; default: `aws`).
    pub source_prefix: String,
    /// The Regions whose functions are watched, the home Region first (`VIGIL_REGIONS`, commas between; default: the home Region).
    pub regions: Vec<Region>,
    /// The role by which other accounts are read (`VIGIL_READER_ROLE`, its name with its path; `VIGIL_EXTERNAL_ID`, what its trust policy
    /// asks for; `VIGIL_UNITS`, the organizational units, and `VIGIL_ACCOUNTS`, commas between, or the organization's active accounts; default:
    /// this account alone).
    pub reader: Option<Reader>,
    /// Id of the own organization where the settings name none (`VIGIL_ORGANIZATION`; default: none).
    pub organization: Option<String>,
    /// The settings document as it was given (`VIGIL_SETTINGS`, TOML or JSON; default: none).
    pub settings: Option<String>,
    /// Where the settings document is kept that is read again every few minutes; then `VIGIL_SETTINGS` does not count
    /// (`VIGIL_SETTINGS_PARAMETER` or `VIGIL_SETTINGS_OBJECT`; default: nowhere).
    pub settings_kept: Option<KeptAt>,
    /// Whether code packages are downloaded and inspected (`VIGIL_INSPECT_PACKAGES`, `true` or `false`; default: `false`).
    pub inspect_packages: bool,
    /// The part of the API quotas to use (`VIGIL_API_SHARE_PERCENT`, 1 to 100; default: a third).
    pub share: Share,
    /// Goes into the digests of environment values (`VIGIL_SALT`, 16 characters or more; default: random for each process).
    pub salt: Vec<u8>,
    /// From which level on is logged (`AWS_LAMBDA_LOG_LEVEL`, set by Lambda's logging configuration; default: `info`).
    pub log_level: LogLevel,
}

/// Where a settings document is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptAt {
    /// In an SSM parameter of this name.
    Parameter(String),
    /// In an S3 object.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
}

impl fmt::Display for KeptAt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(out, "ssm:{name}"),
            Self::Object { bucket, key } => write!(out, "s3://{bucket}/{key}"),
        }
    }
}

/// The levels of Lambda's logging configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// `TRACE`.
    Trace,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR` and `FATAL`.
    Error,
}

impl LogLevel {
    /// Its name in a filter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_uppercase().as_str() {
            "TRACE" => Ok(Self::Trace),
            "DEBUG" => Ok(Self::Debug),
            "INFO" => Ok(Self::Info),
            "WARN" => Ok(Self::Warn),
            "ERROR" | "FATAL" => Ok(Self::Error),
            _ => Err("use one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL".to_owned()),
        }
    }
}

impl Environment {
    /// From the process's environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the Lambda reads its environment"
    )]
    pub fn read() -> Result<Self, EnvironmentError> {
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    /// The accounts that are read from this one.
    pub fn members(&self, home: &AccountId, clients: &Arc<Clients>) -> Members {
        Members::new(
            home.clone(),
            self.home.clone(),
            Arc::clone(clients),
            self.reader.clone(),
        )
    }

    /// From the variables of a function's configuration.
    pub fn of_function(
        variables: &HashMap<String, String>,
        name: &str,
        home: &Region,
    ) -> Result<Self, EnvironmentError> {
        Self::from_variables(&|variable| match variable {
            HOME => Some(home.to_string()),
            FUNCTION => Some(name.to_owned()),
            other => variables.get(other).cloned(),
        })
    }

    fn from_variables(variable: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let given = |name: &'static str| variable(name).filter(|value| !value.trim().is_empty());
        let source_prefix = given(SOURCE_PREFIX).unwrap_or_else(|| REAL_SOURCE.to_owned());
        let usual = usual(&given)?;
        let home: Region = required(given(HOME), HOME, "the Region that the Lambda runs in")?;
        Ok(Self {
            function_name: required(given(FUNCTION), FUNCTION, "the Lambda's own name")?,
            quarantine: given(QUARANTINE)
                .map(|arn| named(&arn, QUARANTINE, "sqs"))
                .transpose()?,
            table: required(
                given(TABLE),
                TABLE,
                "the name of the DynamoDB table that keeps the state",
            )?,
            feeds: Feeds {
                queue: given(QUEUE).map(|arn| named(&arn, QUEUE, "sqs")).transpose()?,
                bus: given(HUB_BUS).map(|arn| named(&arn, HUB_BUS, "events")).transpose()?,
                topics: usual.topics(),
            },
            usual,
            share: given(SHARE).map_or(Ok(Share::DEFAULT), |text| share(&text, source_prefix == REAL_SOURCE))?,
            source_prefix,
            regions: given(REGIONS).map_or_else(|| Ok(vec![home.clone()]), |list| regions(&list, &home))?,
            reader: reader::reader(&given)?,
            organization: given(ORGANIZATION).map(|id| id.trim().to_owned()),
            settings: given(SETTINGS),
            settings_kept: kept(given(SETTINGS_PARAMETER), given(SETTINGS_OBJECT))?,
            inspect_packages: given(PACKAGES).map_or(Ok(false), |text| parsed(&text, PACKAGES))?,
            salt: given(SALT).map_or_else(|| Ok(fresh_salt()), salt)?,
            log_level: given(LOG_LEVEL).map_or(Ok(LogLevel::Info), |text| parsed(&text, LOG_LEVEL))?,
            home,
        })
    }
}

fn required<T>(value: Option<String>, name: &'static str, meaning: &'static str) -> Result<T, EnvironmentError>
where
    T: FromStr<Err: Display>,
{
    let value = value.ok_or(EnvironmentError::Missing { name, meaning })?;
    parsed(&value, name)
}

fn parsed<T>(value: &str, name: &'static str) -> Result<T, EnvironmentError>
where
    T: FromStr<Err: Display>,
{
    value.trim().parse().map_err(|error| invalid(name, error))
}

fn invalid(name: &'static str, problem: impl Display) -> EnvironmentError {
    EnvironmentError::Invalid {
        name,
        problem: problem.to_string(),
    }
}

fn usual(given: &impl Fn(&'static str) -> Option<String>) -> Result<Usual, EnvironmentError> {
    let topic = given(TOPIC).ok_or(EnvironmentError::Missing {
        name: TOPIC,
        meaning: "the ARN of the topic that gets the notices",
    })?;
    Ok(Usual {
        topic: named(&topic, TOPIC, "sns")?,
        chat: given(CHAT_TOPIC)
            .map(|arn| named(&arn, CHAT_TOPIC, "sns"))
            .transpose()?,
        bus: given(EVENT_BUS)
            .map(|arn| named(&arn, EVENT_BUS, "events"))
            .transpose()?,
        health: given(HEALTH_TOPIC)
            .map(|arn| named(&arn, HEALTH_TOPIC, "sns"))
            .transpose()?,
        security_hub: given(SECURITY_HUB).map_or(Ok(false), |text| parsed(&text, SECURITY_HUB))?,
    })
}

/// The ARN of something of a service, with account and Region.
fn named(text: &str, name: &'static str, service: &str) -> Result<Arn, EnvironmentError> {
    let arn: Arn = parsed(text, name)?;
    if arn.service() != service || arn.region().is_none() || arn.account().is_none() {
        let problem = format!("`{arn}` is not an ARN of `{service}` with Region and account");
        return Err(invalid(name, problem));
    }
    Ok(arn)
}

fn kept(parameter: Option<String>, object: Option<String>) -> Result<Option<KeptAt>, EnvironmentError> {
    match (parameter, object) {
        (Some(_), Some(_)) => {
            let problem =
                format!("`{SETTINGS_PARAMETER}` is set as well, and settings come from one place: unset one of them");
            Err(invalid(SETTINGS_OBJECT, problem))
        }
        (Some(name), None) => Ok(Some(KeptAt::Parameter(name.trim().to_owned()))),
        (None, Some(text)) => object_at(text.trim()).map(Some),
        (None, None) => Ok(None),
    }
}

fn object_at(text: &str) -> Result<KeptAt, EnvironmentError> {
    let place = text.strip_prefix("s3://").and_then(|place| place.split_once('/'));
    match place {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(KeptAt::Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }),
        _ => Err(invalid(
            SETTINGS_OBJECT,
            format!("`{text}` is not of the form s3://bucket/key"),
        )),
    }
}

fn regions(list: &str, home: &Region) -> Result<Vec<Region>, EnvironmentError> {
    let mut regions: Vec<Region> = Vec::new();
    for code in list.split(',').filter(|code| !code.trim().is_empty()) {
        let region: Region = parsed(code, REGIONS)?;
        if region.partition() != home.partition() {
            let problem = format!("`{region}` is in another partition than `{home}`, monitor it from there");
            return Err(invalid(REGIONS, problem));
        }
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    if regions.is_empty() {
        return Err(invalid(REGIONS, "names no Region, unset it for the Lambda's own one"));
    }
    // A stable sort: only the home Region moves.
    regions.sort_by_key(|region| region != home);
    Ok(regions)
}

/// Only a server that plays AWS has more to give than the quotas.
fn share(text: &str, is_real: bool) -> Result<Share, EnvironmentError> {
    let percent = text.trim().parse().ok();
    let percent = percent
        .filter(|percent| !is_real || *percent <= 100)
        .and_then(Share::percent);
    percent.ok_or_else(|| invalid(SHARE, format!("`{text}` is not a percentage from 1 to 100")))
}

/// Does not repeat the value: a salt is no secret, but nobody else needs it.
fn salt(text: String) -> Result<Vec<u8>, EnvironmentError> {
    if text.len() < SHORTEST_SALT {
        let problem = format!("is shorter than {SHORTEST_SALT} characters, unset it for a random one");
        return Err(invalid(SALT, problem));
    }
    Ok(text.into_bytes())
}

/// Digests of one process compare with each other and with nobody else's. The hash keys come from the operating system.
fn fresh_salt() -> Vec<u8> {
    let source = RandomState::new();
    (0..4_u8)
        .flat_map(|block| source.hash_one(block).to_be_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::members::Within;

    const WHOLE: [(&str, &str); 4] = [
        (HOME, "eu-west-1"),
        (FUNCTION, "vigil"),
        (TOPIC, "arn:aws:sns:eu-west-1:111122223333:notices"),
        (TABLE, "vigil-Table-1ABC"),
    ];

    fn read(more: &[(&'static str, &'static str)]) -> Result<Environment, EnvironmentError> {
        let all: Vec<_> = more.iter().chain(&WHOLE).collect();
        Environment::from_variables(&|name| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn refusal(name: &'static str, value: &'static str) -> String {
        read(&[(name, value)]).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn little_is_needed() {
        let environment = read(&[]).unwrap();
        assert_eq!(environment.regions, ["eu-west-1".parse().unwrap()]);
        assert_eq!(environment.share, Share::DEFAULT);
        assert_eq!(environment.log_level, LogLevel::Info);
        assert_eq!((environment.settings, environment.settings_kept), (None, None));
    }

    #[test]
    fn what_is_needed_is_asked_for_by_name() {
        for (name, _) in WHOLE {
            assert!(refusal(name, " ").contains(&format!("`{name}` is missing")), "{name}");
        }
    }

    #[test]
    fn the_home_region_comes_first_and_none_twice() {
        let environment = read(&[(REGIONS, "us-east-1, eu-west-1,,us-east-1")]).unwrap();
        let codes: Vec<_> = environment.regions.iter().map(Region::as_str).collect();
        assert_eq!(codes, ["eu-west-1", "us-east-1"]);
    }

    #[test]
    fn values_that_cannot_work_are_refused_with_the_reason() {
        for (name, value, says) in [
            (
                TOPIC,
                "arn:aws:sqs:eu-west-1:111122223333:notices",
                "not an ARN of `sns`",
            ),
            (CHAT_TOPIC, "arn:aws:sns:::chat", "with Region and account"),
            (EVENT_BUS, "default", "is not an ARN"),
            (SECURITY_HUB, "on", "`true` or `false`"),
            (
                QUARANTINE,
                "arn:aws:sns:eu-west-1:111122223333:dead",
                "not an ARN of `sqs`",
            ),
            (TOPIC, "notices", "is not an ARN"),
            (
                QUEUE,
                "arn:aws:sns:eu-west-1:111122223333:events",
                "not an ARN of `sqs`",
            ),
            (REGIONS, "eu-west-1,cn-north-1", "another partition"),
            (REGIONS, ",", "names no Region"),
            (REGIONS, "Europe", "is not a Region"),
            (PACKAGES, "yes", "`true` or `false`"),
            (SHARE, "0", "not a percentage"),
            (SHARE, "101", "not a percentage"),
            (SHARE, "a third", "not a percentage"),
            (SALT, "short", "shorter than 16"),
            (SETTINGS_OBJECT, "settings.toml", "s3://bucket/key"),
            (SETTINGS_OBJECT, "s3://bucket", "s3://bucket/key"),
            (SETTINGS_OBJECT, "s3:///key", "s3://bucket/key"),
            (LOG_LEVEL, "LOUD", "use one of"),
            (HUB_BUS, "vigil", "is not an ARN"),
            (
                "VIGIL_READER_ROLE",
                "arn:aws:iam::111122223333:role/Reader",
                "not the name of a role",
            ),
            ("VIGIL_READER_ROLE", "role name", "not the name of a role"),
        ] {
            let refusal = refusal(name, value);
            assert!(refusal.contains(name) && refusal.contains(says), "{refusal}");
        }
    }

    #[test]
    fn settings_are_kept_in_one_place() {
        let kept = |more: &[(&'static str, &'static str)]| {
            let kept = read(more).map(|environment| environment.settings_kept);
            kept.map(|kept| kept.map(|kept| kept.to_string()))
        };
        let (parameter, object) = (
            (SETTINGS_PARAMETER, " /vigil/settings "),
            (SETTINGS_OBJECT, "s3://config/vigil/settings.toml"),
        );
        assert_eq!(kept(&[parameter]).unwrap().unwrap(), "ssm:/vigil/settings");
        assert_eq!(kept(&[object]).unwrap().unwrap(), object.1);
        let refusal = kept(&[parameter, object]).unwrap_err().to_string();
        assert!(
            refusal.contains(SETTINGS_PARAMETER) && refusal.contains(SETTINGS_OBJECT),
            "{refusal}"
        );
    }

    #[test]
    fn other_accounts_are_read_by_a_role() {
        let role = ("VIGIL_READER_ROLE", "security/Reader");
        let reader = |more: &[(&'static str, &'static str)]| {
            let all: Vec<_> = more.iter().copied().chain([role]).collect();
            read(&all).map(|environment| environment.reader.unwrap())
        };
        assert_eq!(read(&[]).unwrap().reader, None);
        let some = reader(&[
            ("VIGIL_ACCOUNTS", "222233334444, 333344445555"),
            ("VIGIL_EXTERNAL_ID", "abc"),
        ])
        .unwrap();
        assert_eq!(
            (some.role.as_str(), some.external_id.as_deref()),
            ("security/Reader", Some("abc"))
        );
        assert!(matches!(some.within, Within::Accounts(accounts) if accounts.len() == 2));
        assert_eq!(reader(&[]).unwrap().within, Within::Organization);
        let units = reader(&[("VIGIL_UNITS", "ou-abcd-11111111,ou-abcd-22222222")]).unwrap();
        assert!(matches!(units.within, Within::Units(units, beside) if units.len() == 2 && beside.is_empty()));
        let both = reader(&[("VIGIL_UNITS", "ou-abcd-11111111"), ("VIGIL_ACCOUNTS", "222233334444")]).unwrap();
        assert!(matches!(both.within, Within::Units(_, beside) if beside.len() == 1));
        let root = reader(&[("VIGIL_UNITS", "ou-abcd-11111111,r-abcd")]).unwrap();
        assert_eq!(root.within, Within::Organization);
        for (name, refused) in [
            ("VIGIL_ACCOUNTS", reader(&[("VIGIL_ACCOUNTS", "everybody")])),
            ("VIGIL_UNITS", reader(&[("VIGIL_UNITS", "payments")])),
        ] {
            let refused = refused.map(|_| ()).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
        }
    }

    #[test]
    fn a_salt_is_fresh_unless_it_is_given() {
        assert_ne!(read(&[]).unwrap().salt, read(&[]).unwrap().salt);
        let given = read(&[(SALT, "0123456789abcdef")]).unwrap();
        assert_eq!(given.salt, b"0123456789abcdef");
    }

    #[test]
    fn every_level_of_lambda_is_known() {
        for (level, name) in [("TRACE", "trace"), ("warn", "warn"), ("FATAL", "error")] {
            assert_eq!(level.parse::<LogLevel>().unwrap().as_str(), name);
        }
    }
}
