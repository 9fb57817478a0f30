//! Recorded accounts of the cases, and snapshots of their functions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::memory::Account;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::Snapshot;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The time at which the cases are judged.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// The settings of the cases.
pub(crate) fn settings() -> Settings {
    Settings::parse(
        r#"{"organization": "o-exampleorg1", "trustedAccounts": ["444455556666"], "runtimeExpiringDays": 140,
            "deployers": ["arn:aws:iam::111122223333:role/ci/deploy", "cloudformation.amazonaws.com"]}"#,
    )
    .unwrap()
}

/// The cases by name: one folder each.
pub(crate) fn cases() -> BTreeMap<String, Account> {
    let folders = std::fs::read_dir(root().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .map(|folder| {
            (
                folder.file_name().unwrap().to_str().unwrap().to_owned(),
                account(&folder.join("account.json")),
            )
        })
        .collect()
}

/// One file as an account.
pub(crate) fn account(file: &std::path::Path) -> Account {
    let mut account = Account::default().as_of(now());
    let text = std::fs::read_to_string(file).unwrap();
    account
        .add(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    account
}

/// What the recording knows of a function and what it shares with others.
pub(crate) fn snapshot(account: &Account, function: &FunctionArn) -> Snapshot {
    account.snapshot(function)
}
