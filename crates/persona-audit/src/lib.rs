//! A tamper-evident audit log: every run of a tool is opened, closed and signed in it, and anybody who
//! has a checkpoint of it can tell later whether the past was changed.
//!
//! An event becomes an entry: a header of seven members, and a body in two halves, of which the private
//! one holds what identifies people or places. Salted hashes of both halves are sealed into the header;
//! the headers are the leaves of an RFC 6962 Merkle tree; the tree's root is signed as a checkpoint. A
//! header, and a checkpoint over two entries:
//!
//! ```text
//! {"audit_id":"0190f5a0-0000-7000-8000-000000000001","index":1,"kind":"generation.started",
//!  "log":"persona/000102030405060708090a0b0c0d0e0f","seal":"sha256:9cdfe3e1…","time":"2025-12-15T10:30:01.123456Z","v":1}
//!
//! persona/000102030405060708090a0b0c0d0e0f
//! 2
//! wc6tZg4bn5D0dUXAeec7V7JMfZ6ux87WMVdrtwjtl+k=
//!
//! — persona/000102030405060708090a0b0c0d0e0f 6W7j2jDVTcoB3IqU…
//! ```
//!
//! (The header is one line without blanks.) `docs/audit-format.md` specifies every byte,
//! `docs/threat-model.md` says which attacker is caught by what.
//!
//! # Where to begin
//!
//! - [`AuditConfig`]: where store, keys and state lie. Nothing is opened before it is needed.
//! - [`Recorder::start`] opens a run, durably, and gives an [`OpenRecord`]. That ends in exactly one of
//!   [`OpenRecord::succeed`], after [`OpenRecord::prepare`], and [`OpenRecord::fail`].
//! - [`Recorder::backfill`] records runs that took place elsewhere and are over.
//! - [`AuditTrail`] reads: `query`, `list`, `get`, `events`, `export`, `verify`, `checkpoint`, `keys`, `writers`. Of
//!   its methods only `repair`, `accept_rollback`, `open_successor`, `trust` and `admit` write.
//! - [`Admission`]: the keys of a further machine that may write to the log.
//! - [`Verification`]: one of three verdicts, what it rests on, and findings with stable [`Code`]s.
//! - [`Ambient`]: time, randomness, and a witness of each durable step, as parameters.
//! - [`seal`], [`leaf_hash`], [`Frontier`], [`verify_inclusion`], [`verify_consistency`],
//!   [`SignedCheckpoint`]: the format by itself, for whoever checks a log with code of their own.
//!
//! ```
//! use persona_audit::{
//!     Ambient, AuditConfig, AuditTrail, Completion, Generation, Input, MemoryLog, Opening, Output,
//!     Quality, Recorder, Reproducibility, Requested, RestsOn, Session, StoreKind, Used, Verdict,
//!     VerifyOptions,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let home = home.path();
//! // A log in memory; with the feature `sqlite`, `AuditConfig::in_folder(home)` alone keeps one in a file.
//! let store = StoreKind::Memory(MemoryLog::new(home.join("locks")));
//! let config = AuditConfig { store, ..AuditConfig::in_folder(home) };
//!
//! // When `start` returns, the opening is stored. Now the work may begin.
//! let recorder = Recorder::new(config.clone(), Ambient::system());
//! let run = recorder.start(&Opening {
//!     tool_version: "0.1.0".to_owned(),
//!     session: Session::default(),
//!     input: Input { data_path: "interviews.csv".to_owned(), ..Input::default() },
//!     generation: Generation { model: "extractive-1".to_owned(), ..Generation::default() },
//!     reproducibility: Requested { seed: 0 },
//! })?;
//!
//! // The closing is signed and on disk before the folder gets its name, and in the log after that.
//! let folder = home.join("output");
//! let prepared = run.prepare(
//!     &Completion {
//!         generation: Used::default(),
//!         output: Output { persona_count: 3, ..Output::default() },
//!         quality: Quality::default(),
//!         reproducibility: Reproducibility::default(),
//!     },
//!     &folder,
//! )?;
//! std::fs::create_dir(&folder)?;
//! let receipt = run.succeed(prepared)?;
//! assert_eq!(std::fs::read_to_string(folder.join("checkpoint"))?, receipt.checkpoint);
//!
//! // Anybody may ask, at any time.
//! let trail = AuditTrail::new(config);
//! let record = trail.get(receipt.audit_id.as_str())?;
//! assert_eq!(record.text("/input/data_path"), Some("interviews.csv"));
//! let verification = trail.verify(&[], &VerifyOptions::default())?;
//! assert_eq!(verification.verdict, Verdict::Verified);
//! assert_eq!(verification.rests_on, [RestsOn::SelfAttested, RestsOn::LocalMark]);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//!
//! It knows nothing of language models, HTTP, CSV input or the terminal: providers, models and scores
//! are strings and numbers to it. It does not print, exit, or read the environment. It removes nothing: in
//! this version no half is ever erased, whatever the retention says. It does not make a log true: who
//! holds disk and keys writes what they like, and only a checkpoint kept elsewhere shows a rewritten past.
//!
//! Stores: memory, a folder of JSON files, one SQLite file with the feature `sqlite`, and a PostgreSQL database
//! with the feature `postgres`. Unix only.

