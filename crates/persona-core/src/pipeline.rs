//! One run, from files to a finished folder and its record.
//!
//! ```text
//! read ─▶ claim the output folder ─▶ Recorder::start ─▶ segment ─▶ draft, ground, score ─▶ write
//!                                        (durable)                                            │
//!      checkpoint ◀─ succeed ◀─ rename into place ◀─ OpenRecord::prepare (pending on disk) ◀──┘
//! ```
//! Nothing is drafted before the opening is durable, and whatever goes wrong after it is closed as
//! failed: between the two there is one `match`.

use std::path::PathBuf;

use persona_audit::{Ambient, AuditConfig, OpenRecord, Receipt, Recorder, Session, Time};

use crate::draft::{Drafter, Extractive};
use crate::input::{self, Dataset, ReadOptions, StandardInput};
use crate::issue::Issue;
use crate::observe;
use crate::output::Staging;
use crate::persona::Persona;
use crate::quality::Quality;
use crate::segment::{Count, SegmentError};

mod ask;
mod error;
mod generate;
mod transcript;
mod write;

pub use error::GenerationError;
pub(crate) use error::whole_message;
pub(crate) use generate::{Drafted, asked};
pub(crate) use transcript::Transcript;

/// Makes personas and leaves a record of having done so.
#[derive(Debug)]
pub struct GenerationPipeline {
    audit: AuditConfig,
    ambient: Ambient,
    session: Session,
    drafter: Box<dyn Drafter>,
}

/// What is asked of one run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The files and folders to read; `-` is `stdin`.
    pub data: Vec<PathBuf>,
    /// What `-` stands for.
    pub stdin: StandardInput,
    /// How many personas.
    pub count: Count,
    /// Seeds every random choice; at most 2^53 − 1.
    pub seed: u64,
    /// The folder that gets a new folder for this run.
    pub output: PathBuf,
    /// Whether each persona is written in Markdown too.
    pub markdown: Markdown,
    /// The licence or consent the data is used under.
    pub licence: Option<String>,
    /// Where the data came from.
    pub source: Option<String>,
}

/// Whether each persona is written in Markdown beside JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markdown {
    /// `personas/persona-001.md` is written.
    Written,
    /// It is not.
    LeftOut,
}

impl Request {
    /// Asks for as many personas as the data show, below `output/`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: vec![data.into()],
            stdin: StandardInput::none(),
            count: Count::Auto,
            seed: 0,
            output: PathBuf::from("output"),
            markdown: Markdown::Written,
            licence: None,
            source: None,
        }
    }
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct GenerationResult {
    /// The id of the run's record; `None` when runs are not recorded.
    pub audit_id: Option<String>,
    /// Accepted rows of the data, also of groups that have no persona.
    pub records: usize,
    /// The personas, largest group first.
    pub personas: Vec<Persona>,
    /// The finished folder.
    pub output_path: PathBuf,
    /// Scores and verdict.
    pub quality: Quality,
    /// What has to be said about data and personas.
    pub issues: Vec<Issue>,
    /// Who wrote the words.
    pub provider: String,
    /// With which model.
    pub model: String,
    /// From reading the input to the finished folder.
    pub generation_time_ms: u64,
    /// The checkpoint over the log that holds the record, as a signed note.
    pub checkpoint: Option<String>,
    /// Whether the folder has its copy of that checkpoint.
    pub copied: bool,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and hashing the data.
    Read,
    /// Opening the record.
    Record,
    /// Grouping people.
    Segment,
    /// Writing about each group.
    Draft,
    /// Writing the folder.
    Write,
}

impl Stage {
    /// Returns the stage's name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Record => "record",
            Self::Segment => "segment",
            Self::Draft => "draft",
            Self::Write => "write",
        }
    }
}

/// Watches a run, and may call it off; is asked from several threads when a drafter uses several.
pub trait Observer: Sync {
    /// Is told where the run is: `done` of `total` steps of a stage; while reading, bytes.
    fn progress(&self, stage: Stage, done: usize, total: usize);

    /// Whether the run is to end now; asked often.
    fn cancelled(&self) -> bool;
}

