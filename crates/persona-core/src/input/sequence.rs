//! Whether a column counts its rows: whole numbers, each one more than the one before.

/// Fewest rows that make a count.
const FEWEST: usize = 5;

/// Watches the cells of a column in order.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    rows: usize,
    last: Option<i64>,
    broken: bool,
}

impl Sequence {
    pub(super) fn push(&mut self, text: &str) {
        if self.broken {
            return;
        }
        let number = text.trim().parse::<i64>().ok();
        let follows = self.rows == 0 || self.last.and_then(|last| last.checked_add(1)) == number;
        self.broken = number.is_none() || !follows;
        self.last = number;
        self.rows += 1;
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) fn counts_up(&self) -> bool {
        !self.broken && self.rows >= FEWEST
    }
}
