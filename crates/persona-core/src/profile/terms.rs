//! Words, and the words a group uses more than others.

use super::{LEVEL, Term};
use crate::cancel::{Cancelled, check};
use crate::input::{Column, ColumnKind, Dataset};
use crate::segment::Segment;
use crate::statistics::{association, benjamini_hochberg};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Fewest members who must use a word.
const FEWEST: usize = 3;
/// Texts between two looks at whether to go on.
const CHUNK: usize = 1000;

/// The terms of every group, the clearest first.
pub(super) fn terms(
    dataset: &Dataset,
    segments: &[Segment],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Vec<Term>>, Cancelled> {
    let mut found: Vec<(usize, Term)> = Vec::new();
    for column in dataset.columns.iter().filter(|column| column.kind == ColumnKind::FreeText) {
        found.extend(of_column(column, segments, cancelled)?);
    }
    let q = benjamini_hochberg(&found.iter().map(|(_, term)| term.q).collect::<Vec<_>>());
    let mut lists = vec![Vec::new(); segments.len()];
    for ((at, term), q) in found.into_iter().zip(q) {
        let more = term.n * term.base_answered > term.base_n * term.answered;
        if let Some(list) = lists.get_mut(at).filter(|_| q <= LEVEL && more) {
            list.push(Term { q, ..term });
        }
    }
    for list in &mut lists {
        list.sort_by(|a, b| {
            a.q.total_cmp(&b.q).then(b.n.cmp(&a.n)).then_with(|| a.word.cmp(&b.word))
        });
        list.truncate(3);
    }
    Ok(lists)
}

/// By stem: users in each group, and how often each form occurs.
type Uses = IndexMap<String, (Vec<usize>, BTreeMap<String, usize>)>;

/// Every word with users enough, tested against the rest; `q` holds the p-value.
fn of_column(
    column: &Column,
    segments: &[Segment],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<(usize, Term)>, Cancelled> {
    let groups = segments.len();
    let mut answered = vec![0; groups];
    let mut uses = Uses::new();
    for (at, segment) in segments.iter().enumerate() {
        for (done, row) in column.readable(&segment.members).enumerate() {
            if done.is_multiple_of(CHUNK) {
                check(cancelled)?;
            }
            if let Some(count) = answered.get_mut(at) {
                *count += 1;
            }
            count_words(column.text(row), at, groups, &mut uses);
        }
    }
    uses.sort_unstable_keys();
    let all: usize = answered.iter().sum();
    let mut found = Vec::new();
    for (users, forms) in uses.values() {
        let base_n: usize = users.iter().sum();
        let word = forms.iter().max_by_key(|(form, count)| (**count, std::cmp::Reverse(*form)));
        let Some((word, _)) = word.filter(|_| base_n >= FEWEST) else { continue };
        for (at, (&n, &own)) in
            users.iter().zip(&answered).enumerate().filter(|(_, (n, _))| **n >= FEWEST)
        {
            let p = association([n, own - n, base_n - n, all - own - (base_n - n)]);
            let (field, word) = (column.name.clone(), word.clone());
            let term = Term { field, word, n, answered: own, base_n, base_answered: all, q: p };
            found.push((at, term));
        }
    }
    Ok(found)
}

fn count_words(text: &str, at: usize, groups: usize, uses: &mut Uses) {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let tokens = text.split_whitespace().filter(|token| !token.contains('@'));
    for word in tokens.flat_map(words).filter(|word| !is_stop_word(word)) {
        said.entry(stem(&word)).or_insert(word);
    }
    for (stem, form) in said {
        let (users, forms) = uses.entry(stem).or_insert_with(|| (vec![0; groups], BTreeMap::new()));
        *forms.entry(form).or_default() += 1;
        if let Some(count) = users.get_mut(at) {
            *count += 1;
        }
    }
}

/// The words of a text in lower case, `’` as `'`.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.trim_matches(['\'', '’']))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
}

/// A word without its plural `s`, so that `price` and `prices` are one.
pub(crate) fn stem(word: &str) -> String {
    let plural =
        word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
    if plural { word.trim_end_matches('s').to_owned() } else { word.to_owned() }
}

/// English words that say nothing on their own, and numbers.
pub(crate) fn is_stop_word(word: &str) -> bool {
    static STOPS: OnceLock<BTreeSet<&str>> = OnceLock::new();
    const WORDS: &str = " a about above actually after again all also always am an and another any anything are aren't as \
        at away back be because been before being between both but by came can can't cannot come could couldn't \
        day did didn't do does doesn't doing don't done down during each either else even enough ever every everything anybody everybody somebody best better bad big \
        feel few find for from get gets getting give go goes going gone good got had has have haven't having he \
        her here hers him his how i i'd i'll i'm i've if in instead into is isn't it it'll it's its itself just \
        keep know last less let like long look lot made make makes many may maybe me mean might more most much \
        must my myself need never no nobody none nor not nothing now of off often on once one only onto or other \
        others our ours out over own particular particularly personally probably put quite rather really said same \
        say see seem seems she should since so some someone something sometimes sort still such sure take than \
        that that's the their them then there these they thing things think this those though through time to too \
        two under until up us use used using usually very want wants was wasn't way we well went were what \
        whatever when where whether which while who whole whom whose why will with within without won't would \
        wouldn't yes yet you you're your yours ";
    word.chars().count() < 3
        || word.starts_with(|c: char| c.is_ascii_digit())
        || STOPS.get_or_init(|| WORDS.split_ascii_whitespace().collect()).contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lower_case_and_plurals_meet() {
        let found: Vec<String> = words("I can’t stand 'Prices' — V8!").collect();
        assert_eq!(found, ["i", "can't", "stand", "prices", "v8"]);
        assert_eq!(
            (stem("prices"), stem("glass"), stem("bus")),
            ("price".into(), "glass".into(), "bus".into())
        );
        assert!(is_stop_word("the") && is_stop_word("2025") && !is_stop_word("price"));
    }
}
