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
    /// Different answers; of those whose text was kept, where it was sampled.
    pub(super) distinct: usize,
    /// Whether text was kept of a sample of the rows only.
    pub(super) sampled: bool,
    /// The first different answers; none of a column that looks personal.
    pub(super) examples: Vec<String>,
    /// Whether a model may be sent it.
    pub(super) sent: bool,
    /// Answers in people's own words that hold what looks like an e-mail address or a telephone number.
    pub(super) answers_with_contacts: usize,
}

impl Summary {
    pub(super) fn of(dataset: &Dataset, column: &Column) -> Self {
        let mut seen = BTreeSet::new();
        let mut examples = Vec::new();
        let personal = column.kind == ColumnKind::LooksPersonal;
        for text in column.answers().map(str::trim) {
            if seen.insert(text) && examples.len() < EXAMPLES && !personal {
                examples.push(shortened(text));
            }
        }
        Self {
            name: column.name.clone(),
            kind: column.kind,
            missing: dataset.rows() - column.answered(),
            distinct: seen.len(),
            sampled: column.is_sampled(),
            examples,
            sent: column.kind.may_be_sent(),
            answers_with_contacts: if column.kind == ColumnKind::FreeText {
                column.answers_with_contacts()
            } else {
                0
            },
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
