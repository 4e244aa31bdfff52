//! One thing that was looked at, and what it means for a run.

use std::path::Path;

use serde::Serialize;

use crate::{error::CliError, exit::Exit, ui::plain};

/// What was found. Text from files is made fit for a terminal here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) detail: String,
    pub(super) path: Option<String>,
    pub(super) hints: Vec<String>,
    /// What a run would end with.
    #[serde(skip)]
    pub(super) exit: Exit,
}

/// What it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    /// Worth knowing; a run goes through.
    Note,
    /// A run would fail, or should not be trusted with data.
    Problem,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "PROBLEM",
        }
    }
}

impl Check {
    pub(super) fn ok(name: &'static str, detail: impl AsRef<str>) -> Self {
        let detail = plain(detail.as_ref());
        Self { name, state: State::Ok, detail, path: None, hints: Vec::new(), exit: Exit::Done }
    }

    pub(super) fn note(name: &'static str, detail: impl AsRef<str>) -> Self {
        Self { state: State::Note, ..Self::ok(name, detail) }
    }

    pub(super) fn problem(name: &'static str, detail: impl AsRef<str>, exit: Exit) -> Self {
        Self { state: State::Problem, exit, ..Self::ok(name, detail) }
    }

    /// Returns the problem of what would fail with this error.
    pub(super) fn failed(name: &'static str, error: &CliError) -> Self {
        let hints = error.hints.iter().map(|hint| plain(hint)).collect();
        Self { hints, ..Self::problem(name, error.one_line(), error.exit) }
    }

    pub(super) fn at(self, path: &Path) -> Self {
        Self { path: Some(plain(&path.display().to_string())), ..self }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
