//! The layer of a file: every leaf must be a known key with a fitting value, or the file is refused with its line.

use std::{ops::Range, path::Path};

use toml_edit::{Document, Item, TableLike};

use super::{Bases, Layer};
use crate::{
    config::{
        Key,
        error::{ConfigError, Place},
        suggest::is_section,
        text,
    },
    environment::Environment,
};

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `config.toml` of the user: every key.
    User,
    /// `persona.toml` of a project, perhaps written by somebody else: some keys.
    Project,
}

impl Layer {
    /// Reads a file; one that does not exist sets nothing.
    pub(in crate::config) fn file(
        path: &Path,
        role: Role,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let text = match text::read(path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Self::default()),
            Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        };
        let file = FileText { path, text: &text };
        let document = Document::parse(text.as_str()).map_err(|error| ConfigError::Syntax {
            place: file.place(error.span()),
            detail: error.message().to_owned(),
        })?;
        let mut layer = Self::default();
        let bases = Bases { namer: path.parent().unwrap_or(path), environment };
        for leaf in leaves(document.as_table(), "") {
            let place = file.place(leaf.span);
            let Some(key) = Key::find(&leaf.name).filter(|_| !leaf.is_quoted) else {
                return Err(ConfigError::unknown(place, &leaf.name));
            };
            if role == Role::Project && !key.is_for_projects() {
                return Err(ConfigError::NotForProject { place, key: key.name });
            }
            match read(key, leaf.item) {
                Ok(value) => layer.add(key, value, place, bases)?,
                Err(reason) => {
                    return Err(ConfigError::InvalidValue { place, key: key.name, reason });
                }
            }
        }
        Ok(layer)
    }
}

fn read(key: &Key, item: &Item) -> Result<crate::config::Value, String> {
    match item.as_value() {
        Some(toml) => key.kind.read_toml(toml).map_err(|refusal| refusal.0),
        None => Err(format!("is a table, but must be {}", key.kind.describe())),
    }
}

/// Returns the line of a position, counted from 1.
pub(in crate::config) fn line_of(text: &[u8], position: usize) -> usize {
    text.iter().take(position).filter(|byte| **byte == b'\n').count() + 1
}

struct FileText<'file> {
    path: &'file Path,
    text: &'file str,
}

impl FileText<'_> {
    fn place(&self, span: Option<Range<usize>>) -> Place {
        let line = line_of(self.text.as_bytes(), span.map_or(0, |span| span.start));
        Place::Line { path: self.path.to_owned(), line }
    }
}

/// What stands at the end of a path of table names.
struct Leaf<'file> {
    name: String,
    /// Whether a dot of the name stands in quotes, where it separates nothing.
    is_quoted: bool,
    item: &'file Item,
    span: Option<Range<usize>>,
}

/// Lists the leaves of a table. A table that is named like a key, or is empty, counts as a leaf, so that it is refused.
fn leaves<'file>(table: &'file dyn TableLike, prefix: &str) -> Vec<Leaf<'file>> {
    let mut found = Vec::new();
    for (part, item) in table.iter() {
        let span = table.key(part).and_then(toml_edit::Key::span).or_else(|| item.span());
        let (name, is_quoted) = (format!("{prefix}{part}"), part.contains('.'));
        match item.as_table_like() {
            Some(inner) if !is_quoted && !is_leaf(&name, inner) => {
                found.extend(leaves(inner, &format!("{name}.")));
            }
            _ => found.push(Leaf { name, is_quoted, item, span }),
        }
    }
    found
}

fn is_leaf(name: &str, table: &dyn TableLike) -> bool {
    Key::find(name).is_some() || (table.is_empty() && !is_section(name))
}
