//! What brings events to the monitor, and does all of it still arrive? Trails log the calls, and rules let their records through.

mod door;
mod feed;
mod passage;
mod trails;

pub use door::{Hinge, can_send, entry, grants};
pub use feed::{FEEDS, Feed};
pub use passage::{Passage, is_on, passage};
pub use trails::Logged;
