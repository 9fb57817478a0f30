//! Does a subnet of the function lead to an internet gateway, as if that gave it a way out? A function never has a public address.

use super::attached;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict, paths};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-public-subnet",
    title: "A subnet of the function leads to an internet gateway",
    layer: Layer::Network,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::Vpc,
        Facet::Subnets,
        Facet::RouteTables,
        Facet::NetworkAcls,
        Facet::SecurityGroups,
        Facet::VpcEndpoints,
        Facet::Gateways,
        Facet::NetworkInterfaces,
        Facet::PrefixLists,
    ],
    risk: "Whoever chose the subnet expected a way to the internet, and there is none: Lambda gives the function's interface no \
           public address, whatever the subnet is set to. The function shares the subnet with hosts that the internet can reach.",
    remediation: "# choose private subnets, whose route for 0.0.0.0/0 leads to a NAT gateway:\n\
                  aws lambda update-function-configuration --region {region} --function-name {function} --vpc-config SubnetIds=PRIVATE_SUBNETS,SecurityGroupIds={groups}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(network) = attached(context)? else {
        return Ok(verdict);
    };
    let configuration = context.snapshot.configuration()?;
    for (subnet, vantage) in paths::vantages(context, configuration)? {
        match vantage {
            Ok(vantage) => verdict.fails.extend(vantage.public_route().map(|gateway| {
                let detail = format!("{subnet} uses {}, which leads to {gateway}", vantage.route_table());
                Evidence::new(subnet, detail).fill("groups", network.security_group_ids.join(","))
            })),
            Err(why) => verdict.unjudged.push(Unjudged::undecided(why)),
        }
    }
    Ok(verdict)
}
