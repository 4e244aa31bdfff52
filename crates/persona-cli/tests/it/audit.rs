//! `persona audit`, over logs that the library made.

mod checkpoint;
mod export;
mod keys;
mod list;
mod repair;
mod show;
mod verify;
