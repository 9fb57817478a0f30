//! Values of an account and Region, with the AWS API's own member names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GetAccountSettings`, as far as controls ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccountSettings {
    /// The limits of the account in the Region.
    pub account_limit: AccountLimit,
}

/// The limits of an account in a Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccountLimit {
    /// How many invocations may run at the same time.
    pub concurrent_executions: i32,
    /// How many of them no function has reserved.
    pub unreserved_concurrent_executions: i32,
}