/// Watches nothing and calls nothing off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn progress(&self, _stage: Stage, _done: usize, _total: usize) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl GenerationPipeline {
    /// Takes the settings of the audit trail, the machine's clock, and the embedded drafter.
    pub fn new(audit: AuditConfig) -> Self {
        let (ambient, session) = (Ambient::system(), observe::session());
        Self { audit, ambient, session, drafter: Box::new(Extractive) }
    }

    /// Takes another drafter, such as one that asks a model.
    #[must_use]
    pub fn with_drafter(self, drafter: Box<dyn Drafter>) -> Self {
        Self { drafter, ..self }
    }

    /// Takes time and randomness as given.
    #[must_use]
    pub fn with_ambient(self, ambient: Ambient) -> Self {
        Self { ambient, ..self }
    }

    /// Says who runs this, where.
    #[must_use]
    pub fn with_session(self, session: Session) -> Self {
        Self { session, ..self }
    }

    /// Makes personas of the data at `request`.
    ///
    /// # Errors
    /// [`GenerationError`]: before the record is opened nothing was generated and nothing recorded;
    /// after it the record says how the run ended.
    pub fn generate(&self, request: &Request) -> Result<GenerationResult, GenerationError> {
        self.generate_observed(request, &Unobserved)
    }

    /// The same, watched.
    ///
    /// # Errors
    /// As [`GenerationPipeline::generate`], and [`GenerationError::Cancelled`].
    pub fn generate_observed(
        &self,
        request: &Request,
        observer: &dyn Observer,
    ) -> Result<GenerationResult, GenerationError> {
        let started = self.ambient.now();
        observer.progress(Stage::Read, 0, 1);
        let dataset = read(request, observer)?;
        let mut staging = Staging::create(&request.output, &folder_name(started))?;
        observer.progress(Stage::Record, 0, 1);
        let record = self.open(request, &dataset)?;
        let run = Run { pipeline: self, request, dataset: &dataset, observer, started };
        let audit_id = record.as_ref().map(|record| record.audit_id().to_string());
        let mut transcript = Transcript::default();
        let finished = run
            .draft(&mut staging, audit_id.as_deref(), &mut transcript)
            .and_then(|drafted| run.publish(staging, record.as_ref(), &drafted, &transcript));
        match (record, finished) {
            (None, Ok(published)) => Ok(published.result),
            (None, Err(error)) => Err(error),
            (Some(record), Ok(published)) => succeed(record, published),
            (Some(record), Err(error)) => Err(fail(record, error, &transcript)),
        }
    }

    fn open(
        &self,
        request: &Request,
        dataset: &Dataset,
    ) -> Result<Option<OpenRecord>, GenerationError> {
        if !self.audit.enabled {
            return Ok(None);
        }
        let opening = observe::opening(request, dataset, &*self.drafter, &self.session);
        let recorder = Recorder::new(self.audit.clone(), self.ambient.clone());
        let record = recorder.start(&opening);
        record.map(Some).map_err(|source| GenerationError::Unrecorded { source })
    }
}

/// One run and all it needs.
struct Run<'run> {
    pipeline: &'run GenerationPipeline,
    request: &'run Request,
    dataset: &'run Dataset,
    observer: &'run dyn Observer,
    started: Time,
}

impl Run<'_> {
    fn check_cancelled(&self, stage: Stage) -> Result<(), GenerationError> {
        if self.observer.cancelled() { Err(GenerationError::Cancelled { stage }) } else { Ok(()) }
    }
}

/// A folder that stands under its final name.
struct Published {
    result: GenerationResult,
    prepared: Option<persona_audit::Prepared>,
}

/// Reads the data and refuses what no run could do anything with.
fn read(request: &Request, observer: &dyn Observer) -> Result<Dataset, GenerationError> {
    let dataset = input::read_with(
        &request.data,
        &ReadOptions {
            stdin: &request.stdin,
            seed: request.seed,
            cancelled: &|| observer.cancelled(),
            progress: &|done, all| observer.progress(Stage::Read, steps(done), steps(all)),
        },
    );
    if observer.cancelled() {
        return Err(GenerationError::Cancelled { stage: Stage::Read });
    }
    let dataset = dataset?;
    let rows = dataset.rows();
    match request.count {
        Count::Exactly(asked) if asked.get() > rows => {
            Err(SegmentError::MoreGroupsThanRows { asked: asked.get(), rows }.into())
        }
        Count::Exactly(_) | Count::Auto => Ok(dataset),
    }
}

fn steps(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Closes the record of a folder that stands.
fn succeed(record: OpenRecord, published: Published) -> Result<GenerationResult, GenerationError> {
    let Published { result, prepared } = published;
    let closed = match prepared {
        Some(prepared) => record.succeed(prepared),
        None => return Ok(result),
    };
    match closed {
        Ok(Receipt { checkpoint, copied, .. }) => {
            Ok(GenerationResult { checkpoint: Some(checkpoint), copied, ..result })
        }
        Err(source) => Err(GenerationError::Unclosed { result: Box::new(result), source }),
    }
}

/// Closes a record as failed and returns the error that the caller sees.
fn fail(record: OpenRecord, error: GenerationError, transcript: &Transcript) -> GenerationError {
    match record.fail(&observe::failure(&error, transcript)) {
        Ok(_) => error,
        Err(source) => GenerationError::FailureUnclosed { error: Box::new(error), source },
    }
}

/// `2025-12-15_103000`, in UTC.
fn folder_name(time: Time) -> String {
    let text = time.to_string();
    let seconds: String = text.chars().take("2025-12-15T10:30:00".len()).collect();
    seconds.replace('T', "_").replace(':', "")
}

#[cfg(test)]
mod tests;
