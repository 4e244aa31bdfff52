//! What a test may replace in a run that is otherwise real.

use persona_audit::Ambient;

/// Time, randomness and the witness of durable steps.
#[derive(Debug, Clone)]
pub struct Hooks {
    /// What the libraries take from the world.
    pub ambient: Ambient,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { ambient: Ambient::system() }
    }
}
