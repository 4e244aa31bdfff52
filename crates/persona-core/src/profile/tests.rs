//! Traits and counts, against numbers counted by hand.

use super::*;
use crate::testing::dataset;

fn halves() -> (Dataset, Segmentation) {
    let rows: String =
        (0..20)
            .map(|row| {
                if row < 10 {
                    format!("Red,{}\n", 20 + row)
                } else {
                    format!("Blue,{}\n", 60 + row)
                }
            })
            .collect();
    let data = dataset(&format!("Party,Spend\n{rows}"));
    let segment = |members: std::ops::Range<usize>| Segment {
        medoid: members.start,
        members: members.collect(),
    };
    let segments = vec![segment(0..10), segment(10..20)];
    let distances = [0.0; 20].into_iter().collect();
    (
        data,
        Segmentation { segments, distances, silhouette: 0.0, structure: None, issues: Vec::new() },
    )
}

#[test]
fn traits_are_counted_by_hand() {
    let (data, segmentation) = halves();
    let profile = &profiles(&data, &segmentation)[0];
    let party = &profile.traits.iter().find(|f| f.shown.field == "Party").unwrap().shown;
    assert_eq!((party.value.as_str(), party.n), ("Red", 10));
    let numbers =
        [party.share, party.base_share, party.lift, party.q].map(|ratio| ratio.value().to_string());
    // Fisher: 2 / C(20,10) = 2/184756; all tests here have it, so the correction changes nothing.
    assert_eq!(numbers, ["1", "0.5", "2", "0"]);
    assert_eq!(profile.facts()[0], "Party: Red for 10 of 10 (10 of 20 overall).");
    let spend = &profile.amounts[0];
    assert_eq!((spend.own.median, spend.all.median), (24.5, 49.5));
}

#[test]
fn one_group_has_no_traits() {
    let (data, mut segmentation) = halves();
    segmentation.segments = vec![Segment { members: (0..20).collect(), medoid: 0 }];
    let profile = &profiles(&data, &segmentation)[0];
    assert!(profile.traits.is_empty() && profile.leanings.is_empty() && profile.amounts.is_empty());
    assert_eq!(profile.base(), "20 of 20 answers (100 %)");
    assert_eq!(profile.demographics["Party"][0].n, 10);
}
