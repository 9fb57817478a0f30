//! Any text as settings, TOML or JSON: what they decide about findings and where those go, or an error with its place.
#![no_main]

use std::sync::LazyLock;

use lambda_vigil::event::Intake;
use lambda_vigil::memory::Account;
use lambda_vigil::settings::Settings;
use libfuzzer_sys::fuzz_target;
use trials::played;

static ACCOUNT: LazyLock<Account> = LazyLock::new(played::sample);

fuzz_target!(|text: &str| {
    match Settings::parse(text) {
        Ok(settings) => {
            let sweep = Intake::Sweep {
                account: None,
                region: None,
                after: None,
            };
            played::handle(&played::monitor(&ACCOUNT, settings), &sweep);
        }
        Err(error) => played::error(&error),
    }
});
