//! Scores, against numbers computed by hand.

use super::*;
use crate::author::compose;
use crate::draft::{Brief, Extractive};
use crate::profile::profiles;
use crate::segment::{Count, Segmentation, segment};
use crate::testing::gazpacho;
use crate::{Dataset, IssueCode};
use std::num::NonZeroUsize;

fn made() -> (Dataset, Segmentation, Persona) {
    let data = gazpacho();
    let found = segment(&data, Count::Exactly(NonZeroUsize::new(3).unwrap()), 0).unwrap();
    let profile = profiles(&data, &found).remove(0);
    let brief = Brief { dataset: &data, segmentation: &found, index: 0, profile: &profile };
    let draft = Extractive.extract(&brief, &|| false).unwrap();
    let persona = compose(&data, &found.segments[0], &profile, 0, draft).persona;
    (data, found, persona)
}

#[test]
fn completeness_counts_filled_parts() {
    let draft = Draft { title: "T".into(), summary: " ".into(), ..Draft::default() };
    assert_eq!(completeness(&draft, &[0, 2]).value().to_string(), "0.25");
    assert_eq!(completeness(&Draft::default(), &[0, 0]).value().to_string(), "0");
}

#[test]
fn grounding_is_located_over_drafted() {
    let grounded = Grounded { drafted: 3, located: 2, ..Grounded::default() };
    assert_eq!(grounding(&grounded).value().to_string(), "0.6667");
    assert_eq!(grounding(&Grounded::default()).value().to_string(), "0");
}

#[test]
fn a_forged_count_or_a_strangers_words_lower_consistency() {
    let (data, found, persona) = made();
    let score = |persona: &Persona| consistency(&data, &found.segments[0], persona);
    assert_eq!(score(&persona), Fraction::new(1.0));
    let evidence =
        persona.statements().map(|(_, statement)| statement.evidence.len()).sum::<usize>();
    let portions: usize = persona.demographics.values().map(Vec::len).sum();
    let claims = float(2 + persona.segment.traits.len() + portions + evidence);
    let mut forged = persona.clone();
    forged.segment.size += 1;
    assert_eq!(score(&forged), Fraction::new((claims - 1.0) / claims));
    let mut forged = persona.clone();
    forged.segment.traits[0].n += 1;
    assert_eq!(score(&forged), Fraction::new((claims - 1.0) / claims));
    let mut forged = persona;
    let stranger = found.segments[1].members.first().unwrap();
    let place = data.place(stranger).unwrap().1;
    forged.goals[0].evidence[0].record = place;
    assert_eq!(score(&forged), Fraction::new((claims - 1.0) / claims));
}

#[test]
fn validation_fails_with_reasons() {
    let (_, _, persona) = made();
    assert!(assess(std::slice::from_ref(&persona), &[]).validation_passed);
    assert_eq!(assess(&[], &[]).reasons, ["no persona was made"]);
    let mut bad = persona;
    bad.title = String::new();
    bad.quality.grounding = Fraction::new(0.5);
    let issue = Issue::new(IssueCode::SegmentFailed, Severity::Error, "segment 2 failed");
    let quality = assess(&[bad], &[issue]);
    assert!(!quality.validation_passed);
    assert_eq!(quality.reasons.len(), 3);
    assert_eq!(quality.quality_scores.grounding.value().to_string(), "0.5");
}
