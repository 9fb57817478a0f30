//! Is a policy attached that AWS made for administrators or for whole jobs, not for one function? By what its document
//! grants, and what denials and boundary leave of it, not by its name.

use super::limited;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-broad-managed-policy",
    title: "A policy for administrators is attached to the execution role",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "The policy opens whole services on every resource, and AWS widens it when the services grow: a flaw in this function \
           reaches all of that.",
    remediation: "# write policy.json with what the function uses of {subject}, on the resources that it uses\n\
                  aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document file://policy.json\n\
                  aws iam detach-role-policy --role-name {role} --policy-arn {subject}",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    if limited(context)?.is_none() {
        return Ok(Verdict::default());
    }
    let attached = &context.snapshot.role_policies()?.attached;
    let of_aws = attached.iter().map(|policy| policy.policy_arn.as_str());
    let of_aws = of_aws.filter(|arn| super::is_of_aws(arn));
    let mut verdict = Verdict::default();
    for arn in of_aws {
        if let Some(breadth) = context.breadth(arn)? {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            let detail = format!("{name} grants {breadth} on every resource");
            verdict.fails.push(Evidence::new(arn, detail));
        }
    }
    Ok(verdict)
}
