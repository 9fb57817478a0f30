//! How are other accounts read, and which?

use std::collections::BTreeSet;

use super::{EnvironmentError, invalid, parsed};
use crate::arn::AccountId;
use crate::aws::members::{Reader, Within};

const READER: &str = "VIGIL_READER_ROLE";
const EXTERNAL_ID: &str = "VIGIL_EXTERNAL_ID";
const ACCOUNTS: &str = "VIGIL_ACCOUNTS";
const UNITS: &str = "VIGIL_UNITS";

pub(super) fn reader(given: &impl Fn(&'static str) -> Option<String>) -> Result<Option<Reader>, EnvironmentError> {
    let Some(role) = given(READER) else {
        return Ok(None);
    };
    let role = role.trim();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&byte);
    if role.starts_with("arn:") || role.ends_with('/') || !role.bytes().all(is_allowed) {
        let problem = format!("`{role}` is not the name of a role, such as LambdaVigilReader");
        return Err(invalid(READER, problem));
    }
    let accounts = given(ACCOUNTS).map(|list| {
        let accounts = list.split(',').map(|id| parsed::<AccountId>(id, ACCOUNTS));
        accounts.collect::<Result<BTreeSet<_>, _>>()
    });
    let within = match (accounts.transpose()?, given(UNITS)) {
        (Some(accounts), None) => Within::Accounts(accounts),
        (accounts, Some(list)) => units(&list, accounts.unwrap_or_default())?,
        (None, None) => Within::Organization,
    };
    Ok(Some(Reader {
        role: role.to_owned(),
        external_id: given(EXTERNAL_ID).map(|id| id.trim().to_owned()),
        within,
    }))
}

/// An organization has one root, and whatever is in it is below that.
fn units(list: &str, beside: BTreeSet<AccountId>) -> Result<Within, EnvironmentError> {
    let units: BTreeSet<String> = list.split(',').map(|unit| unit.trim().to_owned()).collect();
    let is_unit = |unit: &String| unit.starts_with("r-") || unit.starts_with("ou-");
    if let Some(other) = units.iter().find(|unit| !is_unit(unit)) {
        let problem = format!("`{other}` is not the id of an organizational unit, such as ou-abcd-11111111");
        return Err(invalid(UNITS, problem));
    }
    if units.iter().any(|unit| unit.starts_with("r-")) {
        return Ok(Within::Organization);
    }
    Ok(Within::Units(units, beside))
}
