//! Networks as people build them, with every path written out.

mod world;

use std::fmt::Write;

use super::Answer;
use world::{World, route};

/// A question and its answer: subnet, service, answer in words.
type Path = (&'static str, &'static str, &'static str);

struct Case {
    name: &'static str,
    build: fn(&mut World),
    paths: &'static [Path],
}

/// The world before a case changes it: `a` and `b` are private subnets in two zones, `p` is public, with an internet gateway; a
/// function in `sg-fn`, which may go everywhere.
static CASES: &[Case] = &[
    Case {
        name: "private subnet without endpoint calls Secrets Manager",
        build: |_| {},
        paths: &[
            (
                "subnet-a",
                "secretsmanager",
                "no way: rtb-private has no route to the internet",
            ),
            ("subnet-b", "s3", "no way: rtb-private has no route to the internet"),
        ],
    },
    Case {
        name: "S3 by a gateway endpoint that serves one of two route tables",
        build: |world| {
            world.own_table("subnet-b", "rtb-b");
            world.gateway_endpoint("s3", &["rtb-private"]);
        },
        paths: &[
            ("subnet-a", "s3", "through gateway endpoint vpce-s3"),
            (
                "subnet-b",
                "s3",
                "no way: vpce-s3 does not serve rtb-b; rtb-b has no route to the internet",
            ),
        ],
    },
    Case {
        name: "the endpoint's security group does not admit the function",
        build: |world| {
            world.interface_endpoint("secretsmanager", &["subnet-a", "subnet-b"]);
            world.admit("sg-endpoint", "443", &["sg-other"]);
        },
        paths: &[(
            "subnet-a",
            "secretsmanager",
            "blocked on the way through interface endpoint vpce-secretsmanager: sg-endpoint of vpce-secretsmanager does not admit \
             the function on port 443",
        )],
    },
    Case {
        name: "private DNS is off",
        build: |world| {
            world
                .interface_endpoint("secretsmanager", &["subnet-a"])
                .private_dns_enabled = false;
        },
        paths: &[(
            "subnet-a",
            "secretsmanager",
            "no way: private DNS of vpce-secretsmanager is off; rtb-private has no route to the internet",
        )],
    },
    Case {
        name: "private DNS is off, and a NAT gateway leads to the public endpoint",
        build: |world| {
            world
                .interface_endpoint("secretsmanager", &["subnet-a"])
                .private_dns_enabled = false;
            world.nat("rtb-private");
        },
        paths: &[("subnet-a", "secretsmanager", "through NAT gateway nat-1")],
    },
    Case {
        name: "private DNS is off, and the function calls the endpoint by its own name",
        build: |world| {
            world
                .interface_endpoint("secretsmanager", &["subnet-a"])
                .private_dns_enabled = false;
            world.named = vec!["vpce-secretsmanager".to_owned()];
        },
        paths: &[(
            "subnet-a",
            "secretsmanager",
            "through interface endpoint vpce-secretsmanager",
        )],
    },
    Case {
        name: "the VPC's DNS host names are off",
        build: |world| {
            world.interface_endpoint("sqs", &["subnet-a"]);
            world.vpc.enable_dns_hostnames = Some(false);
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "no way: enableDnsHostnames of the VPC is off, so that no name leads to vpce-sqs; rtb-private has no route to the internet",
        )],
    },
    Case {
        name: "public subnet with an internet gateway and no NAT",
        build: |_| {},
        paths: &[(
            "subnet-p",
            "sqs",
            "no way: rtb-public leads to igw-1, and a function has no public address",
        )],
    },
    Case {
        name: "public subnet with endpoints works",
        build: |world| {
            world.interface_endpoint("sqs", &["subnet-p"]);
            world.gateway_endpoint("dynamodb", &["rtb-public"]);
        },
        paths: &[
            ("subnet-p", "sqs", "through interface endpoint vpce-sqs"),
            ("subnet-p", "dynamodb", "through gateway endpoint vpce-dynamodb"),
        ],
    },
    Case {
        name: "NAT gateway in the public subnet",
        build: |world| world.nat("rtb-private"),
        paths: &[("subnet-a", "sqs", "through NAT gateway nat-1")],
    },
    Case {
        name: "NAT gateway in a subnet without a route to the internet gateway",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].subnet_id = Some("subnet-b".to_owned());
            world.own_table("subnet-b", "rtb-b");
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "no way: nat-1 stands in subnet-b, which does not lead to an internet gateway",
        )],
    },
    Case {
        name: "NAT gateway that is being deleted, whose route still reads active",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].state = "deleting".to_owned();
        },
        paths: &[("subnet-a", "sqs", "no way: nat-1 is deleting")],
    },
    Case {
        name: "NAT gateway that is not ready yet",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].state = "pending".to_owned();
        },
        paths: &[("subnet-a", "sqs", "cannot judge: nat-1 is pending")],
    },
    Case {
        name: "private NAT gateway before the internet gateway",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].connectivity_type = Some("private".to_owned());
        },
        paths: &[("subnet-a", "sqs", "no way: nat-1 is private")],
    },
    Case {
        name: "private NAT gateway before a transit gateway",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].connectivity_type = Some("private".to_owned());
            world.table("rtb-public").routes = vec![route("0.0.0.0/0", "tgw-1")];
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: behind nat-1, transit gateway tgw-1 leads to a network that was not read",
        )],
    },
    Case {
        name: "regional NAT gateway stands in no subnet",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].subnet_id = None;
            world.gateways.nat_gateways[0].availability_mode = Some("regional".to_owned());
        },
        paths: &[("subnet-a", "sqs", "through NAT gateway nat-1")],
    },
    Case {
        name: "NAT gateway of somebody else, in a shared VPC",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways.clear();
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: nat-1 is not among the NAT gateways that were read",
        )],
    },
    Case {
        name: "NAT instance with and without its source/destination check",
        build: |world| {
            world.nat_instance("rtb-private", false);
            world
                .own_table("subnet-b", "rtb-b")
                .routes
                .push(route("0.0.0.0/0", "eni-checking"));
            world.nat_interface("eni-checking", true);
        },
        paths: &[
            ("subnet-a", "sqs", "through NAT instance eni-nat"),
            (
                "subnet-b",
                "sqs",
                "no way: eni-checking checks source and destination, and so forwards nothing",
            ),
        ],
    },
    Case {
        name: "an interface that was not read",
        build: |world| {
            world
                .table("rtb-private")
                .routes
                .push(route("0.0.0.0/0", "eni-strange"));
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: eni-strange was not read, and may be a firewall or a NAT instance",
        )],
    },
    Case {
        name: "the network ACL lets no answers back in",
        build: |world| {
            world.nat("rtb-private");
            world.acl(
                "subnet-a",
                &["out 100 allow 0.0.0.0/0 443", "in 100 allow 0.0.0.0/0 443"],
            );
        },
        paths: &[
            (
                "subnet-a",
                "sqs",
                "blocked on the way through NAT gateway nat-1: acl-subnet-a of subnet-a does not let ports 1024-65535 in from the \
                 internet",
            ),
            ("subnet-b", "sqs", "through NAT gateway nat-1"),
        ],
    },
    Case {
        name: "the network ACL of the NAT gateway's subnet lets only some answers in",
        build: |world| {
            world.nat("rtb-private");
            world.acl(
                "subnet-p",
                &[
                    "out 100 allow 0.0.0.0/0 all",
                    "in 100 allow 10.0.0.0/16 all",
                    "in 110 allow 0.0.0.0/0 32768-65535",
                ],
            );
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "blocked on the way through NAT gateway nat-1: acl-subnet-p of subnet-p does not let all of ports 1024-65535 in from the \
             internet",
        )],
    },
    Case {
        name: "a deny before the allow, and one behind it",
        build: |world| {
            world.nat("rtb-private");
            world.acl(
                "subnet-a",
                &[
                    "out 90 deny 0.0.0.0/0 443",
                    "out 100 allow 0.0.0.0/0 all",
                    "in 100 allow 0.0.0.0/0 all",
                ],
            );
            world.acl(
                "subnet-b",
                &[
                    "out 110 deny 0.0.0.0/0 443",
                    "out 100 allow 0.0.0.0/0 all",
                    "in 100 allow 0.0.0.0/0 all",
                ],
            );
        },
        paths: &[
            (
                "subnet-a",
                "sqs",
                "blocked on the way through NAT gateway nat-1: acl-subnet-a of subnet-a does not let port 443 out to the internet",
            ),
            ("subnet-b", "sqs", "through NAT gateway nat-1"),
        ],
    },
    Case {
        name: "a network ACL between the function and the endpoint's subnet, not within it",
        build: |world| {
            world.interface_endpoint("kms", &["subnet-b"]);
            world.acl(
                "subnet-b",
                &["out 100 allow 0.0.0.0/0 all", "in 100 allow 10.9.0.0/16 all"],
            );
        },
        paths: &[
            (
                "subnet-a",
                "kms",
                "blocked on the way through interface endpoint vpce-kms, in another zone: acl-subnet-b of subnet-b does not let port \
                 443 in from subnet-a",
            ),
            ("subnet-b", "kms", "through interface endpoint vpce-kms"),
        ],
    },
    Case {
        name: "egress-only gateway in a dual-stack subnet",
        build: |world| {
            world.dual_stack("subnet-a");
            world.egress_only("rtb-private");
            world.ipv6 = true;
        },
        paths: &[
            ("subnet-a", "sqs", "through eigw-1, IPv6 only"),
            ("subnet-b", "sqs", "no way: rtb-private has no route to the internet"),
        ],
    },
    Case {
        name: "egress-only gateway, and the function does not ask for IPv6",
        build: |world| {
            world.dual_stack("subnet-a");
            world.egress_only("rtb-private");
        },
        paths: &[("subnet-a", "sqs", "no way: rtb-private has no route to the internet")],
    },
    Case {
        name: "egress-only gateway, and a group that opens IPv4 alone",
        build: |world| {
            world.dual_stack("subnet-a");
            world.egress_only("rtb-private");
            world.ipv6 = true;
            world.open("sg-fn", &["443 0.0.0.0/0"]);
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "blocked on the way through eigw-1, IPv6 only: sg-fn does not open port 443 to the internet",
        )],
    },
    Case {
        name: "transit gateway",
        build: |world| world.table("rtb-private").routes.push(route("0.0.0.0/0", "tgw-1")),
        paths: &[(
            "subnet-a",
            "secretsmanager",
            "cannot judge: transit gateway tgw-1 leads to a network that was not read",
        )],
    },
    Case {
        name: "transit gateway, and an endpoint that makes it not matter",
        build: |world| {
            world.table("rtb-private").routes.push(route("0.0.0.0/0", "tgw-1"));
            world.interface_endpoint("secretsmanager", &["subnet-a"]);
        },
        paths: &[(
            "subnet-a",
            "secretsmanager",
            "through interface endpoint vpce-secretsmanager",
        )],
    },
    Case {
        name: "peering connection",
        build: |world| world.table("rtb-private").routes.push(route("0.0.0.0/0", "pcx-1")),
        paths: &[(
            "subnet-a",
            "s3",
            "cannot judge: peering connection pcx-1 leads to a network that was not read",
        )],
    },
    Case {
        name: "firewall endpoint and virtual private gateway",
        build: |world| {
            world
                .table("rtb-private")
                .routes
                .push(route("0.0.0.0/0", "vpce-firewall"));
            world
                .own_table("subnet-b", "rtb-b")
                .routes
                .push(route("0.0.0.0/0", "vgw-1"));
        },
        paths: &[
            (
                "subnet-a",
                "s3",
                "cannot judge: firewall endpoint vpce-firewall leads to a network that was not read",
            ),
            (
                "subnet-b",
                "s3",
                "cannot judge: virtual private gateway vgw-1 leads to a network that was not read",
            ),
        ],
    },
    Case {
        name: "a group that opens only the list of S3",
        build: |world| {
            world.nat("rtb-private");
            world.gateway_endpoint("s3", &["rtb-private"]);
            world.open("sg-fn", &["443 pl-s3"]);
        },
        paths: &[
            ("subnet-a", "s3", "through gateway endpoint vpce-s3"),
            (
                "subnet-a",
                "sqs",
                "blocked on the way through NAT gateway nat-1: sg-fn does not open port 443 to the internet",
            ),
        ],
    },
    Case {
        name: "a group that opens only the endpoint's group",
        build: |world| {
            world.interface_endpoint("secretsmanager", &["subnet-a"]);
            world.nat("rtb-private");
            world.open("sg-fn", &["443 sg-endpoint"]);
        },
        paths: &[
            (
                "subnet-a",
                "secretsmanager",
                "through interface endpoint vpce-secretsmanager",
            ),
            (
                "subnet-a",
                "sqs",
                "blocked on the way through NAT gateway nat-1: sg-fn does not open port 443 to the internet",
            ),
        ],
    },
    Case {
        name: "a group that opens the wrong port, and one that opens the VPC alone",
        build: |world| {
            world.nat("rtb-private");
            world.interface_endpoint("kms", &["subnet-a"]);
            world.open("sg-fn", &["5432 0.0.0.0/0", "443 10.0.0.0/16"]);
        },
        paths: &[
            ("subnet-a", "kms", "through interface endpoint vpce-kms"),
            (
                "subnet-a",
                "sqs",
                "blocked on the way through NAT gateway nat-1: sg-fn does not open port 443 to the internet",
            ),
        ],
    },
    Case {
        name: "a group that opens a part of the internet",
        build: |world| {
            world.nat("rtb-private");
            world.open("sg-fn", &["443 52.0.0.0/8"]);
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: sg-fn does not open all of port 443 to the internet: it is open to a part of the addresses",
        )],
    },
    Case {
        name: "the endpoint's group admits the function's addresses, or some of them",
        build: |world| {
            world.interface_endpoint("kms", &["subnet-a"]);
            world.admit("sg-endpoint", "443", &["10.0.1.0/25"]);
            world.interface_endpoint("sqs", &["subnet-a"]);
            world.group_of("sqs", "sg-wide");
            world.admit("sg-wide", "443", &["10.0.0.0/16"]);
        },
        paths: &[
            ("subnet-a", "sqs", "through interface endpoint vpce-sqs"),
            (
                "subnet-a",
                "kms",
                "cannot judge: sg-endpoint of vpce-kms does not admit the function on all of port 443: it is open to a part of the \
                 addresses",
            ),
        ],
    },
    Case {
        name: "the endpoint lies in one zone",
        build: |world| {
            world.interface_endpoint("kms", &["subnet-a"]);
        },
        paths: &[
            ("subnet-a", "kms", "through interface endpoint vpce-kms"),
            (
                "subnet-b",
                "kms",
                "through interface endpoint vpce-kms, in another zone",
            ),
        ],
    },
    Case {
        name: "a blocked endpoint shuts off what the NAT gateway would reach",
        build: |world| {
            world.nat("rtb-private");
            world.interface_endpoint("kms", &["subnet-a"]);
            world.admit("sg-endpoint", "443", &["sg-other"]);
        },
        paths: &[(
            "subnet-a",
            "kms",
            "blocked on the way through interface endpoint vpce-kms: sg-endpoint of vpce-kms does not admit the function on port 443",
        )],
    },
    Case {
        name: "an endpoint that was rejected, and one that is being made",
        build: |world| {
            world.interface_endpoint("kms", &["subnet-a"]).state = "rejected".to_owned();
            world.interface_endpoint("sqs", &["subnet-a"]).state = "pending".to_owned();
        },
        paths: &[
            (
                "subnet-a",
                "kms",
                "no way: vpce-kms is rejected; rtb-private has no route to the internet",
            ),
            ("subnet-a", "sqs", "cannot judge: vpce-sqs is pending"),
        ],
    },
    Case {
        name: "shared VPC: the owner's endpoints cannot be seen, the route to one can",
        build: |world| {
            world.share("999988887777");
            world.gateway_endpoint("s3", &["rtb-private"]);
            world.endpoints.clear();
        },
        paths: &[
            ("subnet-a", "s3", "through gateway endpoint vpce-s3"),
            (
                "subnet-a",
                "sqs",
                "cannot judge: the VPC belongs to account 999988887777, whose endpoints cannot be seen from here",
            ),
        ],
    },
    Case {
        name: "overlapping routes: the longest prefix decides",
        build: |world| {
            world.nat("rtb-private");
            let table = world.table("rtb-private");
            table.routes.push(route("203.0.113.0/24", "tgw-1"));
            table.routes.push(route("10.0.0.0/8", "tgw-1"));
            world.interface_endpoint("kms", &["subnet-b"]);
        },
        paths: &[
            ("subnet-a", "sqs", "through NAT gateway nat-1"),
            (
                "subnet-a",
                "kms",
                "through interface endpoint vpce-kms, in another zone",
            ),
        ],
    },
    Case {
        name: "two halves of the internet",
        build: |world| {
            world.nat("rtb-private");
            let table = world.table("rtb-private");
            table.routes.retain(|one| one.nat_gateway_id.is_none());
            table.routes.push(route("0.0.0.0/1", "nat-1"));
            table.routes.push(route("128.0.0.0/1", "nat-1"));
            let half = world.own_table("subnet-b", "rtb-b");
            half.routes.push(route("0.0.0.0/1", "nat-1"));
        },
        paths: &[
            ("subnet-a", "sqs", "through NAT gateway nat-1"),
            (
                "subnet-b",
                "sqs",
                "cannot judge: for a part of the internet, rtb-b has no route to the internet",
            ),
        ],
    },
    Case {
        name: "a route inside the range of S3 goes another way",
        build: |world| {
            world.gateway_endpoint("s3", &["rtb-private"]);
            world.table("rtb-private").routes.push(route("52.92.7.0/24", "tgw-1"));
        },
        paths: &[(
            "subnet-a",
            "s3",
            "cannot judge: rtb-private takes 52.92.7.0/24 off the way to vpce-s3",
        )],
    },
    Case {
        name: "the VPC's own range is led through a firewall",
        build: |world| {
            world.interface_endpoint("kms", &["subnet-b"]);
            world
                .table("rtb-private")
                .routes
                .push(route("10.0.2.0/24", "vpce-firewall"));
        },
        paths: &[(
            "subnet-a",
            "kms",
            "cannot judge: rtb-private does not route 10.0.2.0/24 inside the VPC alone",
        )],
    },
    Case {
        name: "blackhole",
        build: |world| {
            world.nat("rtb-private");
            for route in &mut world.table("rtb-private").routes {
                if route.nat_gateway_id.is_some() {
                    route.state = "blackhole".to_owned();
                }
            }
        },
        paths: &[("subnet-a", "sqs", "no way: rtb-private leads to nat-1, which is gone")],
    },
    Case {
        name: "a customer's list as destination, read and not read",
        build: |world| {
            world.nat("rtb-private");
            let table = world.table("rtb-private");
            table.routes.retain(|one| one.nat_gateway_id.is_none());
            table.routes.push(route("pl-everything", "nat-1"));
            world.list("pl-everything", "everything", &["0.0.0.0/0"]);
            world
                .own_table("subnet-b", "rtb-b")
                .routes
                .push(route("pl-secret", "nat-1"));
        },
        paths: &[
            ("subnet-a", "sqs", "through NAT gateway nat-1"),
            (
                "subnet-b",
                "sqs",
                "cannot judge: what pl-secret holds was not read, and rtb-b routes by it",
            ),
        ],
    },
    Case {
        name: "a written route before one that a gateway brought",
        build: |world| {
            world.nat("rtb-private");
            let mut brought = route("0.0.0.0/0", "vgw-1");
            brought.origin = Some("EnableVgwRoutePropagation".to_owned());
            world.table("rtb-private").routes.insert(0, brought);
        },
        paths: &[("subnet-a", "sqs", "through NAT gateway nat-1")],
    },
    Case {
        name: "a subnet without a table of its own uses the main one",
        build: |world| {
            let table = world.table("rtb-private");
            table
                .associations
                .retain(|one| one.subnet_id.as_deref() != Some("subnet-b"));
        },
        paths: &[(
            "subnet-b",
            "sqs",
            "no way: rtb-public leads to igw-1, and a function has no public address",
        )],
    },
    Case {
        name: "a service without endpoints needs the internet",
        build: |_| {},
        paths: &[("subnet-a", "iam", "no way: rtb-private has no route to the internet")],
    },
    Case {
        name: "S3's interface endpoint for those outside leaves the gateway endpoint in place",
        build: |world| {
            world.gateway_endpoint("s3", &["rtb-private"]);
            let endpoint = world.interface_endpoint("s3", &["subnet-a"]);
            endpoint.vpc_endpoint_id = "vpce-s3-interface".to_owned();
            endpoint.dns_options.private_dns_only_for_inbound_resolver_endpoint = true;
        },
        paths: &[("subnet-a", "s3", "through gateway endpoint vpce-s3")],
    },
    Case {
        name: "groups that were not read",
        build: |world| {
            world.nat("rtb-private");
            world.security_groups.clear();
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: security group sg-fn is not among those that were read",
        )],
    },
];

