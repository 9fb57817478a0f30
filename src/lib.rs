//! Lambda Vigil: an event-driven, continuous security monitor for AWS Lambda.
//!
//! ```text
//!  event ─parse─▶ changes ─resolve─▶ functions ─collect─▶ snapshot ─assess─▶ findings ─compare─▶ transitions ─render─▶ notice
//!  (wire)  pure   (typed)  Inventory  (ARNs)    Collector  (facts)    pure     (now)     pure    (opened,      pure    Notifier
//!                          port                 port                             ▲               changed,
//!                                                              settings, suppressions, clock     resolved) ──save──▶ Store port
//! ```
//!
//! An event is a hint about what to read again, never the new state. `replay` and the Lambda are this one path with different ports.
//!
//! What decides where a thing stands:
//!
//! - A [`snapshot::Facet`] is a part of the state that can fail to be read on its own. It owns which calls read it; which calls change it
//!   stands in the tables of [`event`], beside the code that finds the subject of the same call: one row per call, not two.
//! - A control answers with a [`controls::Verdict`]: where it fails *and* what it could not judge, since a policy that cannot be read
//!   must neither hide a defect in another one nor pass for a clean bill. A finding resolves only when its control judged everything.
//! - What is kept of a function is one thing with a version: facts, findings and the notices that have yet to leave. So any number of
//!   monitors may work on the same [`monitor::Store`], and a failure at any point repeats a notice under its id and loses none.
//! - Modules from [`arn`] to [`generate`], and [`template`], are pure; [`monitor`] is the only async orchestration, generic over ports; [`memory`] and `aws`
//!   are the two sets of ports, and [`store`] keeps the state in a file. A test over the source text holds this.
//! - A [`case`] is a situation in files with what was said of it, for tests of your own; [`pseudonym`] takes the names out of it.

pub mod arn;
pub mod assess;
#[cfg(feature = "aws")]
pub mod aws;
pub mod case;
pub mod controls;
pub mod delivery;
pub mod doctor;
pub mod event;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod generate;
pub mod history;
pub mod memory;
pub mod monitor;
pub mod network;
pub mod package;
pub mod plain;
pub mod policy;
pub mod pseudonym;
pub mod report;
pub mod role;
pub mod secret;
pub mod settings;
pub mod snapshot;
pub mod store;
pub mod template;
