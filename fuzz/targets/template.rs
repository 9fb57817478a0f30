//! Any bytes: a template that comes to a recorded account, or an error, and never anything else.
#![no_main]

use lambda_vigil::assess::assess;
use lambda_vigil::memory::{Account, Recording};
use lambda_vigil::settings::Settings;
use lambda_vigil::template::{Asked, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(mut deployment) = read(text, &Asked::default()) else {
        return;
    };
    let recorded = std::mem::take(&mut deployment.recorded);
    // A policy that is none, a range that is none: said, and nothing is judged.
    let Ok(recording) = Recording::made(recorded) else {
        return;
    };
    let mut account = Account::default();
    account.take([recording]);
    for function in account.functions() {
        let mut assessment = assess(&account.snapshot(function), &Settings::default(), jiff::Timestamp::UNIX_EPOCH);
        deployment.settle(&mut assessment);
        for finding in &assessment.findings {
            assert!(deployment.line_of(finding) > 0);
        }
    }
});
