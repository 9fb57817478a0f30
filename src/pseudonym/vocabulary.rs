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
    /// An address or a range that a condition asks for.
    Range,
    /// One of AWS's words.
    Kept,
}

/// What the member of a document holds, by its name.
pub(super) fn meaning(member: &str) -> Meaning {
    let member = member.to_ascii_lowercase();
    match member.as_str() {
        "sid" | "statementid" | "subject" => Meaning::Label,
        "sourceipaddress" => Meaning::Address,
        "aws:sourceip" | "aws:vpcsourceip" => Meaning::Range,
        other if KEPT.contains(&other) => Meaning::Kept,
        _ => Meaning::Name,
    }
}

/// Whether a condition's operator compares sizes, ages or times.
pub(super) fn is_measuring(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
    let operator = operator.rsplit(':').next().unwrap_or_default();
    let comparison = operator
        .strip_prefix("numeric")
        .or_else(|| operator.strip_prefix("date"));
    comparison.is_some_and(|comparison| COMPARISONS.contains(&comparison))
}

/// What follows `Numeric` and `Date` in operators.
const COMPARISONS: [&str; 6] = [
    "equals",
    "greaterthan",
    "greaterthanequals",
    "lessthan",
    "lessthanequals",
    "notequals",
];

/// What AWS calls the events that CloudTrail records. Of other kinds only the source says whose they are.
pub(super) fn is_of_trail(kind: &str) -> bool {
    kind.starts_with("AWS ") && kind.ends_with(" via CloudTrail")
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
    is_service
        || REASONS.contains(&text)
        || text.parse::<IpNet>().is_ok()
        || is_unspecified(text)
        || is_endpoint_service(text)
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

/// Whether a word of a statement id is everybody's: AWS's own, or what its actions begin with, as `Read` and `Send`.
pub(super) fn is_everybodys(word: &str) -> bool {
    is_common(word) || VERBS.contains(word.to_ascii_lowercase().as_str())
}

/// Whether the source of an event is somebody's program or a partner, and not AWS.
pub(super) fn is_source_of_users(text: &str) -> bool {
    text.starts_with("aws.partner/")
        || !text.is_empty() && !text.starts_with("aws.") && !text.starts_with("lambda-vigil")
}

/// Whether a text is the source of an event of AWS, as far as a pattern names it, and not a sentence that begins like one.
pub(super) fn is_source_of_aws(text: &str) -> bool {
    let name = text.strip_prefix("aws.");
    name.is_some_and(|name| {
        name.bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
    })
}

static VERBS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let names = actions::all().iter().map(|action| action.name);
    let verbs = names.filter_map(|name| super::text::humps(name).into_iter().next().map(str::to_ascii_lowercase));
    verbs.collect()
});

/// Whether ARNs of a service have this part, whatever they are of.
pub(super) fn is_kind(service: &str, segment: &str) -> bool {
    KINDS.contains(&(service, segment))
}

/// Services, and the parts of their ARNs that are no placeholders.
static KINDS: LazyLock<BTreeSet<(&'static str, &'static str)>> = LazyLock::new(|| {
    let types = actions::all().iter().flat_map(actions::Action::resource_types);
    let arns: BTreeSet<&'static str> = types.map(|kind| kind.arn).collect();
    let parts = arns.into_iter().flat_map(|arn| {
        let mut fields = arn.splitn(6, ':');
        let (service, resource) = (fields.nth(2).unwrap_or_default(), fields.nth(2).unwrap_or_default());
        resource.split(['/', ':']).map(move |segment| (service, segment))
    });
    let literal = |segment: &str| !segment.is_empty() && !segment.contains(['$', '*']);
    parts.filter(|(_, segment)| literal(segment)).collect()
});

/// Why a part of a recording has no value. The member is called as that of a decision, whose reason is somebody's words.
const REASONS: [&str; 9] = [
    "access-denied",
    "failed",
    "left-out",
    "malformed",
    "not-found",
    "not-in-template",
    "not-read",
    "throttled",
    "timed-out",
];

