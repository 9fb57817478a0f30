//! Which Organizations calls change what an account's roles may do? Only the management account ever sees most of them.

use super::Subject;
use super::call::{Call, Find, Service};
use super::record::Record;

const ORGANIZATIONS: Service = Service {
    source: "aws.organizations",
    event_source: "organizations.amazonaws.com",
};

const fn call(stem: &'static str) -> Call {
    ORGANIZATIONS.call(stem, &[], Find::By(organization))
}

/// The calls of Organizations.
pub(super) static CALLS: &[Call] = &[
    call("AttachPolicy"),
    call("DetachPolicy"),
    call("UpdatePolicy"),
    call("DeletePolicy"),
    call("EnablePolicyType"),
    call("DisablePolicyType"),
    call("MoveAccount"),
    call("LeaveOrganization"),
    call("RemoveAccountFromOrganization"),
];

// Which policy or account it was matters little: only the management account can look it up.
fn organization(_: &Record<'_>) -> Vec<Subject> {
    vec![Subject::Organization]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::tests::{detail, subjects};

    #[test]
    fn every_call_is_about_the_organization() {
        for call in CALLS {
            let record = detail(
                call.event_source,
                call.stem,
                json!({"policyId": "p-examplepolicyid1"}),
                json!(null),
            );
            assert_eq!(subjects(&record), [Subject::Organization], "{}", call.stem);
        }
    }
}
