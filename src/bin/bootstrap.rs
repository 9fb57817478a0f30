//! The Lambda: builds the ports once, and hands each invocation to the monitor. No decisions.

use std::cell::OnceCell;
use std::io::Write;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::aws::{
    Clients, Environment, Invocation, LiveCollector, LiveInventory, SystemClock, Topic, start_logging, time_left,
};
use lambda_vigil::memory::MemoryStore;
use lambda_vigil::monitor::{Clock, Monitor, Place};
use lambda_vigil::settings::Settings;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::read()?;
    start_logging(environment.log_level);
    let settings = environment
        .settings
        .as_deref()
        .map_or_else(|| Ok(Settings::default()), Settings::parse)?;
    let clients = Arc::new(Clients::connect(&environment.home, environment.share).await);
    let (environment, settings) = (&environment, &settings);
    let monitor = |account| Monitor {
        inventory: LiveInventory::new(clients.clone(), environment.regions.clone(), environment.salt.clone()),
        collector: LiveCollector::new(clients.clone(), environment.salt.clone()),
        store: MemoryStore::default(),
        notifier: Topic::new(clients.clone(), environment.topic.clone()),
        clock: SystemClock,
        settings: settings.clone(),
        home: Place {
            account,
            region: environment.home.clone(),
        },
    };
    // Only an invocation tells which account this is.
    let (kept, monitor, clients) = (&OnceCell::new(), &monitor, &clients);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let own: FunctionArn = event.context.invoked_function_arn.parse()?;
        let monitor = kept.get_or_init(|| monitor(own.account().clone()));
        let left = time_left(event.context.deadline, SystemClock.now());
        let mut invocation = Invocation::run(monitor, &event.payload, left).await;
        invocation.metrics.api_calls = clients.calls().take();
        for line in invocation.metrics.lines(&environment.function_name, SystemClock.now()) {
            writeln!(std::io::stdout(), "{line}")?;
        }
        invocation.answer().map_err(Error::from)
    }))
    .await
}
