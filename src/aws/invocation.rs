//! What does one invocation do? Payload in; answer and metrics out.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::failure::printable;
use super::metrics::Metrics;
use super::queue::{Delivery, Handler, Receipt};
use crate::event::{self, Change, Intake};
use crate::history::Status;
use crate::monitor::{
    Agenda, Canary, Clock, Collector, Evaluation, Inventory, Later, Monitor, Notifier, Outcome, PortError, Quarantine,
    Store,
};

/// Of what is kept back for the answer.
const FOR_POISON: Duration = Duration::from_millis(1500);
/// Some failures' texts in one line are enough to start looking.
const MOST_FAILURES_TOLD: usize = 5;

/// What came of an invocation.
#[derive(Debug)]
pub struct Invocation {
    /// Whether a queue delivered it, which takes back single records; otherwise what is unfinished has to fail the whole invocation.
    pub batch: bool,
    /// What came of the records.
    pub receipt: Receipt,
    /// What to count.
    pub metrics: Metrics,
}

impl Invocation {
    /// Lets the monitor handle a payload before the time of the invocation, of which `left` is left, runs out.
    /// What it wants to be asked later goes to its agenda.
    pub async fn run<I, C, S, N, K>(
        monitor: &Monitor<I, C, S, N, K>,
        agenda: &(impl Agenda + Quarantine + Canary),
        payload: &Value,
        left: Duration,
    ) -> Self
    where
        I: Inventory,
        C: Collector,
        S: Store,
        N: Notifier,
        K: Clock,
    {
        let delivery = Delivery::read(payload);
        let batch = delivery.batch;
        let metrics = RefCell::new(Metrics {
            events: delivery.records.len().try_into().unwrap_or(u64::MAX),
            ..Metrics::default()
        });
        let handler = Handler {
            parse: |body: &str| {
                let intakes = event::parse_text(body).map_err(|error| error.to_string())?;
                metrics.borrow_mut().ignored += count(&intakes, |intake| matches!(intake, Intake::Ignored { .. }));
                Ok(intakes)
            },
            act: async |intakes: &[Intake]| {
                let outcome = monitor.handle(intakes).await;
                metrics.borrow_mut().note(&outcome, monitor.clock.now());
                let evaluations = outcome.evaluations.iter().chain(&outcome.own);
                evaluations.chain(&outcome.outposts).for_each(tell_unjudged);
                outcome.unconfirmed.iter().for_each(tell_unconfirmed);
                tell_what_left(&outcome);
                for problem in &outcome.put_off {
                    tracing::warn!(problem = printable(problem), "a part of the sweep is put off");
                }
                for mapping in &outcome.canaries {
                    if let Err(error) = agenda.release(mapping, monitor.clock.now()).await {
                        // Nothing comes back then, which has an alarm of its own.
                        tracing::warn!(problem = error.to_string(), "no canary");
                    }
                }
                told(&outcome.failures)?;
                for later in &outcome.later {
                    noted(later, agenda.note(later).await)?;
                }
                Ok(())
            },
        };
        let mut receipt = handler.handle(delivery, left).await;
        put_aside(agenda, &mut receipt).await;
        let mut metrics = metrics.into_inner();
        (_, metrics.quarantined) = receipt.counts();
        Self {
            batch,
            receipt,
            metrics,
        }
    }

    /// The answer; an error has Lambda deliver a direct input again, as its retries are set up.
    pub fn answer(&self) -> Result<Value, String> {
        if self.batch || self.receipt.is_finished() {
            Ok(self.receipt.answer())
        } else {
            Err("the input was not finished, the log says why".to_owned())
        }
    }
}

/// What cannot be put aside comes again, until the queue's redrive policy puts it there.
async fn put_aside(quarantine: &impl Quarantine, receipt: &mut Receipt) {
    let poison = receipt.take_poison();
    let put_aside = poison.iter().map(|poison| async {
        let put_aside = timeout(FOR_POISON, quarantine.put_aside(poison)).await;
        put_aside.map_or_else(
            |late| Err(late.to_string()),
            |done| done.map_err(|error| error.to_string()),
        )
    });
    for (poison, put_aside) in poison.iter().zip(join_all(put_aside).await) {
        if let Err(why) = put_aside {
            receipt.unfinished(&poison.message_id, &why);
        }
    }
}

/// How long the invocation may still take, from its deadline in milliseconds since 1970.
pub fn time_left(deadline: u64, now: Timestamp) -> Duration {
    let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Duration::from_millis(deadline.saturating_sub(now))
}

/// Until when a sweep may begin with more functions, if `left` is left: the first attempt at a batch has half of the time, and what
/// was begun has to come to its end.
pub fn sweeps_until(left: Duration, now: Timestamp) -> Option<Timestamp> {
    now.checked_add(left / 4).ok()
}

/// What could not be judged is no news for people at every event, and must not be silent either.
fn tell_unjudged(evaluation: &Evaluation) {
    for cannot in &evaluation.unjudged {
        let (function, control) = (evaluation.function.to_string(), cannot.control.as_str());
        tracing::warn!(
            function,
            control,
            why = printable(&cannot.why.to_string()),
            "cannot judge"
        );
    }
}

