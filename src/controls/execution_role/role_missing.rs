//! Does the role exist? Functions keep the ARN of a deleted one.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, RoleTrust};

pub(crate) static CONTROL: Control = Control {
    id: "role-missing",
    title: "The execution role does not exist",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RoleTrust],
    risk: "The next cold start fails. Whoever may create roles can make one of this name, and decides from then on what the \
           function may do.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --role ARN_OF_A_ROLE\n\
                  # or make it anew, with the trust policy that Lambda needs:\n\
                  aws iam create-role --role-name {role} --assume-role-policy-document {trust}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    let role = &context.snapshot.configuration()?.role;
    Ok(match context.snapshot.role_trust()? {
        RoleTrust::AssumeRolePolicyDocument(_) => Verdict::default(),
        RoleTrust::Missing => {
            let evidence = Evidence::new(role, format!("the function's role {role} does not exist"));
            Verdict::of([evidence.fill("trust", TRUST)])
        }
    })
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
