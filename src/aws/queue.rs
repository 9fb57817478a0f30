//! How does an invocation become inputs, and what is answered? Inputs that arrive together are handled together, so that what belongs
//! together is judged once; if that fails, each is handled on its own, so that none takes the others with it.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use crate::monitor::Poison;

mod delivery;
mod receipt;

pub use delivery::{Delivery, Record};
pub use receipt::Receipt;

/// Kept back from the invocation's time for the answer.
const RESERVE: Duration = Duration::from_secs(2);

/// What is done with inputs: how they are read, and how they are acted on.
#[derive(Debug, Clone, Copy)]
pub struct Handler<P, A> {
    /// Reads a body. An error is for ever: the body is put aside.
    pub parse: P,
    /// Acts on what was read, any number of times with the same result. An error is for now: the input comes again.
    pub act: A,
}

/// The inputs of some records, and which are whose.
struct Inputs<I> {
    all: Vec<I>,
    owners: Vec<(String, Range<usize>)>,
}

impl<P, A> Handler<P, A> {
    /// Handles a delivery before the invocation's time, of which `left` is left, runs out.
    pub async fn handle<I>(&self, delivery: Delivery, left: Duration) -> Receipt
    where
        P: Fn(&str) -> Result<Vec<I>, String>,
        A: AsyncFn(&[I]) -> Result<(), String>,
    {
        let mut receipt = Receipt::default();
        let inputs = self.read(delivery.records, &mut receipt);
        let time = left.saturating_sub(RESERVE);
        let until = Instant::now() + time;
        let alone = inputs.owners.len() <= 1;
        // Half of the time for all together leaves the other half for each alone.
        let together = if alone { until } else { Instant::now() + time / 2 };
        match self.attempt(&inputs.all, together).await {
            Ok(()) => inputs.owners.iter().for_each(|_| receipt.handled()),
            Err(why) if alone => inputs.owners.iter().for_each(|(id, _)| receipt.unfinished(id, &why)),
            Err(why) => {
                tracing::warn!(
                    reason = super::failure::printable(&why),
                    "handling inputs together failed, each is tried alone"
                );
                self.each(&inputs, until, &mut receipt).await;
            }
        }
        receipt
    }

    fn read<I>(&self, records: Vec<Record>, receipt: &mut Receipt) -> Inputs<I>
    where
        P: Fn(&str) -> Result<Vec<I>, String>,
    {
        let mut inputs = Inputs {
            all: Vec::new(),
            owners: Vec::new(),
        };
        for record in records {
            match self.parse(record.body.as_deref()) {
                Ok(read) => {
                    let start = inputs.all.len();
                    inputs.all.extend(read);
                    inputs.owners.push((record.message_id, start..inputs.all.len()));
                }
                Err(why) => receipt.quarantined(Poison {
                    message_id: record.message_id,
                    body: record.body,
                    why,
                }),
            }
        }
        inputs
    }

    fn parse<I>(&self, body: Option<&str>) -> Result<Vec<I>, String>
    where
        P: Fn(&str) -> Result<Vec<I>, String>,
    {
        let body = body.ok_or("the message has no `body`")?;
        catch_unwind(AssertUnwindSafe(|| (self.parse)(body)))
            .unwrap_or_else(|_panic| Err("reading it panicked".to_owned()))
    }

    async fn each<I>(&self, inputs: &Inputs<I>, until: Instant, receipt: &mut Receipt)
    where
        A: AsyncFn(&[I]) -> Result<(), String>,
    {
        for (id, range) in &inputs.owners {
            let own = inputs.all.get(range.clone()).unwrap_or_default();
            match self.attempt(own, until).await {
                Ok(()) => receipt.handled(),
                Err(why) => receipt.unfinished(id, &why),
            }
        }
    }

