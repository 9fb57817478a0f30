//! How is the state kept for any number of monitors at once? In one DynamoDB table.
//!
//! A state is replaced by a conditional write. A row is there before the state from which it follows, and goes after it: whoever
//! reads only rows finds everybody that any state names. A row that goes was written before the state that had it; one that was
//! written later belongs to an evaluation that is still at work, and stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;

use super::clients::Clients;
use super::clock::SystemClock;
use super::failure::{explain, printable};
use crate::arn::FunctionArn;
use crate::monitor::{Clock, Coverage, Dependency, FunctionState, PortError, Rows, Store};
use crate::snapshot::{Facts, Place, Scope};
use crate::store::Written;

mod cell;
mod item;

use cell::{Next, Replaced};
use item::{
    Cell, Item, LISTED, SEEN, SWEPT, WRITTEN, after, counted, coverage, coverage_key, dependant, row, row_item_key,
    row_partition,
};

/// What `BatchWriteItem` takes at once.
const BATCH: usize = 25;
/// How many calls of a kind are under way at the same time.
const AT_ONCE: usize = 8;
/// How often a merge begins anew because others were faster, or a batch because a part of it was not taken.
const ATTEMPTS: u32 = 12;
/// The first pause before that; it doubles.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long it is kept that a function is gone.
const GRAVE: SignedDuration = SignedDuration::from_hours(48);
/// How long facts of a role or VPC are kept that nobody has read: a sweep reads all that are in use.
const UNUSED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Of how many scopes it is remembered what was seen of them.
const REMEMBERED: usize = 1024;

/// A DynamoDB table.
#[derive(Debug)]
pub struct Table {
    clients: Arc<Clients>,
    name: String,
    seen: Mutex<Seen>,
}

/// What this process has seen last. It may be old: it saves calls, and decides nothing.
#[derive(Debug, Default)]
struct Seen {
    /// By the key of the scope: rows that were there.
    rows: HashMap<String, BTreeSet<(Dependency, Scope)>>,
    /// By the key of the scope, with the version.
    facts: HashMap<String, (u64, Facts)>,
}

impl Seen {
    fn note_rows(&mut self, key: &str, rows: BTreeSet<(Dependency, Scope)>) {
        if self.rows.len() >= REMEMBERED {
            self.rows.clear();
        }
        self.rows.insert(key.to_owned(), rows);
    }

    fn note_facts(&mut self, key: &str, version: u64, facts: Facts) {
        if self.facts.len() >= REMEMBERED {
            self.facts.clear();
        }
        self.facts.insert(key.to_owned(), (version, facts));
    }
}

impl Table {
    /// The table by its name, in the monitor's own Region.
    pub fn new(clients: Arc<Clients>, name: String) -> Self {
        Self {
            clients,
            name,
            seen: Mutex::default(),
        }
    }

