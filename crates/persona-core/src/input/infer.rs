//! The kind of a column, from its header and its distinct texts. The first rule that holds decides:
//!
//! 1. *constant*: one distinct answer or none.
//! 2. *looks-personal*: a header such as `name` or `email` over mostly different values, or half of
//!    the values are e-mail addresses, telephone numbers or (four fifths) shaped like names.
//! 3. *id*: whole numbers counting up by one; or all different under a header such as `id`, `#`,
//!    `respondent`; or all different, without blanks, mixing letters and digits.
//! 4. *boolean*: two answers such as yes/no, true/false, 0/1.
//! 5. *numeric*: 95 % are numbers, else 95 % are with decimal commas; but whole numbers within 0–10, eleven at most, are a scale: *ordinal*.
//! 6. *date*: 95 % are calendar dates.
//! 7. *ordinal*: ranges (`25-34`, `65+`) or the words of one known scale; "prefer not to say" is missing.
//! 8. *multi-select*: see `input/multi.rs`.
//! 9. *free text*: half or more differ and the average has four words or more.
//! 10. *nominal*: at most 50 answers that repeat; what is left is *free text* when it has blanks, else *id*.
//!
//! Of a column with too many texts to keep, rows with an answer, rows with a number and whether it counts
//! up are counted in all rows; shares and averages otherwise are those of the sample. Such a column is
//! *looks-personal*, *id*, *numeric*, *date*, *multi-select* (which is then not compared) or *free text*.

use super::codes::Codes;
use super::column::{Cells, Column, ColumnKind, Levels};
use super::decimals::Decimals;
use super::sequence::Sequence;
use super::{likert, multi, personal, range};
use crate::number::float;
use std::sync::{Arc, OnceLock};

/// Infers kind and levels of a column whose cells are all known.
pub(super) fn coded(name: String, texts: Vec<Box<str>>, codes: Codes) -> Column {
    let missing: Vec<bool> = texts.iter().map(|text| is_missing(text)).collect();
    let mut counts = vec![0; texts.len()];
    for code in codes.iter() {
        if let Some(count) = counts.get_mut(code) {
            *count += 1;
        }
    }
    let view = View::new(&name, &texts, &missing, &counts);
    let (kind, levels) = view.infer(&|| counts_up(&texts, &codes));
    let answered = view.rows;
    Column {
        name,
        kind,
        levels,
        answered,
        median: OnceLock::new(),
        cells: Cells::Coded { texts, missing, counts, codes },
    }
}

/// What is known of a column with too many texts to keep.
pub(super) struct Sampled {
    /// The rows whose text was kept, and their texts.
    pub(super) rows: Arc<[u32]>,
    pub(super) texts: Vec<Box<str>>,
    /// The numbers of all rows.
    pub(super) numbers: Option<Decimals>,
    /// Of all rows, those with an answer, and those with a number.
    pub(super) answered: usize,
    pub(super) numeric: usize,
    pub(super) counts_up: bool,
}

/// Infers the kind of a column from counts of all rows and the text of some.
pub(super) fn sampled(name: String, known: Sampled) -> Column {
    let Sampled { rows, texts, numbers, answered, numeric, counts_up } = known;
    let missing: Vec<bool> = texts.iter().map(|text| is_missing(text)).collect();
    let view = View::new(&name, &texts, &missing, &vec![1; texts.len()]);
    let numbers = numbers.filter(|_| numeric * 100 >= answered * 95);
    let (kind, levels) = view.infer_sampled(counts_up, numbers);
    Column {
        name,
        kind,
        levels,
        answered,
        median: OnceLock::new(),
        cells: Cells::Sampled { rows, texts, missing },
    }
}

