//! Does a security group or a network ACL let TCP packets through?

use ipnet::IpNet;

use super::model::{AclEntry, IpPermission, NetworkAcl};
use super::ranges::{Extent, Target};
use super::view::Network;

/// What a filter does with packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passage {
    Open,
    /// Some ports of those asked for pass if `partly`.
    Closed {
        partly: bool,
    },
    /// It depends on addresses that the facts do not give.
    Unclear(String),
}

/// A side of a connection as the rules of a group name it.
#[derive(Debug, Clone)]
pub(super) struct Side<'t> {
    /// Its security groups.
    pub(super) groups: &'t [String],
    /// Its addresses.
    pub(super) target: &'t Target,
    /// The list that names its addresses.
    pub(super) list: Option<&'t str>,
}

/// The ports that answers come back to ("Network ACLs: ephemeral ports": Lambda functions and NAT gateways use these).
pub(super) const EPHEMERAL: (u16, u16) = (1024, 65535);
/// Denied ports in that range that are too few to be noticed, such as remote desktop's.
const FEW: u32 = 1024;

/// Whether some groups together let packets of one port out or in.
pub(super) fn groups_pass<'n>(
    network: &Network<'n>,
    rules: impl Iterator<Item = &'n IpPermission>,
    (side, port): (&Side<'_>, u16),
) -> Passage {
    let mut ranges = Vec::new();
    let mut unknown = None;
    for rule in rules.filter(|rule| covers(rule, port)) {
        if names(rule, side) {
            return Passage::Open;
        }
        ranges.extend(rule.ip_ranges.iter().map(|range| IpNet::V4(range.cidr_ip)));
        ranges.extend(rule.ipv6_ranges.iter().map(|range| IpNet::V6(range.cidr_ipv6)));
        for named in &rule.prefix_list_ids {
            match network.prefix_list(&named.prefix_list_id) {
                // The ranges of a service of AWS belong to it alone, and the one that is asked for would be named.
                Some(list) if matches!(side.target, Target::Public(_)) && list.is_of_service() => {}
                Some(list) => ranges.extend(list.entries.iter().map(|entry| entry.cidr)),
                None => unknown = Some(named.prefix_list_id.as_str()),
            }
        }
    }
    match (side.target.covered_by(&ranges), unknown) {
        (Extent::All, _) => Passage::Open,
        (_, Some(list)) => Passage::Unclear(format!("what {list} holds was not read")),
        (Extent::Some, None) => Passage::Unclear("it is open to a part of the addresses".to_owned()),
        (Extent::None, None) => Passage::Closed { partly: false },
    }
}

fn covers(rule: &IpPermission, port: u16) -> bool {
    let port = i32::from(port);
    match rule.ip_protocol.as_str() {
        "-1" => true,
        "tcp" | "6" => {
            rule.from_port.is_none_or(|from| from <= port) && rule.to_port.is_none_or(|to| to < 0 || port <= to)
        }
        _ => false,
    }
}

fn names(rule: &IpPermission, side: &Side<'_>) -> bool {
    let by_group = rule
        .user_id_group_pairs
        .iter()
        .any(|pair| side.groups.contains(&pair.group_id));
    by_group
        || rule
            .prefix_list_ids
            .iter()
            .any(|named| side.list == Some(named.prefix_list_id.as_str()))
}

/// Whether an ACL lets TCP packets to some ports out or in.
pub(super) fn acl_passes(acl: &NetworkAcl, egress: bool, target: &Target, ports: (u16, u16)) -> Passage {
    let mut entries: Vec<&AclEntry> = acl
        .entries
        .iter()
        .filter(|entry| entry.egress == egress && is_tcp(entry))
        .collect();
    entries.sort_by_key(|entry| entry.rule_number);
    let verdicts = target.nets().iter().map(|net| verdict(&entries, *net, (target, ports)));
    verdicts.reduce(worse).unwrap_or(Passage::Closed { partly: false })
}

fn worse(one: Passage, other: Passage) -> Passage {
    match (one, other) {
        (Passage::Open, Passage::Open) => Passage::Open,
        (Passage::Unclear(why), _) | (_, Passage::Unclear(why)) => Passage::Unclear(why),
        (Passage::Closed { partly: one }, Passage::Closed { partly: other }) => {
            Passage::Closed { partly: one || other }
        }
        (Passage::Closed { .. }, Passage::Open) | (Passage::Open, Passage::Closed { .. }) => {
            Passage::Unclear("it is open to a part of the addresses".to_owned())
        }
    }
}

