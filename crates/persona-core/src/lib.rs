//! Research data in, grounded personas out.
//!
//! The way of the data: [`input::read`] → [`segment::segment`] → [`profile::profiles`] → a
//! [`draft::Drafter`] for each group → [`author::compose`] (grounds every claim in the rows, scores it)
//! → [`output::Staging`], with the audit log's recorder at both ends ([`pipeline`]). Numbers come from
//! the rows, words from the drafter, and no word is shown that was not looked up. Nothing here prints,
//! exits, reads the environment or the clock.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use persona_audit::{AuditConfig, AuditTrail, ExportFormat, Query, Verdict, VerifyOptions};
//! use persona_core::{Count, GenerationPipeline, Request};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let home = home.path();
//! # let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/interviews.csv");
//! // Configure the audit trail.
//! let config = AuditConfig {
//!     enabled: true,
//!     store_path: home.join("audit"),
//!     retention_days: 180,    // never less than six calendar months, unless the floor is taken away
//!     include_prompts: true,
//!     include_outputs: false, // hashes only
//!     sign_records: true,
//!     ..AuditConfig::in_folder(home)
//! };
//!
//! // The audit trail is automatic during generation.
//! let pipeline = GenerationPipeline::new(config.clone());
//! let count = NonZeroUsize::new(5).map_or(Count::Auto, Count::Exactly);
//! let request = Request { count, output: home.join("output"), ..Request::new(data) };
//! let result = pipeline.generate(&request)?;
//!
//! // Access the audit record.
//! let audit_id = result.audit_id.ok_or("the run was recorded")?;
//! println!("Audit ID: {audit_id}");
//!
//! // Query the audit history.
//! let trail = AuditTrail::new(config);
//! let query = Query { model: Some("extractive-1".to_owned()), ..Query::default() };
//! assert_eq!(trail.query(&query)?.len(), 1);
//!
//! // Export for compliance.
//! let chosen = Query { ids: vec![audit_id.clone()], ..Query::default() };
//! let mut report = Vec::new();
//! trail.export(&chosen, ExportFormat::Json, &mut report)?;
//!
//! // Verify the record's integrity: three answers, never a bool.
//! let verification = trail.verify(&[&audit_id], &VerifyOptions::default())?;
//! assert_eq!(verification.verdict, Verdict::Verified);
//! # Ok(())
//! # }
//! ```

pub mod author;
mod cancel;
pub mod digest;
pub mod draft;
pub mod ground;
pub mod input;
pub mod issue;
mod number;
mod observe;
pub mod output;
pub mod persona;
pub mod pipeline;
pub mod preview;
pub mod profile;
pub mod provider;
pub mod quality;
mod random;
pub mod segment;
pub mod statistics;
#[cfg(test)]
mod testing;

pub use cancel::Cancelled;
pub use digest::{sha256_hex, sha256_named};
pub use input::{
    Column, ColumnKind, Dataset, InputError, ReadOptions, Source, StandardInput, read, read_with,
};
pub use issue::{Issue, IssueCode, Severity};
pub use observe::session;
pub use persona::{Fraction, Persona, PersonaSet};
pub use pipeline::{
    GenerationError, GenerationPipeline, GenerationResult, Markdown, Observer, Request, Stage,
    Unobserved,
};
pub use segment::{Count, Segmentation, segment};
