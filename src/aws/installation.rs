//! What is there of an installation? Everything that lies on the way of an event is read from outside, with the credentials of whoever asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_eventbridge::types::Rule as SdkRule;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::{SignedDuration, Timestamp};

use super::clients::Clients;
use super::clock::SystemClock;
use super::collect::{Feeds, LiveCollector, Page, every_page, required};
use super::environment::{Environment, KeptAt};
use super::failure::reason;
use super::members::Members;
use super::pace::{Pool, Share};
use super::table::Table;
use crate::arn::{Arn, FunctionArn, Region};
use crate::doctor::{Demand, Installation, Listeners, Outpost, WORK};
use crate::generate;
use crate::monitor::{Clock, Collector, Place, Store, outpost, places_of};
use crate::snapshot::{Facet, FacetSet, Facts, Reason, Rule, Scope, Topic, Value};

/// The look at an account and Region comes each hour.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(3);

/// Reads the installation whose monitor has this name or ARN.
pub async fn installation(name: &str, region: &Region) -> Result<Installation, String> {
    let clients = Arc::new(Clients::connect(region, Share::DEFAULT).await);
    let client = clients.lambda(region, Pool::LambdaOther).await;
    let found = client.get_function_configuration().function_name(name).send().await;
    let found = found.map_err(|error| {
        let why = reason("lambda:GetFunctionConfiguration", &error);
        format!("cannot read the function `{name}` in {region}: {why}; name the function of the stack (its output FunctionName), and its Region")
    })?;
    let arn = found.function_arn().unwrap_or_default();
    let function: FunctionArn = arn.parse().map_err(|error| format!("`{arn}`: {error}"))?;
    let variables = found.environment().and_then(|environment| environment.variables());
    let variables = variables.cloned().unwrap_or_default();
    let environment = Environment::of_function(&variables, function.name(), region)
        .map_err(|error| format!("`{name}` is no monitor that works: {error}"))?;
    let Some(queue) = environment.feeds.queue.clone() else {
        return Err(format!(
            "`{name}` has no queue (VIGIL_QUEUE_ARN); doctor looks at installations of infra/monitor.yaml"
        ));
    };
    let members = Arc::new(environment.members(function.account(), &clients));
    let place = Place::of(&function);
    let here = LiveCollector::new(members.clone(), Vec::new());
    let whole = LiveCollector::new(members.clone(), Vec::new()).fed_by(environment.feeds.clone());
    let door = whole
        .collect(&Scope::Place(place.clone()), &FacetSet::from([Facet::Buses]))
        .await;
    let here = here.fed_by(Feeds {
        bus: None,
        ..environment.feeds.clone()
    });
    let feed = here
        .collect(
            &Scope::Place(place.clone()),
            &FacetSet::from([Facet::Trails, Facet::Rules, Facet::Topics]),
        )
        .await;
    let heard = taken(&feed, Facet::Topics, |value| match value {
        Value::Topics(topics) => Some(topics.clone()),
        _ => None,
    });
    let role = found.role().unwrap_or_default().to_owned();
    let of_role = role_facts(&here, &role).await;
    let policies = match (of_role.value(Facet::RolePolicies), of_role.value(Facet::RoleBoundary)) {
        (Ok(Value::RolePolicies(policies)), Ok(Value::RoleBoundary(boundary))) => {
            Ok((policies.clone(), boundary.clone()))
        }
        (Err(why), _) | (_, Err(why)) => Err(why.reason),
        (Ok(_), Ok(_)) => Err(Reason::NotRead),
    };
    Ok(Installation {
        state: state(
            &clients,
            &function,
            found.state().map(aws_sdk_lambda::types::State::as_str),
        )
        .await,
        source_prefix: environment.source_prefix.clone(),
        trails: taken(&feed, Facet::Trails, |value| match value {
            Value::Trails(trails) => Some(trails.clone()),
            _ => None,
        }),
        fed_by: taken(&feed, Facet::Rules, |value| match value {
            Value::Rules(rules) => Some(rules.clone()),
            _ => None,
        }),
        rules: every_rule(&clients, region).await,
        buses: taken(&door, Facet::Buses, |value| match value {
            Value::Buses(buses) => Some(buses.clone()),
            _ => None,
        }),
        others: members.others().await,
        organization: environment.organization.clone(),
        queue_policy: attribute(&clients, &queue, QueueAttributeName::Policy).await,
        dead_letters: dead_letters(&clients, environment.quarantine.as_ref()).await,
        mapping: mapping(&clients, &function, &queue).await,
        role_trust: taken(&of_role, Facet::RoleTrust, |value| match value {
            Value::RoleTrust(trust) => Some(trust.clone()),
            _ => None,
        }),
        role_policies: policies,
        needs: needs(&environment),
        topics: topics(&environment, &heard),
        outposts: outposts(&clients, (&members, &environment), &place).await,
        role,
        queue,
        function,
    })
}

