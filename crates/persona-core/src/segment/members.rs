//! The rows of a group, four bytes each.

use crate::number::{code, index};

/// Rows in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(Vec<u32>);

impl Members {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        self.0.iter().copied().map(index)
    }

    /// The first row.
    pub fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// Whether the row is one of them.
    pub fn contains(&self, row: usize) -> bool {
        self.0.binary_search(&code(row)).is_ok()
    }

    pub(super) fn push(&mut self, row: usize) {
        self.0.push(code(row));
    }
}

/// From ascending rows.
impl FromIterator<usize> for Members {
    fn from_iter<Rows: IntoIterator<Item = usize>>(rows: Rows) -> Self {
        Self(rows.into_iter().map(code).collect())
    }
}
