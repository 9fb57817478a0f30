//! Which IAM calls change what a role may do, who may assume it, or what bounds it?

use super::Ignored;
use super::call::{Call, Find, Service, managed_policy, role};
use super::record::Place::{Request, Resource, Response};
use super::record::{Record, label};
use super::{expected, field};
use crate::snapshot::Facet;

const IAM: Service = Service {
    source: "aws.iam",
    event_source: "iam.amazonaws.com",
};

const NOTHING_READ: &[Facet] = &[];
const TRUST: &[Facet] = &[Facet::RoleTrust];
const POLICIES: &[Facet] = &[Facet::RolePolicies, Facet::RolePolicyFindings];
const BOUNDARY: &[Facet] = &[Facet::RoleBoundary];
// A managed policy may be attached to a role, or bound it.
const EITHER: &[Facet] = &[Facet::RolePolicies, Facet::RoleBoundary, Facet::RolePolicyFindings];
const ALL: &[Facet] = &[
    Facet::RoleTrust,
    Facet::RolePolicies,
    Facet::RoleBoundary,
    Facet::RolePolicyFindings,
];

const ROLE: Find = Find::First(&[(role, Request("roleName")), (role, Response("role.roleName"))]);
const POLICY: Find = Find::First(&[
    (managed_policy, Request("policyArn")),
    (managed_policy, Response("policy.arn")),
    (managed_policy, Resource("AWS::IAM::Policy")),
]);

/// IAM's calls.
pub(super) static CALLS: &[Call] = &[
    IAM.call("AttachRolePolicy", POLICIES, ROLE).showing(expected::attached),
    IAM.call("DetachRolePolicy", POLICIES, ROLE).showing(expected::detached),
    IAM.call("PutRolePolicy", POLICIES, ROLE)
        .showing(expected::inline_policy),
    IAM.call("DeleteRolePolicy", POLICIES, ROLE)
        .showing(expected::no_inline_policy),
    IAM.call("UpdateAssumeRolePolicy", TRUST, ROLE).showing(expected::trust),
    IAM.call("CreateRole", ALL, ROLE),
    // The role goes, not the functions: they keep its dangling ARN, and whoever makes a role of this name takes them over.
    IAM.call("DeleteRole", ALL, ROLE).deleting(),
    IAM.call("UpdateRole", NOTHING_READ, ROLE),
    IAM.call("TagRole", NOTHING_READ, ROLE),
    IAM.call("UntagRole", NOTHING_READ, ROLE),
    IAM.call("CreateServiceLinkedRole", NOTHING_READ, ROLE),
    IAM.call("PutRolePermissionsBoundary", BOUNDARY, ROLE)
        .showing(expected::boundary),
    IAM.call("DeleteRolePermissionsBoundary", BOUNDARY, ROLE)
        .showing(expected::no_boundary),
    IAM.call("CreatePolicyVersion", EITHER, POLICY).unless(not_in_force),
    IAM.call("SetDefaultPolicyVersion", EITHER, POLICY),
    IAM.call("DeletePolicyVersion", EITHER, POLICY),
    IAM.call("DeletePolicy", EITHER, POLICY).deleting(),
    // Harmless until it is attached, which is a call of its own.
    IAM.call("CreatePolicy", NOTHING_READ, POLICY),
];

/// A version that is not the default one grants nothing; `SetDefaultPolicyVersion` tells when it starts to.
fn not_in_force(record: &Record<'_>) -> Option<Ignored> {
    let known = field::member(record.request, "policyArn").is_some() && !record.parameters_omitted();
    let default = field::flag(record.request, "setAsDefault") == Some(true)
        || field::flag(record.response, "policyVersion.isDefaultVersion") == Some(true);
    (known && !default).then(|| Ignored::Unrelated {
        call: format!("{} of a version that is not the default one", label(record)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::Subject;
    use crate::event::tests::{changes, detail, subjects};
    use crate::snapshot::{Occasion, ScopeKind};

    const POLICY_ARN: &str = "arn:aws:iam::111122223333:policy/orders-access";

    fn iam(name: &str, request: Value, response: Value) -> Value {
        detail("iam.amazonaws.com", name, request, response)
    }

    #[test]
    fn all_is_all() {
        let due = Facet::of(ScopeKind::Role).filter(|facet| facet.occasion() == Occasion::Due);
        assert_eq!(ALL, due.collect::<Vec<_>>());
    }

    #[test]
    fn calls_on_a_role_name_it() {
        for (name, facets) in [
            ("PutRolePolicy", POLICIES),
            ("UpdateAssumeRolePolicy", TRUST),
            ("PutRolePermissionsBoundary", BOUNDARY),
            ("DeleteRole", ALL),
        ] {
            let changes = changes(&iam(name, json!({"roleName": "orders-worker-role"}), json!(null)));
            assert_eq!(changes[0].subject, Subject::Role("orders-worker-role".into()));
            assert!(changes[0].facets.iter().eq(facets.iter().copied()), "{name}");
            assert_eq!(changes[0].deleted, name == "DeleteRole");
        }
    }

    #[test]
    fn a_role_that_cannot_be_is_unknown() {
        assert_eq!(
            subjects(&iam("PutRolePolicy", json!({"roleName": "a\u{1b}[0m"}), json!(null))),
            [Subject::Unknown]
        );
    }

    #[test]
    fn only_a_version_in_force_counts() {
        let create = |default: Value| {
            iam(
                "CreatePolicyVersion",
                json!({"policyArn": POLICY_ARN, "setAsDefault": default}),
                json!(null),
            )
        };
        let changed = [Subject::ManagedPolicy(POLICY_ARN.parse().unwrap())];
        assert_eq!(subjects(&create(json!(true))), changed);
        assert_eq!(subjects(&create(json!("true"))), changed);
        assert!(subjects(&create(json!(false))).is_empty());
        assert!(subjects(&create(json!(null))).is_empty());
        assert_eq!(
            subjects(&iam("CreatePolicyVersion", json!(null), json!(null))),
            [Subject::Unknown]
        );
        let answered = json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}});
        assert_eq!(
            subjects(&iam("CreatePolicyVersion", json!({"policyArn": POLICY_ARN}), answered)),
            changed
        );
    }
}
