//! Which calls make up a capability, and which keys does the way of calling fix?

use super::part::{Given, Part};
use super::{Capability, Target, UrlAuth};

const AUTH: &str = "lambda:functionurlauthtype";
const VIA: &str = "lambda:invokedviafunctionurl";

/// Invocations that are signed calls of the Lambda API.
const INVOKE: [&str; 2] = ["lambda:InvokeFunction", "lambda:InvokeAsync"];

/// Actions on a function that change what it does or who may do so (Service Authorization Reference, AWS Lambda); first
/// those that AWS honours across accounts, so that they stand for a grant of several.
const CHANGE: [&str; 30] = [
    "lambda:UpdateFunctionCode",
    "lambda:DeleteFunction",
    "lambda:PublishVersion",
    "lambda:CreateAlias",
    "lambda:UpdateAlias",
    "lambda:DeleteAlias",
    "lambda:PutFunctionConcurrency",
    "lambda:DeleteFunctionConcurrency",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionConfiguration",
    "lambda:AddPermission",
    "lambda:PutResourcePolicy",
    "lambda:RemovePermission",
    "lambda:DeleteResourcePolicy",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "lambda:DeleteFunctionUrlConfig",
    "lambda:PutFunctionCodeSigningConfig",
    "lambda:DeleteFunctionCodeSigningConfig",
    "lambda:PutRuntimeManagementConfig",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:UpdateFunctionEventInvokeConfig",
    "lambda:DeleteFunctionEventInvokeConfig",
    "lambda:PutFunctionRecursionConfig",
    "lambda:PutFunctionScalingConfig",
    "lambda:PutProvisionedConcurrencyConfig",
    "lambda:DeleteProvisionedConcurrencyConfig",
    "lambda:EnableReplication",
    "lambda:DisableReplication",
];

/// Actions on a function that hand out code, configuration or policy.
const READ: [&str; 6] = [
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:ListVersionsByFunction",
    "lambda:GetPolicy",
    "lambda:GetResourcePolicy",
    "lambda:GetFunctionUrlConfig",
];

/// The one on a layer version, whose policy speaks about nothing else.
const READ_LAYER: [&str; 1] = ["lambda:GetLayerVersion"];

/// Keys of the request that calls about permissions and URLs carry, with values that the caller chooses (Service
/// Authorization Reference, AWS Lambda).
const ASKED: [&str; 2] = [AUTH, "lambda:principal"];
/// Keys that only calls other than an invocation or a read carry.
const OF_OTHER_CALLS: [&str; 6] = [
    "lambda:codesigningconfigarn",
    "lambda:functionarn",
    "lambda:layer",
    "lambda:securitygroupids",
    "lambda:subnetids",
    "lambda:vpcids",
];

/// The calls that another account can make by a function's own policy (Lambda Developer Guide, "Granting Lambda function
/// access to other accounts"); a grant of any other call is without effect there.
const ACROSS_ACCOUNTS: [&str; 18] = [
    "lambda:InvokeFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:UpdateFunctionCode",
    "lambda:DeleteFunction",
    "lambda:PublishVersion",
    "lambda:ListVersionsByFunction",
    "lambda:CreateAlias",
    "lambda:GetAlias",
    "lambda:ListAliases",
    "lambda:UpdateAlias",
    "lambda:DeleteAlias",
    "lambda:GetPolicy",
    "lambda:PutFunctionConcurrency",
    "lambda:DeleteFunctionConcurrency",
    "lambda:ListTags",
    "lambda:TagResource",
    "lambda:UntagResource",
];

/// Whether a function's policy can give the action to another account.
pub fn is_honoured_across_accounts(action: &str) -> bool {
    ACROSS_ACCOUNTS.iter().any(|known| known.eq_ignore_ascii_case(action))
}

const ASSUME: &str = "sts:AssumeRole";
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// The call by which a service takes on a role.
pub(super) fn assume() -> Vec<Part> {
    vec![Part {
        action: ASSUME,
        given: vec![],
    }]
}

/// The alternatives of a capability whose first part is granted to anybody; in each, every part has to be allowed to the
/// same caller.
pub(super) fn alternatives(
    capability: Capability,
    target: &Target,
    is_granted: &dyn Fn(&str) -> bool,
) -> Vec<Vec<Part>> {
    let actions: &[&'static str] = match capability {
        Capability::InvokeUrl => {
            let auth = target.url.filter(|_| is_granted(INVOKE_URL));
            return auth.map(through_url).into_iter().collect();
        }
        Capability::Invoke => &INVOKE,
        Capability::Change => &CHANGE,
        Capability::Read if target.function_arn.contains(":layer:") => &READ_LAYER,
        Capability::Read => &READ,
    };
    let granted = actions.iter().filter(|action| is_granted(action));
    granted.map(|action| vec![direct(action)]).collect()
}

fn direct(action: &'static str) -> Part {
    let is_asked = action.ends_with("FunctionUrlConfig") || action.ends_with("Permission");
    let asked = if is_asked { Given::Chosen } else { Given::Absent };
    let mut given: Vec<_> = ASKED.iter().map(|key| (*key, asked)).collect();
    given.extend(
        OF_OTHER_CALLS
            .iter()
            .filter(|_| is_plain(action))
            .map(|key| (*key, Given::Absent)),
    );
    // No page says whether a direct call carries the key as false or not at all.
    given.push((
        VIA,
        if action == INVOKE[0] {
            Given::AbsentOrFalse
        } else {
            Given::Absent
        },
    ));
    Part { action, given }
}

/// Whether the call is an invocation or a read.
fn is_plain(action: &str) -> bool {
    INVOKE.contains(&action) || READ.contains(&action)
}

/// Both grants are needed since October 2025 (Lambda Developer Guide, "Control access to Lambda function URLs").
pub(super) fn through_url(auth: UrlAuth) -> Vec<Part> {
    let auth = match auth {
        UrlAuth::None => "NONE",
        UrlAuth::AwsIam => "AWS_IAM",
    };
    let part = |action, auth, via| {
        let others = OF_OTHER_CALLS
            .iter()
            .chain(ASKED.iter().skip(1))
            .map(|key| (*key, Given::Absent));
        let given = others.chain([(AUTH, auth), (VIA, via)]).collect();
        Part { action, given }
    };
    vec![
        part(INVOKE_URL, Given::Value(auth), Given::Absent),
        part(INVOKE[0], Given::Absent, Given::Value("true")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first action that is granted stands for all: none that works may hide behind one that does not.
    #[test]
    fn what_is_honoured_across_accounts_comes_first() {
        for actions in [&CHANGE[..], &READ[..]] {
            assert!(
                actions.is_sorted_by_key(|action| !is_honoured_across_accounts(action)),
                "{actions:?}"
            );
        }
        assert!(is_honoured_across_accounts("LAMBDA:updatefunctioncode"));
        assert!(!is_honoured_across_accounts("lambda:AddPermission"));
    }
}
