//! From each subnet of a function to each service that it needs: which way, or why not?

use std::rc::Rc;

use super::needs::Need;
use super::{Context, Unjudged};
use crate::network::{Answer, Traveller, Vantage};
use crate::snapshot::Configuration;

/// The answers for one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What it needs.
    pub needs: Rc<[Need]>,
    /// For each need, in their order, the answer from each subnet.
    pub answers: Vec<Vec<Path>>,
}

/// The answer from one subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The subnet.
    pub subnet: String,
    /// The answer.
    pub answer: Answer,
}

impl Paths {
    /// Each need with its answers.
    pub fn iter(&self) -> impl Iterator<Item = (&Need, &[Path])> {
        self.needs.iter().zip(self.answers.iter().map(Vec::as_slice))
    }
}

/// The paths of a function; `None` where it is in no VPC.
pub(super) fn paths(context: &Context<'_>) -> Result<Option<Paths>, Unjudged> {
    let configuration = context.snapshot.configuration()?;
    if !configuration.vpc_config.is_attached() {
        return Ok(None);
    }
    let needs = context.needs()?;
    let vantages = vantages(context, configuration)?;
    let home = context.snapshot.function.region().as_str();
    let answers = needs.iter().map(|need| {
        let service = need.to_ask(home);
        let path = |(subnet, vantage): &(&str, Result<Vantage<'_>, String>)| Path {
            subnet: (*subnet).to_owned(),
            answer: match vantage {
                Ok(vantage) => vantage.to_service(&service),
                Err(why) => Answer::CannotJudge(why.clone()),
            },
        };
        vantages.iter().map(path).collect()
    });
    let answers = answers.collect();
    Ok(Some(Paths { needs, answers }))
}

type FromSubnet<'c> = (&'c str, Result<Vantage<'c>, String>);

/// The function in each of its subnets.
pub(super) fn vantages<'c>(
    context: &'c Context<'_>,
    configuration: &'c Configuration,
) -> Result<Vec<FromSubnet<'c>>, Unjudged> {
    let network = context.snapshot.network()?;
    let attached = &configuration.vpc_config;
    let traveller = Traveller {
        account: context.snapshot.function.account().as_str(),
        groups: &attached.security_group_ids,
        ipv6: attached.ipv6_allowed_for_dual_stack,
    };
    let subnets = attached.subnet_ids.iter();
    Ok(subnets
        .map(|subnet| (subnet.as_str(), Vantage::new(network, subnet, traveller)))
        .collect())
}
