//! Which calls make up a capability, and which keys does the way of calling fix?

use super::part::{Given, Key, Part};
use super::{Capability, Target, UrlAuth};

const AUTH: &str = "lambda:functionurlauthtype";
const VIA: &str = "lambda:invokedviafunctionurl";

/// Invocations that are signed calls of the Lambda API.
const INVOKE: [&str; 2] = [INVOKE_FUNCTION, "lambda:InvokeAsync"];
const INVOKE_FUNCTION: &str = "lambda:InvokeFunction";

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

/// Invocations and reads. No page says whether a direct call carries the key of URLs as false or not at all.
static OF_INVOCATION: [Key; 9] = of_plain([Given::Absent, Given::Absent], Given::AbsentOrFalse);
static OF_READ: [Key; 9] = of_plain([Given::Absent, Given::Absent], Given::Absent);
static OF_READ_ABOUT_ACCESS: [Key; 9] = of_plain([Given::Chosen, Given::Chosen], Given::Absent);
/// All other calls. Those about permissions and URLs carry two keys with values that the caller chooses (Service
/// Authorization Reference, AWS Lambda).
static OF_CHANGE: [Key; 3] = of_call([Given::Absent, Given::Absent], Given::Absent);
static OF_CHANGE_OF_ACCESS: [Key; 3] = of_call([Given::Chosen, Given::Chosen], Given::Absent);
/// The two calls that a call of a URL is.
static OF_OPEN_URL: [Key; 9] = of_plain([Given::Value("NONE"), Given::Absent], Given::Absent);
static OF_SIGNED_URL: [Key; 9] = of_plain([Given::Value("AWS_IAM"), Given::Absent], Given::Absent);
static THROUGH_URL: [Key; 9] = of_plain([Given::Absent, Given::Absent], Given::Value("true"));

const fn of_call([auth, principal]: [Given; 2], via: Given) -> [Key; 3] {
    [(AUTH, auth), ("lambda:principal", principal), (VIA, via)]
}

/// An invocation or a read does not carry what only other calls do.
const fn of_plain(asked: [Given; 2], via: Given) -> [Key; 9] {
    let [auth, principal, via] = of_call(asked, via);
    [
        auth,
        principal,
        ("lambda:codesigningconfigarn", Given::Absent),
        ("lambda:functionarn", Given::Absent),
        ("lambda:layer", Given::Absent),
        ("lambda:securitygroupids", Given::Absent),
        ("lambda:subnetids", Given::Absent),
        ("lambda:vpcids", Given::Absent),
        via,
    ]
}

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
        given: &[],
    }]
}

/// The alternatives of a capability whose first part is granted to anybody; in each, every part has to be allowed to the
/// same caller.
pub(super) fn alternatives(
    capability: Capability,
    target: &Target,
    is_granted: &dyn Fn(&str) -> bool,
) -> Vec<Vec<Part>> {
    if capability == Capability::InvokeUrl {
        let auth = target.url.filter(|_| is_granted(INVOKE_URL));
        return auth.map(through_url).into_iter().collect();
    }
    let granted = direct_calls(capability, target)
        .iter()
        .filter(|action| is_granted(action));
    granted.map(|action| vec![direct(action)]).collect()
}

/// The only call of a capability of that action; none if there is none.
pub(super) fn call(action: &str, target: &Target) -> Option<Part> {
    let capabilities = [Capability::Invoke, Capability::Change, Capability::Read];
    let mut known = capabilities
        .iter()
        .flat_map(|capability| direct_calls(*capability, target));
    known.find(|known| **known == action).map(|known| direct(known))
}

fn direct_calls(capability: Capability, target: &Target) -> &'static [&'static str] {
    match capability {
        Capability::InvokeUrl => &[],
        Capability::Invoke => &INVOKE,
        Capability::Change => &CHANGE,
        Capability::Read if target.function_arn.contains(":layer:") => &READ_LAYER,
        Capability::Read => &READ,
    }
}

fn direct(action: &'static str) -> Part {
    let is_asked = action.ends_with("FunctionUrlConfig") || action.ends_with("Permission");
    let given: &'static [Key] = match (is_plain(action), is_asked) {
        (true, false) if action == INVOKE_FUNCTION => &OF_INVOCATION,
        (true, false) => &OF_READ,
        (true, true) => &OF_READ_ABOUT_ACCESS,
        (false, false) => &OF_CHANGE,
        (false, true) => &OF_CHANGE_OF_ACCESS,
    };
    Part { action, given }
}

/// Whether the call is an invocation or a read.
fn is_plain(action: &str) -> bool {
    INVOKE.contains(&action) || READ.contains(&action)
}

/// Both grants are needed since October 2025 (Lambda Developer Guide, "Control access to Lambda function URLs").
pub(super) fn through_url(auth: UrlAuth) -> Vec<Part> {
    let given = match auth {
        UrlAuth::None => &OF_OPEN_URL,
        UrlAuth::AwsIam => &OF_SIGNED_URL,
    };
    let url = Part {
        action: INVOKE_URL,
        given,
    };
    let call = Part {
        action: INVOKE_FUNCTION,
        given: &THROUGH_URL,
    };
    vec![url, call]
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
