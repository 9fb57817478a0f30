//! Egress-only and transit gateways, peering, firewalls.

use super::Case;
use super::world::route;

pub(super) static CASES: &[Case] = &[
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
        name: "an internet gateway over IPv6, before it is detached",
        build: |world| {
            world.dual_stack("subnet-a");
            world.table("rtb-private").routes.push(route("::/0", "igw-1"));
            world.ipv6 = true;
        },
        paths: &[("subnet-a", "sqs", "through igw-1, IPv6 only")],
    },
    Case {
        name: "an internet gateway over IPv6, after it was detached",
        build: |world| {
            world.dual_stack("subnet-a");
            world.table("rtb-private").routes.push(route("::/0", "igw-1"));
            world.ipv6 = true;
            world.gateways.internet_gateways[0].attachments.clear();
        },
        paths: &[("subnet-a", "sqs", "no way: rtb-private has no route to the internet")],
    },
];
