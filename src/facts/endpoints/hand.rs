//! Whose endpoints are not named after the IAM prefix? Written by hand, from the page of [`super::SOURCE`] and the pages of the services.

/// IAM prefix to all its endpoints; it takes the place of what the generated table says about the prefix.
pub(super) const NAMES: &[(&str, &[&str])] = &[
    ("aoss", &["aoss"]),
    ("apigateway", &["apigateway"]),
    ("appmesh", &["appmesh", "appmesh-envoy-management"]),
    ("appsync", &["appsync-api"]),
    ("aps", &["aps", "aps-workspaces"]),
    ("arsenal", &["arsenal-discovery"]),
    // The actions of the Cloud Control API have the prefix of CloudFormation.
    ("cloudformation", &["cloudformation", "cloudcontrolapi"]),
    ("cloudwatch", &["monitoring"]),
    ("codecommit", &["codecommit", "git-codecommit"]),
    ("dynamodb", &["dynamodb", "dynamodb-streams"]),
    (
        "emr-serverless",
        &[
            "emr-serverless",
            "emr-serverless.dashboard",
            "emr-serverless-services.livy",
        ],
    ),
    // `eventsv2` serves the custom event bus ("Using Amazon EventBridge with Interface VPC endpoints").
    ("events", &["events", "eventsv2"]),
    ("evidently", &["evidently", "evidently-dataplane"]),
    ("firehose", &["kinesis-firehose"]),
    ("geo-maps", &["geo.maps"]),
    ("geo-places", &["geo.places"]),
    ("geo-routes", &["geo.routes"]),
    ("grafana", &["grafana", "grafana-workspace"]),
    ("guardduty", &["guardduty", "guardduty-data"]),
    ("iot", &["iot.data", "iot.credentials"]),
    ("iotdeviceadvisor", &["deviceadvisor.iot"]),
    ("iotfleethub", &["iot.fleethub.api"]),
    ("iotwireless", &["iotwireless.api", "lorawan.cups", "lorawan.lns"]),
    ("kinesis", &["kinesis-streams"]),
    (
        "medical-imaging",
        &["medical-imaging", "dicom-medical-imaging", "runtime-medical-imaging"],
    ),
    ("neptune-graph", &["neptune-graph", "neptune-graph-data"]),
    (
        "omics",
        &[
            "analytics-omics",
            "control-storage-omics",
            "storage-omics",
            "tags-omics",
            "workflows-omics",
        ],
    ),
    ("pipes", &["pipes", "pipes-data"]),
    ("rekognition", &["rekognition", "streaming-rekognition"]),
    ("rum", &["rum", "rum-dataplane"]),
    ("s3", &["s3", "s3-global.accesspoint"]),
    // "Access Amazon EventBridge Scheduler using an interface endpoint".
    ("scheduler", &["scheduler"]),
    ("servicediscovery", &["servicediscovery", "data-servicediscovery"]),
    ("ses", &["email", "email-smtp", "mail-manager"]),
    ("sms-voice", &["pinpoint-sms-voice-v2"]),
    ("states", &["states", "sync-states"]),
    ("tag", &["tagging"]),
    ("transcribe", &["transcribe", "transcribestreaming"]),
    ("user-subscriptions", &["service.user-subscriptions"]),
];

/// Data planes of clusters in the customer's VPC, or in AWS's behind an endpoint that the service itself makes.
pub(super) const INSIDE_VPC: &[&str] = &["dax", "docdb-elastic", "es", "kafka-cluster", "neptune-db", "rds-db"];

/// `connect`: "Amazon Connect and interface VPC endpoints" says that its core has none.
pub(super) const NO_ENDPOINT: &[&str] = &["cloudfront", "connect"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::actions;

    #[test]
    fn every_prefix_is_a_service_and_stands_once() {
        let prefixes = NAMES
            .iter()
            .map(|(prefix, _)| prefix)
            .chain(INSIDE_VPC)
            .chain(NO_ENDPOINT);
        let mut seen = std::collections::BTreeSet::new();
        for prefix in prefixes {
            assert!(actions::service(prefix).is_some(), "{prefix}");
            assert!(seen.insert(*prefix), "{prefix}");
        }
        assert!(NAMES.is_sorted_by_key(|(prefix, _)| *prefix));
    }

    #[test]
    fn a_name_that_the_generated_table_lacks_is_on_the_list_of_those() {
        let known: Vec<_> = super::super::table()
            .endpoints
            .iter()
            .map(|endpoint| endpoint.name)
            .collect();
        let own = NAMES.iter().flat_map(|(_, names)| names.iter().copied());
        let mut lacking: Vec<_> = own.filter(|name| !known.contains(name)).collect();
        lacking.sort_unstable();
        assert_eq!(lacking, ["aoss", "apigateway", "eventsv2", "scheduler"]);
    }
}
