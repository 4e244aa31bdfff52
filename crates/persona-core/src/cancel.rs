//! Work that can be called off: long loops ask about every fifty milliseconds.

/// Somebody called the work off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was called off")]
pub struct Cancelled;

/// Ends the work when `cancelled` says so.
pub(crate) fn check(cancelled: &dyn Fn() -> bool) -> Result<(), Cancelled> {
    if cancelled() { Err(Cancelled) } else { Ok(()) }
}
