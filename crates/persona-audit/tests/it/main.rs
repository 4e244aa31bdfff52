//! The audit trail through its public API.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may stop at the first surprise, and write files as they like"
)]

mod support;

mod attackers;
mod backfill;
mod forger;
mod interop;
mod intruders;
mod json;
mod moves;
mod oldest;
mod postgres;
mod runs;
mod stores;
mod tamper;
mod tamper_json;
mod together;
mod writers;
