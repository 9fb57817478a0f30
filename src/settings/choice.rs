//! What is decided about a control, for all functions and for some.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ControlId, Pattern, Scope, TagScope};
use crate::arn::{AccountId, Region};
use crate::finding::Severity;

/// What is decided about a control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Choice {
    /// `false` switches it off; it is on if this is left out.
    pub enabled: Option<bool>,
    /// The severity that its findings get, whatever the evidence says.
    pub severity: Option<Severity>,
    /// Whether the tag `vigil:accept/ID` on a function accepts its findings there. Left out, only
    /// `concurrency-unreserved` can be accepted so: whoever may tag a function could silence what is found on it.
    pub accept_by_tag: Option<bool>,
}

/// What is decided otherwise for some functions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Override {
    /// For which functions.
    pub scope: Scope,
    /// What is decided about a control, by its id.
    pub controls: BTreeMap<ControlId, Choice>,
    /// After how many days without use a permission of a role counts as not needed.
    pub unused_after_days: Option<u16>,
    /// How many days before its deprecation a runtime is reported.
    pub runtime_expiring_days: Option<u16>,
}

/// What is decided otherwise for some functions. At least one of function, account, region and tag is given.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Override")]
struct Written {
    /// The function's name or ARN; `*` stands for any text.
    #[serde(default)]
    function: Option<Pattern>,
    /// Only functions of this account.
    #[serde(default)]
    account: Option<AccountId>,
    /// Only functions of this Region.
    #[serde(default)]
    region: Option<Region>,
    /// Only functions with this tag.
    #[serde(default)]
    tag: Option<TagScope>,
    /// What is decided about a control, by its id.
    #[serde(default)]
    controls: BTreeMap<ControlId, Choice>,
    /// After how many days without use a permission of a role counts as not needed.
    #[serde(default)]
    unused_after_days: Option<u16>,
    /// How many days before its deprecation a runtime is reported.
    #[serde(default)]
    runtime_expiring_days: Option<u16>,
}

impl JsonSchema for Override {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl TryFrom<Written> for Override {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let scope = Scope {
            function: written.function,
            account: written.account,
            region: written.region,
            tag: written.tag,
        };
        if scope.is_everything() {
            return Err(
                "names no function: give `function`, `account`, `region` or `tag`; for all functions write it outside",
            );
        }
        Ok(Self {
            scope,
            controls: written.controls,
            unused_after_days: written.unused_after_days,
            runtime_expiring_days: written.runtime_expiring_days,
        })
    }
}
