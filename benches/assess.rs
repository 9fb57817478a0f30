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
use lambda_vigil::snapshot::Snapshot;

/// As in the binaries.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    account.functions().map(|function| account.snapshot(function)).collect()
}

fn judging(criterion: &mut Criterion) {
    let (account, settings) = (account(), Settings::default());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    for snapshot in snapshots(&account) {
        let place = if snapshot.vpc_scope().is_some() { "in-vpc/" } else { "" };
        let name = format!("assess/{place}{}", snapshot.function.name());
        criterion.bench_function(&name, |bencher| bencher.iter(|| assess(&snapshot, &settings, now)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(std::time::Duration::from_secs(2));
    targets = judging
}
criterion_main!(benches);
