//! Which permissions over IAM and its Identity Center let their holder give itself more?

use super::Escalation;
use super::Kind::{OnItself, OnOthers};
use super::Step;

/// Any of these makes credentials of a user.
const USER_CREDENTIALS: Step = &[
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
];

#[rustfmt::skip]
pub(super) const TABLE: &[Escalation] = &[
    Escalation::new("role-policy-itself", OnItself, &[&["iam:PutRolePolicy"]],
        "Writes any inline policy into its own role"),
    Escalation::new("attached-policy-itself", OnItself, &[&["iam:AttachRolePolicy"]],
        "Attaches any managed policy to its own role, as far as a condition on `iam:PolicyARN` admits it"),
    Escalation::new("policy-version-itself", OnItself, &[&["iam:CreatePolicyVersion"]],
        "Rewrites a customer managed policy that is attached to its own role"),
    Escalation::new("default-version-itself", OnItself, &[&["iam:SetDefaultPolicyVersion"]],
        "Goes back to a stronger version of a policy that is attached to its own role"),
    Escalation::new("boundary-itself", OnItself, &[&["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]],
        "Removes or widens the boundary that limits its own role"),

    Escalation::new("trust-policy", OnOthers, &[&["iam:UpdateAssumeRolePolicy"]],
        "Makes another role trust it by name, after which it can assume that role"),
    Escalation::new("role-policy-and-assume", OnOthers, &[&["iam:AttachRolePolicy", "iam:PutRolePolicy"], &["sts:AssumeRole"]],
        "Strengthens a role that it may assume").joined(),
    Escalation::new("policy-version-and-assume", OnOthers,
        &[&["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], &["sts:AssumeRole"]],
        "Rewrites a managed policy of a role that it may assume"),
    Escalation::new("create-role", OnOthers, &[&["iam:CreateRole"], &["iam:AttachRolePolicy", "iam:PutRolePolicy"]],
        "Creates a role that trusts it and gives that role any permission").joined(),
    Escalation::new("create-access-key", OnOthers, &[&["iam:CreateAccessKey"]],
        "Makes an access key of another user; where that user has two, one must be deleted first"),
    Escalation::new("create-login-profile", OnOthers, &[&["iam:CreateLoginProfile"]],
        "Gives a user without console access a password that it knows").by_hand(),
    Escalation::new("update-login-profile", OnOthers, &[&["iam:UpdateLoginProfile"]],
        "Changes the console password of another user").by_hand(),
    Escalation::new("user-policy-and-credentials", OnOthers, &[&["iam:AttachUserPolicy", "iam:PutUserPolicy"], USER_CREDENTIALS],
        "Gives a user any permission and makes credentials of that user").joined(),
    Escalation::new("group-policy-and-credentials", OnOthers, &[&["iam:AttachGroupPolicy", "iam:PutGroupPolicy"], USER_CREDENTIALS],
        "Gives a group any permission and makes credentials of one of its users"),
    Escalation::new("group-membership-and-credentials", OnOthers, &[&["iam:AddUserToGroup"], USER_CREDENTIALS],
        "Puts a user into a stronger group and makes credentials of that user"),
    Escalation::new("user-boundary-and-credentials", OnOthers,
        &[&["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"], USER_CREDENTIALS],
        "Removes the boundary of a user and makes credentials of that user").joined(),
    Escalation::new("create-permission-set", OnOthers,
        &[&["sso:CreatePermissionSet"], &["sso:AttachManagedPolicyToPermissionSet", "sso:PutInlinePolicyToPermissionSet"],
          &["sso:CreateAccountAssignment"]],
        "Creates a permission set with any permission and assigns it in an account of the organization").by_hand(),
    Escalation::new("permission-set-policy", OnOthers,
        &[&["sso:AttachManagedPolicyToPermissionSet", "sso:PutInlinePolicyToPermissionSet"]],
        "Strengthens a permission set that people already use").by_hand(),
];
