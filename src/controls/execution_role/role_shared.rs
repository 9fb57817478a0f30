//! Do other functions use the role, too? Then each of them has what any of them needs.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::role::breadth::listed;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-shared",
    title: "The execution role serves more than one function",
    layer: Layer::ExecutionRole,
    severity: Severity::Low,
    reads: &[Facet::Configuration, Facet::RoleUsers],
    risk: "Each of the functions has what any of them needs, and a change for one is a change for all; what one did cannot be told \
           apart in the trail of calls.",
    remediation: "# write policy.json with what this function uses, and give it a role of its own\n\
                  aws iam create-role --role-name {function}-role --assume-role-policy-document {trust}\n\
                  aws iam put-role-policy --role-name {function}-role --policy-name {new_policy} --policy-document file://policy.json\n\
                  aws lambda update-function-configuration --region {region} --function-name {function} --role arn:{partition}:iam::{account}:role/{function}-role",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let role = &context.snapshot.configuration()?.role;
    let own = &context.snapshot.function;
    let others = context.snapshot.role_users()?.iter().filter(|user| *user != own);
    let names: Vec<String> = others
        .map(|user| {
            if user.region() == own.region() {
                user.name().to_owned()
            } else {
                format!("{} in {}", user.name(), user.region())
            }
        })
        .collect();
    Ok(Verdict::of((!names.is_empty()).then(|| {
        let detail = format!("the role is used by {}, too", listed(names.iter().map(String::as_str)));
        Evidence::new(role, detail).fill("trust", TRUST)
    })))
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
