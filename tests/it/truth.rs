//! What do Lambda policies allow by AWS's documentation? The tables of tests/policies/truth, and what the engine says of each.

use lambda_vigil::policy::simulate::{Outcome, decide};
use lambda_vigil::policy::{
    Capability, Exposure, ExposureVerdict, Policy, Target, Trust, UrlAuth, exposures, latent_url,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Where the engine is known to differ from the truth. The list may only shrink: a case that agrees fails the test.
const KNOWN_DISAGREEMENTS: &[&str] = &["principals: account of another partition"];

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

/// One policy and its truth, as the tables write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    /// Members that are not written are Allow, `lambda:InvokeFunction` and the function; `null` leaves a member out.
    statements: Vec<Map<String, Value>>,
    /// 2012-10-17 unless written; `null` leaves it out.
    #[serde(default = "newest")]
    version: Value,
    url: Option<UrlType>,
    qualifier: Option<String>,
    #[serde(default)]
    owner: Map<String, Value>,
    /// By capability: `tier verdict` of each exposure, worst first.
    expect: BTreeMap<Asked, Vec<String>>,
    /// The callers of the first expectation.
    callers: Option<Vec<String>>,
    why: Option<String>,
}

fn newest() -> Value {
    "2012-10-17".into()
}

#[derive(Deserialize, Clone, Copy)]
enum UrlType {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "AWS_IAM")]
    AwsIam,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    InvokeUrl,
    Invoke,
    Change,
    Read,
    LatentUrl,
}

#[derive(Deserialize)]
struct Owner {
    function: String,
    account: String,
    organization: Option<String>,
    trusted_accounts: BTreeSet<String>,
    trusted_organizations: BTreeSet<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/policies")
}