#[test]
fn every_path_is_as_written() {
    assert!(CASES.len() >= 25);
    let mut wrong = String::new();
    for case in CASES {
        let mut world = World::default();
        (case.build)(&mut world);
        for (subnet, service, expected) in case.paths {
            let answer = world.ask(subnet, service).to_string();
            if answer != *expected {
                let _ = write!(
                    wrong,
                    "{}: {subnet} to {service}:\n    {answer}\n    {expected}\n",
                    case.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn names_of_cases_are_unique() {
    let names: std::collections::BTreeSet<&str> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len());
}

proptest::proptest! {
    /// Whatever is built on whatever: an answer comes, always the same one, and a wider group never shuts a way.
    #[test]
    fn a_wider_group_never_shuts_a_way(picked in proptest::collection::vec(0..CASES.len(), 0..5)) {
        let mut world = World::default();
        for index in &picked {
            (CASES[*index].build)(&mut world);
        }
        for subnet in ["subnet-a", "subnet-b", "subnet-p"] {
            for service in ["s3", "sqs", "kms", "secretsmanager", "iam"] {
                let before = world.ask(subnet, service);
                proptest::prop_assert_eq!(&before, &world.ask(subnet, service));
                let mut wider = world.clone();
                wider.open("sg-fn", &["all 0.0.0.0/0", "all ::/0"]);
                let after = wider.ask(subnet, service);
                if matches!(before, Answer::Way(_)) {
                    proptest::prop_assert!(matches!(after, Answer::Way(_)), "{} to {}: {}", subnet, service, after);
                }
            }
        }
    }
}
