//! One file for each command: its arguments, whose comments are the manual, and a `run` that calls the libraries.

pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod man;
