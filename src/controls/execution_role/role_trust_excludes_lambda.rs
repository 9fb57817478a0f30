//! Does the trust policy let Lambda assume the role? If not, the function cannot start.

use crate::arn::FunctionArn;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, Policy, Statement, trust};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-trust-excludes-lambda",
    title: "Lambda cannot assume the execution role",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RoleTrust],
    risk: "The next cold start fails: whoever changed the trust policy has switched the function off.",
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
    // That there is no such role is role-missing's to say.
    let Some(policy) = context.role_trust_policy()? else {
        return Ok(Verdict::default());
    };
    // Without conditions it does not matter for which function Lambda asks.
    let is_plain = |statement: &Statement| statement.conditions.is_empty() && statement.resource.is_none();
    let judge = || judge(policy, role, function);
    if policy.statements().iter().all(is_plain) {
        context.of_role(CONTROL.id, judge)
    } else {
        judge()
    }
}

fn judge(policy: &Policy, role: &str, function: &FunctionArn) -> Judged {
    match trust::assumable_by_service(policy, LAMBDA, &function.to_string(), function.account().as_str()) {
        Answer::Yes(_) => Ok(Verdict::default()),
        Answer::No => {
            let detail = "the trust policy does not let lambda.amazonaws.com call sts:AssumeRole";
            Ok(Verdict::of([Evidence::new(role, detail).fill("trust", TRUST)]))
        }
        Answer::CannotTell(reason) => Err(Unjudged::undecided(reason)),
    }
}

const TRUST: &str = r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
