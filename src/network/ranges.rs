//! How much of a target do some ranges of addresses cover?

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// What every function has.
    V4,
    /// What a function has in a dual-stack subnet if its configuration allows it.
    V6,
}

/// The other side of a connection: addresses that all count, or some address on the internet that nobody knows before.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// All of these.
    Known(Vec<IpNet>),
    /// Any public address.
    Public(Family),
}

/// How much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    Some,
    None,
}

/// Ranges of IPv4 that are not on the internet: who leaves them out covers the internet all the same.
const NOT_PUBLIC: [Ipv4Net; 7] = [
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
    v4([224, 0, 0, 0], 3),
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), length)
}

const ALL_V4: IpNet = IpNet::V4(v4([0, 0, 0, 0], 0));
const ALL_V6: IpNet = IpNet::V6(PUBLIC_V6);
/// `2000::/3`: all that is public in IPv6.
const PUBLIC_V6: Ipv6Net = Ipv6Net::new_assert(std::net::Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

impl Target {
    /// The addresses, where they are known; else all of the family that can be public.
    pub(super) fn nets(&self) -> &[IpNet] {
        match self {
            Self::Known(nets) => nets,
            Self::Public(Family::V4) => &[ALL_V4],
            Self::Public(Family::V6) => &[ALL_V6],
        }
    }

    /// Whether a range counts that covers only a part of the target. Of an unknown public address it is not likely that it
    /// lies in a narrow range: a partner's network or a blocked neighbour must not make every answer undecided.
    pub(super) fn concerns(&self, part: IpNet) -> bool {
        match self {
            Self::Known(_) => true,
            Self::Public(Family::V4) => part.prefix_len() <= 8 && !is_not_public(part),
            Self::Public(Family::V6) => part.prefix_len() <= 16,
        }
    }

    /// Whether a range can hold an address of it at all.
    pub(super) fn may_lie_in(&self, part: IpNet) -> bool {
        matches!(self, Self::Known(_)) || !is_not_public(part)
    }

    /// Whether the ranges that are not public may be taken for covered.
    fn free(&self) -> &'static [Ipv4Net] {
        match self {
            Self::Public(Family::V4) => &NOT_PUBLIC,
            Self::Known(_) | Self::Public(Family::V6) => &[],
        }
    }

    /// How much of it some ranges cover.
    pub(super) fn covered_by(&self, ranges: &[IpNet]) -> Extent {
        let mut covered = self.nets().iter().map(|net| self.coverage(*net, ranges));
        let first = covered.next().unwrap_or(Extent::None);
        covered.fold(first, |all, one| if all == one { all } else { Extent::Some })
    }

    fn coverage(&self, net: IpNet, ranges: &[IpNet]) -> Extent {
        if ranges.iter().any(|range| range.contains(&net)) {
            return Extent::All;
        }
        let within: Vec<IpNet> = ranges.iter().copied().filter(|range| net.contains(range)).collect();
        if within.is_empty() {
            return Extent::None;
        }
        let free = self.free().iter().map(|range| IpNet::V4(*range));
        let whole = IpNet::aggregate(&within.iter().copied().chain(free).collect());
        if whole.iter().any(|range| range.contains(&net)) {
            return Extent::All;
        }
        if within.iter().any(|range| self.may_lie_in(*range)) {
            Extent::Some
        } else {
            Extent::None
        }
    }
}

fn is_not_public(range: IpNet) -> bool {
    match range {
        IpNet::V4(range) => NOT_PUBLIC.iter().any(|private| private.contains(&range)),
        IpNet::V6(range) => !PUBLIC_V6.contains(&range) && !range.contains(&PUBLIC_V6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_internet_is_covered_without_its_private_parts() {
        let public = Target::Public(Family::V4);
        assert_eq!(public.covered_by(&nets(&["0.0.0.0/0"])), Extent::All);
        assert_eq!(public.covered_by(&nets(&["0.0.0.0/1", "128.0.0.0/1"])), Extent::All);
        let but_ten = [
            "0.0.0.0/5",
            "8.0.0.0/7",
            "11.0.0.0/8",
            "12.0.0.0/6",
            "16.0.0.0/4",
            "32.0.0.0/3",
            "64.0.0.0/2",
            "128.0.0.0/1",
        ];
        assert_eq!(public.covered_by(&nets(&but_ten)), Extent::All);
        assert_eq!(public.covered_by(&nets(&["0.0.0.0/1"])), Extent::Some);
        assert_eq!(public.covered_by(&nets(&["10.0.0.0/8", "172.16.0.0/12"])), Extent::None);
        assert_eq!(public.covered_by(&nets(&["::/0"])), Extent::None);
        assert_eq!(public.covered_by(&[]), Extent::None);
        assert_eq!(Target::Public(Family::V6).covered_by(&nets(&["::/0"])), Extent::All);
        assert_eq!(
            Target::Public(Family::V6).covered_by(&nets(&["fd00::/8"])),
            Extent::None
        );
    }

    #[test]
    fn an_unknown_address_lies_in_no_range_that_is_not_public() {
        let may_lie_in = |family, range: &str| Target::Public(family).may_lie_in(range.parse().unwrap());
        for public in ["2600::/16", "2000::/3", "::/0"] {
            assert!(may_lie_in(Family::V6, public), "{public}");
        }
        for private in ["fd00::/8", "fe80::/10"] {
            assert!(!may_lie_in(Family::V6, private), "{private}");
        }
        assert!(may_lie_in(Family::V4, "203.0.113.0/24"));
        assert!(!may_lie_in(Family::V4, "10.1.0.0/16"));
    }

    #[test]
    fn of_known_ranges_every_one_counts() {
        let known = Target::Known(nets(&["10.0.1.0/24", "10.0.2.0/24"]));
        assert_eq!(known.covered_by(&nets(&["10.0.0.0/16"])), Extent::All);
        assert_eq!(known.covered_by(&nets(&["10.0.1.0/24"])), Extent::Some);
        assert_eq!(
            known.covered_by(&nets(&["10.0.1.0/25", "10.0.1.128/25", "10.0.2.0/24"])),
            Extent::All
        );
        assert_eq!(known.covered_by(&nets(&["10.0.1.7/32"])), Extent::Some);
        assert_eq!(known.covered_by(&nets(&["10.1.0.0/16"])), Extent::None);
        assert_eq!(
            Target::Known(Vec::new()).covered_by(&nets(&["0.0.0.0/0"])),
            Extent::None
        );
    }

    #[test]
    fn a_narrow_exception_says_nothing_about_an_unknown_address() {
        let public = Target::Public(Family::V4);
        assert!(public.concerns("0.0.0.0/1".parse().unwrap()));
        assert!(!public.concerns("203.0.113.0/24".parse().unwrap()));
        assert!(!public.concerns("10.0.0.0/8".parse().unwrap()));
        assert!(Target::Known(Vec::new()).concerns("203.0.113.0/24".parse().unwrap()));
    }
}
