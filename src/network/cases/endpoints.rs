//! Gateway and interface endpoints: tables, private DNS, zones, owners.

use super::Case;

pub(super) static CASES: &[Case] = &[
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
        name: "gateway endpoint whose tables were not read, with a route to it",
        build: |world| {
            world.gateway_endpoint("s3", &["rtb-private"]);
            world.endpoints[0].route_table_ids.clear();
        },
        paths: &[("subnet-a", "s3", "through gateway endpoint vpce-s3")],
    },
    Case {
        name: "a gateway endpoint of somebody else beside an interface endpoint of one's own",
        build: |world| {
            world.list("pl-s3", "com.amazonaws.eu-west-1.s3", &["52.218.0.0/17"]);
            world.gateway_endpoint("s3", &["rtb-private"]);
            world.endpoints.clear();
            world.interface_endpoint("sqs", &["subnet-a"]);
        },
        paths: &[("subnet-a", "s3", "through gateway endpoint vpce-s3")],
    },
];
