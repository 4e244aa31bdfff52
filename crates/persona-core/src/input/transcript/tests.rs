//! Transcripts as meeting programs write them.

use super::*;

fn found(text: &str) -> Vec<(Option<String>, String, Voice)> {
    let passages = passages(&passages::one_line_end(text)).into_iter();
    passages.map(|passage| (passage.speaker, passage.text, passage.voice)).collect()
}

fn said(speaker: &str, text: &str) -> (Option<String>, String, Voice) {
    (
        Some(speaker.to_owned()).filter(|speaker| !speaker.is_empty()),
        text.to_owned(),
        Voice::Somebody,
    )
}

#[test]
fn voices_notes_tags_and_entities_are_understood() {
    let text = "WEBVTT - Talk\r\n\r\nNOTE made by a program\r\n\r\nSTYLE\r\n::cue {}\r\n\r\n1\r\n00:01.000 --> 00:02.500 align:start\r\n\
        <v.loud P3>I <i>lose</i> notes</v>\r\nall day &amp; <3 paper\r\n\r\n00:03.000 --> 00:04.000\r\n[laughs]\r\n\r\n\
        00:05.000 --> 00:06.000\r\n<v P3>Yes.</v> <v Interviewer>Why?</v>\r\n\r\n\
        00:06.000 --> 00:07.000\r\n<v P3>No.</v> <v P4>Yes!</v>\r\n";
    let expected = [
        said("P3", "I lose notes all day & <3 paper"),
        said("", "[laughs]"),
        said("Interviewer", "Yes. Why?"),
        said("", "No. Yes!"),
    ];
    assert_eq!(found(text), expected);
    let first = &passages(&passages::one_line_end(text))[0];
    assert_eq!(first.around[0], ("start".to_owned(), "00:00:01.000".to_owned()));
    assert_eq!((first.line, first.around[1].1.as_str()), (8, "00:00:02.500"));
}

#[test]
fn labels_are_speakers_until_the_next() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nModerator: Why?\n\n2\n00:00:02,000 --> 00:00:03,000\n{\\an8}P1: I lose\nnotes.\n\n\
        3\n00:00:03,000 --> 00:00:04,000\nAll day.\n\n4\nno times\n\n5\n00:00:05,000 --> 00:00:06,000\n";
    let flawed = |why| (Some("P1".to_owned()), String::new(), Voice::Unusable(why));
    let expected = [
        said("Moderator", "Why?"),
        said("P1", "I lose notes."),
        said("P1", "All day."),
        flawed("has no line with times"),
        flawed("has no words"),
    ];
    assert_eq!(found(text), expected);
}
