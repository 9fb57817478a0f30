//! Network access control lists, both ways.

use super::Case;

pub(super) static CASES: &[Case] = &[
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
];
