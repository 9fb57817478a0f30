//! Which commands put a changed policy in the place of the old one? What takes away comes after what gives, and only if that worked.

use super::draft::Draft;
use super::place::{Edit, Place};
use super::shelf;
use crate::controls::{Context, Control};
use crate::finding::Evidence;

/// The commands, with the function's own names; the document is in `file`.
pub(super) fn command(
    (edit, old): (&Edit, Option<&Draft>),
    file: &str,
    (control, context): (&Control, &Context<'_>),
) -> String {
    let qualifier = edit.place.qualifier();
    let evidence = Evidence::new("", "")
        .on(qualifier)
        .fill("policy", edit.place.name())
        .fill("new", edit.new_name());
    let evidence = match &edit.place {
        Place::Layer(arn) => {
            let (name, version) = arn.rsplit_once(':').unwrap_or((arn, ""));
            let evidence = evidence.fill("layer", name).fill("version", version);
            shelf::commands(edit, old, evidence)
        }
        Place::Endpoint(id) => {
            let template = template(edit);
            evidence.fill("endpoint", id).fixed_by(template)
        }
        Place::Function
        | Place::Qualifier(_)
        | Place::Inline(_)
        | Place::Managed(_)
        | Place::Trust
        | Place::Boundary(_) => evidence.fixed_by(template(edit)),
    };
    let evidence = match &evidence.remediation {
        Some(lines) => {
            let lines = lines.replace("policy.json", file);
            evidence.fixed_by(lines)
        }
        None => evidence,
    };
    control.remediation_for(context, &evidence)
}

fn template(edit: &Edit) -> &'static str {
    let is_gone = edit.draft.is_empty();
    match (&edit.place, is_gone) {
        (Place::Function | Place::Qualifier(_), false) => {
            "aws lambda put-resource-policy --region {region} --resource-arn {function_arn} --policy file://policy.json"
        }
        (Place::Function | Place::Qualifier(_), true) => {
            "aws lambda delete-resource-policy --region {region} --resource-arn {function_arn}"
        }
        // Its permissions are given and taken one by one.
        (Place::Layer(_), _) => "",
        (Place::Inline(_), false) => {
            "aws iam put-role-policy --role-name {role} --policy-name {new} --policy-document file://policy.json"
        }
        (Place::Inline(_), true) => "aws iam delete-role-policy --role-name {role} --policy-name {policy}",
        (Place::Managed(_), true) => "aws iam detach-role-policy --role-name {role} --policy-arn {policy}",
        (Place::Managed(_), false) if edit.moved.is_some() => {
            "aws iam put-role-policy --role-name {role} --policy-name {new} --policy-document file://policy.json &&\n  \
             aws iam detach-role-policy --role-name {role} --policy-arn {policy}"
        }
        (Place::Boundary(_), false) if edit.moved.is_some() => {
            "aws iam create-policy --policy-name {new} --policy-document file://policy.json &&\n  \
             aws iam put-role-permissions-boundary --role-name {role} --permissions-boundary arn:{partition}:iam::{account}:policy/{new}"
        }
        (Place::Managed(_), _) => {
            "# it changes for everybody who has the policy; this says who:\n\
             aws iam list-entities-for-policy --policy-arn {policy}\n\
             # five versions are the most that a policy has: of five, delete one first\n\
             aws iam create-policy-version --policy-arn {policy} --set-as-default --policy-document file://policy.json"
        }
        (Place::Boundary(_), _) => {
            "# it changes for everybody who has the boundary; this says who:\n\
             aws iam list-entities-for-policy --policy-arn {policy} --policy-usage-filter PermissionsBoundary\n\
             # five versions are the most that a policy has: of five, delete one first\n\
             aws iam create-policy-version --policy-arn {policy} --set-as-default --policy-document file://policy.json"
        }
        (Place::Trust, _) => {
            "aws iam update-assume-role-policy --role-name {role} --policy-document file://policy.json"
        }
        (Place::Endpoint(_), _) => {
            "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {endpoint} --policy-document file://policy.json"
        }
    }
}