mod abreast;
mod admit;
mod ambient;
mod append;
mod assembled;
mod attest;
mod backfill;
#[cfg(feature = "sqlite")]
mod backup;
mod base64;
mod canonical;
mod check;
mod checkpoint;
mod columns;
mod config;
mod database_url;
mod digest;
mod document;
mod dsse;
mod entry;
mod error;
mod event;
mod export;
mod files;
mod finding;
mod guard;
mod halves;
mod id;
mod identifying;
mod joined;
mod joint;
mod key;
mod keyfolder;
mod known;
mod liveness;
mod log;
mod merkle;
mod migrate;
mod opener;
mod proven;
mod query;
mod record;
mod recorder;
mod run;
mod seal;
mod settle;
mod standing;
mod state;
mod stats;
mod store;
#[cfg(test)]
mod testing;
mod time;
mod together;
mod trail;
mod transfer;
mod trust;
#[cfg(test)]
mod vectors;
mod verifier;
mod verify;

// Recording.
pub use backfill::{Ending, PastRun};
pub use config::{AuditConfig, MemoryLog, PostgresLog, StoreKind};
pub use database_url::DatabaseUrl;
pub use recorder::{OpenRecord, Prepared, Receipt, Recorder};
pub use run::{
    Completion, Failure, Generation, Input, Opening, Output, OutputFile, Quality, Reproducibility,
    Requested, Sampling, Session, Source, Tokens, Used,
};

// Reading and verifying.
#[cfg(feature = "sqlite")]
pub use backup::Backup;
pub use export::{EXPORT_SCHEMA, ExportFormat};
pub use finding::{Code, Finding, Severity};
pub use migrate::Migration;
pub use query::{DataFilter, Query, Summary};
pub use record::{RECORD_SCHEMA, Record, Status};
pub use stats::{Made, Reading, Share, Stats};
pub use store::{Rights, Use};
pub use trail::{AuditTrail, KeyInfo, WriterInfo};
pub use transfer::Progress;
pub use trust::Admission;
pub use verify::{Amounts, RestsOn, Scope, State, Verdict, Verification, VerifyOptions};

// What goes wrong.
pub use ambient::EntropyError;
pub use canonical::CanonicalError;
pub use checkpoint::CheckpointError;
pub use entry::HeaderError;
pub use error::AuditError;
pub use event::EventError;
pub use key::KeyTextError;
pub use keyfolder::KeyError;
pub use state::StateError;
pub use store::{Obstacle, StoreError};
pub use trust::AdmissionError;

// The format.
pub use attest::{PAYLOAD_TYPE, PREDICATE_TYPE};
pub use canonical::{MAX_SAFE_INTEGER, parse_canonical, tame, to_canonical};
pub use checkpoint::{Checkpoint, SignatureStatus, SignedCheckpoint};
pub use digest::Digest;
pub use entry::{Entry, FORMAT_VERSION, Header};
pub use event::{Event, Kind};
pub use id::{AuditId, Origin};
pub use identifying::IDENTIFYING;
pub use key::{KeyId, PrivateKey, PublicKey};
pub use keyfolder::KeyName;
pub use merkle::{
    Frontier, NodeId, consistency_proof, empty_root, inclusion_proof, leaf_hash, node_hash,
    verify_consistency, verify_inclusion,
};
pub use seal::{Half, Nonce, seal};
pub use time::{SixMonths, Time};

// The world, as parameters.
pub use ambient::{Ambient, Clock, Entropy, Step, Witness};
