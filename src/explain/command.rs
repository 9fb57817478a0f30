//! Which commands put a changed policy in the place of the old one?

use super::place::{Edit, Place};
use crate::controls::{Context, Control};
use crate::finding::Evidence;

/// The commands, with the function's own names; the document is `policy.json`.
pub(super) fn command(edit: &Edit, control: &Control, context: &Context<'_>) -> String {
    let qualifier = edit.place.qualifier();
    let evidence = Evidence::new("", "")
        .on(qualifier)
        .fixed_by(template(edit))
        .fill("policy", edit.place.name());
    let evidence = match &edit.place {
        Place::Layer(arn) => {
            let (name, version) = arn.rsplit_once(':').unwrap_or((arn, ""));
            evidence.fill("layer", name).fill("version", version)
        }
        Place::Endpoint(id) => evidence.fill("endpoint", id),
        Place::Function
        | Place::Qualifier(_)
        | Place::Inline(_)
        | Place::Managed(_)
        | Place::Trust
        | Place::Boundary(_) => evidence,
    };
    control.remediation_for(context, &evidence.fill("new", edit.new_name()))
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
        (Place::Layer(_), _) => {
            "# a layer's permissions are given one by one: take away what the document does not hold, and add what it changes\n\
             aws lambda get-layer-version-policy --region {region} --layer-name {layer} --version-number {version}\n\
             aws lambda remove-layer-version-permission --region {region} --layer-name {layer} --version-number {version} --statement-id STATEMENT\n\
             aws lambda add-layer-version-permission --region {region} --layer-name {layer} --version-number {version} --statement-id STATEMENT --action lambda:GetLayerVersion --principal PRINCIPAL"
        }
        (Place::Inline(_), false) => {
            "aws iam put-role-policy --role-name {role} --policy-name {new} --policy-document file://policy.json"
        }
        (Place::Inline(_), true) => "aws iam delete-role-policy --role-name {role} --policy-name {policy}",
        (Place::Managed(_), true) => "aws iam detach-role-policy --role-name {role} --policy-arn {policy}",
        (Place::Managed(_), false) if edit.moved.is_some() => {
            "aws iam put-role-policy --role-name {role} --policy-name {new} --policy-document file://policy.json\n\
             aws iam detach-role-policy --role-name {role} --policy-arn {policy}"
        }
        (Place::Managed(_) | Place::Boundary(_), _) => {
            "aws iam create-policy-version --policy-arn {policy} --set-as-default --policy-document file://policy.json"
        }
        (Place::Trust, _) => {
            "aws iam update-assume-role-policy --role-name {role} --policy-document file://policy.json"
        }
        (Place::Endpoint(_), _) => {
            "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {endpoint} --policy-document file://policy.json"
        }
    }
}