/// Cells that hold no answer.
pub(super) fn is_missing(text: &str) -> bool {
    const WORDS: [&str; 9] = ["na", "n/a", "#n/a", "nan", "null", "-", "--", ".", "?"];
    let text = text.trim();
    text.is_empty() || (text.len() <= 4 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

fn counts_up(texts: &[Box<str>], codes: &Codes) -> bool {
    let mut sequence = Sequence::default();
    for text in codes.iter().map_while(|code| texts.get(code)) {
        sequence.push(text);
        if sequence.is_broken() {
            return false;
        }
    }
    sequence.counts_up()
}

/// The distinct answers of a column: place in the dictionary, trimmed text, number of rows.
struct View<'a> {
    name: &'a str,
    size: usize,
    answers: Vec<(usize, &'a str, usize)>,
    rows: usize,
    distinct: usize,
}

impl<'a> View<'a> {
    fn new(name: &'a str, texts: &'a [Box<str>], missing: &[bool], counts: &[usize]) -> Self {
        let answers: Vec<(usize, &str, usize)> = texts
            .iter()
            .enumerate()
            .zip(missing.iter().zip(counts))
            .filter(|(_, (missing, _))| !**missing)
            .map(|((at, text), (_, count))| (at, text.trim(), *count))
            .collect();
        let rows = answers.iter().map(|(_, _, count)| count).sum();
        let mut trimmed: Vec<&str> = answers.iter().map(|(_, text, _)| *text).collect();
        trimmed.sort_unstable();
        trimmed.dedup();
        Self { name, size: texts.len(), answers, rows, distinct: trimmed.len() }
    }

    fn infer(&self, counts_up: &dyn Fn() -> bool) -> (ColumnKind, Levels) {
        if self.distinct <= 1 {
            return (ColumnKind::Constant, Levels::None);
        }
        if self.is_personal() {
            return (ColumnKind::LooksPersonal, Levels::None);
        }
        if self.is_id(counts_up) {
            return (ColumnKind::Id, Levels::None);
        }
        if let Some(levels) = self.boolean() {
            return (ColumnKind::Boolean, levels);
        }
        if let Some(found) = self.numbers() {
            return found;
        }
        if self.part(is_date) >= 0.95 {
            return (ColumnKind::Date, Levels::None);
        }
        if let Some(levels) = self.ranges().or_else(|| self.words()) {
            return (ColumnKind::Ordinal, levels);
        }
        if let Some(levels) = self.options() {
            return (ColumnKind::MultiSelect, levels);
        }
        self.prose_or_categories()
    }

    /// The rules that can hold of a column with more texts than are kept; the others need all of them.
    fn infer_sampled(&self, counts_up: bool, numbers: Option<Decimals>) -> (ColumnKind, Levels) {
        if self.is_personal() {
            return (ColumnKind::LooksPersonal, Levels::None);
        }
        if counts_up || self.is_id(&|| counts_up) {
            return (ColumnKind::Id, Levels::None);
        }
        if let Some(numbers) = numbers {
            return (ColumnKind::Numeric, Levels::Amounts(numbers));
        }
        if self.part(is_date) >= 0.95 {
            return (ColumnKind::Date, Levels::None);
        }
        if self.options().is_some() {
            return (ColumnKind::MultiSelect, Levels::None);
        }
        (self.prose_or_id(), Levels::None)
    }

    fn is_personal(&self) -> bool {
        let mostly_different = self.distinct * 2 >= self.rows || self.distinct > 20;
        let short = self.words_an_answer() <= 4.0;
        (personal::header_names_people(self.name) && mostly_different)
            || (short && self.part(personal::holds_email) >= 0.5)
            || (short && self.part(personal::holds_phone) >= 0.5)
            || (mostly_different && self.rows >= 5 && self.part(personal::looks_like_a_name) >= 0.8)
    }

    fn is_id(&self, counts_up: &dyn Fn() -> bool) -> bool {
        const HEADERS: [&str; 13] = [
            "id",
            "ids",
            "uuid",
            "guid",
            "no",
            "nr",
            "number",
            "index",
            "row",
            "respondent",
            "participant",
            "user",
            "respondentid",
        ];
        let all_different = self.distinct == self.rows;
        let words = personal::words(self.name);
        let says_id = words.len() <= 3
            && (self.name.contains('#')
                || words.iter().any(|word| HEADERS.contains(&word.as_str())));
        let coded = |text: &str| {
            !text.contains(char::is_whitespace)
                && text.contains(|c: char| c.is_ascii_digit())
                && text.contains(char::is_alphabetic)
                && range::number(text).is_none()
        };
        all_different
            && ((says_id && self.words_an_answer() < 2.0)
                || counts_up()
                || self.part(coded) >= 0.95)
    }

    fn boolean(&self) -> Option<Levels> {
        const PAIRS: [[&str; 2]; 6] =
            [["no", "yes"], ["false", "true"], ["n", "y"], ["f", "t"], ["0", "1"], ["off", "on"]];
        let lower: Vec<String> =
            self.answers.iter().map(|(_, text, _)| text.to_lowercase()).collect();
        let pair =
            PAIRS.iter().find(|pair| lower.iter().all(|text| pair.contains(&text.as_str())))?;
        let of = self.spread(lower.iter().map(|text| pair.iter().position(|word| word == text)));
        Some(Levels::Single { labels: vec!["no".into(), "yes".into()], positions: Vec::new(), of })
    }

    fn numbers(&self) -> Option<(ColumnKind, Levels)> {
        let reader = self.number_reader()?;
        let read: Vec<Option<f64>> = self.answers.iter().map(|(_, text, _)| reader(text)).collect();
        let mut values: Vec<f64> = read.iter().copied().flatten().collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let whole = values.iter().all(|value| value.fract().abs() < f64::EPSILON);
        let scale =
            whole && values.len() <= 11 && values.iter().all(|value| (0.0..=10.0).contains(value));
        if !scale {
            return Some((ColumnKind::Numeric, Levels::Numbers(self.spread(read.into_iter()))));
        }
        let of = self.spread(read.iter().map(|number| {
            values
                .iter()
                .position(|value| number.is_some_and(|number| number.total_cmp(value).is_eq()))
        }));
        let labels = values.iter().map(|value| crate::number::plain(*value)).collect();
        Some((ColumnKind::Ordinal, Levels::Single { labels, positions: values, of }))
    }

    /// How 95 % of the answers can be read as numbers: as they are, else with decimal commas.
    fn number_reader(&self) -> Option<fn(&str) -> Option<f64>> {
        let readers: [fn(&str) -> Option<f64>; 2] = [range::number, range::decimal_comma];
        readers.into_iter().find(|reader| self.part(|text| reader(text).is_some()) >= 0.95)
    }

    fn ranges(&self) -> Option<Levels> {
        let asked = self.asked();
        let mut ranges: Vec<(range::Range, &str)> = asked
            .iter()
            .map(|&text| range::range(text).map(|range| (range, text)))
            .collect::<Option<_>>()?;
        ranges.sort_by(|(a, left), (b, right)| a.order(*b).then(left.cmp(right)));
        ranges.dedup_by_key(|(_, text)| *text);
        let labels: Vec<&str> = ranges.iter().map(|(_, text)| *text).collect();
        (labels.len() >= 2 && labels.len() <= 20).then(|| self.ordered(&labels))
    }

    fn words(&self) -> Option<Levels> {
        let asked = self.asked();
        let places = likert::places(&asked)?;
        let mut labels: Vec<(usize, &str)> = places.into_iter().zip(asked).collect();
        labels.sort_unstable();
        labels.dedup();
        let labels: Vec<&str> = labels.into_iter().map(|(_, text)| text).collect();
        (labels.len() >= 2).then(|| self.ordered(&labels))
    }

    fn options(&self) -> Option<Levels> {
        let answers: Vec<(&str, usize)> =
            self.answers.iter().map(|(_, text, count)| (*text, *count)).collect();
        let cells = multi::split(&answers)?;
        let mut labels: Vec<&str> = cells.iter().flatten().copied().collect();
        labels.sort_unstable();
        labels.dedup();
        let places = cells.iter().map(|cell| {
            let mut places: Vec<usize> =
                cell.iter().filter_map(|option| labels.binary_search(option).ok()).collect();
            places.sort_unstable();
            places.dedup();
            places
        });
        let of = self.spread(places);
        Some(Levels::Many { labels: labels.into_iter().map(str::to_owned).collect(), of })
    }

    fn prose_or_categories(&self) -> (ColumnKind, Levels) {
        let words = self.words_an_answer();
        let different = self.distinct * 2 >= self.rows;
        if different && words >= 4.0 {
            return (ColumnKind::FreeText, Levels::None);
        }
        if self.distinct <= 50 && self.distinct < self.rows && (!different || self.distinct <= 10) {
            let mut labels: Vec<&str> = self.answers.iter().map(|(_, text, _)| *text).collect();
            labels.sort_unstable();
            labels.dedup();
            return (ColumnKind::Nominal, self.levels(&labels, Vec::new()));
        }
        (self.prose_or_id(), Levels::None)
    }

    fn prose_or_id(&self) -> ColumnKind {
        if self.words_an_answer() > 1.2 { ColumnKind::FreeText } else { ColumnKind::Id }
    }

    fn asked(&self) -> Vec<&'a str> {
        let answers = self.answers.iter().map(|(_, text, _)| *text);
        answers.filter(|text| !likert::is_no_answer(text)).collect()
    }

    fn ordered(&self, labels: &[&str]) -> Levels {
        self.levels(labels, (0..labels.len()).map(float).collect())
    }

    fn levels(&self, labels: &[&str], positions: Vec<f64>) -> Levels {
        let place = |text: &str| labels.iter().position(|label| *label == text);
        let of = self.spread(self.answers.iter().map(|(_, text, _)| place(text)));
        let labels = labels.iter().map(|&text| text.to_owned()).collect();
        Levels::Single { labels, positions, of }
    }

    /// Puts one value per distinct answer back at its place in the dictionary.
    fn spread<T: Clone + Default>(&self, values: impl Iterator<Item = T>) -> Vec<T> {
        let mut spread = vec![T::default(); self.size];
        for (&(at, _, _), value) in self.answers.iter().zip(values) {
            if let Some(place) = spread.get_mut(at) {
                *place = value;
            }
        }
        spread
    }

    fn part(&self, holds: impl Fn(&str) -> bool) -> f64 {
        let rows: usize =
            self.answers.iter().filter(|(_, text, _)| holds(text)).map(|(_, _, count)| count).sum();
        float(rows) / float(self.rows)
    }

    fn words_an_answer(&self) -> f64 {
        let words: usize = self
            .answers
            .iter()
            .map(|(_, text, count)| text.split_whitespace().count() * count)
            .sum();
        float(words) / float(self.rows)
    }
}

/// `2025-01-31`, `31.01.2025`, `1/31/2025`, with or without a time behind.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    ['-', '/', '.'].iter().any(|&separator| {
        let parts: Option<Vec<u32>> = day.split(separator).map(|part| part.parse().ok()).collect();
        match parts.as_deref() {
            Some([year, month, day]) if *year > 31 => {
                (1..=12).contains(month) && (1..=31).contains(day)
            }
            Some([first, second, year]) => {
                (1..=31).contains(first)
                    && (1..=31).contains(second)
                    && (1900..=2200).contains(year)
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests;
