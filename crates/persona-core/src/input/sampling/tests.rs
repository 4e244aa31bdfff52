//! Limits so low that small tables count as big: what is kept is bounded, and what is counted stays exact.

use super::*;
use crate::draft::{Brief, DraftError, Extractive};
use crate::input::ColumnKind::{FreeText, Id, Nominal, Numeric};
use crate::input::table::Table;
use crate::input::{ColumnKind, Dataset, ReadOptions, StandardInput, read_within};
use crate::output::write_assignments;
use crate::profile::profiles;
use crate::quality::consistency;
use crate::segment::{Count, SegmentError, segment, segment_watched};
use proptest::prelude::*;
use std::cell::Cell;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

const FEW: Limits = Limits { rows: 50, texts: 40, bytes: 1 << 20 };

fn read(text: &str, seed: u64, limits: Limits) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    let stdin = StandardInput::none();
    read_within(&[path], Table::new(seed, limits), &ReadOptions::new(&stdin, &|| false)).unwrap()
}

/// Two kinds of people, each with an id, an amount and a sentence of their own.
fn people(rows: usize) -> String {
    let mut text = "who,team,spend,why\n".to_owned();
    for row in 0..rows {
        let (team, spend) = if row % 2 == 0 { ("red", 10) } else { ("blue", 400) };
        let why =
            format!("I usually walk to work number {row} because it is good for the {team} team.");
        writeln!(text, "P{row:04}x,{team},{}.{:02},{why}", spend + row % 7, row % 100).unwrap();
    }
    text
}

/// The rows of which a column kept its text.
fn kept(data: &Dataset, name: &str) -> Vec<usize> {
    let column = data.column(name).unwrap();
    (0..data.rows()).filter(|row| !column.text(*row).is_empty()).collect()
}

#[test]
fn few_rows_are_kept_whole_and_many_say_what_was_kept() {
    assert_eq!(read(&people(50), 3, FEW).sampling, None);
    let data = read(&people(600), 3, FEW);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let expected = Sampling {
        text_rows: 50,
        of: 600,
        seed: 3,
        columns: names(&["who", "spend", "why"]),
        numbers: names(&["spend"]),
        rounded: Vec::new(),
    };
    assert_eq!(data.sampling, Some(expected));
    let kinds: Vec<ColumnKind> = data.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Id, Nominal, Numeric, FreeText]);
    let issues = data.issues();
    assert_eq!((issues[0].code, issues[0].severity), (IssueCode::TextSampled, Severity::Info));
    assert!(issues[0].message.starts_with("the words of why were kept of 50 of 600 rows"));
    assert_eq!(data.skipped.len(), 0);
}

#[test]
fn the_seed_alone_chooses_the_rows_and_all_columns_keep_the_same() {
    let sample = |seed| kept(&read(&people(600), seed, FEW), "why");
    let data = read(&people(600), 3, FEW);
    assert_eq!((kept(&data, "who"), kept(&data, "spend")), (sample(3), sample(3)));
    assert_ne!(sample(3), sample(4));
    assert_eq!(sample(3).len(), 50);
}

#[test]
fn what_is_kept_stays_within_its_bytes() {
    for bytes in [600, 3000, 9000] {
        let data = read(&people(600), 1, Limits { bytes, ..FEW });
        let sampled = data.columns.iter().filter(|column| column.is_sampled());
        let held: usize =
            sampled.flat_map(|column| (0..600).map(|row| column.text(row).len())).sum();
        assert!((1..=bytes).contains(&held), "{held} of {bytes}");
        assert_eq!(data.columns.iter().map(Column::answered).collect::<Vec<_>>(), [600; 4]);
    }
}

