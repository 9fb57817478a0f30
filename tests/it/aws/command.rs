//! The command with the credentials of the account under test.

use std::process::{Command, Output};

use super::server::ACCOUNT;
use super::site::Site;

/// Runs `vigil`.
pub(super) fn vigil(site: &Site, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args(arguments)
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", site.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("start vigil")
}