/// What its role has to allow.
fn needs(environment: &Environment) -> BTreeSet<&'static str> {
    let is_asked = |demand: Demand| match demand {
        Demand::Always => true,
        Demand::Hub => environment.reader.is_some(),
        Demand::EventBus => environment.usual.bus.is_some(),
        Demand::SecurityHub => environment.usual.security_hub,
        Demand::Packages => environment.inspect_packages,
        Demand::SettingsParameter => matches!(environment.settings_kept, Some(KeptAt::Parameter(_))),
        Demand::SettingsObject => matches!(environment.settings_kept, Some(KeptAt::Object { .. })),
    };
    let work = WORK.iter().filter(|work| is_asked(work.demand));
    let work = work.flat_map(|work| work.actions.iter().copied());
    generate::needed().into_iter().chain(work).collect()
}

/// A function that may not run at all is as good as none.
async fn state(clients: &Clients, function: &FunctionArn, state: Option<&str>) -> Result<String, Reason> {
    let client = clients.lambda(function.region(), Pool::LambdaOther).await;
    let call = client.get_function_concurrency().function_name(function.name());
    let answer = call.send().await;
    let answer = answer.map_err(|error| reason("lambda:GetFunctionConcurrency", &error))?;
    let is_off = answer.reserved_concurrent_executions == Some(0);
    let state = if is_off {
        "switched off by a reserved concurrency of 0"
    } else {
        state.unwrap_or_default()
    };
    Ok(state.to_owned())
}

fn taken<T>(facts: &Facts, facet: Facet, take: impl Fn(&Value) -> Option<T>) -> Result<T, Reason> {
    match facts.value(facet) {
        Ok(value) => take(value).ok_or(Reason::NotRead),
        Err(why) => Err(why.reason),
    }
}

async fn role_facts(collector: &LiveCollector, role: &str) -> Facts {
    let facets = FacetSet::from([Facet::RoleTrust, Facet::RolePolicies, Facet::RoleBoundary]);
    match role.parse() {
        Ok(arn) => collector.collect(&Scope::Role(arn), &facets).await,
        Err(_) => Facts::default(),
    }
}

/// Every rule of the default bus.
async fn every_rule(clients: &Clients, region: &Region) -> Result<Vec<Rule>, Reason> {
    every_page(|marker| async move {
        let client = clients.eventbridge(region).await;
        let answer = client.list_rules().set_next_token(marker).send().await;
        let answer = answer.map_err(|error| reason("events:ListRules", &error))?;
        Ok(Page {
            items: answer.rules.unwrap_or_default().into_iter().map(rule).collect(),
            next: answer.next_token,
        })
    })
    .await
}

fn rule(source: SdkRule) -> Rule {
    Rule {
        name: source.name.unwrap_or_default(),
        state: source.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        event_pattern: source.event_pattern,
        schedule_expression: source.schedule_expression.filter(|schedule| !schedule.is_empty()),
    }
}

