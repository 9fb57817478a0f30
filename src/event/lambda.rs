//! Which Lambda calls change what, and which function, version or alias does a record of them name?

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::{Call, Find, Service, code_signing_config, event_source_mapping, layer, platform};
use super::field;
use super::record::Place::{Additional, Request, Resource, Response};
use super::record::{Place, Record, label};
use super::{Ignored, Subject, expected};
use crate::arn::FunctionArn;
use crate::snapshot::Facet;

/// The event source, for calls that have no row below.
pub(super) const LAMBDA: Service = Service {
    source: "aws.lambda",
    event_source: "lambda.amazonaws.com",
};

const NOTHING_READ: &[Facet] = &[];
const CONFIGURATION: &[Facet] = &[Facet::Configuration];
/// What it had reserved, others can have.
const DELETED: &[Facet] = &[Facet::Configuration, Facet::AccountSettings];
const POLICIES: &[Facet] = &[Facet::ResourcePolicies];
const EXPOSURE: &[Facet] = &[Facet::ResourcePolicies, Facet::Urls];
/// What one function reserves, the others cannot.
const CONCURRENCY: &[Facet] = &[Facet::Concurrency, Facet::AccountSettings];
const TAGS: &[Facet] = &[Facet::Tags];
const LAYERS: &[Facet] = &[Facet::LayerPolicies];
/// A configuration names the layers and the key.
const RECONFIGURED: &[Facet] = &[
    Facet::Configuration,
    Facet::LayerPolicies,
    Facet::EnvironmentKey,
    Facet::LastChange,
];
const CODE: &[Facet] = &[Facet::Configuration, Facet::CodePackage, Facet::LastChange];
const SOURCES: &[Facet] = &[Facet::EventSources];
const DESTINATIONS: &[Facet] = &[Facet::Destinations];
const SIGNED: &[Facet] = &[Facet::CodeSigning];
const LOOPS: &[Facet] = &[Facet::Recursion];
/// What a function is judged by.
pub(super) const ALL: &[Facet] = &[
    Facet::Configuration,
    Facet::ResourcePolicies,
    Facet::Urls,
    Facet::Concurrency,
    Facet::Tags,
    Facet::LayerPolicies,
    Facet::CodePackage,
    Facet::EventSources,
    Facet::Destinations,
    Facet::CodeSigning,
    Facet::Recursion,
    Facet::EnvironmentKey,
];
/// What is read of a new function, and who made it.
const CREATED: &[Facet] = &[
    Facet::Configuration,
    Facet::ResourcePolicies,
    Facet::Urls,
    Facet::Concurrency,
    Facet::Tags,
    Facet::LayerPolicies,
    Facet::CodePackage,
    Facet::EventSources,
    Facet::Destinations,
    Facet::CodeSigning,
    Facet::Recursion,
    Facet::EnvironmentKey,
    Facet::LastChange,
];

const FUNCTION: Find = Find::By(function);
const WHOLE: Find = Find::By(whole_function);
const GRANTED: Find = Find::By(granted);
const ALIAS: Find = Find::By(alias);
const RESOURCE: Find = Find::By(resource);
const MAPPING: Find = Find::By(mapping);
const LAYER: Find = Find::First(&[
    (layer, Response("layerArn")),
    (layer, Request("layerName")),
    (layer, Request("layerVersionArn")),
]);
const SIGNING: Find = Find::First(&[
    (code_signing_config, Request("codeSigningConfigArn")),
    (code_signing_config, Response("codeSigningConfig.codeSigningConfigArn")),
]);
const PROVIDER: Find = Find::First(&[
    (platform, Request("capacityProviderName")),
    (platform, Response("capacityProvider.capacityProviderArn")),
]);
const CONNECTOR: Find = Find::First(&[
    (platform, Request("networkConnectorName")),
    (platform, Request("networkConnectorArn")),
    (platform, Request("name")),
    (platform, Response("networkConnector.networkConnectorArn")),
]);