/// Members with AWS's own words, in lower case.
const KEPT: [&str; 97] = [
    "action",
    "applicationloglevel",
    "architectures",
    "attributename",
    "authtype",
    "availabilityzone",
    "availabilityzoneid",
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:tokenissuetime",
    "awsregion",
    "comparisonoperator",
    "compatibleruntimes",
    "confidence",
    "control",
    "controls",
    "detail-type",
    "detector",
    "effect",
    "environmentkey",
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
    "functionresponsetypes",
    "functionurlauthtype",
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
    "why",
];

/// Words of ARNs, of condition values, of hosts and of what AWS and its tools put into names, and the services among whose names are no
/// words that people use for their own things, as `purchase-orders` and `payments`.
const WORDS: &str = "
    account accounts acl action actions active aggregate airflow alarm alarms alexa alias aliases all allow
    amazon amazonaws amplify analyzer anomaly anonymous answer any aoss api apigateway apikey apis app
    appconfig appkit appsync arn assoc association assumed assumedrole async athena attachment attribute
    authorizer auto autoscaling avg aws backup band batch bedrock bot boundary branch bucket buffered bus by
    cache canary canonical capacity cassandra cert certificate changeset channel cloudformation cloudfront
    cloudtrail cloudwatch cluster cmk cn code codebuild codecommit codedeploy codepipeline cognito collection
    com component composite comprehend concurrentexecutions config configuration connection connector console
    consumer container controltower count critical cron csc ct cup custom cw cwsyn dashboard data database
    datasync dax db deadlettererrors default delivery deny dependency deployment destination detection
    detector dev developer dimension dimensions disabled discovery distribution dkr dms docdb domain dryrun
    duration dynamodb ec2 ecr ecs edgelambda eigw eks elasticache elasticbeanstalk elasticfilesystem
    elasticloadbalancing elasticmapreduce email emit emr enabled endpoint endpointgroup eni environment error
    errors es event eventbus events example execute execution existing experiment express facebook false
    federated federateduser file filter fips firehose flow from fsx ftp function functionname functions
    gateway githubusercontent gitlab glacier globaltable glue google googleapis graph greengrass group
    guardduty handler hash heads high host hostedzone hosts hour http https iam id identity identitypool idp
    igw image imagebuilder in index infinity info informational insights inspector inspector2 instance insufficient
    interface internal invocation invocations invoke io iot ip ipv4 ipv6 issuer item iteratorage job json
    kafka kendra key keys kinesis kms lambda latency latest layer lex listener loadbalancer local localhost
    log login logs low m machine macie main mapping master max maximum mediaconvert medialive mediastore
    medium memory method metric metrics mfa min minimum model monitoring mq nat neptune net network no none
    not notebook null o object off oidc ok on oncall opensearch operation operator or order org organization
    organizations origin ou page parameter partition path peering pending percent period pipe pipes plan
    policy pool prefix principal profile project provider provisionedconcurrencyspilloverinvocations proxy
    public pull quantile query queue quicksight r ram raw rds redshift ref refs rekognition release remote
    replicator repo repository request requestresponse reserved reset resolve resource resources restapis
    result retain robomaker role root route route53 rtb rule run s3 sagemaker sam saml schedule scheduler
    schema scp secret secretsmanager section security securityhub select server serverlessrepo service
    servicecatalog services ses session set sg sgr shared signer signing smtp snapshot sns spot sqs ssl ssm
    ssmmessages sso stack stackset stage stages standard state statemachine states status step stopped
    storagegateway store stored stream streams string sts subnet subscription sum svc swf synthetics system
    table tag tagging tags task template terraform test textract tgw throttled throttles time timeout
    timestream token topic trace trail transcribe transit true type undefined unreserved unspecified until url
    urn us user userpool users value var vault version versions vgw vigil volume vpc vpce vpn waf wafv2 warn
    web when where within workspace www xray yes zip zone";

static COMMON: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let parts = |text: &'static str| text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let helpers = helpers::parts().filter(|part| part.contains('-')).flat_map(parts);
    let words = WORDS.split_whitespace().chain(helpers);
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
