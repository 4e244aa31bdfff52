//! Groups that are there, and groups that are not.

use super::*;
use crate::testing::{dataset, gazpacho};
use proptest::prelude::*;
use std::fmt::Write as _;

fn exactly(groups: usize) -> Count {
    Count::Exactly(NonZeroUsize::new(groups).unwrap())
}

/// Three kinds of rider, told apart by three columns and not by the fourth.
fn riders(rows: usize) -> Dataset {
    let mut random = Random::new(3);
    let mut text = String::from("purpose,bike,kilometres,coin\n");
    for row in 0..rows {
        let kind = row % 3;
        let purpose = ["work", "sport", "errands"][kind];
        let bike = ["city", "road", "cargo"][kind];
        let kilometres = [8, 60, 3][kind] + random.sample(5, 1)[0];
        let coin = random.sample(2, 1)[0];
        writeln!(text, "{purpose},{bike},{kilometres}.5,{}", ["heads", "tails"][coin]).unwrap();
    }
    dataset(&text)
}

#[test]
fn the_survey_claims_no_structure() {
    let found = segment(&gazpacho(), Count::Auto, 0).unwrap();
    assert_eq!((found.segments.len(), found.has_structure()), (1, false));
    assert_eq!(found.issues[0].code, IssueCode::NoStructure);
    for seed in 1..6 {
        assert!(!segment(&gazpacho(), Count::Auto, seed).unwrap().has_structure());
    }
}

#[test]
fn a_number_asked_for_is_obeyed_and_warned_about() {
    let found = segment(&gazpacho(), exactly(3), 0).unwrap();
    assert_eq!(found.segments.len(), 3);
    assert_eq!(
        (found.issues[0].code, found.issues[0].severity),
        (IssueCode::NoStructure, Severity::Warning)
    );
    let fails = segment(&gazpacho(), exactly(51), 0);
    assert_eq!(fails.unwrap_err(), SegmentError::MoreGroupsThanRows { asked: 51, rows: 50 });
}

#[test]
fn groups_that_are_there_are_found() {
    let found = segment(&riders(60), Count::Auto, 0).unwrap();
    assert!(found.has_structure());
    let members: Vec<Vec<usize>> =
        found.segments.iter().map(|s| s.members.iter().collect()).collect();
    let expected: Vec<Vec<usize>> = (0..3).map(|kind| (kind..60).step_by(3).collect()).collect();
    assert_eq!(members, expected);
    assert!(found.silhouette > 0.8 && found.issues.is_empty());
}

#[test]
fn above_the_sample_every_row_still_gets_its_group() {
    let found = segment(&riders(3000), exactly(3), 5).unwrap();
    for (kind, segment) in found.segments.iter().enumerate() {
        assert_eq!(
            segment.members.iter().collect::<Vec<_>>(),
            (kind..3000).step_by(3).collect::<Vec<_>>()
        );
        assert_eq!(found.distances.get(segment.medoid).unwrap().to_string(), "0");
    }
}

#[test]
fn equal_answers_limit_the_number_of_groups() {
    let data = dataset("a,b\nx,yes\nx,yes\nz,no\nz,no\n");
    let found = segment(&data, exactly(3), 0).unwrap();
    assert_eq!(found.segments.len(), 2);
    assert_eq!(found.issues[0].code, IssueCode::SmallSample);
}

#[test]
fn few_rows_are_called_few_and_blank_data_one_group() {
    let found = segment(&dataset("id,b\nP1,\nP2,\n"), Count::Auto, 0).unwrap();
    assert_eq!((found.segments.len(), found.structure), (1, None));
    let codes: Vec<IssueCode> = found.issues.iter().map(|issue| issue.code).collect();
    assert_eq!(codes, [IssueCode::NoStructure, IssueCode::SmallSample]);
}

#[test]
fn pure_noise_is_seldom_called_structure() {
    let mut claims = 0;
    for seed in 0..60 {
        let mut random = Random::new(seed + 100);
        let mut text = String::from("a,b,c,d\n");
        for _ in 0..40 {
            let mut cell = |levels| random.sample(levels, 1)[0];
            let (a, b, c, d) = (cell(3), cell(4), cell(2), cell(5));
            writeln!(text, "a{a},b{b},c{c},{d}").unwrap();
        }
        claims += usize::from(segment(&dataset(&text), Count::Auto, 0).unwrap().has_structure());
    }
    // At p < 0.01 four or more of sixty have a probability of 0.3 %.
    assert!(claims <= 3, "{claims} of 60");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_is_in_one_group(cells in proptest::collection::vec((0_u8..4, 0_u8..3, proptest::option::of(0_u8..50)), 4..40), groups in 1_usize..4) {
        let mut text = String::from("a,b,c\n");
        for (a, b, c) in &cells {
            let c = c.map_or(String::new(), |c| format!("{c}.5"));
            writeln!(text, "x{a},y{b},{c}").unwrap();
        }
        let found = segment(&dataset(&text), exactly(groups), 1).unwrap();
        let mut rows: Vec<usize> = found.segments.iter().flat_map(|s| s.members.iter()).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..cells.len()).collect::<Vec<_>>());
        prop_assert!(found.segments.len() <= groups && found.segments.iter().all(|s| s.members.contains(s.medoid)));
        prop_assert!(found.segments.windows(2).all(|pair| pair[0].members.len() >= pair[1].members.len()));
        prop_assert!(found.distances.len() == cells.len());
    }
}
