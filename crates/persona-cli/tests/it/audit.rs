//! `persona audit`, over logs that the library made.

mod checkpoint;
mod export;
mod keys;
mod list;
mod migrate;
mod repair;
mod show;
mod stats;
mod verify;
