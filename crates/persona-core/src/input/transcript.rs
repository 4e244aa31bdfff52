//! Transcripts as `WebVTT` or `SubRip`: a cue is a record with its speaker, its times and its words, the
//! lines of the cue joined. Speakers are named by `<v Name>` or by `Name:`.

mod cue;

use super::error::InputError;
use super::format::Format;
use super::passages::{self, Passage, Voice};
use super::records::Spot;
use super::source::Outcome;
use super::speakers::{Part, Speakers, labelled, part, speaking};
use super::table::Table;
use cue::{Cue, cues};

/// Reads one transcript into `table`.
pub(super) fn read(
    text: &str,
    format: Format,
    spot: Spot<'_>,
    table: &mut Table,
    speakers: &mut Speakers,
) -> Result<Outcome, InputError> {
    if format == Format::Vtt && !text.starts_with("WEBVTT") {
        let problem = "its first line is not WEBVTT".to_owned();
        let path = spot.path.to_path_buf();
        return Err(InputError::Malformed { path, format: "WebVTT", line: 1, problem });
    }
    let passages = passages(&passages::one_line_end(text));
    let counts = passages::place(passages, spot, table, speakers)?;
    Ok(Outcome::new(if format == Format::Vtt { "vtt" } else { "srt" }, counts))
}

fn passages(text: &str) -> Vec<Passage> {
    let cues = cues(text);
    let has_voices = cues.iter().any(|cue| cue.lines.iter().any(|line| line.voice.is_some()));
    let lines = cues.iter().flat_map(|cue| &cue.lines);
    let labels: Vec<&str> =
        lines.filter_map(|line| labelled(&line.text)).map(|found| found.label).collect();
    let speaking = if has_voices { Vec::new() } else { speaking(&labels, cues.len()) };
    let mut before = None;
    let mut passages = Vec::with_capacity(cues.len());
    for cue in &cues {
        let (voices, words) = heard(cue, &speaking);
        let speaker = speaker(&voices, before.as_ref());
        if !has_voices {
            before.clone_from(&speaker);
        }
        passages.push(passage(cue, speaker, &words));
    }
    passages
}

/// The speakers of a cue, and its words without their labels.
fn heard<'a>(cue: &'a Cue, speaking: &[&str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut voices, mut words) = (Vec::new(), Vec::new());
    for line in &cue.lines {
        let turn = labelled(&line.text);
        let turn = turn.filter(|found| speaking.binary_search(&found.label).is_ok());
        voices.extend(line.voice.as_deref().or(turn.map(|found| found.label)));
        words.push(turn.map_or(line.text.as_str(), |found| found.rest));
    }
    voices.sort_unstable();
    voices.dedup();
    (voices, words)
}

/// The speaker of a cue: of several people the one who asks, else nobody; without a word about it the
/// one `before`.
fn speaker(voices: &[&str], before: Option<&String>) -> Option<String> {
    let asks = voices.iter().find(|voice| part(voice) == Part::Asks);
    match (voices, asks) {
        ([], _) => before.cloned(),
        ([only], _) | (_, Some(only)) => Some((*only).to_owned()),
        (_, None) => None,
    }
}

fn passage(cue: &Cue, speaker: Option<String>, words: &[&str]) -> Passage {
    let words: Vec<&str> = words.iter().copied().filter(|line| !line.is_empty()).collect();
    let around = vec![("start".to_owned(), cue.start.clone()), ("end".to_owned(), cue.end.clone())];
    let voice = match (cue.start.is_empty(), words.is_empty()) {
        (true, _) => Voice::Unusable("has no line with times"),
        (false, true) => Voice::Unusable("has no words"),
        (false, false) => Voice::Somebody,
    };
    Passage { line: cue.line, speaker, text: words.join(" "), around, voice }
}

#[cfg(test)]
mod tests;
