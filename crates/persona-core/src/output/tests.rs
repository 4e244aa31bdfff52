//! The files of the folder, byte for byte.

use super::*;
use crate::author::compose;
use crate::draft::{Brief, Drafter as _, Extractive};
use crate::profile::profiles;
use crate::segment::{Count, Segmentation, segment};
use crate::testing::{gazpacho, repository};
use std::num::NonZeroUsize;

fn made() -> (PersonaSet, crate::Dataset, Segmentation) {
    let data = gazpacho();
    let found = segment(&data, Count::Exactly(NonZeroUsize::new(3).unwrap()), 0).unwrap();
    let profiles = profiles(&data, &found);
    let personas = profiles.iter().enumerate().map(|(index, profile)| {
        let brief = Brief { dataset: &data, segmentation: &found, index, profile };
        let draft = Extractive.extract(&brief, &|| false).unwrap();
        compose(&data, brief.segment().unwrap(), profile, index, draft).persona
    });
    let set = PersonaSet::new(Extractive.digital_source_type(), personas.collect());
    (set, data, found)
}

#[test]
fn the_golden_file_is_reproduced_byte_for_byte() {
    let path = repository("tests/data/golden/gazpacho-3.personas.json");
    let bytes = personas_json(&made().0).unwrap();
    let golden = std::fs::read(&path).unwrap_or_default();
    if golden != bytes {
        let (mut file, new) = tempfile::NamedTempFile::new().unwrap().keep().unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        panic!("{} differs from {}; see why, and bump extractive-N", path.display(), new.display());
    }
}

#[test]
fn the_file_says_what_it_is_and_reads_back() {
    let (set, ..) = made();
    let text = String::from_utf8(personas_json(&set).unwrap()).unwrap();
    let head = "{\n  \"schema\": \"persona/1\",\n  \"ai_generated\": true,\n  \"digital_source_type\": \
                \"http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia\",";
    assert!(text.starts_with(head) && text.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<PersonaSet>(&text).unwrap(), set);
    let one: PersonaSet =
        serde_json::from_slice(&persona_json(&set, &set.personas[1]).unwrap()).unwrap();
    assert_eq!(one.personas, [set.personas[1].clone()]);
}

#[test]
fn markdown_says_in_words_that_software_wrote_it() {
    let page = persona_markdown(&made().0.personas[0]);
    assert!(page.contains("an AI-generated persona; the name is a label, not a person"));
    assert!(page.contains("## What holds them back") && page.contains("no groups beyond chance"));
}

fn ids(personas: &[Persona]) -> Vec<&str> {
    personas.iter().map(|persona| &*persona.id).collect()
}

#[test]
fn every_row_is_assigned_once() {
    let (set, data, found) = made();
    let mut written = Vec::new();
    write_assignments(&data, &found, &ids(&set.personas), &mut written).unwrap();
    let text = String::from_utf8(written).unwrap();
    assert_eq!(text.lines().count(), 51);
    assert!(
        text.starts_with(
            "source,record,persona,distance\nbottled-gazpacho-survey.csv,1,persona-00"
        )
    );
    for persona in &set.personas {
        assert_eq!(text.matches(&format!(",{},", persona.id)).count(), persona.segment.size);
    }
    let medoids = text.lines().filter(|line| line.ends_with(",0.0000")).count();
    assert!(medoids >= 3);
}

#[test]
fn rows_of_a_group_without_a_persona_name_none() {
    let (set, data, found) = made();
    let kept = [set.personas[0].clone(), set.personas[2].clone()];
    let mut written = Vec::new();
    write_assignments(&data, &found, &ids(&kept), &mut written).unwrap();
    let text = String::from_utf8(written).unwrap();
    let lost = &set.personas[1];
    assert!(!text.contains(&lost.id), "{text}");
    assert_eq!(text.lines().count(), 51);
    assert_eq!(text.matches(",,").count(), lost.segment.size);
    for persona in &kept {
        assert_eq!(text.matches(&format!(",{},", persona.id)).count(), persona.segment.size);
    }
}

#[test]
fn the_experiment_is_a_line_an_event() {
    let mut experiment = Experiment::default();
    let written = Event::OutputWritten { path: "personas.json".into(), sha256: "00".into() };
    experiment.push("2025-12-15T10:30:00Z", written);
    let expected = "{\"time\":\"2025-12-15T10:30:00Z\",\"event\":\"output_written\",\"path\":\"personas.json\",\"sha256\":\"00\"}\n";
    assert_eq!(experiment.to_jsonl().unwrap(), expected.as_bytes());
}
