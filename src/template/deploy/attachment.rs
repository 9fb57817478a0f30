//! In which VPC will a function be?

use serde_json::{Value as Json, json};

use super::super::open::Member;
use super::super::resource::{Resource, Stack};
use super::super::value::Why;
use super::function::Built;
use super::not_in;
use crate::snapshot::{Facet, ScopeKind};

impl Built {
    pub(super) fn network(&mut self, resource: &Resource) {
        let said = resource.get("VpcConfig");
        let read = || -> Result<Json, Why> {
            let dual = said.get("Ipv6AllowedForDualStack").truth()?;
            Ok(json!({
                "SubnetIds": said.get("SubnetIds").words()?,
                "SecurityGroupIds": said.get("SecurityGroupIds").words()?,
                "Ipv6AllowedForDualStack": dual.unwrap_or(false),
            }))
        };
        match read() {
            Ok(json) => {
                self.configuration.insert("VpcConfig".to_owned(), json);
            }
            Err(why) => self.leave_open(Member::Network, why),
        }
    }

    /// The VPC of the function's subnets, if the template makes them.
    pub(super) fn vpc(&mut self, stack: &Stack) -> Option<String> {
        let first = self
            .configuration
            .get("VpcConfig")?
            .pointer("/SubnetIds/0")?
            .as_str()?
            .to_owned();
        let mut subnets = stack.of_kind("AWS::EC2::Subnet");
        let subnet = subnets.find(|subnet| subnet.name.known().as_deref() == Some(&first));
        let vpc = subnet.and_then(|subnet| subnet.get("VpcId").known());
        // One id stands for the network that nobody knows: it is recorded nowhere, so nothing of it can be judged.
        let id = vpc.clone().unwrap_or_else(|| "the-vpc-of-the-subnets".to_owned());
        self.has_subnets = true;
        let config = self.configuration.get_mut("VpcConfig")?.as_object_mut()?;
        config.insert("VpcId".to_owned(), id.into());
        let is_made = |id: &String| {
            stack
                .of_kind("AWS::EC2::VPC")
                .any(|one| one.name.known().as_ref() == Some(id))
        };
        match vpc {
            Some(id) if is_made(&id) => {
                self.zones(stack);
                Some(id)
            }
            Some(_) | None => {
                let why = Why::from("the VPC is not in it");
                let facets = Facet::of(ScopeKind::Vpc).map(|facet| (facet, not_in(&why)));
                self.unreadable.extend(facets);
                None
            }
        }
    }

    /// Where a subnet's zone is not said, AWS chooses it.
    fn zones(&mut self, stack: &Stack) {
        let ids = self
            .configuration
            .get("VpcConfig")
            .and_then(|config| config.get("SubnetIds"))
            .cloned();
        let is_own = |subnet: &&Resource| {
            let ids = ids.as_ref().and_then(Json::as_array);
            ids.is_some_and(|ids| ids.iter().any(|id| id.as_str() == subnet.name.known().as_deref()))
        };
        let mut own = stack.of_kind("AWS::EC2::Subnet").filter(is_own);
        if own.any(|subnet| subnet.get("AvailabilityZone").known().is_none()) {
            self.leave_open(Member::Zones, "AWS chooses the zone of a subnet".into());
        }
    }
}
