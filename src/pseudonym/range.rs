//! By which address is one replaced that a condition asks for? By one that lies in the same ranges, as far as the case names them:
//! addresses that begin alike do so afterwards, to the bit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::cipher::Cipher;

/// First bytes beside whose addresses some are nobody's.
const MIXED: [u8; 6] = [100, 169, 172, 192, 198, 203];
/// What is nobody's there: as much of an address stays as says on which side of it it lies.
const NOBODYS_V4: [Ipv4Net; 7] = [
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 51, 100, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
];
/// As above (RFC 3849).
const NOBODYS_V6: [Ipv6Net; 1] = [Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32)];
/// First bytes that are nobody's.
const RESERVED: [u8; 3] = [0, 10, 127];
/// The first byte from which on addresses are nobody's.
const BEYOND: u8 = 224;
/// Bits with which every address of version 6 begins that is somebody's.
const GLOBAL: usize = 3;

/// The address or range in the place of one; nothing where a text is none. What is private, kept for examples or everybody's stays.
pub(super) fn renamed(cipher: &Cipher, text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(of(cipher, address, whole(address)).to_string());
    }
    let network: IpNet = text.parse().ok()?;
    let (address, length) = (network.addr(), network.prefix_len());
    Some(format!("{}/{length}", of(cipher, address, usize::from(length))))
}

fn whole(address: IpAddr) -> usize {
    if address.is_ipv4() { 32 } else { 128 }
}

fn of(cipher: &Cipher, address: IpAddr, length: usize) -> IpAddr {
    match address {
        IpAddr::V4(own) if is_somebodys(own) => v4(cipher, own, length).into(),
        IpAddr::V6(own) if own.segments().first().is_some_and(|first| first >> 13 == 1) && !is_example(own) => {
            let nobodys = NOBODYS_V6.map(|net| (u128::from(net.addr()), usize::from(net.prefix_len())));
            Ipv6Addr::from(permuted(cipher, u128::from(own), (GLOBAL, length, 128), &nobodys)).into()
        }
        kept => kept,
    }
}

fn v4(cipher: &Cipher, address: Ipv4Addr, length: usize) -> Ipv4Addr {
    let [first, rest @ ..] = address.octets();
    if MIXED.contains(&first) {
        let nobodys = NOBODYS_V4.map(|net| (u128::from(u32::from(net.addr())), usize::from(net.prefix_len())));
        let bits = permuted(cipher, u128::from(u32::from(address)), (8, length, 32), &nobodys);
        return Ipv4Addr::from(u32::try_from(bits).unwrap_or_default());
    }
    // A range of several first bytes says nothing of anybody.
    if length < 8 {
        return address;
    }
    let [b, c, d] = rest;
    let moved = Ipv4Addr::new(other_first(cipher, first), b, c, d);
    let bits = permuted(cipher, u128::from(u32::from(moved)), (8, length, 32), &[]);
    Ipv4Addr::from(u32::try_from(bits).unwrap_or_default())
}

/// Another first byte, for each another one.
fn other_first(cipher: &Cipher, first: u8) -> u8 {
    let plain = |byte: &u8| !MIXED.contains(byte) && !RESERVED.contains(byte);
    let mut ranked: Vec<u8> = (1..BEYOND).filter(plain).collect();
    let place = ranked.iter().position(|byte| *byte == first);
    ranked.sort_by_key(|byte| cipher.digest("first byte", &byte.to_string()));
    place.and_then(|place| ranked.get(place).copied()).unwrap_or(first)
}

/// Turns each bit behind those that are kept, up to the length, or does not: those before it and the salt say which. None is turned among
/// whose addresses some are nobody's: these would change places with somebody's.
fn permuted(
    cipher: &Cipher,
    address: u128,
    (kept, length, width): (usize, usize, usize),
    nobodys: &[(u128, usize)],
) -> u128 {
    let mut changed = address;
    for place in kept..length.min(width) {
        let before = address >> (width - place);
        let is_within = |(first, length): &(u128, usize)| *length > place && first >> (width - place) == before;
        if nobodys.iter().any(is_within) {
            continue;
        }
        let [turn, ..] = cipher.digest("bit", &format!("{width} {place} {before:x}"));
        if turn & 1 == 1 {
            changed ^= 1 << (width - 1 - place);
        }
    }
    changed
}

fn is_somebodys(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    let is_nobodys = address.is_private() || address.is_link_local() || address.is_documentation() || is_shared;
    !is_nobodys && !RESERVED.contains(&first) && first < BEYOND
}

/// RFC 3849.
fn is_example(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0x2001, 0xdb8, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(b"fixed for tests")
    }

    #[test]
    fn who_lies_in_a_range_still_does() {
        let name = |text: &str| renamed(&cipher(), text).expect("an address");
        for (range, address) in [
            ("52.92.0.0/17", "52.92.13.7"),
            ("8.8.8.0/24", "8.8.8.8"),
            ("100.20.0.0/14", "100.20.1.1"),
            ("2a05:d018::/36", "2a05:d018:12::1"),
        ] {
            let network: IpNet = name(range).parse().expect("a range");
            let inside: IpAddr = name(address).parse().expect("an address");
            assert!(network.contains(&inside), "{network} {inside}");
            assert_ne!(name(address), address);
            assert_eq!(network.trunc(), network, "nothing is set behind the length");
        }
        let range: IpNet = name("52.92.0.0/17").parse().expect("a range");
        let outside: IpAddr = name("52.92.200.7").parse().expect("an address");
        assert!(!range.contains(&outside));
    }

    #[test]
    fn of_a_public_address_no_more_stays_than_tells_it_from_nobodys() {
        let kept = |text: &str| {
            let address: Ipv4Addr = text.parse().expect("one");
            let salts = (0..40_u8).map(|salt| {
                let renamed = renamed(&Cipher::new(&[salt]), text).expect("one");
                (u32::from(renamed.parse::<Ipv4Addr>().expect("one")) ^ u32::from(address)).leading_zeros()
            });
            salts.min().expect("some")
        };
        // 192.0.2.0/24 and 192.168.0.0/16 lie in the two halves before them.
        for (address, most) in [
            ("192.200.7.1", 10),
            ("198.200.7.1", 9),
            ("203.200.7.1", 9),
            ("100.200.7.1", 9),
            ("172.200.7.1", 9),
        ] {
            assert_eq!(kept(address), most, "{address}");
        }
        let of_registry = (0..40_u8).map(|salt| renamed(&Cipher::new(&[salt]), "2a05:d018:12::1").expect("one"));
        assert!(of_registry.filter(|text| text.starts_with("2a05:")).count() < 5);
    }

    #[test]
    fn nobodys_addresses_stay_and_somebodys_stay_somebodys() {
        for kept in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "203.0.113.7",
            "192.168.1.1",
            "::1",
            "fd00::/8",
            "2001:db8::/32",
            "100.64.0.1",
        ] {
            assert_eq!(renamed(&cipher(), kept).as_deref(), Some(kept));
        }
        assert_eq!(renamed(&cipher(), "acme"), None);
        for (first, second) in (0..=255_u8).flat_map(|first| [0, 18, 51, 77, 168, 254].map(|second| (first, second))) {
            let address = Ipv4Addr::new(first, second, 3, 4);
            let changed: Ipv4Addr = renamed(&cipher(), &address.to_string())
                .expect("one")
                .parse()
                .expect("one");
            assert_eq!(is_somebodys(address), is_somebodys(changed), "{address} {changed}");
        }
    }
}