#[test]
fn quotes_are_of_kept_rows_and_every_row_is_assigned_as_without_a_sample() {
    let (data, whole) = (read(&people(600), 3, FEW), read(&people(600), 3, Limits::default()));
    let count = Count::Exactly(NonZeroUsize::new(2).unwrap());
    let (found, expected) = (segment(&data, count, 3).unwrap(), segment(&whole, count, 3).unwrap());
    let assignments = |data: &Dataset, found| {
        let mut written = Vec::new();
        write_assignments(data, found, &["persona-001", "persona-002"], &mut written).unwrap();
        String::from_utf8(written).unwrap()
    };
    assert_eq!(assignments(&data, &found), assignments(&whole, &expected));
    assert_eq!(assignments(&data, &found).lines().count(), 601);
    let rows = kept(&data, "why");
    let unsampled = profiles(&whole, &expected);
    for (index, profile) in profiles(&data, &found).iter().enumerate() {
        assert_eq!(
            (&profile.traits, &profile.amounts),
            (&unsampled[index].traits, &unsampled[index].amounts)
        );
        let brief = Brief { dataset: &data, segmentation: &found, index, profile };
        let draft = Extractive.extract(&brief, &|| false).unwrap();
        let authored = crate::author::compose(&data, &found.segments[index], profile, index, draft);
        let evidence = authored.persona.statements().flat_map(|(_, line)| &line.evidence);
        let quoted: Vec<usize> =
            evidence.map(|place| data.row_at(&place.source, place.record).unwrap()).collect();
        assert!(!quoted.is_empty() && quoted.iter().all(|row| rows.contains(row)));
        let score = consistency(&data, &found.segments[index], &authored.persona);
        assert_eq!(score.value().to_string(), "1");
    }
}

#[test]
fn grouping_counting_and_drafting_end_when_they_are_called_off() {
    let data = read(&people(600), 3, FEW);
    let found = segment(&data, Count::Auto, 0).unwrap();
    for patience in [0, 1, 2, 5] {
        let asked = Cell::new(0);
        let cancelled = || asked.replace(asked.get() + 1) >= patience;
        let ended = segment_watched(&data, Count::Auto, 0, &cancelled).unwrap_err();
        assert_eq!(ended, SegmentError::Cancelled(crate::Cancelled));
    }
    assert!(crate::profile::profiles_watched(&data, &found, &|| true).is_err());
    let profile = &profiles(&data, &found)[0];
    let brief = Brief { dataset: &data, segmentation: &found, index: 0, profile };
    assert!(matches!(Extractive.extract(&brief, &|| true), Err(DraftError::Cancelled(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn counts_are_those_of_a_read_that_keeps_everything(
        cells in proptest::collection::vec((0_u8..5, -9999_i32..9999, 0_usize..4, "[a-d]{1,2}( [a-z]{1,3}){0,5}"), 8..90),
        seed in 0_u64..4,
    ) {
        let mut text = "kind,amount,words\n".to_owned();
        for (kind, amount, decimals, words) in &cells {
            let blank = *amount % 9 == 0;
            let amount = f64::from(*amount) / 10_f64.powi(i32::try_from(*decimals).unwrap());
            let amount = if blank { String::new() } else { format!("{amount:.decimals$}") };
            writeln!(text, "k{kind},{amount},{words}").unwrap();
        }
        let limits = Limits { rows: 20, texts: 12, bytes: 1 << 20 };
        let (some, all) = (read(&text, seed, limits), read(&text, seed, Limits::default()));
        prop_assert_eq!((some.rows(), &some.data_hash), (all.rows(), &all.data_hash));
        prop_assert_eq!(&some.data_preview_hash, &all.data_preview_hash);
        for (known, whole) in some.columns.iter().zip(&all.columns) {
            prop_assert_eq!(known.answered(), whole.answered());
            prop_assert!(known.is_sampled() || known.kind == whole.kind);
            for row in 0..all.rows() {
                let text = known.text(row);
                prop_assert!(text == whole.text(row) || known.is_sampled() && text.is_empty());
                if known.numbers_by_row().is_some() && whole.kind == Numeric {
                    prop_assert_eq!(known.number(row), whole.number(row));
                }
            }
        }
    }
}
