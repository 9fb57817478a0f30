//! Who may assume a role? Questions about its trust policy.

mod federation;

pub use federation::{Federation, federations};

use super::document::{Effect, Policy, Principal, Selection};
use super::grants::{Answer, Ground};
use super::reason::{Exposure, ExposureVerdict, ServiceCall, Trust, by_assuming, by_service};
use super::request::Caller;

/// Whether a service may assume the role for one function: `sts:AssumeRole` with `aws:SourceArn` the function's ARN and
/// `aws:SourceAccount` its account.
///
/// No page of the Lambda Developer Guide lists the keys that Lambda sends when it assumes an execution role. Trust
/// policies that ask for exactly these two are in use (AWS's own serverless samples ask for `aws:SourceAccount`), and
/// the IAM User Guide ("The confused deputy problem") recommends them for roles that services assume. Conditions on
/// other keys that a service may or may not send are answered with [`Answer::CannotTell`].
pub fn assumable_by_service(policy: &Policy, service: &str, function_arn: &str, account: &str) -> Answer {
    let call = ServiceCall {
        service,
        source_arn: function_arn,
        source_account: account,
    };
    let mut undecided = None;
    for exposure in by_service(std::slice::from_ref(policy), call) {
        match exposure.verdict {
            ExposureVerdict::Present { .. } => {
                let ground = |statement| Ground {
                    policy: "trust policy".into(),
                    statement,
                };
                return Answer::Yes(exposure.statements.into_iter().map(ground).collect());
            }
            ExposureVerdict::Conditional { keys, .. } => {
                undecided.get_or_insert(format!("it depends on `{}`", keys.join("`, `")));
            }
            ExposureVerdict::CannotTell { reason } => {
                undecided.get_or_insert(reason);
            }
        }
    }
    undecided.map_or(Answer::No, Answer::CannotTell)
}

/// Whether no statement allows anything to anyone but these services: most trust policies, told without a proof.
pub fn names_only(policy: &Policy, services: &[&str]) -> bool {
    let is_one = |principal: &Principal| match principal {
        Principal::Service(name) => services.contains(&name.as_str()),
        _ => false,
    };
    let mut allowing = policy
        .statements()
        .iter()
        .filter(|statement| statement.effect == Effect::Allow);
    allowing.all(|statement| match &statement.principal {
        Some(Selection::Only(principals)) => principals.iter().all(is_one),
        Some(Selection::Except(_)) | None => false,
    })
}

/// Who may assume the role with `sts:AssumeRole`, worst first, as for a function. Federated sign-in is another action
/// and not answered here; a service principal is answered as one that acts for whichever source it can.
pub fn assumers(policy: &Policy, role_arn: &str, trust: &Trust) -> Vec<Exposure> {
    by_assuming(policy, role_arn, trust)
}

/// The service principal, of an exposure to one.
pub fn service_of(exposure: &Exposure) -> Option<&str> {
    if let ExposureVerdict::Present { witness } = &exposure.verdict {
        return match &witness.caller {
            Caller::Service { name } => Some(name),
            Caller::Anonymous | Caller::Principal { .. } => None,
        };
    }
    let name = exposure.caller.split(' ').next()?;
    name.contains(".amazon").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Tier;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

    fn ask(statements: &str) -> Answer {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let policy = Policy::parse(&text).expect("a policy");
        assumable_by_service(&policy, "lambda.amazonaws.com", ARN, "123456789012")
    }

    fn allow(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Sid":"t","Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{condition}}}"#
        )
    }

    const LAMBDA: &str = r#"{"Service":"lambda.amazonaws.com"}"#;

    fn yes() -> Answer {
        Answer::Yes(vec![Ground {
            policy: "trust policy".into(),
            statement: "t".into(),
        }])
    }

    #[test]
    fn the_service_and_the_function_have_to_fit() {
        let cases = [
            (allow(LAMBDA, "{}"), yes()),
            (
                allow(
                    r#"{"Service":["edgelambda.amazonaws.com","lambda.amazonaws.com"]}"#,
                    "{}",
                ),
                yes(),
            ),
            (allow(r#"{"Service":"ec2.amazonaws.com"}"#, "{}"), Answer::No),
            (allow(r#"{"AWS":"123456789012"}"#, "{}"), Answer::No),
            (
                allow(LAMBDA, r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#),
                yes(),
            ),
            (
                allow(LAMBDA, r#"{"StringEquals":{"aws:SourceAccount":"999988887777"}}"#),
                Answer::No,
            ),
            (
                allow(
                    LAMBDA,
                    r#"{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:123456789012:function:ord*"}}"#,
                ),
                yes(),
            ),
            (
                allow(
                    LAMBDA,
                    r#"{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:123456789012:function:pay*"}}"#,
                ),
                Answer::No,
            ),
            (allow(LAMBDA, r#"{"StringEquals":{"sts:ExternalId":"x"}}"#), Answer::No),
        ];
        for (statements, expected) in cases {
            assert_eq!(ask(&statements), expected, "{statements}");
        }
    }

    #[test]
    fn denials_count() {
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"sts:*"}"#;
        assert_eq!(ask(&format!("{},{deny}", allow(LAMBDA, "{}"))), Answer::No);
        let elsewhere = r#"{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:SourceAccount":"123456789012"}}}"#;
        assert_eq!(ask(&format!("{},{elsewhere}", allow(LAMBDA, "{}"))), yes());
    }

    #[test]
    fn unsure_keys_are_not_guessed() {
        let organization = allow(LAMBDA, r#"{"StringEquals":{"aws:SourceOrgID":"o-abcdefghij"}}"#);
        assert!(matches!(ask(&organization), Answer::CannotTell(_)));
        assert!(matches!(
            ask(&allow(LAMBDA, r#"{"Odd":{"aws:SourceArn":"x"}}"#)),
            Answer::CannotTell(_)
        ));
    }

    #[test]
    fn who_else_may_assume() {
        let trust = Trust {
            account: "123456789012".into(),
            ..Trust::default()
        };
        let tiers = |statement: &str| -> Vec<Tier> {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
            let policy = Policy::parse(&text).expect("a policy");
            let role = "arn:aws:iam::123456789012:role/app";
            assumers(&policy, role, &trust)
                .iter()
                .map(|exposure| exposure.tier)
                .collect()
        };
        assert_eq!(tiers(&allow(r#"{"AWS":"*"}"#, "{}")), [Tier::AnyPrincipal]);
        assert_eq!(tiers(&allow(r#"{"AWS":"999988887777"}"#, "{}")), [Tier::External]);
        assert_eq!(tiers(&allow(r#"{"AWS":"123456789012"}"#, "{}")), [Tier::OwnAccount]);
        let own = r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#;
        assert_eq!(tiers(&allow(r#"{"AWS":"*"}"#, own)), [Tier::OwnAccount]);
    }
}
