//! The command line of persona, as a library: the binary calls [`main`], tests call [`run`] with a world of their own.
//!
//! This is the only crate that reads the environment and the home folder, prints, or decides an exit code, and it does
//! each in one place: `environment.rs` reads the world, `ui.rs` prints, `error.rs` gives an error its text and its
//! code, `compose.rs` turns the configuration into the parameters of the libraries. `app.rs` names the commands, each of which lives in one file under `commands/`.
//!
//! It decides nothing about personas or the log: those are persona-core and persona-audit.

mod app;
mod cancel;
mod commands;
mod compose;
mod config;
mod context;
mod dates;
mod environment;
mod error;
mod exit;
mod hooks;
mod paths;
mod shell;
mod start;
mod stdin;
mod ui;

pub use environment::{Environment, Names};
pub use exit::Exit;
pub use hooks::Hooks;
pub use start::{main, run};
