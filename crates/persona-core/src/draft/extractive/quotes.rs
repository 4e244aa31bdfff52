//! Which sentences speak for a group: near its middle, unlike each other, one a person where possible.

use super::WORDS;
use super::patterns::{Heading, heading, normal};
use super::sentences::units;
use crate::cancel::{Cancelled, check};
use crate::input::{ColumnKind, Dataset};
use crate::number::float;
use crate::persona::{Evidence, Statement, Support};
use crate::profile::{is_stop_word, stem};
use crate::segment::Segment;
use indexmap::IndexSet;
use std::collections::BTreeSet;

/// Pieces compared with each other when lines are chosen.
const SHORTLIST: usize = 60;
/// Texts between two looks at whether to go on.
const CHUNK: usize = 200;
/// Above this cosine two pieces say the same.
const SAME: f64 = 0.6;

/// The quotable pieces of a group; each is given out once.
pub(super) struct Pool {
    pieces: Vec<Piece>,
}

struct Piece {
    row: usize,
    evidence: Evidence,
    heading: Option<(Heading, usize)>,
    vector: Vec<(usize, f64)>,
    centrality: f64,
    taken: bool,
}

impl Pool {
    pub(super) fn new(
        dataset: &Dataset,
        segment: &Segment,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, Cancelled> {
        let mut pieces = Vec::new();
        let (mut seen, mut texts) = (BTreeSet::new(), Vec::new());
        for column in dataset.columns.iter().filter(|column| column.kind == ColumnKind::FreeText) {
            for (done, row) in column.readable(&segment.members).enumerate() {
                if done.is_multiple_of(CHUNK) {
                    check(cancelled)?;
                }
                let Some((source, record)) = dataset.place(row) else { continue };
                let text = column.text(row);
                for span in units(text, &WORDS) {
                    let quote = text.get(span.clone()).unwrap_or_default().to_owned();
                    let said = normal(&quote);
                    if is_private(&quote) || !seen.insert(said.clone()) {
                        continue;
                    }
                    let (source, field) = (source.to_owned(), column.name.clone());
                    let heading = heading(&said);
                    let span = [span.start, span.end];
                    let evidence = Evidence { source, record, field, quote, span };
                    pieces.push(Piece::new(row, evidence, heading));
                    texts.push(said);
                }
            }
        }
        check(cancelled)?;
        weigh(&mut pieces, &texts);
        check(cancelled)?;
        Ok(Self { pieces })
    }

    /// The best pieces under a heading (or under none), best first, one a person at most.
    pub(super) fn take(&mut self, heading: Option<Heading>, most: usize) -> Vec<Statement> {
        let shortlist = self.shortlist(heading);
        let mut chosen: Vec<usize> = Vec::new();
        for at in shortlist {
            if chosen.len() < most && self.is_new(at, &chosen) {
                chosen.push(at);
            }
        }
        chosen.into_iter().filter_map(|at| self.give(at)).collect()
    }

    /// Untaken pieces by number of phrases (two are as good as more), then centrality, then row.
    fn shortlist(&self, heading: Option<Heading>) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.pieces.len()).collect();
        let rank = |at: &usize| {
            let piece = self.pieces.get(*at)?;
            let fits = heading.is_none() || piece.heading.map(|(own, _)| own) == heading;
            let matches =
                piece.heading.filter(|_| heading.is_some()).map_or(0, |(_, count)| count.min(2));
            (fits && !piece.taken).then_some((matches, piece.centrality))
        };
        places.retain(|at| rank(at).is_some());
        places.sort_by(|a, b| rank(b).partial_cmp(&rank(a)).unwrap_or(std::cmp::Ordering::Equal));
        places.truncate(SHORTLIST);
        places
    }

    fn is_new(&self, at: usize, chosen: &[usize]) -> bool {
        let Some(piece) = self.pieces.get(at) else { return false };
        let taken = self.pieces.iter().filter(|other| other.taken);
        let now = chosen.iter().filter_map(|&other| self.pieces.get(other));
        now.clone().all(|other| other.row != piece.row)
            && taken.chain(now).all(|other| cosine(&piece.vector, &other.vector) < SAME)
    }

    fn give(&mut self, at: usize) -> Option<Statement> {
        let piece = self.pieces.get_mut(at)?;
        piece.taken = true;
        let evidence = piece.evidence.clone();
        let text = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Statement { text, evidence: vec![evidence], support: Support::Verbatim })
    }
}

impl Piece {
    fn new(row: usize, evidence: Evidence, heading: Option<(Heading, usize)>) -> Self {
        Self { row, evidence, heading, vector: Vec::new(), centrality: 0.0, taken: false }
    }
}

/// Words that reach somebody are not quoted.
fn is_private(quote: &str) -> bool {
    crate::input::holds_email(quote) || crate::input::holds_phone(quote)
}

/// TF-IDF vectors of length 1 and their cosine with the sum of all: how central a piece is. `texts` are
/// the normal forms of the pieces.
fn weigh(pieces: &mut [Piece], texts: &[String]) {
    let mut vocabulary: IndexSet<String> = IndexSet::new();
    let bags: Vec<Vec<(usize, usize)>> =
        texts.iter().map(|text| bag(text, &mut vocabulary)).collect();
    let mut uses = vec![0; vocabulary.len()];
    for &(word, _) in bags.iter().flatten() {
        if let Some(count) = uses.get_mut(word) {
            *count += 1;
        }
    }
    let rarity = |word: usize| {
        libm::log(float(pieces.len() + 1) / float(uses.get(word).copied().unwrap_or(0) + 1)) + 1.0
    };
    let vectors: Vec<Vec<(usize, f64)>> = bags
        .iter()
        .map(|bag| {
            unit(bag.iter().map(|&(word, count)| (word, float(count) * rarity(word))).collect())
        })
        .collect();
    let mut middle = vec![0.0; vocabulary.len()];
    for &(word, weight) in vectors.iter().flatten() {
        if let Some(sum) = middle.get_mut(word) {
            *sum += weight;
        }
    }
    for (piece, vector) in pieces.iter_mut().zip(vectors) {
        let towards =
            vector.iter().map(|(word, weight)| weight * middle.get(*word).unwrap_or(&0.0));
        piece.centrality = towards.sum();
        piece.vector = vector;
    }
}

/// The words of a text by their number, and how often each occurs.
fn bag(text: &str, vocabulary: &mut IndexSet<String>) -> Vec<(usize, usize)> {
    let words = text.split_ascii_whitespace().filter(|word| !is_stop_word(word));
    let mut found: Vec<usize> = words.map(|word| vocabulary.insert_full(stem(word)).0).collect();
    found.sort_unstable();
    let equal = found.chunk_by(|one, next| one == next);
    equal.filter_map(|equal| Some((*equal.first()?, equal.len()))).collect()
}

fn unit(vector: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
    vector.into_iter().map(|(word, weight)| (word, weight / length)).collect()
}

/// Of two sparse vectors of length 1, sorted by word.
fn cosine(left: &[(usize, f64)], right: &[(usize, f64)]) -> f64 {
    let find = |word: usize| right.binary_search_by_key(&word, |(other, _)| *other).ok();
    let products = left
        .iter()
        .filter_map(|&(word, weight)| right.get(find(word)?).map(|(_, other)| weight * other));
    products.sum()
}
