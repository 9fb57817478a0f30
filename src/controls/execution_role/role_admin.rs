//! Does the role allow everything? Answered by the policy engine over all policies, with Deny and boundary.

use crate::controls::context::grounds;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-admin",
    title: "The execution role is an administrator",
    layer: Layer::ExecutionRole,
    severity: Severity::Critical,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "Whoever gets code to run in the function, by a flaw in it or in one of its dependencies, owns the account: \
           they can read all data, create users and erase the traces.",
    remediation: "# first grant what the function calls, on the resources that it uses:\n\
                  aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document file://policy.json\n\
                  aws iam {removal} --role-name {role} {policy_option} {policy}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let grounds = grounds(context.role_grants()?.allows_everything())?;
    Ok(Verdict::of(grounds.into_iter().map(|ground| {
        let managed = ground.policy.starts_with("arn:");
        let (removal, option) = if managed {
            ("detach-role-policy", "--policy-arn")
        } else {
            ("delete-role-policy", "--policy-name")
        };
        let detail = format!(
            "{} in {} allows every action on every resource",
            ground.statement, ground.policy
        );
        Evidence::new(ground.policy.clone(), detail)
            .fill("removal", removal)
            .fill("policy_option", option)
            .fill("policy", ground.policy)
    })))
}
