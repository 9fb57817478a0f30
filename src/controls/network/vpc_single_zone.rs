//! Do all subnets of the function lie in one Availability Zone?

use std::collections::BTreeSet;

use super::attached;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-single-zone",
    title: "The function's subnets lie in one Availability Zone",
    layer: Layer::Network,
    severity: Severity::Low,
    reads: &[Facet::Configuration, Facet::Subnets],
    risk: "A fault of that zone, or a subnet that runs out of addresses, stops the function.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} \
                  --vpc-config SubnetIds={subnets},SUBNET_IN_ANOTHER_ZONE,SecurityGroupIds={groups}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#vpc-configuring",
        "Security Hub Lambda.5",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let Some(network) = attached(context)? else {
        return Ok(Verdict::default());
    };
    let known = context.snapshot.subnets()?;
    let mut zones = BTreeSet::new();
    for id in &network.subnet_ids {
        let subnet = known.iter().find(|subnet| subnet.subnet_id == *id);
        let zone = subnet.map(|subnet| subnet.availability_zone.as_str());
        zones.insert(zone.ok_or_else(|| Unjudged::undecided(format!("{id} is not among the subnets that were read")))?);
    }
    let mut zones = zones.into_iter();
    let (Some(zone), None) = (zones.next(), zones.next()) else {
        return Ok(Verdict::default());
    };
    let place = network.vpc_id.as_deref().unwrap_or("VpcConfig");
    let detail = format!("{} in {zone} alone", network.subnet_ids.join(", "));
    let evidence = Evidence::new(place, detail)
        .fill("subnets", network.subnet_ids.join(","))
        .fill("groups", network.security_group_ids.join(","));
    Ok(Verdict::of([evidence]))
}
