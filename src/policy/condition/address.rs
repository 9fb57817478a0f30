//! Is there a public address that meets these demands, and are there many? Decided stretch by stretch.

use super::Test;
use super::solve::{Demand, Solution};
use crate::policy::request::Values;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that no single customer owns, for demands that are not ranges.
pub(super) const SAMPLES: [Ipv4Addr; 2] = [Ipv4Addr::new(198, 51, 100, 7), Ipv4Addr::new(203, 0, 113, 77)];

/// Ranges that never are the public source of a call (IANA special-purpose registry).
const NOT_PUBLIC: [Ipv4Net; 8] = [
    Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 8),
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// More than a /8 of IPv4 or a /32 of IPv6 counts as open to everybody, as in S3's meaning of "public"
/// (S3 User Guide, "Blocking public access": the meaning of public).
const WIDE_V4: u128 = 1 << 24;
const WIDE_V6: u128 = 1 << 96;

/// The solution, or none when the demands are not all ranges.
pub(super) fn address(wide: bool, demands: &[Demand<'_>]) -> Option<Solution> {
    if let (true, [sample, ..]) = (demands.is_empty(), SAMPLES) {
        return Some(found(IpAddr::V4(sample)));
    }
    let fits = |address: IpAddr| {
        let written = address.to_string();
        demands
            .iter()
            .all(|(test, must_pass)| test.holds(&written) == Some(*must_pass))
    };
    if demands.iter().any(|(test, _)| !matches!(test, Test::Address(_))) {
        let sample = SAMPLES.into_iter().map(IpAddr::V4).find(|sample| fits(*sample));
        return sample.map(found);
    }
    let networks = demands.iter().flat_map(|(test, _)| match test {
        Test::Address(networks) => networks.as_slice(),
        _ => &[],
    });
    let mut edges_v4: Vec<u128> = vec![0, 1 << 32];
    let mut edges_v6: Vec<u128> = vec![GLOBAL_V6.0, GLOBAL_V6.1];
    for network in networks.copied().chain(NOT_PUBLIC.map(IpNet::V4)) {
        match (network.network(), network.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => edges_v4.extend([bits_v4(first), bits_v4(last) + 1]),
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                edges_v6.extend([first.to_bits(), last.to_bits().saturating_add(1)]);
            }
            _ => {}
        }
    }
    let fits_v4 = |bits| {
        to_v4(bits)
            .filter(|address| is_public(*address))
            .map(IpAddr::V4)
            .filter(|address| fits(*address))
    };
    let fits_v6 = |bits| {
        let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
        ((GLOBAL_V6.0..GLOBAL_V6.1).contains(&bits) && fits(address)).then_some(address)
    };
    let [least_v4, least_v6] = if wide { [WIDE_V4, WIDE_V6] } else { [0, 0] };
    let best = widest(edges_v4, fits_v4, least_v4).or_else(|| widest(edges_v6, fits_v6, least_v6));
    Some(best.map_or(Solution::Nothing, found))
}

/// The global unicast space, `2000::/3`.
const GLOBAL_V6: (u128, u128) = (0x2000 << 112, 0x4000 << 112);

fn found(address: IpAddr) -> Solution {
    Solution::Value(Some(Values::One(address.to_string())))
}

fn bits_v4(address: Ipv4Addr) -> u128 {
    u128::from(address.to_bits())
}

fn to_v4(bits: u128) -> Option<Ipv4Addr> {
    u32::try_from(bits).ok().map(Ipv4Addr::from_bits)
}

fn is_public(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC.iter().any(|network| network.contains(&address))
}

/// Between two edges all addresses fare alike. The first address of the widest fitting stretch, when all stretches
/// together hold more than `least` addresses.
fn widest(mut edges: Vec<u128>, fits: impl Fn(u128) -> Option<IpAddr>, least: u128) -> Option<IpAddr> {
    edges.sort_unstable();
    edges.dedup();
    let mut total = 0_u128;
    let mut best: Option<(u128, IpAddr)> = None;
    for (start, end) in edges.iter().zip(edges.iter().skip(1)) {
        let Some(address) = fits(*start) else { continue };
        let size = end - start;
        total = total.saturating_add(size);
        if best.is_none_or(|(largest, _)| size > largest) {
            best = Some((size, address));
        }
    }
    best.filter(|_| total > least).map(|(_, address)| address)
}
