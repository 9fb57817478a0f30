//! Events as a trail and EventBridge deliver them, the same ones each time: the sample events, each with another function, role
//! or security group in the place of its own.

use std::collections::VecDeque;

use super::account::PER_ROLE;
use super::{functions, networks, roles};

/// Every other event is about one of so many functions.
const HOT: u64 = 100;
/// A delivery may be repeated after so many others.
const RECENT: usize = 64;
/// Of a hundred deliveries, those that repeat one.
const REPEATED: u64 = 10;

/// What stands in the place of what a sample names.
enum Subject {
    Function(&'static str),
    Role(&'static str),
    Group(&'static str),
    Nothing,
}

/// An event of `events/`, how many of a thousand are like it, and what it names.
type Sample = (&'static str, u64, Subject);

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../events/", $name, ".json"))
    };
}

use Subject::{Function, Group, Nothing, Role};

static SAMPLES: [Sample; 18] = [
    // Deployments.
    (sample!("lambda-update-function-code"), 130, Function("image-resizer")),
    (
        sample!("lambda-update-function-configuration"),
        110,
        Function("orders-worker"),
    ),
    (sample!("lambda-publish-version"), 50, Function("checkout-api")),
    (sample!("lambda-update-alias"), 50, Function("checkout-api")),
    // Who may call, and what else a function is set to.
    (sample!("lambda-add-permission"), 80, Function("payments-hook")),
    (sample!("lambda-remove-permission"), 50, Function("payments-hook")),
    (
        sample!("lambda-update-function-url-config"),
        10,
        Function("checkout-api"),
    ),
    (sample!("lambda-tag-resource"), 50, Function("image-resizer")),
    (
        sample!("lambda-put-function-concurrency"),
        20,
        Function("orders-worker"),
    ),
    (
        sample!("lambda-put-function-event-invoke-config"),
        20,
        Function("report-export"),
    ),
    // What functions share: each of these is read once, and all functions that have it are judged.
    (sample!("iam-put-role-policy"), 25, Role("orders-worker-role")),
    (sample!("iam-attach-role-policy"), 15, Role("shared-workers-role")),
    (
        sample!("ec2-authorize-security-group-ingress"),
        5,
        Group("sg-0c1d2e3f4a5b60718"),
    ),
    // What changes nothing: refused, only tried, only read, or none of Lambda's business.
    (sample!("lambda-add-permission-denied"), 100, Function("checkout-api")),
    (
        sample!("lambda-update-function-code-dry-run"),
        30,
        Function("checkout-api"),
    ),
    (sample!("lambda-get-function"), 155, Function("checkout-api")),
    (sample!("s3-unrelated-call"), 80, Nothing),
    (sample!("secretsmanager-rotate-secret"), 20, Nothing),
];

/// The samples in one line each, cut where something else takes the place of what they name.
pub(crate) struct Stream {
    samples: Vec<(u64, Vec<String>, &'static Subject)>,
    functions: u64,
    random: u64,
    recent: VecDeque<String>,
}

impl Stream {
    /// Of an account with so many functions.
    pub(crate) fn of(functions: usize) -> Self {
        let cut = |(text, weight, subject): &'static Sample| {
            let event: serde_json::Value = serde_json::from_str(text).unwrap();
            let line = event.to_string();
            let pieces = match subject {
                Function(name) | Role(name) | Group(name) => line.split(name).map(str::to_owned).collect(),
                Nothing => vec![line],
            };
            (*weight, pieces, subject)
        };
        Self {
            samples: SAMPLES.iter().map(cut).collect(),
            functions: functions as u64,
            random: 1,
            recent: VecDeque::new(),
        }
    }

    /// splitmix64, which needs no crate.
    fn below(&mut self, most: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.random;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (drawn ^ (drawn >> 31)) % most
    }

    fn function(&mut self) -> usize {
        let among = if self.below(2) == 0 {
            HOT.min(self.functions)
        } else {
            self.functions
        };
        usize::try_from(self.below(among)).unwrap()
    }

    /// The next event.
    pub(crate) fn line(&mut self) -> String {
        if self.below(100) < REPEATED && !self.recent.is_empty() {
            let which = self.below(self.recent.len() as u64);
            return self.recent[usize::try_from(which).unwrap()].clone();
        }
        let (function, id) = (self.function(), self.below(u64::MAX));
        let all: u64 = self.samples.iter().map(|(weight, ..)| weight).sum();
        let mut drawn = self.below(all);
        let (_, pieces, subject) = self
            .samples
            .iter()
            .find(|(weight, ..)| {
                let is_it = drawn < *weight;
                drawn = drawn.saturating_sub(*weight);
                is_it
            })
            .unwrap();
        let name = match subject {
            Function(_) => functions::name(function),
            Role(_) => roles::arn(function / PER_ROLE).rsplit('/').next().unwrap().to_owned(),
            Group(_) => networks::group(function / super::account::PER_VPC, function % 4),
            Nothing => String::new(),
        };
        let mut line = pieces.join(&name);
        identify(&mut line, id);
        line.push('\n');
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(line.clone());
        line
    }
}

/// Gives the event a time and an id of its own: no two calls are the same.
fn identify(line: &mut String, id: u64) {
    let second = id % 86_400;
    let time = format!("{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
    replace(line, "\"eventTime\":\"2026-11-02T", &time);
    replace(line, "\"eventID\":\"", &format!("{:08x}", id >> 32));
}

/// Replaces what stands behind a mark by a text of the same length.
fn replace(line: &mut String, mark: &str, text: &str) {
    let start = line.find(mark).unwrap() + mark.len();
    line.replace_range(start..start + text.len(), text);
}
