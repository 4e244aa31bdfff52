//! What is said of one column.

use std::collections::BTreeSet;

use persona_core::{Column, ColumnKind, Dataset};
use serde::Serialize;

/// Examples shown of a column.
const EXAMPLES: usize = 3;
/// Characters shown of an example.
const SHOWN: usize = 40;

/// One column, as shown.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    /// Rows without an answer.
    pub(super) missing: usize,
    /// Different answers.
    pub(super) distinct: usize,
    /// The first different answers; none of a column that looks personal.
    pub(super) examples: Vec<String>,
    /// Whether a model may be sent it.
    pub(super) sent: bool,
}

impl Summary {
    pub(super) fn of(dataset: &Dataset, column: &Column) -> Self {
        let rows = dataset.rows();
        let mut seen = BTreeSet::new();
        let mut examples = Vec::new();
        let personal = column.kind == ColumnKind::LooksPersonal;
        for row in (0..rows).filter(|&row| !column.is_missing(row)) {
            let text = column.text(row).trim();
            if seen.insert(text) && examples.len() < EXAMPLES && !personal {
                examples.push(shortened(text));
            }
        }
        Self {
            name: column.name.clone(),
            kind: column.kind,
            missing: rows - column.answered(),
            distinct: seen.len(),
            examples,
            sent: !personal && column.kind != ColumnKind::Id,
        }
    }

    /// The kind in words.
    pub(super) fn kind_in_words(&self) -> String {
        let kind = serde_json::to_value(self.kind).unwrap_or_default();
        kind.as_str().unwrap_or_default().replace('-', " ")
    }
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}
