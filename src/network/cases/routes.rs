//! Which route counts?

use super::Case;
use super::world::route;

pub(super) static CASES: &[Case] = &[
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
        name: "a written route behind one that a gateway brought",
        build: |world| {
            world.nat("rtb-private");
            let mut brought = route("0.0.0.0/0", "vgw-1");
            brought.origin = Some("EnableVgwRoutePropagation".to_owned());
            world.table("rtb-private").routes.push(brought);
        },
        paths: &[("subnet-a", "sqs", "through NAT gateway nat-1")],
    },
    Case {
        name: "a written route before one by list, wherever they lead",
        build: |world| {
            world.list("pl-own", "everything", &["0.0.0.0/0"]);
            world.nat("rtb-private");
            let (listed, written) = (route("pl-own", "nat-1"), route("0.0.0.0/0", "tgw-1"));
            let table = world.table("rtb-private");
            table.routes.retain(|route| route.nat_gateway_id.is_none());
            table.routes.extend([listed, written]);
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "cannot judge: transit gateway tgw-1 leads to a network that was not read",
        )],
    },
    Case {
        name: "a route by list before one that a gateway brought",
        build: |world| {
            world.list("pl-own", "everything", &["0.0.0.0/0"]);
            let mut brought = route("0.0.0.0/0", "igw-1");
            brought.origin = Some("EnableVgwRoutePropagation".to_owned());
            world
                .own_table("subnet-b", "rtb-b")
                .routes
                .extend([brought, route("pl-own", "tgw-1")]);
        },
        paths: &[(
            "subnet-b",
            "sqs",
            "cannot judge: transit gateway tgw-1 leads to a network that was not read",
        )],
    },
    Case {
        name: "a written route beside one by list, in either order",
        build: |world| {
            world.list("pl-own", "everything", &["0.0.0.0/0"]);
            let listed = || route("pl-own", "tgw-1");
            world.nat("rtb-private");
            world.table("rtb-private").routes.push(listed());
            let written = route("0.0.0.0/0", "nat-1");
            world.own_table("subnet-b", "rtb-b").routes.extend([listed(), written]);
        },
        paths: &[
            ("subnet-a", "sqs", "through NAT gateway nat-1"),
            ("subnet-b", "sqs", "through NAT gateway nat-1"),
        ],
    },
];
