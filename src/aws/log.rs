//! What does the Lambda say while it works? JSON lines of its own, and warnings of everybody else.

use tracing_subscriber::EnvFilter;

use super::environment::LogLevel;

/// Starts logging. Below `warn` the SDKs and the runtime write out requests and answers, which hold environment values and
/// credentials: they stay at `warn` whatever the level.
pub fn start_logging(level: LogLevel) {
    let level = level.as_str();
    let filter = EnvFilter::new(format!("warn,lambda_vigil={level},bootstrap={level}"));
    // A second start, as in tests, leaves the first one in place.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
}
