//! How is a state replaced only by who has seen it? By a conditional write; one that is too large for an item goes into several,
//! all at once.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;

use super::Table;
use super::item::{Cell, Item, PART, PARTITION, PARTS, SORT, VERSION, counted, joined, part, part_key, state_key};
use crate::aws::failure::{explain, printable};

/// Of the 400 KB of an item; keys and the other attributes take the rest.
const MOST_IN_ITEM: usize = 380 * 1024;
/// A transaction takes 4 MB in a hundred items.
const MOST_IN_ALL: usize = 4_000_000;
/// How often a state in parts is read again because it was just being replaced.
const ATTEMPTS: usize = 5;

/// What came of replacing a state.
#[derive(Debug)]
pub(super) enum Replaced {
    /// It is replaced; this is what was there.
    Done(Cell),
    /// Another one is there, as far as that was said.
    Beaten(Option<Cell>),
}

/// A state that is to be kept.
#[derive(Debug)]
pub(super) struct Next {
    /// The version that it replaces.
    pub(super) known: u64,
    /// What is kept.
    pub(super) bytes: Vec<u8>,
    /// Now.
    pub(super) now: Timestamp,
    /// When it may be dropped.
    pub(super) expires: Option<Timestamp>,
}

impl Next {
    fn cell(&self, parts: usize) -> Cell {
        Cell {
            version: self.known + 1,
            written: self.now.as_millisecond(),
            parts,
            bytes: if parts == 0 { self.bytes.clone() } else { Vec::new() },
        }
    }
}

impl Table {
    /// What is kept under a key; nothing of it is older than what anybody was told.
    pub(super) async fn load(&self, key: &str) -> Result<Cell, String> {
        for _ in 0..ATTEMPTS {
            let call = self.clients.dynamodb().get_item().table_name(&self.name);
            let call = call.set_key(Some(state_key(key))).consistent_read(true);
            let answer = Box::pin(call.send()).await;
            let answer = answer.map_err(|error| printable(&format!("`dynamodb:GetItem`: {}", explain(&error))))?;
            let Some(item) = answer.item else {
                return Ok(Cell::default());
            };
            let kept = Cell::of(&item)?;
            if kept.parts == 0 {
                return Ok(kept);
            }
            let parts = self.query(key, Some(PART)).await?;
            if let Some(bytes) = joined(&parts, &kept)? {
                return Ok(Cell { bytes, ..kept });
            }
        }
        Err(format!("`{key}` was replaced each time that it was read"))
    }

    /// Replaces what is kept under a key, if it is of the known version.
    pub(super) async fn replace(&self, key: &str, next: Next) -> Result<Replaced, String> {
        if next.bytes.len() > MOST_IN_ITEM {
            return self.replace_split(key, next).await;
        }
        let condition = format!("{} AND attribute_not_exists({PARTS})", unchanged(next.known));
        let call = self.clients.dynamodb().put_item().table_name(&self.name);
        let mut call = call
            .set_item(Some(next.cell(0).item(key, next.expires)))
            .condition_expression(condition)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if next.known > 0 {
            call = call.expression_attribute_values(":known", counted(next.known));
        }
        let error = match Box::pin(call.send()).await {
            Ok(answer) => {
                let before = answer.attributes.filter(|item| !item.is_empty());
                return Ok(Replaced::Done(
                    before.as_ref().map(Cell::of).transpose()?.unwrap_or_default(),
                ));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => match failed.item() {
                Some(item) => self.beaten(key, next, Cell::of(item)?).await,
                None => Ok(Replaced::Beaten(None)),
            },
            Some(PutItemError::TransactionConflictException(_)) => Ok(Replaced::Beaten(None)),
            _ => Err(printable(&format!("`dynamodb:PutItem`: {}", explain(&error)))),
        }
    }

    /// The state that is there may be the known one, in parts: then the condition says nothing about its version.
    async fn beaten(&self, key: &str, next: Next, there: Cell) -> Result<Replaced, String> {
        if there.version == next.known {
            return self.replace_split(key, next).await;
        }
        Ok(Replaced::Beaten((there.parts == 0).then_some(there)))
    }

    /// With all of its parts at once, or not at all; and what was in parts and is not any more goes with it.
    async fn replace_split(&self, key: &str, next: Next) -> Result<Replaced, String> {
        let before = self.load(key).await?;
        if before.version != next.known {
            return Ok(Replaced::Beaten(Some(before)));
        }
        if next.bytes.len() > MOST_IN_ALL {
            let (size, most) = (next.bytes.len(), MOST_IN_ALL);
            return Err(format!(
                "what is to be kept takes {size} bytes when packed, and a table takes {most} at once"
            ));
        }
        let chunks: Vec<&[u8]> = if next.bytes.len() > MOST_IN_ITEM {
            next.bytes.chunks(MOST_IN_ITEM).collect()
        } else {
            Vec::new()
        };
        let kept = next.cell(chunks.len());
        let head = self.put(kept.item(key, next.expires));
        let mut head = head.condition_expression(unchanged(next.known));
        if next.known > 0 {
            head = head.expression_attribute_values(":known", counted(next.known));
        }
        let mut writes = vec![written(head.build().map_err(|error| error.to_string())?)];
        for (number, chunk) in chunks.iter().enumerate() {
            let item = part(key, number, (kept.version, chunk), next.expires);
            writes.push(written(self.put(item).build().map_err(|error| error.to_string())?));
        }
        for number in chunks.len()..before.parts {
            let delete = Delete::builder().table_name(&self.name);
            let delete = delete
                .set_key(Some(part_key(key, number)))
                .build()
                .map_err(|error| error.to_string())?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        let call = self.clients.dynamodb().transact_write_items();
        match Box::pin(call.set_transact_items(Some(writes)).send()).await {
            Ok(_) => Ok(Replaced::Done(before)),
            Err(error) if is_beaten(&error) => Ok(Replaced::Beaten(None)),
            Err(error) => Err(printable(&format!(
                "`dynamodb:TransactWriteItems`: {}",
                explain(&error)
            ))),
        }
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.name).set_item(Some(item))
    }

    /// Every item of a partition, in the order of its sort keys.
    pub(super) async fn query(&self, partition: &str, begin: Option<&str>) -> Result<Vec<Item>, String> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let call = self
                .clients
                .dynamodb()
                .query()
                .table_name(&self.name)
                .consistent_read(true);
            let mut call = call
                .expression_attribute_names("#pk", PARTITION)
                .expression_attribute_values(":pk", partition_value(partition))
                .set_exclusive_start_key(from);
            let mut condition = "#pk = :pk".to_owned();
            if let Some(begin) = begin {
                condition.push_str(" AND begins_with(#sk, :begin)");
                call = call
                    .expression_attribute_names("#sk", SORT)
                    .expression_attribute_values(":begin", partition_value(begin));
            }
            let answer = Box::pin(call.key_condition_expression(condition).send()).await;
            let answer = answer.map_err(|error| printable(&format!("`dynamodb:Query`: {}", explain(&error))))?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}

fn partition_value(text: &str) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned())
}

fn unchanged(known: u64) -> String {
    if known == 0 {
        format!("attribute_not_exists({PARTITION})")
    } else {
        format!("{VERSION} = :known")
    }
}

fn written(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

/// Somebody else was faster, or is just at it.
fn is_beaten<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
        return false;
    };
    let mut reasons = canceled.cancellation_reasons().iter();
    reasons.any(|reason| matches!(reason.code(), Some("ConditionalCheckFailed" | "TransactionConflict")))
}
