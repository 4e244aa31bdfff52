//! Interviews as people type them.

use super::*;

fn found(text: &str, format: Format) -> Vec<(u64, Option<String>, String)> {
    let passages = passages(text, format).into_iter();
    passages.map(|passage| (passage.line, passage.speaker, passage.text)).collect()
}

fn said(line: u64, speaker: &str, text: &str) -> (u64, Option<String>, String) {
    let speaker = Some(speaker.to_owned()).filter(|speaker| !speaker.is_empty());
    (line, speaker, text.to_owned())
}

#[test]
fn paragraphs_are_records_however_lines_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text =
            "We sat\nin the kitchen.\n\n\n- One thing\n- Another:\nwith more\n".replace('\n', end);
        let expected = [
            said(1, "", "We sat in the kitchen."),
            said(5, "", "One thing"),
            said(6, "", "Another: with more"),
        ];
        assert_eq!(found(&text, Format::Text), expected);
    }
}

#[test]
fn turns_are_records_and_go_on_over_paragraphs() {
    let text = "Interviewer: Why?\nP3: I lose\nnotes.\n\nAll the time.\n\nP4:\n\nNever.\n";
    let expected = [
        said(1, "Interviewer", "Why?"),
        said(2, "P3", "I lose notes."),
        said(5, "P3", "All the time."),
        said(9, "P4", "Never."),
    ];
    assert_eq!(found(text, Format::Text), expected);
}

#[test]
fn answers_without_a_label_are_not_the_interviewers() {
    let text = "**Interviewer:** Why?\n\nI lose notes.\n\n**Interviewer:** Often?\n\nYes.\n";
    let speakers: Vec<Option<String>> =
        found(text, Format::Markdown).into_iter().map(|(_, speaker, _)| speaker).collect();
    let asks = Some("Interviewer".to_owned());
    assert_eq!(speakers, [asks.clone(), None, asks, None]);
}

#[test]
fn markdown_is_read_without_its_marks() {
    let text = "---\nrole: nurse\n---\n# Visit to the ward\n\n> Notes **get lost**.\n\n<!-- draft -->\nPaper\n-----\n\n1. They print\n2. They *sign*\n\n```\nlog\n```\n***\n";
    let passages = passages(text, Format::Markdown);
    let found: Vec<(&str, &str)> = passages
        .iter()
        .map(|passage| (passage.around[0].1.as_str(), passage.text.as_str()))
        .collect();
    let expected = [
        ("Visit to the ward", "Notes get lost."),
        ("Paper", "They print"),
        ("Paper", "They *sign*"),
        ("Paper", "log"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn headings_that_name_people_are_not_shown() {
    let text = "## Maria Lopez\n\nI lose notes.\n\n## Tom Smith\n\nMe too.\n";
    assert!(passages(text, Format::Markdown).iter().all(|passage| passage.around.is_empty()));
}

#[test]
fn what_stands_before_anybody_spoke_is_nobodys() {
    let text = "Two people, half an hour.\n\nP1: I lose notes.\n\nAlways.\n\nP2: Me too.\n";
    let voices = |text: &str| -> Vec<Voice> {
        passages(text, Format::Text).into_iter().map(|passage| passage.voice).collect()
    };
    let somebody = Voice::Somebody;
    assert_eq!(voices(text), [Voice::Nobody, somebody, somebody, somebody]);
    let notes = "One.\n\nTwo.\n\nThree.\n\nP1: I lose notes.\n";
    assert_eq!(voices(notes), [somebody; 4]);
}
