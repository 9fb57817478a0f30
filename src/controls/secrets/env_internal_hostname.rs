//! Does the environment tell names or addresses of the private network? Values were judged when they were read; here are only
//! the judgements.

use super::readable;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::secret::{HostScope, Judgement, Kind};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "env-internal-hostname",
    title: "The environment names a host of the private network",
    layer: Layer::Secrets,
    severity: Severity::Low,
    reads: &[Facet::Configuration],
    risk: "Whoever may read the configuration learns what stands in the network and under which name: the map for the way on from the \
           first foothold.",
    remediation: "aws ssm put-parameter --region {region} --name /{function}/{subject} --type SecureString --value file://the-value\n\
                  # let the code read the parameter, give the role ssm:GetParameter on it, then remove the variable:\n\
                  aws lambda update-function-configuration --region {region} --function-name {function} --environment file://without-it.json",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let environment = readable(&context.snapshot.configuration()?.environment)?;
    let variables = environment.variables.iter();
    Ok(Verdict::of(
        variables.filter_map(|(name, judgement)| host(name, judgement)),
    ))
}

/// An endpoint that AWS manages has to be told to the function somehow: that is worth a note and no more.
fn host(name: &str, judgement: &Judgement) -> Option<Evidence> {
    let Kind::Host { scope } = &judgement.kind else {
        return None;
    };
    let (severity, what) = match scope {
        HostScope::Managed => (
            Severity::Informational,
            "the endpoint of a resource that AWS manages in the VPC, which the function needs to know",
        ),
        HostScope::InternalName => (Severity::Low, "a host under a private domain"),
        HostScope::PrivateAddress => (Severity::Low, "an address of a private range"),
    };
    Some(Evidence::new(name, format!("the value of {name} names {what}")).rated(severity))
}
