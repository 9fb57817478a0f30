//! What does a report say of functions that were judged? From their snapshots, records and what could not be judged of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Callers, FunctionPosture, Network, Reach, sort_worst_first};
use crate::assess::CannotJudge;
use crate::controls::Context;
use crate::history::{Open, Record};
use crate::settings::Settings;
use crate::snapshot::{Configuration, Facet, Occasion, Snapshot, Unreadable};

/// A function that was judged, with what came of it.
#[derive(Debug)]
pub struct Looked<'a> {
    /// What is known of it.
    pub snapshot: &'a Snapshot,
    /// What is open and was resolved.
    pub record: &'a Record,
    /// What could not be judged.
    pub unjudged: &'a [CannotJudge],
    /// What could not be read.
    pub unreadable: &'a [Unreadable],
}

/// What a report says of functions, in their order. What follows from a role is worked out once for neighbours that share it.
pub fn functions(looked: &[Looked<'_>], settings: &Settings, now: Timestamp) -> Vec<FunctionPosture> {
    let mut before: Option<(Context<'_>, Arc<Reach>)> = None;
    let mut all = Vec::with_capacity(looked.len());
    for one in looked {
        let context = Context::new(one.snapshot, settings, now);
        let context = context.beside(before.as_ref().map(|(other, _)| other));
        let reach = match &before {
            Some((other, reach)) if is_same_role(&context, other) => Arc::clone(reach),
            Some(_) | None => Arc::new(Reach::of(&context)),
        };
        all.push(function(one, &context, &reach));
        before = Some((context, reach));
    }
    all
}

/// Whether two functions can do the same: by the same role, as read once for both, whose policies do not tell them apart.
fn is_same_role(one: &Context<'_>, other: &Context<'_>) -> bool {
    let role = |context: &Context<'_>| context.snapshot.configuration().ok().map(|known| known.role.clone());
    let is_told_apart = || {
        one.role_grants()
            .is_ok_and(crate::policy::RoleGrants::tells_functions_apart)
    };
    Arc::ptr_eq(&one.snapshot.role, &other.snapshot.role)
        && role(one) == role(other)
        && one.snapshot.function.account() == other.snapshot.function.account()
        && !is_told_apart()
}

fn function(looked: &Looked<'_>, context: &Context<'_>, reach: &Arc<Reach>) -> FunctionPosture {
    let snapshot = looked.snapshot;
    let configuration = snapshot.configuration().ok();
    let of = |member: fn(&Configuration) -> Option<String>| configuration.and_then(member);
    let mut findings: Vec<Open> = looked.record.open.values().cloned().collect();
    // What is found on the monitor itself is told apart from what is found on a function of its name.
    findings.retain(|open| crate::controls::find(&open.finding.control).is_none_or(|control| !control.is_own()));
    sort_worst_first(&mut findings);
    FunctionPosture {
        function: snapshot.function.clone(),
        runtime: of(|known| known.runtime.clone()),
        role: of(|known| Some(known.role.clone()).filter(|role| !role.is_empty())),
        vpc: of(|known| {
            known
                .vpc_config
                .vpc_id
                .clone()
                .filter(|_| known.vpc_config.is_attached())
        }),
        tags: snapshot.tags().cloned().unwrap_or_default(),
        findings,
        unreadable: looked.unreadable.to_vec(),
        unjudged: looked.unjudged.to_vec(),
        not_looked_at: not_looked_at(snapshot),
        callers: Callers::of(context),
        reach: Arc::clone(reach),
        network: Network::of(context),
    }
}

/// Facets that could have been read, and were not: their time has not come, or nobody asked for them.
fn not_looked_at(snapshot: &Snapshot) -> Vec<Facet> {
    let is_left = |facet: &Facet| {
        let known = snapshot.facts(facet.scope()).value(*facet);
        facet.occasion() != Occasion::Listing && known.is_err_and(|why| why.is_not_due())
    };
    Facet::OF_FUNCTIONS.iter().copied().filter(is_left).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::memory::Account;
    use crate::policy::Tier;
    use crate::report::posture::{Certainty, What};

    const PLACE: &str = "arn:aws:lambda:eu-west-1:111122223333:function";
    const ROLE: &str = "arn:aws:iam::111122223333:role/shared";

    /// Functions `a` and `b` of one role, as it was read once for both.
    fn snapshots(role_statements: &Value, policies: &Value) -> Vec<Snapshot> {
        let function = |name: &str| {
            json!({"FunctionArn": format!("{PLACE}:{name}"), "Policies": policies, "FunctionUrlConfigs": [],
                "Configuration": {"Role": ROLE, "Runtime": "python3.13"}, "Tags": {"team": "orders"},
                "EventSourceMappings": [{"UUID": "u-1", "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:jobs", "State": "Disabled"}]})
        };
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sts:AssumeRole"}]});
        let policy = json!({"Version": "2012-10-17", "Statement": role_statements});
        let recorded = json!({
            "Functions": [function("a"), function("b")],
            "Roles": [{"Arn": ROLE, "AssumeRolePolicyDocument": trust, "AttachedPolicies": [], "PermissionsBoundary": null,
                "InlinePolicies": [{"PolicyName": "own", "PolicyDocument": policy}]}],
        });
        let mut account = Account::default();
        account.add(&recorded.to_string()).unwrap();
        let mut all: Vec<Snapshot> = account.functions().map(|function| account.snapshot(function)).collect();
        let read_once = Arc::clone(&all[0].role);
        for snapshot in &mut all {
            snapshot.role = Arc::clone(&read_once);
        }
        all
    }

    fn described(snapshots: &[Snapshot]) -> Vec<FunctionPosture> {
        let record = Record::default();
        let looked = |snapshot| Looked {
            snapshot,
            record: &record,
            unjudged: &[],
            unreadable: &[],
        };
        let looked: Vec<Looked<'_>> = snapshots.iter().map(looked).collect();
        functions(&looked, &Settings::default(), Timestamp::UNIX_EPOCH)
    }

    fn reads_orders() -> Value {
        json!([{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}])
    }

    #[test]
    fn who_gets_in_and_what_is_reached_stands_there_with_the_statements() {
        let open = json!([{"Policy": {"Version": "2012-10-17", "Statement": [
            {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": format!("{PLACE}:a")}]}}]);
        let all = described(&snapshots(&reads_orders(), &open));
        let ways: Vec<(Tier, What, Certainty, &[String])> = all[0]
            .callers
            .ways
            .iter()
            .map(|way| (way.tier, way.what, way.certainty, way.by.as_slice()))
            .collect();
        assert_eq!(
            ways[0],
            (
                Tier::AnyPrincipal,
                What::Invoke,
                Certainty::Proved,
                &["All".to_owned()][..]
            )
        );
        assert_eq!(ways[1].1, What::Feed);
        assert_eq!(all[0].callers.ways[1].why.as_deref(), Some("the mapping is Disabled"));
        let reach = &all[0].reach;
        let services: Vec<(&str, &[String])> = reach
            .services
            .iter()
            .map(|one| (one.service.as_str(), one.resources.as_slice()))
            .collect();
        assert_eq!(services, [("s3", &["arn:aws:s3:::orders/*".to_owned()][..])]);
        assert_eq!(reach.services[0].by, ["Read in own"]);
        assert!(!reach.is_administrator && reach.services[0].data.is_empty());
        assert_eq!(reach.assumers[0].tier, Tier::External);
        assert_eq!((&all[0].network, all[0].tags.len()), (&Network::Open, 1));
    }

    #[test]
    fn what_a_role_reaches_is_worked_out_once_unless_it_tells_functions_apart() {
        let all = described(&snapshots(&reads_orders(), &json!([])));
        assert!(Arc::ptr_eq(&all[0].reach, &all[1].reach));
        let only_b = json!([{"Sid": "B", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": format!("{PLACE}:b")}}}]);
        let all = described(&snapshots(&only_b, &json!([])));
        assert!(!Arc::ptr_eq(&all[0].reach, &all[1].reach));
    }

    #[test]
    fn what_was_not_read_is_said_where_it_is_missing() {
        let mut account = Account::default();
        account
            .add(&json!({"Functions": [{"FunctionArn": format!("{PLACE}:a")}]}).to_string())
            .unwrap();
        let snapshots: Vec<Snapshot> = account.functions().map(|function| account.snapshot(function)).collect();
        let one = described(&snapshots).remove(0);
        assert_eq!(
            one.callers.unjudged,
            [
                "cannot read the event sources: not read yet",
                "cannot read the function URLs: not read yet",
                "cannot read the resource-based policies: not read yet"
            ]
        );
        assert_eq!(
            one.reach.unjudged,
            ["cannot read the function configuration: not read yet"]
        );
        assert!(matches!(&one.network, Network::CannotJudge(why) if why.contains("not read yet")));
        assert!(one.not_looked_at.contains(&Facet::CodePackage) && !one.not_looked_at.contains(&Facet::Urls));
    }
}