/// By these ids the messages that people got are found again.
fn tell_what_left(outcome: &Outcome) {
    let own = outcome.own.iter().chain(&outcome.outposts);
    let alone = outcome.evaluations.iter().chain(own).filter(|one| !one.is_summed_up);
    for notice in alone.flat_map(|one| &one.notices) {
        let function = notice.function.to_string();
        tracing::info!(notice = notice.id(), function, "told");
    }
    for digest in &outcome.digests {
        tracing::info!(notice = digest.id(), "told in one message");
    }
}

/// A call that no read has shown: AWS has undone it, somebody else has, or it is still on its way.
fn tell_unconfirmed(change: &Change) {
    let cause = &change.cause;
    let (event_id, at) = (cause.event_id.as_deref(), cause.event_time.map(|at| at.to_string()));
    tracing::warn!(
        event_name = printable(&cause.event_name),
        event_id = event_id.map(printable),
        at,
        subject = printable(&format!("{:?}", change.subject)),
        "unconfirmed: no read has shown what this call did"
    );
}

/// What was handled is not handled again because nobody can be asked to look once more: the next sweep will. The rest of a sweep
/// must not be lost.
fn noted(later: &Later, noted: Result<(), PortError>) -> Result<(), String> {
    match (later, noted) {
        (_, Ok(())) => Ok(()),
        (Later::Look { .. }, Err(error)) => {
            tracing::warn!(problem = error.to_string(), "nobody looks again");
            Ok(())
        }
        (Later::Recheck { .. } | Later::Sweep { .. } | Later::Check { .. }, Err(error)) => Err(error.to_string()),
    }
}

fn told(failures: &[String]) -> Result<(), String> {
    match failures {
        [] => Ok(()),
        some => {
            let told: Vec<&str> = some.iter().take(MOST_FAILURES_TOLD).map(String::as_str).collect();
            Err(format!("{} failed: {}", some.len(), told.join("; ")))
        }
    }
}

fn count<T>(items: &[T], is_counted: impl Fn(&T) -> bool) -> u64 {
    items.iter().map(|item| u64::from(is_counted(item))).sum()
}

impl Metrics {
    fn note_transitions(&mut self, evaluation: &Evaluation) {
        for transition in evaluation.transitions.iter() {
            match transition.status {
                Status::Opened => self.findings_opened += 1,
                Status::Worsened => self.findings_worsened += 1,
                Status::Reopened => self.findings_reopened += 1,
                Status::Resolved => self.findings_resolved += 1,
                Status::Suppressed | Status::StillOpen => {}
            }
        }
    }