async fn attribute(clients: &Clients, queue: &Arn, name: QueueAttributeName) -> Result<Option<String>, Reason> {
    let url = super::agenda::url(queue).ok_or(Reason::NotFound)?;
    let call = clients.sqs().get_queue_attributes().queue_url(url);
    let answer = call.attribute_names(name.clone()).send().await;
    let answer = answer.map_err(|error| reason("sqs:GetQueueAttributes", &error))?;
    Ok(answer.attributes.unwrap_or_default().remove(&name))
}

async fn dead_letters(clients: &Clients, queue: Option<&Arn>) -> Result<u64, Reason> {
    let queue = queue.ok_or(Reason::NotRead)?;
    let count = attribute(clients, queue, QueueAttributeName::ApproximateNumberOfMessages).await?;
    let count = required(count, "ApproximateNumberOfMessages")?;
    count.parse().map_err(|_| Reason::Malformed {
        detail: "`ApproximateNumberOfMessages` is not a number".to_owned(),
    })
}

async fn mapping(clients: &Clients, function: &FunctionArn, queue: &Arn) -> Result<Option<String>, Reason> {
    let client = clients.lambda(function.region(), Pool::LambdaOther).await;
    let call = client.list_event_source_mappings().function_name(function.name());
    let answer = call.event_source_arn(queue.as_str()).send().await;
    let answer = answer.map_err(|error| reason("lambda:ListEventSourceMappings", &error))?;
    let mappings = answer.event_source_mappings.unwrap_or_default();
    Ok(mappings.into_iter().find_map(|mapping| mapping.state))
}

/// Its topics, by what they are for.
fn topics(
    environment: &Environment,
    read: &Result<Vec<Topic>, Reason>,
) -> BTreeMap<&'static str, (Arn, Result<Listeners, Reason>)> {
    let usual = &environment.usual;
    let known = [
        ("notices", Some(&usual.topic)),
        ("notices in chat", usual.chat.as_ref()),
        ("trouble of the monitor itself", usual.health.as_ref()),
    ];
    let known = known.into_iter().filter_map(|(what, topic)| Some((what, topic?)));
    let listeners = |topic: &Arn| {
        let topics = read.as_ref().map_err(Clone::clone)?;
        let found = topics.iter().find(|one| one.topic_arn == topic.as_str());
        let found = found.ok_or(Reason::NotRead)?;
        Ok(Listeners {
            confirmed: found.subscriptions_confirmed,
            pending: found.subscriptions_pending,
        })
    };
    known
        .map(|(what, topic)| (what, (topic.clone(), listeners(topic))))
        .collect()
}

/// What the monitor has seen of other accounts and Regions, and of its own one elsewhere.
async fn outposts(
    clients: &Arc<Clients>,
    (members, environment): (&Members, &Environment),
    home: &Place,
) -> Result<Vec<Outpost>, Reason> {
    let mut accounts = members.others().await?;
    accounts.insert(home.account.clone());
    let table = Table::new(Arc::clone(clients), environment.table.clone());
    let failed = |error: crate::monitor::PortError| Reason::Failed {
        detail: error.to_string(),
    };
    let mut seen = Vec::new();
    for place in accounts
        .iter()
        .flat_map(|account| places_of(account, &environment.regions))
    {
        let Some(stand_in) = outpost(&place).filter(|_| place != *home) else {
            continue;
        };
        let facts = table.facts(&Scope::Place(place.clone())).await.map_err(failed)?;
        let state = table.function(&stand_in).await.map_err(failed)?;
        let open = state.record.open.values();
        let is_read = |facet: &Facet| facts.value(*facet).is_ok();
        let is_whole = [Facet::Rules, Facet::Trails, Facet::Senders].iter().all(is_read);
        let at = facts.reading(Facet::Rules).map(|reading| reading.at);
        let is_recent = |at: &Timestamp| SystemClock.now().duration_since(*at) < LONG_AGO;
        seen.push(Outpost {
            seen: at.filter(|at| is_whole && is_recent(at)),
            open: open
                .map(|open| format!("{}: {}", open.finding.evidence.subject, open.finding.evidence.detail))
                .collect(),
            place,
        });
    }
    Ok(seen)
}
