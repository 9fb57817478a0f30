//! Who deploys?

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Pattern;

/// Those who deploy: ARNs of roles, users or sessions, or service principals such as `cloudformation.amazonaws.com`; `*` stands
/// for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Deployers(BTreeSet<Pattern>);

impl Deployers {
    /// Whether any of these names of one identity is one of them.
    pub fn include<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        let is_listed = |name: &str| self.0.iter().any(|pattern| means(pattern, name));
        names.into_iter().any(is_listed)
    }
}

/// A session's ARN has lost the path of its role.
fn means(pattern: &Pattern, name: &str) -> bool {
    pattern.matches(name) || without_path(pattern.as_str()).is_some_and(|pattern| pattern.matches(name))
}

fn without_path(pattern: &str) -> Option<Pattern> {
    let (account, role) = pattern.split_once(":role/")?;
    let name = role.rsplit('/').next().unwrap_or(role);
    Pattern::try_from(format!("{account}:role/{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_meant_with_and_without_its_path() {
        let deployers: Deployers =
            serde_json::from_str(r#"["arn:aws:iam::*:role/ci/deploy", "cloudformation.amazonaws.com"]"#).unwrap();
        assert!(deployers.include(["arn:aws:iam::111122223333:role/deploy"]));
        assert!(deployers.include(["arn:aws:iam::111122223333:role/ci/deploy"]));
        assert!(deployers.include(["x", "cloudformation.amazonaws.com"]));
        assert!(!deployers.include(["arn:aws:iam::111122223333:role/deployer"]));
        assert!(!deployers.include([]));
    }
}
