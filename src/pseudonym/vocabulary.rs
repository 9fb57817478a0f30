//! Which words are AWS's and not somebody's, and what do the members of documents hold?

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

use crate::facts::{actions, helpers};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It names something, or may.
    Name,
    /// It says what a statement is for.
    Label,
    /// The address of somebody who called.
    Address,
    /// One of AWS's words.
    Kept,
}

/// What the member of a document holds, by its name.
pub(super) fn meaning(member: &str) -> Meaning {
    let member = member.to_ascii_lowercase();
    match member.as_str() {
        "sid" | "statementid" | "subject" => Meaning::Label,
        "sourceipaddress" => Meaning::Address,
        other if KEPT.contains(&other) => Meaning::Kept,
        _ => Meaning::Name,
    }
}

/// Keys are AWS's words, or names by which the judgement goes: variables, tags. The provider in a key of a federated sign-in is neither.
pub(super) fn is_named_by_users(key: &str) -> bool {
    let provider = key.rsplit_once(':').map_or("", |(provider, _)| provider);
    let digits = key
        .split(|letter: char| !letter.is_ascii_digit())
        .any(|run| run.len() == 12);
    provider.contains(['.', '/']) || key.starts_with("arn:") || digits
}

/// Texts that stay whatever they stand in: address ranges, on which networks are judged, and service principals.
pub(super) fn is_kept(text: &str) -> bool {
    let service = text.strip_suffix(".cn").unwrap_or(text).strip_suffix(".amazonaws.com");
    let is_service = service.is_some_and(|name| !name.is_empty() && !name.contains(['.', '/', ':', '*', '?']));
    is_service || text.parse::<IpNet>().is_ok() || is_unspecified(text) || is_endpoint_service(text)
}

/// An address inside a network decides which way there is; one of a caller decides nothing, and is told apart by its member.
fn is_unspecified(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok_and(|address| match address {
        IpAddr::V4(address) => address.is_private() || address.is_unspecified() || address.is_loopback(),
        IpAddr::V6(_) => true,
    })
}

fn is_endpoint_service(text: &str) -> bool {
    let name = text.strip_prefix("cn.").unwrap_or(text);
    let rest = name
        .strip_prefix("com.amazonaws.")
        .or_else(|| name.strip_prefix("aws."));
    rest.is_some_and(|rest| !rest.contains("vpce") && !rest.contains(['/', ':', '*']))
}

/// Whether a word, in any case, is one that AWS's documents use for everybody: such a word stays what it is in every name.
pub fn is_common(word: &str) -> bool {
    COMMON.contains(word.to_ascii_lowercase().as_str())
}

/// Members with AWS's own words, in lower case.
const KEPT: [&str; 91] = [
    "action",
    "applicationloglevel",
    "architectures",
    "attributename",
    "authtype",
    "availabilityzone",
    "availabilityzoneid",
    "awsregion",
    "comparisonoperator",
    "compatibleruntimes",
    "confidence",
    "control",
    "controls",
    "detail-type",
    "detector",
    "effect",
    "errorcode",
    "eventcategory",
    "eventname",
    "eventsource",
    "eventtime",
    "eventtype",
    "eventversion",
    "facet",
    "findingtype",
    "format",
    "functionurlauthtype",
    "functionresponsetypes",
    "interfacetype",
    "invocationtype",
    "invokemode",
    "ipaddresstype",
    "ipprotocol",
    "issuecode",
    "key",
    "keymanager",
    "keyspec",
    "keystate",
    "keyusage",
    "kind",
    "lastupdatestatus",
    "lastupdatestatusreasoncode",
    "layer",
    "layers",
    "logformat",
    "mode",
    "notaction",
    "optimizationstatus",
    "origin",
    "packagetype",
    "permission",
    "policytype",
    "protocol",
    "readwritetype",
    "reasoncode",
    "recursiveloop",
    "region",
    "regions",
    "requesterid",
    "requestparameteroperation",
    "resourcetype",
    "returnvalue",
    "ruleaction",
    "runtime",
    "scantype",
    "scope",
    "service",
    "servicenamespace",
    "severities",
    "severity",
    "source",
    "sourceparametertype",
    "startingposition",
    "stat",
    "state",
    "statereasoncode",
    "statevalue",
    "statistic",
    "status",
    "statuscode",
    "systemloglevel",
    "time",
    "timestamp",
    "treatmissingdata",
    "type",
    "unit",
    "untrustedartifactondeployment",
    "updateruntimeon",
    "version",
    "vpcendpointtype",
    "what",
];

