//! `cargo xtask codegen`: documents printed by the built program. Its own tests compare them with what it would print.

use std::fs;

use crate::run::{Failure, Outcome, cargo, output, root};

/// Each document and the `persona` command that prints it.
const DOCUMENTS: &[(&str, &[&str])] = &[
    ("docs/configuration.md", &["config", "reference"]),
    ("docs/schemas/config.schema.json", &["config", "schema"]),
    ("docs/schemas/project.schema.json", &["config", "schema", "--project"]),
];

#[expect(clippy::disallowed_methods, reason = "documents in the work tree, kept by git")]
pub(crate) fn run() -> Outcome {
    for (path, command) in DOCUMENTS {
        let mut persona = cargo(&["run", "--quiet", "--package", "persona-cli", "--"]);
        let text = output(persona.args(*command))?;
        fs::write(root().join(path), text)
            .map_err(|error| Failure::new(format!("{path}: {error}")))?;
    }
    Ok(())
}
