//! Work that can be called off: long loops ask about every fifty milliseconds.

use std::fmt;

/// Somebody called the work off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was called off")]
pub struct Cancelled;

/// Somebody to ask whether to go on; by default nobody, and work goes on.
#[derive(Clone, Copy, Default)]
pub struct Asking<'run>(Option<&'run dyn Fn() -> bool>);

impl<'run> Asking<'run> {
    /// Asks `cancelled`.
    pub fn new(cancelled: &'run dyn Fn() -> bool) -> Self {
        Self(Some(cancelled))
    }

    /// Ends the work when it was called off.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn check(self) -> Result<(), Cancelled> {
        self.0.map_or(Ok(()), check)
    }
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Asking").finish_non_exhaustive()
    }
}

/// Ends the work when `cancelled` says so.
pub(crate) fn check(cancelled: &dyn Fn() -> bool) -> Result<(), Cancelled> {
    if cancelled() { Err(Cancelled) } else { Ok(()) }
}
