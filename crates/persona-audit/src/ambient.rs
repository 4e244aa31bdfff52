//! What this library takes from the world, as parameters: the time, randomness, and a witness of its
//! durable steps. A test fixes all three; golden vectors exist because of it.

use std::fmt;
use std::sync::Arc;

use crate::id::AuditId;
use crate::time::Time;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Returns the present moment.
    fn now(&self) -> Time;
}

/// Where nonces, ids and keys come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// Sees each durable step of a run just after it was taken. The real one does nothing; a test's kills
/// the process to see what is found afterwards.
pub trait Witness: Send + Sync {
    /// Is told that `step` was taken.
    fn after(&self, step: Step);
}

/// A durable step of a run, in the order in which a first run takes them; then those of a log's move to
/// another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key file was made.
    KeyCreated,
    /// Pin and empty mark stand in the state folder.
    Pinned,
    /// `log.opened` is in the store, the mark is still behind.
    LogOpened,
    /// The run's liveness lock is held.
    RunLocked,
    /// The opening is in the store, the mark is still behind.
    Opened,
    /// The mark covers the opening.
    OpeningMarked,
    /// The finished closing body is on disk.
    Pending,
    /// The output folder has its final name.
    Published,
    /// The closing is in the store, the mark is still behind.
    Closed,
    /// The mark covers the closing.
    ClosingMarked,
    /// The output folder holds its copy of the checkpoint.
    CheckpointCopied,
    /// The pending body is gone.
    PendingRemoved,
    /// The liveness lock is gone.
    RunUnlocked,
    /// The place that a log is to be moved to says from where it comes.
    Arriving,
    /// A page of the log is staged there.
    Staged,
    /// The log stands at the new place, which nobody uses yet.
    Imported,
    /// The old place says where the log went: from now on it lies at the new one.
    MovedAway,
    /// The new place says that the log lies there.
    Arrived,
    /// What lies at the old place has another name, by which nobody appends to it.
    Retired,
}

impl Step {
    /// Every step of a move, in order.
    pub const OF_A_MOVE: [Self; 6] = [
        Self::Arriving,
        Self::Staged,
        Self::Imported,
        Self::MovedAway,
        Self::Arrived,
        Self::Retired,
    ];

    /// Every step of a run, in order.
    pub const ALL: [Self; 13] = [
        Self::KeyCreated,
        Self::Pinned,
        Self::LogOpened,
        Self::RunLocked,
        Self::Opened,
        Self::OpeningMarked,
        Self::Pending,
        Self::Published,
        Self::Closed,
        Self::ClosingMarked,
        Self::CheckpointCopied,
        Self::PendingRemoved,
        Self::RunUnlocked,
    ];

    /// Returns the step's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyCreated => "key-created",
            Self::Pinned => "pinned",
            Self::LogOpened => "log-opened",
            Self::RunLocked => "run-locked",
            Self::Opened => "opened",
            Self::OpeningMarked => "opening-marked",
            Self::Pending => "pending",
            Self::Published => "published",
            Self::Closed => "closed",
            Self::ClosingMarked => "closing-marked",
            Self::CheckpointCopied => "checkpoint-copied",
            Self::PendingRemoved => "pending-removed",
            Self::RunUnlocked => "run-unlocked",
            Self::Arriving => "arriving",
            Self::Staged => "staged",
            Self::Imported => "imported",
            Self::MovedAway => "moved-away",
            Self::Arrived => "arrived",
            Self::Retired => "retired",
        }
    }
}

/// The machine had no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the system's source of randomness failed: {reason}")]
pub struct EntropyError {
    /// What the system said.
    pub reason: String,
}

/// Time, randomness and witness together.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    witness: Arc<dyn Witness>,
}

impl Ambient {
    /// Takes the machine's clock and randomness.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy), Arc::new(Unwatched))
    }

    /// Takes the three as given.
    pub fn new(
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        witness: Arc<dyn Witness>,
    ) -> Self {
        Self { clock, entropy, witness }
    }

    /// Returns the same with another witness.
    #[must_use]
    pub fn witnessed_by(self, witness: Arc<dyn Witness>) -> Self {
        Self { witness, ..self }
    }

    /// Returns the present moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Returns `N` unpredictable bytes.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns a new id, of this moment.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new_id(&self) -> Result<AuditId, EntropyError> {
        Ok(AuditId::new(self.now(), self.random()?))
    }

    /// Tells the witness of a step.
    pub fn after(&self, step: Step) {
        self.witness.after(step);
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").finish_non_exhaustive()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one real clock behind the parameter")]
    fn now(&self) -> Time {
        Time::from_timestamp(jiff::Timestamp::now())
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|error| EntropyError { reason: error.to_string() })
    }
}

struct Unwatched;

impl Witness for Unwatched {
    fn after(&self, _step: Step) {}
}
