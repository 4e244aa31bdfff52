//! A tamper-evident audit log.

mod ambient;
mod append;
mod attest;
mod canonical;
mod check;
mod checkpoint;
mod columns;
mod config;
mod digest;
mod entry;
mod error;
mod event;
mod export;
mod files;
mod finding;
mod guard;
mod id;
mod identifying;
mod key;
mod keyfolder;
mod known;
mod liveness;
mod log;
mod merkle;
mod proven;
mod query;
mod record;
mod recorder;
mod run;
mod seal;
mod settle;
mod standing;
mod state;
mod store;
mod time;
mod trail;
mod trust;
#[cfg(test)]
mod vectors;
mod verify;

pub use ambient::{Ambient, Clock, Entropy, EntropyError, Step, Witness};
pub use attest::{PAYLOAD_TYPE, PREDICATE_TYPE};
pub use entry::{Entry, FORMAT_VERSION, Header, HeaderError};
pub use merkle::{
    Frontier, NodeId, consistency_proof, empty_root, inclusion_proof, leaf_hash, node_hash,
    verify_consistency, verify_inclusion,
};
pub use seal::{Half, Nonce, seal};

pub use canonical::{CanonicalError, MAX_SAFE_INTEGER, parse_canonical, tame, to_canonical};
pub use checkpoint::{Checkpoint, CheckpointError, SignatureStatus, SignedCheckpoint};
pub use config::{AuditConfig, MemoryLog, StoreKind};
pub use digest::Digest;
pub use error::AuditError;
pub use event::{Event, EventError, Kind};
pub use export::{EXPORT_SCHEMA, ExportFormat};
pub use finding::{Code, Finding, Severity};
pub use id::{AuditId, Origin};
pub use identifying::IDENTIFYING;
pub use key::{KeyId, KeyTextError, PrivateKey, PublicKey};
pub use keyfolder::{KeyError, KeyName};
pub use query::{DataFilter, Query, Summary};
pub use record::{RECORD_SCHEMA, Record, Status};
pub use recorder::{OpenRecord, Prepared, Receipt, Recorder};
pub use run::{
    Completion, Failure, Generation, Input, Opening, Output, OutputFile, Quality, Reproducibility,
    Requested, Session, Source, Tokens, Used,
};
pub use state::StateError;
pub use store::StoreError;
pub use time::{SixMonths, Time};
pub use trail::{AuditTrail, KeyInfo};
pub use verify::{Amounts, RestsOn, Scope, State, Verdict, Verification, VerifyOptions};
