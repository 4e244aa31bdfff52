//! What verification is asked and what it answers.

use std::path::PathBuf;

use serde::Serialize;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::finding::Finding;
use crate::key::PublicKey;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything checked holds; `rests_on` says against what.
    Verified,
    /// It cannot be decided.
    Unverifiable,
    /// Something was changed.
    Tampered,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestsOn {
    /// On this machine's own keys: who has disk and keys can rewrite all.
    SelfAttested,
    /// On the newest checkpoint this machine has seen.
    LocalMark,
    /// On a checkpoint that the caller kept elsewhere.
    GivenCheckpoint,
}

/// What was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The whole log.
    Log,
    /// The entries of the runs named; it does not show that none is missing.
    Record,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// Entries.
    pub entries: u64,
    /// Records.
    pub records: u64,
    /// Halves of bodies, hashed.
    pub bodies: u64,
    /// Signatures.
    pub signatures: u64,
}

/// The state of the log that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// The log's name.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root, `sha256:HEX`.
    pub root: String,
}

impl State {
    pub(crate) fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            origin: checkpoint.origin.to_string(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
        }
    }
}

/// What verification says.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// The answer.
    pub verdict: Verdict,
    /// What it rests on.
    pub rests_on: Vec<RestsOn>,
    /// What was verified.
    pub scope: Scope,
    /// How much was checked.
    pub checked: Amounts,
    /// The newest checkpoint, where it reads.
    pub checkpoint: Option<State>,
    /// The fingerprints of the log's keys: log key and attestation key of each writer, who opened the
    /// log first.
    pub keys: Vec<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What the caller knows and wants looked at.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// Keys that the caller vouches for.
    pub keys: Vec<PublicKey>,
    /// Checkpoints that the caller kept elsewhere.
    pub against: Vec<SignedCheckpoint>,
    /// Also look at the output folders; relative paths of records that name no folder of their own
    /// start here.
    pub artifacts: Option<PathBuf>,
}
