//! The live account: the only code that names an SDK. It reads, publishes and counts, and judges nothing.

mod agenda;
mod calls;
mod clients;
mod clock;
mod collect;
mod environment;
mod failure;
mod fetch;
mod installation;
mod inventory;
mod invocation;
mod log;
mod members;
mod metrics;
mod outlets;
mod pace;
mod queue;
mod settings;
mod table;

pub use agenda::OwnQueue;
pub use calls::Calls;
pub use clients::Clients;
pub use clock::SystemClock;
pub use collect::{Feeds, LiveCollector};
pub use environment::{Environment, EnvironmentError, LogLevel};
pub use installation::installation;
pub use inventory::LiveInventory;
pub use invocation::{Invocation, sweeps_until, time_left};
pub use log::start_logging;
pub use members::{Members, Reader};
pub use metrics::Metrics;
pub use outlets::{Outlets, Usual};
pub use pace::{Pace, Pool, Share};
pub use queue::{Delivery, Handler, Receipt, Record};
pub use settings::SettingsSource;
pub use table::Table;
