//! Ctrl-C: the first asks the run to end and to say so in its record, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::Exit;

/// Whether somebody asked the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Begins to listen for Ctrl-C and termination.
    pub(crate) fn watch() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
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
