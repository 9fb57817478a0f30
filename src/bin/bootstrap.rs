//! The Lambda: builds the ports once, and hands each invocation to the monitor. No decisions.

use std::io::Write;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::aws::{
    Clients, Environment, Invocation, LiveCollector, LiveInventory, Members, Outlets, OwnQueue, SettingsSource,
    SystemClock, Table, start_logging, sweeps_until, time_left,
};
use lambda_vigil::monitor::{Clock, Memo, Monitor, Own, Place};
use lambda_vigil::settings::Settings;
use serde_json::Value;
use tokio::sync::Mutex;

/// Judging is many small strings and sets.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::read()?;
    start_logging(environment.log_level);
    let clients = Arc::new(Clients::connect(&environment.home, environment.share).await);
    let environment = &environment;
    let monitor = |own: FunctionArn, members: Arc<Members>| Monitor {
        inventory: LiveInventory::new(members.clone(), environment.regions.clone(), environment.salt.clone()),
        collector: LiveCollector::new(members.clone(), environment.salt.clone())
            .inspecting_packages(environment.inspect_packages)
            .fed_by(environment.feeds.clone()),
        store: Table::new(clients.clone(), environment.table.clone()),
        notifier: Outlets::new(members, environment.usual.clone()),
        clock: SystemClock,
        settings: Settings::default(),
        until: None,
        memo: Memo::default(),
        home: Place {
            account: own.account().clone(),
            region: environment.home.clone(),
        },
        own: Own {
            source_prefix: environment.source_prefix.clone(),
            ..Own::new(own)
        },
    };
    let settings = SettingsSource::new(environment, SystemClock.now());
    // Only an invocation tells which account this is; invocations come one after the other.
    let agenda = &OwnQueue::new(
        clients.clone(),
        environment.feeds.queue.clone(),
        environment.quarantine.clone(),
    );
    let (kept, monitor, clients) = (&Mutex::new((settings, None)), &monitor, &clients);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let own: FunctionArn = event.context.invoked_function_arn.parse()?;
        let (settings, kept) = &mut *kept.lock().await;
        settings.refresh(clients, SystemClock.now()).await;
        let monitor = kept.get_or_insert_with(|| {
            let members = environment.members(own.account(), clients);
            monitor(own, members.into())
        });
        monitor.settings = settings.settings();
        monitor.own.problem = settings.problem(SystemClock.now());
        let left = time_left(event.context.deadline, SystemClock.now());
        // Without a queue there is nobody to leave the rest of a sweep to.
        monitor.until = environment
            .feeds
            .queue
            .as_ref()
            .and_then(|_| sweeps_until(left, SystemClock.now()));
        let mut invocation = Invocation::run(monitor, agenda, &event.payload, left).await;
        invocation.metrics.undelivered = monitor.notifier.take_undelivered();
        let counted = clients.calls().take();
        let metrics = &mut invocation.metrics;
        (metrics.api_calls, metrics.round_trips) = (counted.by_operation, counted.round_trips);
        metrics.read_round_trips = counted.read_round_trips;
        for line in invocation.metrics.lines(&environment.function_name, SystemClock.now()) {
            writeln!(std::io::stdout(), "{line}")?;
        }
        invocation.answer().map_err(Error::from)
    }))
    .await
}