/// Names by which CloudTrail knows Lambda's operations, without their dates.
pub(super) static CALLS: &[Call] = &[
    LAMBDA
        .call("CreateFunction", CREATED, WHOLE)
        .showing(expected::modified),
    LAMBDA
        .call("UpdateFunctionConfiguration", RECONFIGURED, WHOLE)
        .showing(expected::modified),
    LAMBDA
        .call("UpdateFunctionCode", CODE, WHOLE)
        .unless(dry_run)
        .showing(expected::modified),
    LAMBDA
        .call("DeleteFunction", DELETED, FUNCTION)
        .deleting()
        .of_version(POLICIES)
        .showing(expected::gone),
    LAMBDA
        .call("AddPermission", POLICIES, GRANTED)
        .showing(expected::statement_added),
    LAMBDA
        .call("RemovePermission", POLICIES, FUNCTION)
        .showing(expected::statement_removed),
    LAMBDA.call("EnableReplication", POLICIES, FUNCTION),
    LAMBDA.call("DisableReplication", POLICIES, FUNCTION),
    LAMBDA.call("PutResourcePolicy", POLICIES, RESOURCE),
    LAMBDA.call("DeleteResourcePolicy", POLICIES, RESOURCE),
    LAMBDA.call("PutPublicAccessBlockConfig", POLICIES, RESOURCE),
    LAMBDA.call("DisablePublicAccessBlockConfig", POLICIES, RESOURCE),
    // A URL and the grants for it are made together, in either order.
    LAMBDA
        .call("CreateFunctionUrlConfig", EXPOSURE, FUNCTION)
        .showing(expected::url),
    LAMBDA
        .call("UpdateFunctionUrlConfig", EXPOSURE, FUNCTION)
        .showing(expected::url),
    LAMBDA
        .call("DeleteFunctionUrlConfig", EXPOSURE, FUNCTION)
        .showing(expected::no_url),
    LAMBDA.call("PublishVersion", EXPOSURE, FUNCTION),
    LAMBDA.call("CreateAlias", EXPOSURE, ALIAS),
    LAMBDA.call("UpdateAlias", EXPOSURE, ALIAS),
    LAMBDA.call("DeleteAlias", EXPOSURE, ALIAS),
    LAMBDA.call("PutFunctionConcurrency", CONCURRENCY, WHOLE),
    LAMBDA.call("DeleteFunctionConcurrency", CONCURRENCY, WHOLE),
    LAMBDA.call("TagResource", TAGS, RESOURCE).unless(tags_something_else),
    LAMBDA.call("UntagResource", TAGS, RESOURCE).unless(tags_something_else),
    LAMBDA.call("PutRuntimeManagementConfig", CONFIGURATION, FUNCTION),
    LAMBDA.call("PutFunctionRecursionConfig", LOOPS, WHOLE),
    LAMBDA.call("PutProvisionedConcurrencyConfig", NOTHING_READ, FUNCTION),
    LAMBDA.call("DeleteProvisionedConcurrencyConfig", NOTHING_READ, FUNCTION),
    LAMBDA.call("PutFunctionScalingConfig", NOTHING_READ, FUNCTION),
    LAMBDA.call("PutFunctionEventInvokeConfig", DESTINATIONS, FUNCTION),
    LAMBDA.call("UpdateFunctionEventInvokeConfig", DESTINATIONS, FUNCTION),
    LAMBDA.call("DeleteFunctionEventInvokeConfig", DESTINATIONS, FUNCTION),
    LAMBDA.call("PutFunctionCodeSigningConfig", SIGNED, WHOLE),
    LAMBDA.call("DeleteFunctionCodeSigningConfig", SIGNED, WHOLE),
    LAMBDA.call("CreateCodeSigningConfig", NOTHING_READ, SIGNING),
    LAMBDA.call("UpdateCodeSigningConfig", SIGNED, SIGNING),
    LAMBDA.call("DeleteCodeSigningConfig", NOTHING_READ, SIGNING).deleting(),
    LAMBDA.call("CreateEventSourceMapping", SOURCES, MAPPING),
    LAMBDA.call("UpdateEventSourceMapping", SOURCES, MAPPING),
    LAMBDA.call("DeleteEventSourceMapping", SOURCES, MAPPING),
    // No call but a service event: Lambda gave up on a mapping.
    LAMBDA.call("LambdaESMDisabled", SOURCES, WHOLE),
    LAMBDA.call("PublishLayerVersion", NOTHING_READ, LAYER),
    LAMBDA.call("DeleteLayerVersion", LAYERS, LAYER),
    LAMBDA.call("AddLayerVersionPermission", LAYERS, LAYER),
    LAMBDA.call("RemoveLayerVersionPermission", LAYERS, LAYER),
    LAMBDA.call("CreateCapacityProvider", NOTHING_READ, PROVIDER),
    LAMBDA.call("UpdateCapacityProvider", NOTHING_READ, PROVIDER),
    LAMBDA.call("DeleteCapacityProvider", NOTHING_READ, PROVIDER).deleting(),
    LAMBDA.call("CreateNetworkConnector", NOTHING_READ, CONNECTOR),
    LAMBDA.call("UpdateNetworkConnector", NOTHING_READ, CONNECTOR),
    LAMBDA
        .call("DeleteNetworkConnector", NOTHING_READ, CONNECTOR)
        .deleting(),
];

