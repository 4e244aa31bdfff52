//! The output folder: what stands in it, and how it appears whole or not at all.

mod assignments;
mod experiment;
mod markdown;
mod metadata;
mod staging;

pub use assignments::write_assignments;
pub use experiment::{Event, Experiment};
pub use markdown::persona_markdown;
pub use metadata::{Configuration, Environment, Metadata, Timing};
pub use staging::{OutputError, Staging, Unpublished};

use crate::persona::{Persona, PersonaSet};
use serde::Serialize;

/// `personas.json`: indented by two blanks, ended by a line feed.
///
/// # Errors
/// [`OutputError::Unserializable`], which no persona made by this crate causes.
pub fn personas_json(set: &PersonaSet) -> Result<Vec<u8>, OutputError> {
    pretty(set, "personas.json")
}

/// `personas/persona-001.json`: one persona, with the head that says how it came about.
///
/// # Errors
/// [`OutputError::Unserializable`], which no persona made by this crate causes.
pub fn persona_json(set: &PersonaSet, persona: &Persona) -> Result<Vec<u8>, OutputError> {
    let one = PersonaSet::new(set.digital_source_type, vec![persona.clone()]);
    pretty(&one, &persona.id)
}

fn pretty(value: &impl Serialize, name: &str) -> Result<Vec<u8>, OutputError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|source| OutputError::Unserializable { name: name.to_owned(), source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests;