    /// A panic elsewhere leaves the maps whole: each is changed in one step.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load_function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, String> {
        let key = Scope::Function(function.clone()).key();
        let cell = self.load(&key).await?;
        let state: FunctionState = read(&cell)?;
        self.seen().note_rows(&key, Rows::of_function(function, &state).rows);
        Ok(Arc::new(state))
    }

    async fn replace_function(&self, function: &FunctionArn, mut state: FunctionState) -> Result<bool, String> {
        let key = Scope::Function(function.clone()).key();
        let known = state.version;
        state.version += 1;
        let rows = Rows::of_function(function, &state);
        self.lead(&key, &rows).await?;
        // After the rows, so that they can be told from those of whoever comes later.
        let now = SystemClock.now();
        let expires = (state.gone && state.pending.is_empty())
            .then(|| after(now, GRAVE))
            .flatten();
        let next = Next {
            known,
            bytes: state.write()?,
            now,
            expires,
        };
        let Replaced::Done(before) = self.replace(&key, next).await? else {
            return Ok(false);
        };
        let earlier: FunctionState = read(&before)?;
        self.lead_no_more(&rows, &Rows::of_function(function, &earlier), &before)
            .await;
        self.seen().note_rows(&key, rows.rows);
        Ok(true)
    }

    async fn load_facts(&self, scope: &Scope) -> Result<(u64, Facts), String> {
        let key = scope.key();
        let cell = self.load(&key).await?;
        let facts: Facts = read(&cell)?;
        let mut seen = self.seen();
        // Something follows even from knowing nothing, but not before that is kept.
        let rows = (cell.version > 0).then(|| Rows::of(scope, &facts).rows);
        seen.note_rows(&key, rows.unwrap_or_default());
        seen.note_facts(&key, cell.version, facts.clone());
        Ok((cell.version, facts))
    }

    async fn merge(&self, scope: &Scope, fresh: &Facts) -> Result<Facts, String> {
        let key = scope.key();
        let seen = self.seen().facts.get(&key).cloned();
        let (mut known, mut facts) = match seen {
            Some(seen) => seen,
            None => self.load_facts(scope).await?,
        };
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let mut merged = facts.clone();
            merged.merge(fresh.clone());
            let rows = Rows::of(scope, &merged);
            self.lead(&key, &rows).await?;
            let now = SystemClock.now();
            let next = Next {
                known,
                bytes: merged.write()?,
                now,
                expires: lifetime(scope).and_then(|lifetime| after(now, lifetime)),
            };
            match self.replace(&key, next).await? {
                Replaced::Done(before) => {
                    let earlier = Rows::of(scope, &read(&before)?);
                    self.lead_no_more(&rows, &earlier, &before).await;
                    let mut seen = self.seen();
                    seen.note_rows(&key, rows.rows);
                    seen.note_facts(&key, known + 1, merged.clone());
                    return Ok(merged);
                }
                Replaced::Beaten(Some(there)) => {
                    (known, facts) = (there.version, read(&there)?);
                    self.seen().note_rows(&key, Rows::of(scope, &facts).rows);
                }
                Replaced::Beaten(None) => (known, facts) = self.load_facts(scope).await?,
            }
        }
        Err("others change it all the time".to_owned())
    }

    /// Rows that were not seen yet are written.
    async fn lead(&self, key: &str, rows: &Rows) -> Result<(), String> {
        let seen = self.seen().rows.get(key).cloned().unwrap_or_default();
        self.write_rows(rows.rows.difference(&seen)).await
    }

    async fn write_rows(&self, rows: impl Iterator<Item = &(Dependency, Scope)>) -> Result<(), String> {
        let now = SystemClock.now();
        // A batch with the same key twice is refused.
        let mut items: BTreeMap<(String, String), Item> = BTreeMap::new();
        for (dependency, scope) in rows {
            items.insert((row_partition(dependency)?, scope.key()), row(dependency, scope, now)?);
        }
        let items: Vec<Item> = items.into_values().collect();
        let batches = items.chunks(BATCH).map(|batch| self.write_batch(batch.to_vec()));
        stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn write_batch(&self, items: Vec<Item>) -> Result<(), String> {
        let write = |item| {
            let put = PutRequest::builder()
                .set_item(Some(item))
                .build()
                .map_err(|error| error.to_string())?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let mut left: Vec<WriteRequest> = items.into_iter().map(write).collect::<Result<_, String>>()?;
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let call = self.clients.dynamodb().batch_write_item();
            let answer = Box::pin(call.request_items(&self.name, left).send()).await;
            let answer =
                answer.map_err(|error| printable(&format!("`dynamodb:BatchWriteItem`: {}", explain(&error))))?;
            left = answer
                .unprocessed_items
                .unwrap_or_default()
                .remove(&self.name)
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(format!("`dynamodb:BatchWriteItem` left {} rows each time", left.len()))
    }

    /// Drops rows that are not true any more. One that stays costs an evaluation now and then, and nothing else.
    async fn lead_no_more(&self, now: &Rows, earlier: &Rows, before: &Cell) {
        let drops = now.outdated(earlier).map(|(dependency, scope)| async move {
            if let Err(problem) = self.drop_row((dependency, scope), before.written).await {
                tracing::warn!(problem, "a row that is not true any more stays");
            }
        });
        stream::iter(drops).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    async fn drop_row(&self, (dependency, scope): (&Dependency, &Scope), written: i64) -> Result<(), String> {
        let call = self.clients.dynamodb().delete_item().table_name(&self.name);
        let call = call
            .set_key(Some(row_item_key(dependency, scope)?))
            .condition_expression("#at <= :at")
            .expression_attribute_names("#at", WRITTEN)
            .expression_attribute_values(":at", counted(written));
        match Box::pin(call.send()).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // It was written since, by somebody who is still at work, or is gone.
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(printable(&format!("`dynamodb:DeleteItem`: {}", explain(&error)))),
            },
        }
    }

    async fn led_to(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, String> {
        let rows = self.query(&row_partition(dependency)?, None).await?;
        rows.iter().map(dependant).collect()
    }

    async fn covered(&self, place: &Place) -> Result<Coverage, String> {
        let call = self.clients.dynamodb().get_item().table_name(&self.name);
        let call = call.set_key(Some(coverage_key(&Scope::Place(place.clone()).key())));
        let answer = Box::pin(call.consistent_read(true).send()).await;
        let answer = answer.map_err(|error| printable(&format!("`dynamodb:GetItem`: {}", explain(&error))))?;
        let covered = answer.item.as_ref().map(coverage).transpose()?;
        Ok(covered.unwrap_or_default())
    }

    async fn cover(&self, place: &Place, more: Coverage) -> Result<(), String> {
        let is_later = Some("attribute_not_exists(#name) OR #name < :value");
        for (name, at) in [(LISTED, more.listed), (SWEPT, more.swept)] {
            if let Some(at) = at {
                self.set(place, (name, counted(at.as_nanosecond())), is_later).await?;
            }
        }
        if more.seen {
            self.set(place, (SEEN, AttributeValue::Bool(true)), None).await?;
        }
        Ok(())
    }

    async fn set(
        &self,
        place: &Place,
        (name, value): (&str, AttributeValue),
        condition: Option<&str>,
    ) -> Result<(), String> {
        let call = self.clients.dynamodb().update_item().table_name(&self.name);
        let call = call
            .set_key(Some(coverage_key(&Scope::Place(place.clone()).key())))
            .update_expression("SET #name = :value")
            .set_condition_expression(condition.map(str::to_owned))
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        match Box::pin(call.send()).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(printable(&format!("`dynamodb:UpdateItem`: {}", explain(&error)))),
            },
        }
    }

    fn told<T>(&self, done: Result<T, String>, what: impl FnOnce() -> String) -> Result<T, PortError> {
        done.map_err(|detail| PortError {
            what: format!("{} in the table `{}`", what(), self.name),
            detail,
        })
    }
}

