//! Through which VPC endpoints is a service reached from a subnet without a way to the internet?

mod hand;

use std::sync::OnceLock;

use super::Source;
use super::manifest::{AWS_CDK_LIB, COUNTS, ENDPOINTS};

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "aws-cdk-lib, botocore; AWS services that integrate with AWS PrivateLink",
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
    date: AWS_CDK_LIB.date,
};

static TEXT: OnceLock<String> = OnceLock::new();
static TABLE: OnceLock<Table> = OnceLock::new();

/// How an endpoint joins a VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointType {
    /// Network interfaces in its subnets, behind security groups.
    Interface,
    /// An entry in its route tables.
    Gateway,
}

/// One endpoint service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The last part of its service name: `kinesis-streams`, `ecr.api`.
    pub name: &'static str,
    /// The types in which AWS offers it.
    pub types: &'static [EndpointType],
    full: Option<&'static str>,
}

impl Endpoint {
    /// Its whole service name in a Region, as `DescribeVpcEndpoints` gives it: `com.amazonaws.eu-west-1.kinesis-streams`. China's Regions
    /// put `cn.` before some names; read them with [`short_name`].
    pub fn service_name(&self, region: &str) -> String {
        match self.full {
            Some(full) => full.replace("{region}", region),
            None => format!("com.amazonaws.{region}.{}", self.name),
        }
    }
}

/// How a service is reached from inside a VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Through these, each of which serves some of its calls.
    Endpoints(Vec<Endpoint>),
    /// Its resources stand in a VPC themselves, or get an endpoint of their own: no endpoint of AWS's serves its calls.
    InsideVpc,
    /// AWS offers no endpoint: only a way to the internet helps.
    NoEndpoint,
    /// Nothing is known about the prefix.
    Unknown,
}

/// How the service of an IAM prefix, in any case, is reached from inside a VPC.
pub fn reach(prefix: &str) -> Reach {
    let prefix = prefix.to_ascii_lowercase();
    if hand::INSIDE_VPC.contains(&prefix.as_str()) {
        return Reach::InsideVpc;
    }
    if hand::NO_ENDPOINT.contains(&prefix.as_str()) {
        return Reach::NoEndpoint;
    }
    let table = table();
    let mut names = match hand::NAMES.iter().find(|(own, _)| *own == prefix) {
        Some((_, names)) => names.to_vec(),
        None => table.of_service(&prefix).collect(),
    };
    names.sort_unstable();
    if names.is_empty() {
        return Reach::Unknown;
    }
    Reach::Endpoints(names.into_iter().map(|name| table.endpoint(name)).collect())
}

/// Whether the endpoint of a whole service name serves calls of an IAM prefix.
pub fn serves(service_name: &str, prefix: &str) -> bool {
    match (reach(prefix), short_name(service_name)) {
        (Reach::Endpoints(endpoints), Some(name)) => endpoints.iter().any(|endpoint| endpoint.name == name),
        (Reach::Endpoints(_), None) | (Reach::InsideVpc | Reach::NoEndpoint | Reach::Unknown, _) => false,
    }
}

/// The last part of the service name of an AWS endpoint in any partition, without `-fips`: `sagemaker.api` of
/// `com.amazonaws.us-east-1.sagemaker.api-fips`, `iam` of `com.amazonaws.iam`. `None` for a service that is not AWS's.
pub fn short_name(service_name: &str) -> Option<&str> {
    let name = service_name.strip_prefix("cn.").unwrap_or(service_name);
    let rest = OWNERS
        .iter()
        .find_map(|owner| name.strip_prefix(owner)?.strip_prefix('.'))?;
    let local = match rest.split_once('.') {
        Some((region, local)) if is_region(region) => local,
        _ => rest,
    };
    let local = local.strip_suffix("-fips").unwrap_or(local);
    (!local.is_empty() && !local.starts_with("vpce-svc-")).then_some(local)
}

/// What AWS's own service names begin with; those of customers begin with `com.amazonaws.vpce`.
const OWNERS: &[&str] = &["com.amazonaws", "aws.api", "api.aws", "aws.sagemaker"];

/// `us-gov-west-1`: letters and hyphens, then a number; or the `global` that stands in its place.
fn is_region(part: &str) -> bool {
    if part == "global" {
        return true;
    }
    let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
    letters.len() < part.len() && letters.ends_with('-') && letters.matches('-').count() >= 2
}

struct Table {
    endpoints: Vec<Endpoint>,
    services: Vec<(&'static str, &'static str)>,
}

impl Table {
    fn of_service(&self, prefix: &str) -> impl Iterator<Item = &'static str> {
        let place = self.services.binary_search_by(|(own, _)| (*own).cmp(prefix)).ok();
        let names = place
            .and_then(|place| self.services.get(place))
            .map(|(_, names)| *names);
        names.into_iter().flat_map(|names| names.split(' '))
    }

    /// A name that only the hand-written table has is an interface endpoint of the usual form.
    fn endpoint(&self, name: &'static str) -> Endpoint {
        let place = self.endpoints.binary_search_by(|endpoint| endpoint.name.cmp(name)).ok();
        let known = place.and_then(|place| self.endpoints.get(place)).copied();
        known.unwrap_or(Endpoint {
            name,
            types: types("i"),
            full: None,
        })
    }
}

