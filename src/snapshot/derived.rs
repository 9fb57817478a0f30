//! What follows from a value, and is worked out when somebody first asks for it.

use std::fmt;
use std::sync::OnceLock;

/// Stands beside a value that does not change any more. It is no part of the value: not stored, not compared, not copied.
pub struct Derived<T>(OnceLock<T>);

impl<T> Derived<T> {
    /// What follows, by `work_out` if nobody asked before.
    pub fn get(&self, work_out: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(work_out)
    }
}

impl<T> Default for Derived<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for Derived<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Derived<T> {}

impl<T> fmt::Debug for Derived<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Derived")
    }
}
