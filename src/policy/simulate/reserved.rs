//! What do AWS's own rules decide, whatever the policies say?

use super::caller::{Identity, Kind};
use super::situation::Situation;

/// A call that needs no permission and that no policy can forbid; the reason.
pub(super) fn granted(situation: &Situation) -> Option<&'static str> {
    let request = &situation.request;
    let identity = Identity::of(&request.caller)?;
    let is = |action: &str| request.action.eq_ignore_ascii_case(action);
    if is("sts:GetCallerIdentity") {
        return Some("GetCallerIdentity needs no permission and cannot be denied (AWS STS API Reference)");
    }
    let is_user = matches!(identity.kind, Kind::User(_) | Kind::Root);
    (is("sts:GetSessionToken") && is_user).then_some(
        "a user needs no permission for GetSessionToken, and policies do not control it (AWS STS API Reference)",
    )
}

/// What AWS keeps for itself; the reason.
pub(super) fn withheld(situation: &Situation) -> Option<&'static str> {
    let request = &situation.request;
    let (service, name) = request.action.split_once(':').unwrap_or_default();
    let is_reading = ["Get", "List", "Generate", "Simulate"]
        .iter()
        .any(|verb| name.get(..verb.len()).is_some_and(|own| own.eq_ignore_ascii_case(verb)));
    let mut fields = request.resource.splitn(6, ':').skip(2);
    let (vendor, account) = (fields.next(), fields.nth(1));
    let resource = fields.next().unwrap_or_default();
    let is = |action: &str| request.action.eq_ignore_ascii_case(action);
    if service.eq_ignore_ascii_case("iam") && vendor == Some("iam") && !is_reading {
        if account == Some("aws") {
            return Some(
                "an AWS managed policy is changed by AWS alone (IAM User Guide, \"Managed policies and inline policies\")",
            );
        }
        if resource.starts_with("role/aws-reserved/") {
            return Some(
                "a reserved role is changed and passed by the service that it is reserved for alone (IAM User Guide, \"IAM roles\")",
            );
        }
    }
    let is_of_alias = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]
        .iter()
        .any(|action| is(action));
    if is_of_alias && resource.starts_with("alias/aws/") {
        return Some(
            "aliases that begin with `aws/` are reserved for AWS managed keys (AWS KMS API Reference, CreateAlias)",
        );
    }
    let is_root = Identity::of(&request.caller).is_some_and(|identity| identity.kind == Kind::Root);
    (is_root && is("sts:AssumeRole"))
        .then_some("the root user cannot assume a role (AWS STS API Reference, AssumeRole)")
}

/// Whether the resource policy has to allow the request even within the account: a key's policy ("Key policies in AWS
/// KMS") and a role's trust policy ("IAM roles"). A trust policy that is not given does not limit: every role has one,
/// so it is merely not shown.
pub(super) fn needs_resource_policy(situation: &Situation) -> bool {
    let request = &situation.request;
    let service = request.action.split(':').next().unwrap_or_default();
    let mut fields = request.resource.splitn(6, ':').skip(2);
    let vendor = fields.next().unwrap_or_default();
    let resource = fields.nth(2).unwrap_or_default();
    let is_key = service.eq_ignore_ascii_case("kms") && vendor == "kms" && resource.starts_with("key/");
    let is_trust = service.eq_ignore_ascii_case("sts") && vendor == "iam" && resource.starts_with("role/");
    is_key || (is_trust && situation.resource.is_some())
}
