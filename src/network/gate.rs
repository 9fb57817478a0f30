//! Do the filters between two places let a connection through, there and back?

use super::answer::{Answer, Barrier, Block, Way};
use super::filter::{EPHEMERAL, Passage, Side, acl_passes, groups_pass};
use super::model::IpPermission;
use super::ranges::Target;
use super::view::Network;

/// What the filters on a way do, gathered.
#[derive(Debug, Default)]
pub(super) struct Gate {
    blocks: Vec<Block>,
    doubts: Vec<String>,
}

impl Gate {
    pub(super) fn is_open(&self) -> bool {
        self.blocks.is_empty() && self.doubts.is_empty()
    }

    /// A closed filter is certain, whatever else is in doubt.
    pub(super) fn answer(mut self, way: Way) -> Answer {
        self.blocks.sort();
        self.blocks.dedup();
        match self.doubts.into_iter().next() {
            _ if !self.blocks.is_empty() => Answer::Blocked {
                way,
                blocks: self.blocks,
            },
            Some(why) => Answer::CannotJudge(why),
            None => Answer::Way(way),
        }
    }

    pub(super) fn doubt(&mut self, why: impl Into<String>) {
        self.doubts.push(why.into());
    }

    /// Takes over what stands in another way.
    pub(super) fn join(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
        self.doubts.extend(other.doubts);
    }

    fn note(&mut self, passage: Passage, block: impl FnOnce(bool) -> Block) {
        match passage {
            Passage::Open => {}
            Passage::Closed { partly } => self.blocks.push(block(partly)),
            Passage::Unclear(why) => {
                let block = block(true);
                self.doubts.push(format!("{block}: {why}"));
            }
        }
    }

    /// The function's groups must open the port to the other side.
    pub(super) fn leave(&mut self, network: &Network<'_>, own: &[String], (side, peer, port): (&Side<'_>, &str, u16)) {
        let Some(rules) = self.rules(network, own, true) else {
            return;
        };
        let passage = groups_pass(network, rules.into_iter(), (side, port));
        self.note(passage, |partly| {
            block(Barrier::OwnGroups(own.to_vec()), (port, port), peer, partly)
        });
    }

    /// The other side's groups must admit the function.
    pub(super) fn enter(
        &mut self,
        network: &Network<'_>,
        theirs: &[String],
        (side, peer, port): (&Side<'_>, &str, u16),
    ) {
        let Some(rules) = self.rules(network, theirs, false) else {
            return;
        };
        let passage = groups_pass(network, rules.into_iter(), (side, port));
        self.note(passage, |partly| {
            block(Barrier::PeerGroups(theirs.to_vec()), (port, port), peer, partly)
        });
    }

    fn rules<'n>(&mut self, network: &Network<'n>, groups: &[String], egress: bool) -> Option<Vec<&'n IpPermission>> {
        let mut rules = Vec::new();
        for id in groups {
            let Some(group) = network.group(id) else {
                self.doubt(format!("security group {id} is not among those that were read"));
                return None;
            };
            rules.extend(if egress {
                &group.ip_permissions_egress
            } else {
                &group.ip_permissions
            });
        }
        if groups.is_empty() {
            self.doubt("the security groups were not read");
            return None;
        }
        Some(rules)
    }

    /// The ACL of a subnet must let a request out and its answer in.
    pub(super) fn out_and_back(
        &mut self,
        network: &Network<'_>,
        subnet: &str,
        (target, peer, port): (&Target, &str, u16),
    ) {
        self.acl(network, subnet, (true, target, peer, (port, port)));
        self.acl(network, subnet, (false, target, peer, EPHEMERAL));
    }

    /// The ACL of a subnet must let a request in and its answer out.
    pub(super) fn in_and_back(
        &mut self,
        network: &Network<'_>,
        subnet: &str,
        (target, peer, port): (&Target, &str, u16),
    ) {
        self.acl(network, subnet, (false, target, peer, (port, port)));
        self.acl(network, subnet, (true, target, peer, EPHEMERAL));
    }

    fn acl(&mut self, network: &Network<'_>, subnet: &str, packets: (bool, &Target, &str, (u16, u16))) {
        let (egress, target, peer, ports) = packets;
        let Some(acl) = network.acl_of(subnet) else {
            self.doubt(format!("the network ACL of {subnet} was not read"));
            return;
        };
        let (id, place) = (acl.network_acl_id.clone(), subnet.to_owned());
        self.note(acl_passes(acl, egress, target, ports), |partly| {
            let barrier = if egress {
                Barrier::AclOut { acl: id, subnet: place }
            } else {
                Barrier::AclIn { acl: id, subnet: place }
            };
            block(barrier, ports, peer, partly)
        });
    }
}

fn block(barrier: Barrier, ports: (u16, u16), peer: &str, partly: bool) -> Block {
    Block {
        barrier,
        ports,
        peer: peer.to_owned(),
        partly,
    }
}