fn is_tcp(entry: &AclEntry) -> bool {
    matches!(entry.protocol.as_str(), "-1" | "6" | "tcp")
}

/// What the rules, lowest number first, say about one range: each takes its ports from what is left to decide.
fn verdict(entries: &[&AclEntry], net: IpNet, (target, ports): (&Target, (u16, u16))) -> Passage {
    let mut left = vec![(u32::from(ports.0), u32::from(ports.1))];
    let (mut allowed, mut denied) = (0, 0);
    let (mut allows_part, mut denies_part) = (false, false);
    for entry in entries {
        let (Some(range), taken) = (range_of(entry), ports_of(entry)) else {
            continue;
        };
        let allows = entry.rule_action == "allow";
        if range.contains(&net) {
            let count = take(&mut left, taken);
            *(if allows { &mut allowed } else { &mut denied }) += count;
        } else if net.contains(&range)
            && overlaps(&left, taken)
            && (target.concerns(range) || allows && target.may_lie_in(range))
        {
            *(if allows { &mut allows_part } else { &mut denies_part }) = true;
        }
    }
    // What no rule names is denied by the last one, which a recording may leave out.
    denied += left.iter().map(|(first, last)| last - first + 1).sum::<u32>();
    let open = denied == 0 || (denied < FEW && allowed > FEW);
    match (open, allowed) {
        (true, _) if !denies_part => Passage::Open,
        (false, _) if !allows_part => Passage::Closed { partly: allowed > 0 },
        _ => Passage::Unclear("it is open to a part of the addresses".to_owned()),
    }
}

fn range_of(entry: &AclEntry) -> Option<IpNet> {
    let v4 = entry.cidr_block.map(IpNet::V4);
    v4.or_else(|| entry.ipv6_cidr_block.map(IpNet::V6))
}

fn ports_of(entry: &AclEntry) -> (u32, u32) {
    match entry.port_range {
        Some(range) if entry.protocol != "-1" => (port(range.from), port(range.to)),
        _ => (0, u32::from(u16::MAX)),
    }
}

fn port(number: i32) -> u32 {
    u32::try_from(number.clamp(0, i32::from(u16::MAX))).unwrap_or_default()
}

fn overlaps(left: &[(u32, u32)], (from, to): (u32, u32)) -> bool {
    left.iter().any(|(first, last)| from <= *last && *first <= to)
}