/// Words of ARNs, of condition values, of hosts and of what AWS and its tools put into names; services come from the table of actions.
const WORDS: &str = "
    action actions active account accounts acl aggregate alarm alarms alias aliases all allow amazon amazonaws amplify anomaly answer any
    anonymous aoss api apikey apis app appkit apply arn assoc association assumed assumedrole async attachment attribute authorizer auto avg
    aws awsxraydaemonwriteaccess band band bot boundary branch broker bucket buffered bus by cache canary canonical capacity
    cert certificate changeset channel cloudfront cluster cmk cn code codedeploy collection com component composite concurrentexecutions
    config configuration connection connector console consumer container controltower count cron csc ct custom cup cw cwsyn
    dashboard data database db deadlettererrors default delivery deny dependency deployment destination detection detector dev developer dimension
    dimensions disabled distribution dkr domain dryrun duration edgelambda eigw emit enabled endpoint endpointgroup eni
    environment error errors event eventbus events example execution existing experiment express facebook false federated federateduser file
    filter fips firehose flow fn forget from ftp function functionname functions gateway gitlab globaltable googleapis google graph group
    group handler hash heads host hosts hostedzone hour http https id identity identitypool igw image in index info infinity instance
    insufficient interface internal invocations invoke ip ipv4 ipv6 issuer item iteratorage job json key keys lambda latest
    latency layer listener loadbalancer local localhost log login logs m machine main mapping master max maximum memory method metric
    metrics mfa min minimum model month mq nat network no none not notebook null object oidc ok on oncall open operation operator or order org
    organization organizations origin ou page parameter partition path peering pending percent period pipe plan policy pool
    prefix principal project profile provider provisionedconcurrencyspilloverinvocations proxy public pull quantile query queue r rate raw ref refs
    release remote repo repository request requestresponse reserved reset resolve resource resources restapis result retain role root route
    rtb rule run sam saml schedule schema scp secret section security select server service services session set sg sgr shared
    signing snapshot spot ssl stack stackset stage stages standard state statemachine status step stopped store stored stream string sts
    subnet subscription sum svc system table tag tags task template terraform test tgw throttles throttled time timeout token topic trace
    trail transit true type undefined unreserved unspecified until url urn us user userpool users value var vault version versions vigil
    volume vpc vpce vpn vgw warn web when where within workspace www yes zip zone
    critical githubusercontent high informational invocation io low medium net off on";

static COMMON: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let parts = |text: &'static str| text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let services = actions::services().flat_map(|service| parts(service.prefix));
    let helpers = helpers::parts().filter(|part| part.contains('-')).flat_map(parts);
    let words = WORDS.split_whitespace().chain(services).chain(helpers);
    words.filter(|word| !word.is_empty()).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_written_once_and_in_order() {
        assert!(KEPT.is_sorted());
        assert_eq!(KEPT.iter().collect::<BTreeSet<_>>().len(), KEPT.len());
        assert!(
            KEPT.iter()
                .all(|member| !member.bytes().any(|byte| byte.is_ascii_uppercase()))
        );
    }

    #[test]
    fn aws_keeps_its_words_and_nobody_else() {
        for word in ["Lambda", "sqs", "role", "amazonaws", "EXECUTE"] {
            assert!(is_common(word), "{word}");
        }
        for word in ["acme", "orders", "payments", "alice"] {
            assert!(!is_common(word), "{word}");
        }
        for text in [
            "sns.amazonaws.com",
            "com.amazonaws.eu-west-1.kinesis-streams",
            "10.0.0.0/16",
            "ec2.amazonaws.com.cn",
        ] {
            assert!(is_kept(text), "{text}");
        }
        for text in [
            "acme.s3.amazonaws.com",
            "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d",
            "203.0.113.7",
            "acme",
        ] {
            assert!(!is_kept(text), "{text}");
        }
    }
}
