//! Which calls make up a capability, and which keys does the way of calling fix?

use super::engine::Part;
use super::{Capability, Target, UrlAuth};

const AUTH: &str = "lambda:functionurlauthtype";
const VIA: &str = "lambda:invokedviafunctionurl";

/// Invocations that are signed calls of the Lambda API.
const INVOKE: [&str; 2] = ["lambda:InvokeFunction", "lambda:InvokeAsync"];

/// Actions on a function that change what it does or who may do so (Service Authorization Reference, AWS Lambda).
const CHANGE: [&str; 33] = [
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:AddPermission",
    "lambda:PutResourcePolicy",
    "lambda:RemovePermission",
    "lambda:DeleteResourcePolicy",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "lambda:DeleteFunctionUrlConfig",
    "lambda:PublishVersion",
    "lambda:CreateAlias",
    "lambda:UpdateAlias",
    "lambda:DeleteAlias",
    "lambda:PutFunctionCodeSigningConfig",
    "lambda:DeleteFunctionCodeSigningConfig",
    "lambda:PutRuntimeManagementConfig",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:UpdateFunctionEventInvokeConfig",
    "lambda:DeleteFunctionEventInvokeConfig",
    "lambda:PutFunctionRecursionConfig",
    "lambda:PutFunctionScalingConfig",
    "lambda:PutFunctionConcurrency",
    "lambda:DeleteFunctionConcurrency",
    "lambda:PutProvisionedConcurrencyConfig",
    "lambda:DeleteProvisionedConcurrencyConfig",
    "lambda:DeleteFunction",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:EnableReplication",
    "lambda:DisableReplication",
    "lambda:CreateEventSourceMapping",
    "lambda:UpdateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
];

/// Actions that hand out code, configuration or policy.
const READ: [&str; 6] = [
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:GetResourcePolicy",
    "lambda:GetLayerVersion",
    "lambda:GetFunctionUrlConfig",
];

const ASSUME: &str = "sts:AssumeRole";
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// The call by which a service takes on a role.
pub(super) fn assume() -> Vec<Part> {
    vec![Part {
        action: ASSUME,
        fixed: vec![],
    }]
}

/// The alternatives of a capability; in each, every part has to be allowed to the same caller.
pub(super) fn alternatives(capability: Capability, target: &Target) -> Vec<Vec<Part>> {
    match capability {
        Capability::Invoke => INVOKE.iter().map(|action| vec![direct(action)]).collect(),
        Capability::InvokeUrl => target.url.map(through_url).into_iter().collect(),
        Capability::Change => CHANGE.iter().map(|action| vec![direct(action)]).collect(),
        Capability::Read => READ.iter().map(|action| vec![direct(action)]).collect(),
    }
}

fn direct(action: &'static str) -> Part {
    let is_url_setting = action.ends_with("FunctionUrlConfig") || action.ends_with("AddPermission");
    let auth = (!is_url_setting).then_some((AUTH, None));
    Part {
        action,
        fixed: auth.into_iter().chain([(VIA, None)]).collect(),
    }
}

/// Both grants are needed since October 2025 (Lambda Developer Guide, "Control access to Lambda function URLs").
pub(super) fn through_url(auth: UrlAuth) -> Vec<Part> {
    let auth = match auth {
        UrlAuth::None => "NONE",
        UrlAuth::AwsIam => "AWS_IAM",
    };
    vec![
        Part {
            action: INVOKE_URL,
            fixed: vec![(AUTH, Some(auth)), (VIA, None)],
        },
        Part {
            action: "lambda:InvokeFunction",
            fixed: vec![(AUTH, None), (VIA, Some("true"))],
        },
    ]
}