fn json(path: &PathBuf) -> Value {
    let text = fs::read_to_string(path).expect("a file of tests/policies");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every case by its full name, in the order of the names.
fn cases() -> BTreeMap<String, Case> {
    let mut all = BTreeMap::new();
    let files = fs::read_dir(folder().join("truth")).expect("the truth tables");
    for path in files.map(|entry| entry.expect("a table").path()) {
        let group = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let table: Table =
            serde_json::from_value(json(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in table.cases {
            let name = format!("{group}: {}", case.name);
            assert!(all.insert(name.clone(), case).is_none(), "`{name}` occurs twice");
        }
    }
    all
}

impl Case {
    fn owner(&self) -> Owner {
        let mut owner = json(&folder().join("owner.json"));
        for (member, value) in &self.owner {
            owner[member] = value.clone();
        }
        serde_json::from_value(owner).expect("an owner")
    }

    /// The policy's text.
    fn document(&self, function: &str) -> String {
        let mut defaults = Map::new();
        defaults.insert("Effect".into(), "Allow".into());
        defaults.insert("Action".into(), "lambda:InvokeFunction".into());
        defaults.insert("Resource".into(), function.into());
        let complete = |written: &Map<String, Value>| {
            let mut statement = defaults.clone();
            statement.extend(written.clone());
            statement.retain(|_, value| !value.is_null());
            Value::Object(statement)
        };
        let mut document = Map::new();
        document.insert("Version".into(), self.version.clone());
        document.insert("Statement".into(), self.statements.iter().map(complete).collect());
        document.retain(|_, value| !value.is_null());
        Value::Object(document).to_string()
    }

    fn policy(&self, function: &str) -> Policy {
        Policy::parse(&self.document(function)).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The ARN that the policy is attached to.
    fn target(&self, function: &str) -> String {
        let qualifier = self.qualifier.iter().map(|qualifier| format!(":{qualifier}"));
        [function.to_owned()].into_iter().chain(qualifier).collect()
    }

    /// What `vigil policy exposure` prints.
    fn printed(&self) -> Value {
        let owner = self.owner();
        let target = self.target(&owner.function);
        let mut vigil = assert_cmd::Command::new(env!("CARGO_BIN_EXE_vigil"));
        vigil.args(["policy", "exposure", "--format", "json", "--policy", "-"]);
        vigil.args(["--function", &target, "--account", &owner.account]);
        vigil.args(owner.organization.iter().flat_map(|id| ["--organization", id]));
        let trusted = owner.trusted_accounts.iter().chain(&owner.trusted_organizations);
        vigil.args(trusted.flat_map(|id| ["--trusted", id]));
        let url = self.url.map(|url| match url {
            UrlType::None => "NONE",
            UrlType::AwsIam => "AWS_IAM",
        });
        vigil.args(url.iter().flat_map(|auth| ["--url-auth", auth]));
        let output = vigil.write_stdin(self.document(&owner.function)).output().unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The printed answers that differ from the truth, in words.
    fn misprints(&self, document: &Value) -> Vec<String> {
        let printed = |asked: Asked| match asked {
            Asked::InvokeUrl => Some("invoke_url"),
            Asked::Invoke => Some("invoke"),
            Asked::Change => Some("change"),
            Asked::Read => Some("read"),
            Asked::LatentUrl => None,
        };
        let mut all = Vec::new();
        for (asked, expected) in &self.expect {
            let Some(member) = printed(*asked) else { continue };
            let exposures = document[member]["exposures"].as_array().unwrap();
            let text = |exposure: &Value, member: &str| exposure[member].as_str().unwrap().to_owned();
            let got: Vec<String> = exposures
                .iter()
                .map(|exposure| format!("{} {}", text(exposure, "tier"), text(exposure, "verdict")))
                .collect();
            if got != *expected {
                all.push(format!("{member}: expected {expected:?}, got {got:?}"));
            }
            for exposure in exposures {
                let is_proved = exposure["verdict"] == "present";
                if is_proved && exposure["witness"].is_null() {
                    all.push(format!("{member}: no witness"));
                }
                if exposure["verdict"] == "cannot-tell" && exposure["reason"].is_null() {
                    all.push(format!("{member}: no reason"));
                }
            }
        }
        all
    }

    /// What the engine says of one capability.
    fn found(&self, asked: Asked) -> Vec<Exposure> {
        let owner = self.owner();
        let policies = [self.policy(&owner.function)];
        let trust = Trust {
            account: owner.account,
            organization: owner.organization,
            trusted_accounts: owner.trusted_accounts,
            trusted_organizations: owner.trusted_organizations,
        };
        let target = Target {
            function_arn: self.target(&owner.function),
            url: self.url.map(|url| match url {
                UrlType::None => UrlAuth::None,
                UrlType::AwsIam => UrlAuth::AwsIam,
            }),
        };
        let found = match asked {
            Asked::InvokeUrl => exposures(&policies, &target, &trust, Capability::InvokeUrl),
            Asked::Invoke => exposures(&policies, &target, &trust, Capability::Invoke),
            Asked::Change => exposures(&policies, &target, &trust, Capability::Change),
            Asked::Read => exposures(&policies, &target, &trust, Capability::Read),
            Asked::LatentUrl => latent_url(&policies, &target, &trust),
        };
        let is_url = matches!(asked, Asked::InvokeUrl | Asked::LatentUrl);
        for exposure in &found {
            replay(exposure, &policies, is_url);
        }
        found
    }

    /// The answers that differ from the truth, in words.
    fn differences(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (index, (asked, expected)) in self.expect.iter().enumerate() {
            let found = self.found(*asked);
            let got: Vec<_> = found.iter().map(summary).collect();
            if got != *expected {
                all.push(format!("{asked:?}: expected {expected:?}, got {got:?}"));
                continue;
            }
            let callers: Vec<_> = found.iter().map(|exposure| exposure.caller.clone()).collect();
            if let Some(expected) = self.callers.as_ref().filter(|named| index == 0 && **named != callers) {
                all.push(format!("{asked:?}: expected callers {expected:?}, got {callers:?}"));
            }
        }
        all
    }
}

fn replay(exposure: &Exposure, policies: &[Policy], is_url: bool) {
    if let ExposureVerdict::Present { witness } = &exposure.verdict {
        assert_eq!(decide(witness, policies).outcome, Outcome::Allowed, "{exposure:?}");
        let second = decide(&witness.through_url(), policies).outcome;
        assert!(!is_url || second == Outcome::Allowed, "{exposure:?}");
    }
}

/// `tier verdict`, as the tables write it.
fn summary(exposure: &Exposure) -> String {
    let exposure = serde_json::to_value(exposure).expect("an exposure is data");
    let verdict = exposure["verdict"]
        .as_object()
        .and_then(|verdict| verdict.keys().next());
    let tier = exposure["tier"].as_str().expect("a tier");
    format!("{tier} {}", verdict.expect("a verdict"))
}

#[test]
fn the_engine_tells_the_truth() {
    let mut surprises = Vec::new();
    for (name, case) in cases() {
        let differences = case.differences();
        let is_known = KNOWN_DISAGREEMENTS.contains(&name.as_str());
        match (differences.is_empty(), is_known) {
            (true, true) => surprises.push(format!("{name}\n    agrees: take it off the list")),
            (false, false) => surprises.push(format!("{name}\n    {}", differences.join("\n    "))),
            (true, false) | (false, true) => {}
        }
    }
    let count = surprises.len();
    assert!(surprises.is_empty(), "{count} cases:\n{}", surprises.join("\n"));
}

#[test]
fn the_command_line_tells_the_truth() {
    let cases = cases();
    let agreed = cases
        .iter()
        .filter(|(name, _)| !KNOWN_DISAGREEMENTS.contains(&name.as_str()));
    let mut wrong = Vec::new();
    for (name, case) in agreed {
        let misprints = case.misprints(&case.printed());
        wrong.extend((!misprints.is_empty()).then(|| format!("{name}\n    {}", misprints.join("\n    "))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_are_complete() {
    let cases = cases();
    assert!(cases.len() >= 80, "only {} cases", cases.len());
    for name in KNOWN_DISAGREEMENTS {
        assert!(cases.contains_key(*name), "`{name}` is not a case");
    }
    for (name, case) in &cases {
        let is_withheld = case.expect.values().flatten().any(|line| line.ends_with("cannot-tell"));
        assert!(
            !is_withheld || case.why.is_some(),
            "`{name}` does not say why nobody can tell"
        );
        assert!(!case.expect.is_empty(), "`{name}` expects nothing");
    }
    let words = ["present", "conditional", "cannot-tell"];
    let told = |word: &str| {
        cases
            .values()
            .any(|case| case.expect.values().flatten().any(|line| line.ends_with(word)))
    };
    assert!(words.iter().all(|word| told(word)), "a verdict never occurs");
}
