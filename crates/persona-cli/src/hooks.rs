//! What a test may replace in a run that is otherwise real.

use std::fmt;
use std::sync::Arc;

use persona_audit::Ambient;
use persona_core::Stage;

/// Time, randomness and the witness of durable steps; and who is told of each stage of a run.
#[derive(Clone)]
pub struct Hooks {
    /// What the libraries take from the world.
    pub ambient: Ambient,
    /// Is told where a run is, before it goes on from there.
    pub stages: Arc<dyn Fn(Stage) + Send + Sync>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { ambient: Ambient::system(), stages: Arc::new(|_stage| {}) }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").field("ambient", &self.ambient).finish_non_exhaustive()
    }
}
