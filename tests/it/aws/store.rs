//! Does the table keep what memory keeps, for many monitors at once?

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::SignedDuration;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::aws::{Clients, Share, Table};
use lambda_vigil::monitor::{Dependency, FunctionState, Place, Rows, Store};
use lambda_vigil::snapshot::{Facet, Facts, Reason, Scope};
use serde_json::{Value, json};

use super::server::{ACCOUNT, REGION};
use super::shared::TABLE;
use super::site::Site;
use crate::monitor::{account, function};
use crate::recorded::now;
use crate::store::{conforms, keeps_a_large_state, large};

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(super) async fn table(site: &Site) -> Table {
    let credentials = aws_sdk_dynamodb::config::Credentials::new(ACCOUNT, "test", None, None, "test");
    let shared = aws_config::defaults(aws_config::BehaviorVersion::v2026_01_12())
        .endpoint_url(site.endpoint())
        .region(aws_config::Region::new(REGION))
        .credentials_provider(credentials)
        .load()
        .await;
    Table::new(Arc::new(Clients::new(shared, Share::DEFAULT)), TABLE.to_owned())
}

fn place() -> Place {
    Place {
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    }
}

fn orders() -> FunctionArn {
    FunctionArn::new(&place().account, &place().region, "orders").unwrap()
}

/// An item as it is in the table.
fn item(site: &Site, scope: &Scope) -> Value {
    let key = json!({"pk": {"S": scope.key()}, "sk": {"S": "state"}});
    let ask = json!({"TableName": TABLE, "Key": key, "ConsistentRead": true});
    site.client.json("dynamodb", "GetItem", &ask)["Item"].clone()
}

#[test]
fn the_table_keeps_what_memory_keeps() {
    let site = Site::open();
    for seed in [1, 2] {
        site.table(TABLE);
        runtime().block_on(async {
            let same = |store: Table| store;
            conforms(table(&site).await, same, seed, 120, false).await;
        });
        site.client
            .json("dynamodb", "DeleteTable", &json!({"TableName": TABLE}));
    }
}

#[test]
fn what_no_item_takes_is_kept_in_parts_and_goes_with_them() {
    let site = Site::open();
    site.table(TABLE);
    runtime().block_on(async {
        keeps_a_large_state(table(&site).await, |store| store, 900_000).await;
        let function = orders();
        let beyond = large(&function, 5_000_000);
        let refused = table(&site).await.save_function(&function, beyond).await.unwrap_err();
        assert!(refused.to_string().contains("takes 4000000 at once"), "{refused}");
    });
    let all = site.client.json("dynamodb", "Scan", &json!({"TableName": TABLE}));
    let items = all["Items"].as_array().unwrap().iter();
    let parts = items.filter(|item| item["sk"]["S"].as_str().unwrap().starts_with("state/"));
    assert_eq!(parts.count(), 0, "the last one fits into an item");
}

#[test]
fn of_many_at_once_one_replaces_a_state_and_every_reading_is_kept() {
    let site = Site::open();
    site.table(TABLE);
    runtime().block_on(async {
        let tables = join_all((0..12).map(|_| table(&site))).await;
        let function = orders();
        let saves = tables
            .iter()
            .map(|table| table.save_function(&function, FunctionState::default()));
        let won: Vec<bool> = join_all(saves).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");

        let scope = Scope::role(&place().account, "aws", "shared").unwrap();
        let all: Vec<Facet> = Facet::of(scope.kind()).collect();
        let merges = tables.iter().zip(all.iter().cycle()).map(async |(table, facet)| {
            let mut facts = Facts::default();
            facts.insert_unreadable(now(), *facet, Reason::Throttled);
            table.merge_facts(&scope, &facts).await
        });
        for merged in join_all(merges).await {
            merged.unwrap();
        }
        let kept = tables[0].facts(&scope).await.unwrap();
        assert_eq!(kept.iter().count(), all.len().min(tables.len()));

        // What was seen before does not win over what is there now.
        let mut older = Facts::default();
        older.insert_unreadable(now() - SignedDuration::from_hours(1), all[0], Reason::TimedOut);
        for table in &tables {
            assert_eq!(table.merge_facts(&scope, &older).await.unwrap(), kept);
        }
    });
}

#[test]
fn a_row_of_an_evaluation_at_work_stays_and_others_go() {
    let site = Site::open();
    site.table(TABLE);
    let account_of = |role: &str| {
        let mut recorded = lambda_vigil::memory::Account::default();
        recorded
            .add(&account(&[function("orders", role)], &[]).to_string())
            .unwrap();
        let snapshot = recorded.snapshot(&orders());
        FunctionState {
            facts: snapshot.own.clone(),
            ..FunctionState::default()
        }
    };
    let (of_old, of_new) = (account_of("old"), account_of("new"));
    runtime().block_on(async {
        let (one, other) = (table(&site).await, table(&site).await);
        let scope = Scope::Function(orders());
        let old = Dependency::role(&place().account, "old");
        let led = async |row: &Dependency| !one.dependants(row).await.unwrap().is_empty();

        assert!(one.save_function(&orders(), of_old.clone()).await.unwrap());
        assert!(led(&old).await);
        let next = FunctionState {
            version: 1,
            ..of_new.clone()
        };
        assert!(one.save_function(&orders(), next).await.unwrap());
        assert!(!led(&old).await, "nobody has it any more");

        let back = FunctionState {
            version: 2,
            ..of_old.clone()
        };
        assert!(other.save_function(&orders(), back).await.unwrap());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        one.announce(&[Rows::of(&scope, &of_old.facts)]).await.unwrap();
        let next = FunctionState { version: 3, ..of_new };
        assert!(other.save_function(&orders(), next).await.unwrap());
        assert!(led(&old).await, "one is about to judge by it");
    });
}

#[test]
fn what_is_gone_or_not_used_is_dropped_in_time() {
    let site = Site::open();
    site.table(TABLE);
    let function = Scope::Function(orders());
    let role = Scope::role(&place().account, "aws", "orders").unwrap();
    let account = Scope::Place(place());
    runtime().block_on(async {
        let table = table(&site).await;
        let mut state = FunctionState::default();
        for (version, gone) in [(0, false), (1, true), (2, false)] {
            (state.version, state.gone) = (version, gone);
            assert!(table.save_function(&orders(), state.clone()).await.unwrap());
            assert_eq!(item(&site, &function).get("expires").is_some(), gone);
        }
        for (scope, expires) in [(&role, true), (&account, false)] {
            let mut facts = Facts::default();
            facts.insert_unreadable(now(), Facet::of(scope.kind()).next().unwrap(), Reason::Throttled);
            table.merge_facts(scope, &facts).await.unwrap();
            assert_eq!(item(&site, scope).get("expires").is_some(), expires, "{scope}");
        }
    });
}

#[test]
fn a_table_that_is_not_there_is_said_by_name() {
    let site = Site::open();
    runtime().block_on(async {
        let refused = table(&site).await.function(&orders()).await.unwrap_err().to_string();
        assert!(
            refused.contains("`state`") && refused.contains("ResourceNotFound"),
            "{refused}"
        );
        let none: BTreeSet<Scope> = BTreeSet::new();
        let rows = table(&site).await.dependants(&Dependency::Place(place())).await;
        assert_ne!(rows.ok(), Some(none), "nobody knows is not nobody");
    });
}
