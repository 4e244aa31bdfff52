//! Ctrl-C: the first asks the run to end and to say so in its record, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::Exit;

/// Whether somebody asked the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Begins to listen for Ctrl-C, termination and hang-up.
    pub(crate) fn watch() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let hang_up = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM].into_iter().chain(hang_up) {
            let code = i32::from(Exit::Cancelled.code());
            // The order counts: the second signal finds the flag that the first one set. Where no
            // handler can be set the signal ends the process at once, and the run is found abandoned.
            let second = flag::register_conditional_shutdown(signal, code, Arc::clone(&asked));
            let first = flag::register(signal, Arc::clone(&asked));
            drop((second, first));
        }
        Self(asked)
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether the process was started with a signal ignored, as `nohup` does with hang-up: then it stays so.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let bit = u32::try_from(signal - 1).ok().and_then(|place| 1_u64.checked_shl(place));
    bit.is_some_and(|bit| mask & bit != 0)
}

#[cfg(test)]
mod tests {
    use signal_hook::low_level::raise;

    use super::*;

    #[test]
    fn a_hang_up_asks_the_run_to_end() {
        let cancel = Cancel::watch();
        assert!(!is_ignored(SIGHUP) && !cancel.was_asked());
        raise(SIGHUP).unwrap();
        assert!(cancel.was_asked());
    }
}