/// Takes ports out of what is left; how many it took.
fn take(left: &mut Vec<(u32, u32)>, (from, to): (u32, u32)) -> u32 {
    let mut taken = 0;
    let mut rest = Vec::with_capacity(left.len() + 1);
    for (first, last) in left.drain(..) {
        let (start, end) = (first.max(from), last.min(to));
        if start > end {
            rest.push((first, last));
            continue;
        }
        taken += end - start + 1;
        if first < start {
            rest.push((first, start - 1));
        }
        if end < last {
            rest.push((end + 1, last));
        }
    }
    *left = rest;
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::model::PortRange;
    use crate::network::ranges::Family;

    fn rule(number: i32, action: &str, cidr: &str, ports: Option<(i32, i32)>) -> AclEntry {
        AclEntry {
            rule_number: number,
            rule_action: action.to_owned(),
            protocol: if ports.is_some() { "6" } else { "-1" }.to_owned(),
            cidr_block: Some(cidr.parse().unwrap()),
            port_range: ports.map(|(from, to)| PortRange { from, to }),
            ..AclEntry::default()
        }
    }

    fn passes(entries: &[AclEntry], ports: (u16, u16)) -> Passage {
        let acl = NetworkAcl {
            entries: entries.to_vec(),
            ..NetworkAcl::default()
        };
        acl_passes(&acl, false, &Target::Public(Family::V4), ports)
    }

    #[test]
    fn the_lowest_number_that_matches_decides() {
        let all = rule(100, "allow", "0.0.0.0/0", None);
        let none = rule(32767, "deny", "0.0.0.0/0", None);
        let web = rule(90, "deny", "0.0.0.0/0", Some((443, 443)));
        assert_eq!(passes(&[none.clone(), all.clone()], (443, 443)), Passage::Open);
        assert_eq!(
            passes(&[all.clone(), web.clone()], (443, 443)),
            Passage::Closed { partly: false }
        );
        let late = AclEntry {
            rule_number: 110,
            ..web
        };
        assert_eq!(passes(&[late, all], (443, 443)), Passage::Open);
        assert_eq!(passes(&[none], (443, 443)), Passage::Closed { partly: false });
        assert_eq!(passes(&[], (443, 443)), Passage::Closed { partly: false });
    }

    #[test]
    fn the_ports_of_answers_may_be_split_between_rules() {
        let low = rule(100, "allow", "0.0.0.0/0", Some((1024, 32767)));
        let high = rule(110, "allow", "0.0.0.0/0", Some((32768, 65535)));
        let desktop = rule(50, "deny", "0.0.0.0/0", Some((3389, 3389)));
        assert_eq!(passes(&[high.clone(), low.clone()], EPHEMERAL), Passage::Open);
        assert_eq!(passes(&[desktop, high.clone(), low], EPHEMERAL), Passage::Open);
        assert_eq!(passes(&[high], EPHEMERAL), Passage::Closed { partly: true });
    }

    #[test]
    fn a_blocked_neighbour_does_not_close_the_internet() {
        let all = rule(100, "allow", "0.0.0.0/0", None);
        let neighbour = rule(10, "deny", "203.0.113.0/24", None);
        let half = rule(10, "deny", "0.0.0.0/1", None);
        assert_eq!(passes(&[neighbour, all.clone()], (443, 443)), Passage::Open);
        assert!(matches!(passes(&[half, all], (443, 443)), Passage::Unclear(_)));
        let partner = rule(10, "allow", "203.0.113.0/24", None);
        assert!(matches!(passes(&[partner], (443, 443)), Passage::Unclear(_)));
    }

    #[test]
    fn what_is_neither_tcp_nor_of_these_ports_decides_nothing() {
        let all = rule(100, "allow", "0.0.0.0/0", None);
        let udp = AclEntry {
            protocol: "17".to_owned(),
            ..rule(10, "deny", "0.0.0.0/0", Some((443, 443)))
        };
        assert_eq!(passes(&[udp, all.clone()], (443, 443)), Passage::Open);
        for elsewhere in [(80, 80), (8443, 8443)] {
            let half = rule(10, "deny", "0.0.0.0/1", Some(elsewhere));
            assert_eq!(passes(&[half, all.clone()], (443, 443)), Passage::Open);
        }
    }

    #[test]
    fn few_ports_of_answers_that_no_rule_names_are_not_noticed() {
        let but_few = rule(100, "allow", "0.0.0.0/0", Some((1100, 65535)));
        assert_eq!(passes(&[but_few], EPHEMERAL), Passage::Open);
        let but_many = rule(100, "allow", "0.0.0.0/0", Some((3000, 65535)));
        assert_eq!(passes(&[but_many], EPHEMERAL), Passage::Closed { partly: true });
    }

    #[test]
    fn what_is_closed_in_part_for_one_range_is_so_for_all() {
        let acl = NetworkAcl {
            entries: vec![rule(100, "allow", "10.0.0.0/24", Some((32768, 65535)))],
            ..NetworkAcl::default()
        };
        for ranges in [["10.0.0.0/24", "10.0.1.0/24"], ["10.0.1.0/24", "10.0.0.0/24"]] {
            let target = Target::Known(ranges.map(|range| range.parse().unwrap()).to_vec());
            assert_eq!(
                acl_passes(&acl, false, &target, EPHEMERAL),
                Passage::Closed { partly: true }
            );
        }
    }

    #[test]
    fn a_rule_of_a_group_without_ports_is_for_all_of_them() {
        let tcp = |from_port, to_port| IpPermission {
            ip_protocol: "tcp".to_owned(),
            from_port,
            to_port,
            ..IpPermission::default()
        };
        for (from, to, expected) in [
            (None, None, true),
            (Some(-1), Some(-1), true),
            (Some(0), Some(65535), true),
            (Some(443), Some(443), true),
            (Some(444), Some(65535), false),
            (Some(0), Some(442), false),
            (Some(0), Some(0), false),
        ] {
            assert_eq!(covers(&tcp(from, to), 443), expected, "{from:?} to {to:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_and_what_is_left_make_up_the_whole(cuts in proptest::collection::vec((0u32..200, 0u32..200), 0..8)) {
            let mut left = vec![(20, 180)];
            let mut taken = 0;
            for (one, other) in cuts {
                taken += take(&mut left, (one.min(other), one.max(other)));
                let rest: u32 = left.iter().map(|(first, last)| last - first + 1).sum();
                prop_assert_eq!(taken + rest, 161);
            }
        }
    }
}
