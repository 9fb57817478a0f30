//! Any text as a file of a recorded account: functions that can be judged, or an error.
#![no_main]

use lambda_vigil::assess::assess;
use lambda_vigil::memory::Account;
use lambda_vigil::settings::Settings;
use libfuzzer_sys::fuzz_target;
use trials::played;

/// What a recording finds in its folder.
const PACKAGE: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fuzz_target!(|text: &str| {
    let mut account = Account::default().as_of(played::now());
    if let Err(error) = account.add_with(text, &|_| Ok(PACKAGE.to_vec())) {
        return played::error(&error);
    }
    for function in account.functions() {
        let assessment = assess(&account.snapshot(function), &Settings::default(), played::now());
        for finding in &assessment.findings {
            assert_eq!(&finding.function, function);
        }
    }
});
