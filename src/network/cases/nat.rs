//! Network address translation: gateways and instances.

use super::Case;
use super::world::route;

pub(super) static CASES: &[Case] = &[
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
        name: "NAT gateway of which neither subnet nor kind was read",
        build: |world| {
            world.nat("rtb-private");
            world.gateways.nat_gateways[0].subnet_id = None;
        },
        paths: &[("subnet-a", "sqs", "cannot judge: the subnet of nat-1 was not read")],
    },
    Case {
        name: "NAT instance without a public address",
        build: |world| {
            world.nat_instance("rtb-private", false);
            world.interfaces[0].association = None;
        },
        paths: &[("subnet-a", "sqs", "cannot judge: eni-nat has no public address")],
    },
    Case {
        name: "NAT gateway before an internet gateway that is attached to another VPC",
        build: |world| {
            world.nat("rtb-private");
            for attachment in &mut world.gateways.internet_gateways[0].attachments {
                attachment.vpc_id = "vpc-2".to_owned();
            }
        },
        paths: &[(
            "subnet-a",
            "sqs",
            "no way: nat-1 stands in subnet-p, which does not lead to an internet gateway",
        )],
    },
];