fn table() -> &'static Table {
    TABLE.get_or_init(|| read(TEXT.get_or_init(|| ENDPOINTS.text())))
}

fn read(text: &'static str) -> Table {
    let mut lines = text.lines();
    let mut endpoints = Vec::with_capacity(COUNTS.endpoints);
    endpoints.extend(lines.by_ref().take_while(|line| !line.is_empty()).filter_map(endpoint));
    Table {
        endpoints,
        services: lines.filter_map(|line| line.split_once('\t')).collect(),
    }
}

fn endpoint(line: &'static str) -> Option<Endpoint> {
    let (name, rest) = line.split_once('\t')?;
    let (kinds, full) = rest.split_once('\t')?;
    Some(Endpoint {
        name,
        types: types(kinds),
        full: Some(full),
    })
}

fn types(letters: &str) -> &'static [EndpointType] {
    match letters {
        "ig" => &[EndpointType::Interface, EndpointType::Gateway],
        "g" => &[EndpointType::Gateway],
        _ => &[EndpointType::Interface],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::actions;

    fn names(prefix: &str) -> Vec<&'static str> {
        match reach(prefix) {
            Reach::Endpoints(endpoints) => endpoints.iter().map(|endpoint| endpoint.name).collect(),
            Reach::InsideVpc | Reach::NoEndpoint | Reach::Unknown => Vec::new(),
        }
    }

    #[test]
    fn the_table_holds_what_the_manifest_says() {
        assert_eq!(table().endpoints.len(), COUNTS.endpoints);
        assert_eq!(table().services.len(), COUNTS.services_with_endpoints);
        for (prefix, _) in &table().services {
            assert!(actions::service(prefix).is_some(), "{prefix}");
        }
        assert!(table().endpoints.is_sorted_by_key(|endpoint| endpoint.name));
    }

    #[test]
    fn a_service_is_reached_through_the_endpoints_that_serve_it() {
        assert_eq!(names("sqs"), ["sqs"]);
        assert_eq!(names("KMS"), ["kms"]);
        assert_eq!(names("kinesis"), ["kinesis-streams"]);
        assert_eq!(names("firehose"), ["kinesis-firehose"]);
        assert_eq!(names("cloudwatch"), ["monitoring"]);
        assert_eq!(names("ecr"), ["ecr.api", "ecr.dkr"]);
        assert_eq!(names("states"), ["states", "sync-states"]);
        assert_eq!(names("ses"), ["email", "email-smtp", "mail-manager"]);
        assert!(names("bedrock").contains(&"bedrock-runtime"));
        assert!(names("sagemaker").contains(&"sagemaker.runtime"));
        assert_eq!(names("aoss"), ["aoss"]);
    }

    #[test]
    fn what_has_no_endpoint_is_told_from_what_is_not_known() {
        assert_eq!(reach("cloudfront"), Reach::NoEndpoint);
        assert_eq!(reach("kafka-cluster"), Reach::InsideVpc);
        assert_eq!(reach("nobody"), Reach::Unknown);
        assert_eq!(reach(""), Reach::Unknown);
    }

    #[test]
    fn whole_names_are_written_and_read() {
        let Reach::Endpoints(endpoints) = reach("s3") else {
            panic!("s3 has endpoints")
        };
        let s3 = endpoints.iter().find(|endpoint| endpoint.name == "s3").expect("s3");
        assert_eq!(s3.types, [EndpointType::Interface, EndpointType::Gateway]);
        assert_eq!(s3.service_name("eu-west-1"), "com.amazonaws.eu-west-1.s3");
        let Reach::Endpoints(endpoints) = reach("iam") else {
            panic!("iam has an endpoint")
        };
        assert_eq!(endpoints[0].service_name("eu-west-1"), "com.amazonaws.iam");
        for (whole, short) in [
            ("com.amazonaws.us-east-1.sagemaker.api-fips", "sagemaker.api"),
            ("com.amazonaws.us-gov-west-1.s3", "s3"),
            ("cn.com.amazonaws.cn-north-1.lambda", "lambda"),
            ("aws.sagemaker.us-east-1.notebook", "notebook"),
            ("aws.api.us-east-1.freetier", "freetier"),
            ("com.amazonaws.iam", "iam"),
            ("com.amazonaws.s3-global.accesspoint", "s3-global.accesspoint"),
        ] {
            assert_eq!(short_name(whole), Some(short), "{whole}");
        }
        for foreign in [
            "",
            "com.amazonaws",
            "com.amazonaws.",
            "com.example.us-east-1.s3",
            "com.amazonaws.vpce.us-east-1.vpce-svc-0e",
        ] {
            assert!(!serves(foreign, "s3"), "{foreign}");
        }
    }

    #[test]
    fn every_endpoint_s_whole_name_leads_back_to_it() {
        for endpoint in &table().endpoints {
            assert_eq!(
                short_name(&endpoint.service_name("ap-southeast-2")),
                Some(endpoint.name)
            );
        }
    }

    #[test]
    fn an_endpoint_serves_its_services_and_no_other() {
        assert!(serves("com.amazonaws.eu-west-1.kinesis-streams", "kinesis"));
        assert!(serves("com.amazonaws.eu-west-1.dynamodb", "dynamodb"));
        assert!(!serves("com.amazonaws.eu-west-1.kinesis-streams", "firehose"));
        assert!(!serves("com.amazonaws.eu-west-1.s3", "cloudfront"));
    }
}
