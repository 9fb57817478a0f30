//! Is the function in a VPC without a sign that it needs anything private there?
//!
//! A sign is a private host or a database in the environment, a file system, a grant for something that stands in a VPC, or a
//! security group that admits the function's group, or that the function's group opens, for more than HTTPS. Where a secret, a
//! parameter or a ciphertext can hold the host's name, nothing is said.

use super::attached;
use crate::controls::needs::Need;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::facts::endpoints::{Reach, reach};
use crate::finding::{Evidence, Severity};
use crate::network::{HTTPS, IpPermission, SecurityGroup};
use crate::policy::{RoleGrants, Selection};
use crate::secret::{Judgement, Kind};
use crate::snapshot::{Configuration, Facet};

pub(crate) static CONTROL: Control = Control {
    id: "vpc-needless",
    title: "The function is in a VPC without a sign that it needs to be",
    layer: Layer::Network,
    severity: Severity::Informational,
    reads: &[
        Facet::Configuration,
        Facet::RolePolicies,
        Facet::RoleBoundary,
        Facet::SecurityGroups,
    ],
    risk: "A function in a VPC has only the ways out that the VPC gives it, and a role that may make network interfaces; outside, it \
           reaches AWS's services as it is. A VPC does not protect a function from who may invoke it.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --vpc-config SubnetIds=[],SecurityGroupIds=[]\n\
                  # or accept it, where a fixed address or an inspected way out is the reason",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"],
    evaluate,
};

/// What can hold the name of a private host.
const HIDING: [&str; 4] = ["appconfig", "dynamodb", "secretsmanager", "ssm"];

fn evaluate(context: &Context<'_>) -> Judged {
    let Some(network) = attached(context)? else {
        return Ok(Verdict::default());
    };
    let configuration = context.snapshot.configuration()?;
    let grants = context.role_grants()?;
    let groups = context.snapshot.security_groups()?;
    let needs = context.needs()?;
    let hidden = needs.iter().any(|need: &Need| HIDING.contains(&need.service.as_str()));
    let own = &network.security_group_ids;
    if hidden || shows_in(configuration) || grants_inside(grants) || groups.iter().any(|group| is_private(group, own)) {
        return Ok(Verdict::default());
    }
    let place = network.vpc_id.as_deref().unwrap_or("VpcConfig");
    let detail =
        format!("nothing in the environment, the role or the security groups speaks of anything private in {place}");
    Ok(Verdict::of([Evidence::new(place, detail)]))
}

fn shows_in(configuration: &Configuration) -> bool {
    let mut variables = configuration.environment.variables.values();
    let unread = configuration.environment.error.is_some();
    unread || !configuration.file_system_configs.is_empty() || variables.any(is_sign)
}

fn is_sign(judgement: &Judgement) -> bool {
    match &judgement.kind {
        Kind::Host { .. } | Kind::Ciphertext | Kind::Reference { target: None } | Kind::Credential { .. } => true,
        Kind::Reference { target: Some(target) } => target
            .split(':')
            .nth(2)
            .is_some_and(|service| HIDING.contains(&service)),
        Kind::Empty | Kind::Plain | Kind::Placeholder | Kind::PublicMaterial => false,
    }
}

fn grants_inside(grants: &RoleGrants) -> bool {
    const SERVICES: [&str; 6] = [
        "elasticache",
        "elasticfilesystem",
        "kafka",
        "memorydb",
        "rds",
        "redshift",
    ];
    let inside = |service: &str| SERVICES.contains(&service) || reach(service) == Reach::InsideVpc;
    grants.allowing().any(|grant| match &grant.statement().action {
        Selection::Except(_) => true,
        Selection::Only(globs) => globs.iter().any(|glob| {
            let service = glob.split(':').next().unwrap_or_default().to_ascii_lowercase();
            service.contains('*') || inside(&service)
        }),
    })
}

/// Whether a group of the VPC and the function's own have to do with each other for more than HTTPS.
fn is_private(group: &SecurityGroup, own: &[String]) -> bool {
    let beyond_https = |rule: &&IpPermission| rule.ip_protocol != "-1" && rule.from_port != Some(i32::from(HTTPS));
    let names_own = |rule: &IpPermission| rule.user_id_group_pairs.iter().any(|pair| own.contains(&pair.group_id));
    if own.contains(&group.group_id) {
        let mut rules = group.ip_permissions_egress.iter().filter(beyond_https);
        return rules.any(|rule| {
            !rule.user_id_group_pairs.is_empty() || rule.ip_ranges.iter().any(|range| range.cidr_ip.prefix_len() > 0)
        });
    }
    group
        .ip_permissions
        .iter()
        .filter(|rule| rule.ip_protocol == "-1" || beyond_https(rule))
        .any(names_own)
}