/// Where a function is named, the most exact place first.
const NAMED: [Place; 6] = [
    Response("aliasArn"),
    Response("functionArn"),
    Request("functionName"),
    Request("functionArn"),
    Response("functionName"),
    Resource("AWS::Lambda::Function"),
];

type Named = (FunctionArn, Option<String>);

fn read(name: &str, record: &Record<'_>) -> Option<Named> {
    let (arn, qualifier) = FunctionArn::parse_loose(name, &record.account, &record.region).ok()?;
    Some((arn, qualifier.filter(|qualifier| is_qualifier(qualifier))))
}

fn is_qualifier(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$_-.".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

fn at(places: &[Place], record: &Record<'_>) -> Option<Named> {
    let mut names = places.iter().flat_map(|place| record.texts(*place));
    names.find_map(|name| read(&name, record))
}

/// One subject; its qualifier, if the name has none, is what `separate` holds.
fn subject(named: Option<Named>, separate: Option<String>) -> Vec<Subject> {
    let separate = separate.filter(|qualifier| is_qualifier(qualifier));
    let with = |(arn, qualifier): Named| Subject::Function {
        arn,
        qualifier: qualifier.or(separate),
    };
    named.map(with).into_iter().collect()
}

fn function(record: &Record<'_>) -> Vec<Subject> {
    subject(at(&NAMED, record), record.text(Request("qualifier")))
}

/// The function itself, also where the answer names the version that the call published on the way.
fn whole_function(record: &Record<'_>) -> Vec<Subject> {
    subject(at(&NAMED, record).map(|(arn, _)| (arn, None)), None)
}

fn alias(record: &Record<'_>) -> Vec<Subject> {
    subject(at(&NAMED, record), record.text(Request("name")))
}

/// The new statement in the answer has the exact, possibly qualified ARN, whatever spelling the caller used.
fn granted(record: &Record<'_>) -> Vec<Subject> {
    let statement = record.text(Response("statement")).unwrap_or_default();
    let statement: Value = serde_json::from_str(&statement).unwrap_or_default();
    let resources = field::texts(&statement, "Resource");
    let exact = resources.iter().find_map(|resource| read(resource, record));
    subject(exact.or_else(|| at(&NAMED, record)), record.text(Request("qualifier")))
}

fn resource(record: &Record<'_>) -> Vec<Subject> {
    subject(
        at(&[Request("resourceArn"), Request("resource")], record).or_else(|| at(&NAMED, record)),
        None,
    )
}

fn mapping(record: &Record<'_>) -> Vec<Subject> {
    let named = function(record);
    if !named.is_empty() {
        return named;
    }
    let mut places = [Request("uUID"), Response("uUID"), Additional("uUID")].into_iter();
    let id = places.find_map(|place| record.text(place));
    id.and_then(|id| event_source_mapping(&id)).into_iter().collect()
}

fn dry_run(record: &Record<'_>) -> Option<Ignored> {
    (field::flag(record.request, "dryRun") == Some(true)).then_some(Ignored::DryRun)
}

fn tags_something_else(record: &Record<'_>) -> Option<Ignored> {
    let tagged = record
        .text(Request("resource"))
        .or_else(|| record.text(Request("resourceArn")))?;
    let function = read(&tagged, record).is_some();
    (!function).then(|| Ignored::Unrelated { call: label(record) })
}

/// Every function that a call without a row names anywhere: what Lambda adds tomorrow still leads to a new reading. `None`: too much to look through.
pub(super) fn mentioned(record: &Record<'_>) -> Option<Vec<Subject>> {
    const MOST_VALUES: usize = 20_000;
    const MOST_FUNCTIONS: usize = 100;
    let mut found: BTreeSet<FunctionArn> = at(&NAMED, record).map(|(arn, _)| arn).into_iter().collect();
    let mut pending: Vec<&Value> = record.parts().collect();
    let mut seen = 0;
    while let Some(value) = pending.pop() {
        seen += 1;
        match value {
            Value::Array(list) => pending.extend(list),
            Value::Object(members) => pending.extend(members.values()),
            Value::String(text) => found.extend(arns(text)),
            _ => {}
        }
        if seen > MOST_VALUES || found.len() > MOST_FUNCTIONS {
            return None;
        }
    }
    let whole = |arn| Subject::Function { arn, qualifier: None };
    Some(found.into_iter().map(whole).collect())
}

/// The ARNs of functions in a text, which may itself be JSON.
fn arns(text: &str) -> impl Iterator<Item = FunctionArn> {
    let outside = |character: char| !(character.is_ascii_alphanumeric() || ":-_$.".contains(character));
    let words = text.split(outside).filter(|word| word.starts_with("arn:"));
    words.filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::tests::{changes, detail, subjects};
    use crate::snapshot::{Occasion, ScopeKind};

    const ORDERS: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker";

    fn lambda(name: &str, request: Value, response: Value) -> Value {
        detail("lambda.amazonaws.com", name, request, response)
    }

    fn function_of(record: &Value) -> String {
        match subjects(record).as_slice() {
            [Subject::Function { arn, qualifier }] => arn.with_qualifier(qualifier.as_deref()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_is_all() {
        let of = |occasions: &[Occasion]| -> Vec<Facet> {
            Facet::of(ScopeKind::Function)
                .filter(|facet| occasions.contains(&facet.occasion()))
                .collect()
        };
        assert_eq!(ALL, of(&[Occasion::Due, Occasion::Request]));
        assert_eq!(CREATED, of(&[Occasion::Due, Occasion::Request, Occasion::Event]));
    }

    #[test]
    fn every_spelling_in_the_request_leads_to_the_function() {
        let live = format!("{ORDERS}:live");
        let partial = "111122223333:function:orders-worker";
        for (name, request, expected) in [
            (
                "AddPermission20150331",
                json!({"functionName": "orders-worker:live"}),
                live.as_str(),
            ),
            (
                "AddPermission20150331v2",
                json!({"functionName": ORDERS, "qualifier": "live"}),
                &live,
            ),
            ("RemovePermission20150331v2", json!({"functionName": partial}), ORDERS),
            (
                "RemovePermission20150331v2",
                json!({"functionName": partial, "qualifier": "a\nb"}),
                ORDERS,
            ),
            (
                "DeleteAlias20150331",
                json!({"functionName": "orders-worker", "name": "live"}),
                &live,
            ),
            ("UpdateFunctionCode20150331v2", json!({"functionName": live}), ORDERS),
            ("TagResource20170331v2", json!({"resource": ORDERS}), ORDERS),
            ("PutResourcePolicy", json!({"resourceArn": live}), &live),
            (
                "PutFunctionConcurrency20171031",
                json!({"FUNCTIONNAME": "orders-worker"}),
                ORDERS,
            ),
        ] {
            assert_eq!(function_of(&lambda(name, request, json!(null))), expected, "{name}");
        }
    }

    #[test]
    fn the_answer_is_more_exact_than_the_request() {
        let (live, seventh) = (format!("{ORDERS}:live"), format!("{ORDERS}:7"));
        let statement = json!({"Sid": "s", "Resource": live}).to_string();
        let request = || json!({"functionName": "orders-worker"});
        for (name, response, expected) in [
            (
                "AddPermission20150331v2",
                json!({"statement": statement}),
                live.as_str(),
            ),
            ("AddPermission20150331v2", json!({"statement": "{"}), ORDERS),
            ("UpdateFunctionCode20150331v2", json!({"functionArn": seventh}), ORDERS),
            ("PublishVersion20150331", json!({"functionArn": seventh}), &seventh),
            ("CreateAlias20150331", json!({"aliasArn": live}), &live),
            ("CreateFunctionUrlConfig", json!({"functionArn": live}), &live),
        ] {
            assert_eq!(function_of(&lambda(name, request(), response)), expected, "{name}");
        }
    }

    #[test]
    fn deleting_one_version_deletes_no_function() {
        let whole = changes(&lambda(
            "DeleteFunction20150331",
            json!({"functionName": ORDERS}),
            json!(null),
        ));
        assert!(whole[0].deleted);
        assert!(whole[0].facets.iter().eq(DELETED.iter().copied()));
        for request in [
            json!({"functionName": ORDERS, "qualifier": "3"}),
            json!({"functionName": format!("{ORDERS}:3")}),
        ] {
            let version = changes(&lambda("DeleteFunction20150331", request, json!(null)));
            assert!(!version[0].deleted);
            assert!(version[0].facets.iter().eq(POLICIES.iter().copied()));
        }
        let unknown = changes(&lambda("DeleteFunction20150331", json!(null), json!(null)));
        assert_eq!((&unknown[0].subject, unknown[0].deleted), (&Subject::Unknown, false));
    }

    #[test]
    fn tags_of_other_things_do_not_count() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:1d0f0b0a-0000-4000-8000-000000000000";
        let record = lambda("TagResource20170331v2", json!({"resource": arn}), json!(null));
        assert!(subjects(&record).is_empty());
    }

    #[test]
    fn a_mapping_without_its_function_is_named_by_its_id() {
        let id = "1d0f0b0a-0000-4000-8000-000000000000";
        let record = lambda("DeleteEventSourceMapping20150331", json!({"uUID": id}), json!(null));
        assert_eq!(subjects(&record), [Subject::EventSourceMapping(id.into())]);
        let named = lambda(
            "DeleteEventSourceMapping20150331",
            json!({"uUID": id}),
            json!({"functionArn": ORDERS}),
        );
        assert_eq!(function_of(&named), ORDERS);
        assert!(!changes(&named)[0].deleted);
    }

    #[test]
    fn a_call_of_tomorrow_reads_every_function_it_names() {
        let policy = json!({"Statement": [{"Resource": format!("{ORDERS}:live")}]}).to_string();
        let record = lambda(
            "CreateWebFunctionEndpoint",
            json!({"endpoint": {"policy": policy}}),
            json!(null),
        );
        let changes = changes(&record);
        assert_eq!(function_of(&record), ORDERS);
        assert!(changes[0].facets.iter().eq(ALL.iter().copied()));
        assert_eq!(
            function_of(&lambda(
                "PutNewThing",
                json!({"functionName": "orders-worker"}),
                json!(null)
            )),
            ORDERS
        );
        assert_eq!(
            subjects(&lambda("PutNewThing", json!({"x": 1}), json!(null))),
            [Subject::Unknown]
        );
        let many: Vec<String> = (0..200).map(|number| format!("{ORDERS}-{number}")).collect();
        assert_eq!(
            subjects(&lambda("PutNewThing", json!({"all": many}), json!(null))),
            [Subject::Unknown]
        );
    }

    #[test]
    fn service_events_name_resources() {
        let mut record = lambda("LambdaESMDisabled", json!(null), json!(null));
        record["resources"] = json!([{"type": "AWS::Lambda::EventSourceMapping", "ARN": "x"}, {"type": "AWS::Lambda::Function", "ARN": ORDERS}]);
        assert_eq!(function_of(&record), ORDERS);
    }
}