    async fn attempt<I>(&self, inputs: &[I], until: Instant) -> Result<(), String>
    where
        A: AsyncFn(&[I]) -> Result<(), String>,
    {
        if inputs.is_empty() {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err("no time was left to start it".to_owned());
        }
        // What a panic leaves half done is a read or a publication, and both are done again.
        let guarded = AssertUnwindSafe(async { (self.act)(inputs).await }).catch_unwind();
        match timeout_at(until, guarded).await {
            Ok(Ok(outcome)) => outcome,
            // It comes again until the queue's redrive policy puts it aside, where it can be looked at.
            Ok(Err(_panic)) => Err("handling it panicked".to_owned()),
            Err(_elapsed) => Err("its time ran out".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::{Value, json};

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn message(id: &str, body: &str) -> Value {
        json!({"messageId": id, "body": body, "eventSource": "aws:sqs"})
    }

    fn batch(messages: &[(&str, &str)]) -> Delivery {
        let records: Vec<Value> = messages.iter().map(|(id, body)| message(id, body)).collect();
        Delivery::read(&json!({ "Records": records }))
    }

    fn parse(body: &str) -> Result<Vec<String>, String> {
        match body {
            "bad" => Err("not JSON".to_owned()),
            "panic in parse" => panic!("poisoned"),
            "nothing" => Ok(vec![]),
            _ => Ok(vec![body.to_owned(), "more".to_owned()]),
        }
    }

    async fn act(inputs: &[String]) -> Result<(), String> {
        for input in inputs {
            match input.as_str() {
                "later" => return Err("throttled".to_owned()),
                "panic" => panic!("poisoned"),
                "hang" => std::future::pending().await,
                _ => {}
            }
        }
        Ok(())
    }

    async fn handled(delivery: Delivery, left: Duration) -> Receipt {
        Handler { parse, act }.handle(delivery, left).await
    }

    fn failed(receipt: &Receipt) -> Value {
        receipt.answer()["batchItemFailures"].clone()
    }

    #[tokio::test]
    async fn what_arrives_together_is_acted_on_once() {
        let seen = RefCell::new(Vec::new());
        let act = async |inputs: &[String]| {
            seen.borrow_mut().push(inputs.len());
            Ok(())
        };
        let delivery = batch(&[("1", "good"), ("2", "nothing"), ("3", "bad"), ("4", "good")]);
        let receipt = Handler { parse, act }.handle(delivery, LONG).await;
        assert_eq!((receipt.counts(), failed(&receipt)), ((3, 1), json!([])));
        assert_eq!(*seen.borrow(), [4]);
    }

    #[tokio::test]
    async fn a_bad_record_takes_no_other_with_it() {
        let messages = [
            ("1", "good"),
            ("2", "panic"),
            ("3", "bad"),
            ("4", "later"),
            ("5", "panic in parse"),
            ("6", "good"),
        ];
        let receipt = handled(batch(&messages), LONG).await;
        assert_eq!(receipt.counts(), (2, 2));
        assert_eq!(
            failed(&receipt),
            json!([{"itemIdentifier": "2"}, {"itemIdentifier": "4"}])
        );
    }

    #[tokio::test]
    async fn a_record_that_hangs_leaves_time_for_the_others_before_it_and_for_the_answer() {
        let delivery = batch(&[("1", "good"), ("2", "hang"), ("3", "good")]);
        let receipt = handled(delivery, RESERVE + Duration::from_millis(100)).await;
        assert_eq!(receipt.counts(), (1, 0));
        assert_eq!(
            failed(&receipt),
            json!([{"itemIdentifier": "2"}, {"itemIdentifier": "3"}])
        );
    }

    #[tokio::test]
    async fn without_time_nothing_is_begun_and_everything_comes_again() {
        let receipt = handled(batch(&[("1", "good"), ("2", "good")]), RESERVE).await;
        assert_eq!(
            failed(&receipt),
            json!([{"itemIdentifier": "1"}, {"itemIdentifier": "2"}])
        );
    }

    #[tokio::test]
    async fn records_that_are_no_messages_are_put_aside() {
        let payload = json!({"Records": [
            {"messageId": "1", "eventSource": "aws:sqs"},
            {"messageId": "2", "eventSource": "aws:sqs", "body": 7},
            message("3", "good"),
        ]});
        let receipt = handled(Delivery::read(&payload), LONG).await;
        assert_eq!((receipt.counts(), failed(&receipt)), ((1, 2), json!([])));
    }

    #[tokio::test]
    async fn a_nameless_message_that_fails_fails_the_batch() {
        let payload = json!({"Records": [{"eventSource": "aws:sqs", "body": "later"}]});
        let receipt = handled(Delivery::read(&payload), LONG).await;
        assert_eq!(failed(&receipt), json!([{"itemIdentifier": ""}]));
    }
}
