//! Does a security group of the function admit what can never come, or open every port to everywhere?

use super::attached;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::network::{IpPermission, SecurityGroup};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "security-group-broad",
    title: "A security group of the function is wider than the function needs",
    layer: Layer::Network,
    severity: Severity::Low,
    reads: &[Facet::Configuration, Facet::SecurityGroups],
    risk: "Nothing can connect to a function, so what the group admits serves other members of it; and code that an attacker runs \
           in the function may talk to every port of every host.",
    remediation: INBOUND,
    references: &["https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"],
    evaluate,
};

const INBOUND: &str = "# give the function a group of its own, without inbound rules; or, where no other member needs them:\n\
    aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={group}\n\
    aws ec2 revoke-security-group-ingress --region {region} --group-id {group} --security-group-rule-ids RULES";
const OUTBOUND: &str = "aws ec2 authorize-security-group-egress --region {region} --group-id {group} --protocol tcp --port 443 --cidr 0.0.0.0/0\n\
    # and the ports of the databases that it uses, then\n\
    aws ec2 revoke-security-group-egress --region {region} --group-id {group} --security-group-rule-ids RULE_FOR_ALL";

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(network) = attached(context)? else {
        return Ok(verdict);
    };
    let known = context.snapshot.security_groups()?;
    for id in &network.security_group_ids {
        match known.iter().find(|group| group.group_id == *id) {
            Some(group) => verdict.fails.extend(inbound(group).into_iter().chain(outbound(group))),
            None => verdict
                .unjudged
                .push(super::undecided(id, "the group is not among those that were read")),
        }
    }
    Ok(verdict)
}

/// The default group admits its own members, which says nothing.
fn inbound(group: &SecurityGroup) -> Option<Evidence> {
    let is_foreign = |rule: &&IpPermission| {
        let ranges = !(rule.ip_ranges.is_empty() && rule.ipv6_ranges.is_empty() && rule.prefix_list_ids.is_empty());
        ranges
            || rule
                .user_id_group_pairs
                .iter()
                .any(|pair| pair.group_id != group.group_id)
    };
    let rules = group.ip_permissions.iter().filter(is_foreign).count();
    (rules > 0).then(|| {
        let detail = format!(
            "{} has {rules} inbound rules, and nothing connects to a function",
            group.group_id
        );
        Evidence::new(format!("{} inbound", group.group_id), detail).fill("group", &group.group_id)
    })
}

fn outbound(group: &SecurityGroup) -> Option<Evidence> {
    let opens_all = |rule: &IpPermission| {
        let everywhere = rule.ip_ranges.iter().any(|range| range.cidr_ip.prefix_len() == 0)
            || rule.ipv6_ranges.iter().any(|range| range.cidr_ipv6.prefix_len() == 0);
        let all_ports = rule.ip_protocol == "-1"
            || (rule.from_port.is_none_or(|from| from <= 0) && rule.to_port.is_none_or(|to| to == 65535));
        everywhere && all_ports
    };
    group.ip_permissions_egress.iter().any(opens_all).then(|| {
        let detail = format!("{} opens every port to everywhere", group.group_id);
        Evidence::new(format!("{} outbound", group.group_id), detail)
            .fill("group", &group.group_id)
            .fixed_by(OUTBOUND)
    })
}
