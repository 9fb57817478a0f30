//! Does the trust policy let Lambda assume the role? If not, the function cannot start.

use crate::controls::context::parse;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, trust};
use crate::snapshot::{Facet, RoleTrust};

pub(crate) static CONTROL: Control = Control {
    id: "role-trust-excludes-lambda",
    title: "Lambda cannot assume the execution role",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RoleTrust],
    risk: "The next cold start fails: whoever changed the trust policy, or deleted the role, has switched the function off.",
    remediation: "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument > trust.json\n\
                  # add to its statements, and look for a Deny or a condition that keeps Lambda out: {trust}\n\
                  aws iam update-assume-role-policy --role-name {role} --policy-document file://trust.json",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"],
    evaluate,
};

const LAMBDA: &str = "lambda.amazonaws.com";

fn evaluate(context: &Context<'_>) -> Judged {
    let role = &context.snapshot.configuration()?.role;
    let function = &context.snapshot.function;
    let document = match context.snapshot.role_trust()? {
        RoleTrust::Missing => return Ok(missing(role)),
        RoleTrust::AssumeRolePolicyDocument(document) => document,
    };
    let policy = parse(Facet::RoleTrust, document)?;
    let answer = trust::assumable_by_service(&policy, LAMBDA, &function.to_string(), function.account().as_str());
    match answer {
        Answer::Yes(_) => Ok(Verdict::default()),
        Answer::No => Ok(fails(
            role,
            "the trust policy does not let lambda.amazonaws.com call sts:AssumeRole",
        )),
        Answer::CannotTell(reason) => Err(Unjudged::undecided(reason)),
    }
}

fn fails(role: &str, detail: &str) -> Verdict {
    Verdict::of([Evidence::new(role, detail).fill("trust", TRUST)])
}

/// A role that is gone cannot be mended; whoever makes one of its name decides what the function may do.
fn missing(role: &str) -> Verdict {
    let evidence = Evidence::new(role, "the role does not exist");
    Verdict::of([evidence.fixed_by(
        "aws lambda update-function-configuration --region {region} --function-name {function} --role ARN_OF_A_ROLE",
    )])
}

const TRUST: &str = r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