    fn note(&mut self, outcome: &Outcome, now: Timestamp) {
        let own = outcome.own.iter().chain(&outcome.outposts);
        own.for_each(|own| self.note_transitions(own));
        let outposts = outcome.outposts.iter();
        self.cannot_judge += outposts.map(|one| count(&one.unjudged, |_| true)).sum::<u64>();
        self.unconfirmed += count(&outcome.unconfirmed, |_| true);
        self.swept += u64::try_from(outcome.swept).unwrap_or_default();
        let waited = |sent: &Timestamp| now.as_millisecond().saturating_sub(sent.as_millisecond());
        let waited = outcome.echoes.iter().map(waited);
        self.canary
            .extend(waited.map(|waited| u64::try_from(waited).unwrap_or_default()));
        for evaluation in &outcome.evaluations {
            self.evaluations += 1;
            self.unreadable += count(&evaluation.unreadable, |_| true);
            self.cannot_judge += count(&evaluation.unjudged, |_| true);
            self.note_transitions(evaluation);
            let caused = evaluation
                .transitions
                .iter()
                .filter_map(|transition| transition.cause.as_ref());
            let first = caused.filter_map(|cause| cause.event_time).min();
            if let (Some(event), Some(_published)) = (first, evaluation.notices.first()) {
                let latency = now.as_millisecond().saturating_sub(event.as_millisecond());
                self.event_to_notice.push(u64::try_from(latency).unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::arn::Arn;
    use crate::memory::{Account, FixedClock, MemoryStore, Outbox};
    use crate::monitor::{Memo, Own, Place, Poison};
    use crate::report::Message;
    use crate::settings::Settings;

    const ACCOUNT: &str = include_str!("../../events/account/payments-hook.json");
    const EVENT: &str = include_str!("../../events/lambda-add-permission.json");
    const NOW: &str = "2026-11-02T00:49:50Z";

    type Recorded<N> = Monitor<Account, Account, MemoryStore, N, FixedClock>;

    fn account() -> Account {
        let mut account = Account::default().as_of(NOW.parse().unwrap());
        account.add(ACCOUNT).unwrap();
        account
    }

    fn monitor<N>(notifier: N) -> Recorded<N> {
        Monitor {
            inventory: account(),
            collector: account(),
            store: MemoryStore::default(),
            notifier,
            clock: FixedClock(NOW.parse().unwrap()),
            settings: Settings::default(),
            until: None,
            memo: Memo::default(),
            own: Own::new("arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap()),
            home: Place {
                account: "111122223333".parse().unwrap(),
                region: "eu-west-1".parse().unwrap(),
            },
        }
    }

    async fn run<N: Notifier>(monitor: &Recorded<N>, payload: &Value) -> Invocation {
        Invocation::run(monitor, &Nothing, payload, Duration::from_mins(1)).await
    }

    fn message(id: &str, body: &str) -> Value {
        json!({"messageId": id, "body": body, "eventSource": "aws:sqs"})
    }

    /// Nobody to ask later.
    struct Nothing;

    impl Agenda for Nothing {
        async fn note(&self, _: &Later) -> Result<(), PortError> {
            Ok(())
        }
    }

    impl Canary for Nothing {
        async fn release(&self, _: &Arn, _: Timestamp) -> Result<(), PortError> {
            Ok(())
        }
    }

    impl Quarantine for Nothing {
        async fn put_aside(&self, _: &Poison) -> Result<(), PortError> {
            Ok(())
        }
    }

    /// A quarantine that is full.
    struct Full;

    impl Agenda for Full {
        async fn note(&self, _: &Later) -> Result<(), PortError> {
            Ok(())
        }
    }

    impl Canary for Full {
        async fn release(&self, mapping: &Arn, _: Timestamp) -> Result<(), PortError> {
            Err(PortError {
                what: format!("tag `{mapping}`"),
                detail: "full".into(),
            })
        }
    }

    impl Quarantine for Full {
        async fn put_aside(&self, poison: &Poison) -> Result<(), PortError> {
            assert_eq!(poison.body.as_deref(), Some("{not json"));
            Err(PortError {
                what: "put aside".to_owned(),
                detail: "no".to_owned(),
            })
        }
    }

    /// A topic that is out of order.
    struct Refusing;

    impl Notifier for Refusing {
        async fn publish(&self, _message: &Message) -> Result<(), PortError> {
            Err(PortError {
                what: "publish".to_owned(),
                detail: "no".to_owned(),
            })
        }
    }

    #[tokio::test]
    async fn an_event_from_eventbridge_is_counted_to_its_notice() {
        let monitor = monitor(Outbox::default());
        let invocation = run(&monitor, &serde_json::from_str(EVENT).unwrap()).await;
        assert_eq!(invocation.answer(), Ok(json!({"batchItemFailures": []})));
        let metrics = invocation.metrics;
        assert_eq!((metrics.events, metrics.evaluations, metrics.quarantined), (1, 1, 0));
        assert!(metrics.findings_opened > 0);
        assert_eq!(metrics.event_to_notice, [4000]);
        assert_eq!(monitor.notifier.take().len(), 1);
    }

    #[tokio::test]
    async fn the_calls_of_one_deployment_are_judged_once() {
        let monitor = monitor(Outbox::default());
        let payload = json!({"Records": [message("1", EVENT), message("2", EVENT), message("3", "{not json")]});
        let invocation = run(&monitor, &payload).await;
        let metrics = &invocation.metrics;
        assert_eq!((metrics.events, metrics.evaluations, metrics.quarantined), (3, 1, 1));
        assert_eq!(invocation.answer(), Ok(json!({"batchItemFailures": []})));
    }

    #[tokio::test]
    async fn a_notice_that_does_not_leave_brings_its_event_back() {
        let invocation = run(&monitor(Refusing), &json!({"Records": [message("1", EVENT)]})).await;
        let again = json!({"batchItemFailures": [{"itemIdentifier": "1"}]});
        assert_eq!(invocation.answer(), Ok(again));

        let direct = run(&monitor(Refusing), &serde_json::from_str(EVENT).unwrap()).await;
        assert!(direct.answer().is_err());
    }

    #[tokio::test]
    async fn what_can_never_be_read_is_not_asked_for_again() {
        let invocation = run(&monitor(Outbox::default()), &json!({"nonsense": true})).await;
        assert_eq!(invocation.metrics.quarantined, 1);
        assert!(invocation.answer().is_ok());
    }

    #[tokio::test]
    async fn what_cannot_be_put_aside_comes_again() {
        let payload = json!({"Records": [message("1", EVENT), message("3", "{not json")]});
        let monitor = monitor(Outbox::default());
        let invocation = Invocation::run(&monitor, &Full, &payload, Duration::from_mins(1)).await;
        let again = json!({"batchItemFailures": [{"itemIdentifier": "3"}]});
        assert_eq!(invocation.answer(), Ok(again));
    }

    #[test]
    fn the_time_left_is_never_negative() {
        let now: Timestamp = "1970-01-01T00:00:10Z".parse().unwrap();
        assert_eq!(time_left(12_500, now), Duration::from_millis(2500));
        assert_eq!(time_left(9_000, now), Duration::ZERO);
    }

    #[test]
    fn many_failures_are_told_by_number() {
        let failures: Vec<String> = (0..9).map(|number| format!("f{number}")).collect();
        let told = told(&failures).unwrap_err();
        assert!(told.starts_with("9 failed: f0;") && !told.contains("f5"), "{told}");
    }
}
