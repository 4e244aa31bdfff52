//! A column while rows come in: a code a cell and the different texts, or what is kept once these are
//! too many (`input/sampling.rs`).

use super::codes::Codes;
use super::column::Column;
use super::decimals::{Decimals, decimal};
use super::infer::{self, Sampled};
use super::sequence::Sequence;
use crate::number::code;
use indexmap::IndexSet;
use std::sync::Arc;

/// Counted for each different text beside its bytes.
const EACH: usize = 16;

/// The cells of a column so far.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) name: String,
    /// Rows so far.
    rows: usize,
    /// Bytes of the texts it holds.
    pub(super) bytes: usize,
    sequence: Sequence,
    cells: Cells,
}

#[derive(Debug)]
enum Cells {
    /// Texts in order of first appearance; the codes are places among them.
    Coded {
        texts: IndexSet<Box<str>>,
        codes: Codes,
    },
    Sampled(Kept),
}

/// What is kept of a column with too many texts.
#[derive(Debug)]
struct Kept {
    /// The cell of each kept row, at the row's place in the reservoir.
    texts: Vec<Box<str>>,
    numbers: Option<Decimals>,
    answered: usize,
    numeric: usize,
}

impl Default for Cells {
    fn default() -> Self {
        Self::Coded { texts: IndexSet::new(), codes: Codes::default() }
    }
}

impl Collected {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether it still keeps the text of every cell.
    pub(super) fn is_coded(&self) -> bool {
        matches!(self.cells, Cells::Coded { .. })
    }

    /// Whether the text would be one more than so many.
    pub(super) fn outgrows(&self, text: &str, most: usize) -> bool {
        matches!(&self.cells, Cells::Coded { texts, .. } if texts.len() >= most && !texts.contains(text))
    }

    /// Adds a cell; `place` is where the reservoir keeps its row.
    pub(super) fn push(&mut self, text: &str, place: Option<usize>) {
        self.rows += 1;
        self.sequence.push(text);
        match &mut self.cells {
            Cells::Coded { texts, codes } => {
                let known = texts.get_index_of(text).unwrap_or_else(|| {
                    self.bytes += text.len() + EACH;
                    texts.insert_full(text.into()).0
                });
                codes.push(code(known));
            }
            Cells::Sampled(kept) => {
                kept.count(text);
                if let Some(place) = place {
                    self.bytes += text.len();
                    self.bytes -= kept.put(place, text.into());
                }
            }
        }
    }

    /// Gives up the text of all rows but those in `kept`, which are rows and their places.
    pub(super) fn overflow(&mut self, rows: &[(u32, usize)]) {
        let Cells::Coded { texts, codes } = &self.cells else { return };
        let mut kept = Kept::of(texts, codes);
        self.bytes = 0;
        for &(row, place) in rows {
            let held = codes.get(crate::number::index(row)).and_then(|code| texts.get_index(code));
            if let Some(text) = held {
                self.bytes += text.len();
                kept.put(place, text.clone());
            }
        }
        self.cells = Cells::Sampled(kept);
    }

    /// Gives up the text at a place.
    pub(super) fn forget(&mut self, place: usize) {
        if let Cells::Sampled(kept) = &mut self.cells {
            self.bytes -= kept.put(place, Box::default());
        }
    }

    pub(super) fn finish(self, rows: &Arc<[u32]>, places: &[usize]) -> Column {
        match self.cells {
            Cells::Coded { texts, codes } => {
                infer::coded(self.name, texts.into_iter().collect(), codes)
            }
            Cells::Sampled(Kept { mut texts, numbers, answered, numeric }) => {
                let texts = places
                    .iter()
                    .map(|&place| texts.get_mut(place).map(std::mem::take).unwrap_or_default());
                let texts = texts.collect();
                let counts_up = self.sequence.counts_up();
                let sampled =
                    Sampled { rows: rows.clone(), texts, numbers, answered, numeric, counts_up };
                infer::sampled(self.name, sampled)
            }
        }
    }
}

impl Kept {
    /// Counts what the codes say so far; keeps numbers where 95 % of the answers are some.
    fn of(texts: &IndexSet<Box<str>>, codes: &Codes) -> Self {
        let read: Vec<_> = texts.iter().map(|text| decimal(text)).collect();
        let missing: Vec<bool> = texts.iter().map(|text| infer::is_missing(text)).collect();
        let number = |code: usize| read.get(code).copied().flatten();
        let numeric = codes.iter().filter(|code| number(*code).is_some()).count();
        let blank = |code: &usize| missing.get(*code).copied().unwrap_or(true);
        let answered = codes.len() - codes.iter().filter(blank).count();
        let numbers = (numeric * 100 >= answered * 95).then(|| {
            let mut numbers = Decimals::default();
            for code in codes.iter() {
                numbers.push(number(code));
            }
            numbers
        });
        Self { texts: Vec::new(), numbers, answered, numeric }
    }

    fn count(&mut self, text: &str) {
        let number = decimal(text);
        self.numeric += usize::from(number.is_some());
        self.answered += usize::from(!infer::is_missing(text));
        if let Some(numbers) = &mut self.numbers {
            numbers.push(number);
        }
    }

    /// Returns how long the text was that stood there.
    fn put(&mut self, place: usize, text: Box<str>) -> usize {
        if self.texts.len() <= place {
            self.texts.resize(place + 1, Box::default());
        }
        self.texts.get_mut(place).map_or(0, |old| std::mem::replace(old, text).len())
    }
}
