//! What time is it?

use jiff::Timestamp;

use crate::monitor::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the Lambda reads the clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