/// Nothing before the first attempt.
async fn pause(attempt: u32) {
    if attempt > 0 {
        let pause = PAUSE.saturating_mul(1 << (attempt - 1).min(10));
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
    }
}

/// Nothing is kept: nothing is known.
fn read<T: Written + Default>(cell: &Cell) -> Result<T, String> {
    if cell.version == 0 {
        return Ok(T::default());
    }
    T::read(&cell.bytes)
}

/// What only records of calls tell of a place is never read again.
fn lifetime(scope: &Scope) -> Option<SignedDuration> {
    match scope {
        Scope::Role(_) | Scope::Vpc(..) => Some(UNUSED),
        Scope::Function(_) | Scope::Place(_) => None,
    }
}

impl Store for Table {
    async fn function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, PortError> {
        let state = self.load_function(function).await;
        self.told(state, || format!("reading the state of {function}"))
    }

    async fn save_function(&self, function: &FunctionArn, state: FunctionState) -> Result<bool, PortError> {
        let saved = self.replace_function(function, state).await;
        self.told(saved, || format!("keeping the state of {function}"))
    }

    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        let facts = self.load_facts(scope).await.map(|(_, facts)| facts);
        self.told(facts, || format!("reading what is known of {scope}"))
    }

    async fn merge_facts(&self, scope: &Scope, facts: &Facts) -> Result<Facts, PortError> {
        let merged = self.merge(scope, facts).await;
        self.told(merged, || format!("keeping what is known of {scope}"))
    }

    async fn dependants(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, PortError> {
        let scopes = self.led_to(dependency).await;
        self.told(scopes, || format!("reading who hangs on {dependency:?}"))
    }

    async fn announce(&self, rows: &[Rows]) -> Result<(), PortError> {
        let written = self.write_rows(rows.iter().flat_map(|rows| &rows.rows)).await;
        // A listing announces everything: what of that is evaluated next is read first.
        if written.is_ok() && rows.len() == 1 {
            let mut seen = self.seen();
            for rows in rows {
                let known = seen.rows.entry(rows.scope.key()).or_default();
                known.extend(rows.rows.iter().cloned());
            }
        }
        self.told(written, || "keeping who hangs on what".to_owned())
    }

    async fn coverage(&self, place: &Place) -> Result<Coverage, PortError> {
        let covered = self.covered(place).await;
        self.told(covered, || format!("reading what was looked at of {place}"))
    }

    async fn add_coverage(&self, place: &Place, coverage: Coverage) -> Result<(), PortError> {
        let covered = self.cover(place, coverage).await;
        self.told(covered, || format!("keeping what was looked at of {place}"))
    }
}
