//! Security groups, of the function and of what it calls.

use super::Case;

pub(super) static CASES: &[Case] = &[
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
    Case {
        name: "a list of the account's own that holds everything",
        build: |world| {
            world.nat("rtb-private");
            world.list("pl-own", "everything", &["0.0.0.0/0"]);
            world.open("sg-fn", &["443 pl-own"]);
        },
        paths: &[("subnet-a", "sqs", "through NAT gateway nat-1")],
    },
];
