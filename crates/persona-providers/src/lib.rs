//! The place of model providers: nothing is in it in this version.
//!
//! Personas are written by persona-core's embedded drafter, which needs no key and no network, and
//! `persona generate -p` refuses every other name. What asks a language model is to stand here, one file
//! for each vendor, so that no HTTP client ever comes below persona-core (`cargo xtask tidy` checks that).
