//! How long does judging one function with all controls take? Over the functions of the recorded account.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark reads the recorded account"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use lambda_vigil::assess::assess;
use lambda_vigil::memory::Account;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facet, Scope, Snapshot, Value};

fn account() -> Account {
    let mut account = Account::default();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/events/account")).unwrap() {
        account
            .add(&std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .unwrap();
    }
    account
}

fn snapshots(account: &Account) -> Vec<Snapshot> {
    let functions = account.functions();
    let snapshot = |function: &lambda_vigil::arn::FunctionArn| {
        let own = account.facts(&Scope::Function(function.clone())).cloned().unwrap();
        let role = match own.value(Facet::Configuration).unwrap() {
            Value::Configuration(configuration) => configuration.role_arn().unwrap(),
            other => unreachable!("{other:?}"),
        };
        let role = account.facts(&Scope::Role(role)).cloned().unwrap();
        Snapshot {
            function: function.clone(),
            own,
            role,
        }
    };
    functions.map(snapshot).collect()
}

fn judging(criterion: &mut Criterion) {
    let (account, settings) = (account(), Settings::default());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    for snapshot in snapshots(&account) {
        let name = format!("assess/{}", snapshot.function.name());
        criterion.bench_function(&name, |bencher| bencher.iter(|| assess(&snapshot, &settings, now)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(std::time::Duration::from_secs(2));
    targets = judging
}
criterion_main!(benches);
