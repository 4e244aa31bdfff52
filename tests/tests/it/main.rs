//! The whole tool, as a process, on real files.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may stop at the first surprise, and write files as they like"
)]

mod backups;
mod errors;
mod faults;
mod grounding;
mod json_store;
mod machines;
mod model;
mod moves;
mod outsiders;
mod stores;
mod story;
mod support;
