//! Interviews and notes as plain text or Markdown: a paragraph is a record, and so is each turn of a
//! speaker and each item of a list. A paragraph without a label goes on with the speaker before it; in a
//! conversation whose participants have labels, what stands before anybody spoke is nobody's answer.

mod paragraphs;

use super::error::InputError;
use super::format::Format;
use super::passages::{self, Passage, Voice};
use super::personal;
use super::records::Spot;
use super::source::Outcome;
use super::speakers::{Labelled, Part, Speakers, labelled, part, speaking};
use super::table::Table;
use paragraphs::{Paragraph, paragraphs};
use std::collections::BTreeSet;

/// Reads one text into `table`.
pub(super) fn read(
    text: &str,
    format: Format,
    spot: Spot<'_>,
    table: &mut Table,
    speakers: &mut Speakers,
) -> Result<Outcome, InputError> {
    let counts = passages::place(passages(text, format), spot, table, speakers)?;
    Ok(Outcome::new(if format == Format::Markdown { "markdown" } else { "txt" }, counts))
}

fn passages(text: &str, format: Format) -> Vec<Passage> {
    let paragraphs = paragraphs(&passages::one_line_end(text), format);
    let lines = paragraphs.iter().flat_map(|paragraph| &paragraph.lines);
    let labels: Vec<&str> =
        lines.filter_map(|line| labelled(line)).map(|found| found.label).collect();
    let speaking = speaking(&labels, paragraphs.len());
    let mut turns = Turns {
        asked_only: speaking.iter().all(|label| part(label) == Part::Asks),
        sections: shows_sections(&paragraphs),
        speaking,
        speaker: None,
        passages: Vec::new(),
    };
    let answers = labels.iter().filter(|label| turns.speaking.binary_search(label).is_ok());
    let conversation = !turns.asked_only && answers.count() * 5 >= paragraphs.len() * 2;
    let mut section = None;
    for paragraph in &paragraphs {
        if paragraph.section != section {
            (turns.speaker, section) = (None, paragraph.section.clone());
        }
        turns.take(paragraph);
    }
    if conversation {
        let nobodys = |passage: &&mut Passage| passage.speaker.is_none();
        turns.passages.iter_mut().filter(nobodys).for_each(|passage| passage.voice = Voice::Nobody);
    }
    turns.passages
}

/// Headings that are people's names are not shown, and then no heading is.
fn shows_sections(paragraphs: &[Paragraph]) -> bool {
    let headings = paragraphs.iter().filter_map(|paragraph| paragraph.section.as_deref());
    let headings: BTreeSet<&str> = headings.collect();
    let names = headings.iter().filter(|heading| personal::looks_like_a_name(heading)).count();
    names * 5 < headings.len() * 4
}

/// Paragraphs taken apart where somebody begins to speak.
struct Turns<'a> {
    speaking: Vec<&'a str>,
    /// Only questions have a label.
    asked_only: bool,
    sections: bool,
    speaker: Option<String>,
    passages: Vec<Passage>,
}

impl Turns<'_> {
    fn take(&mut self, paragraph: &Paragraph) {
        if self.asked_only {
            self.speaker = None;
        }
        let mut words: Vec<&str> = Vec::new();
        let mut start = paragraph.line;
        for (line, number) in paragraph.lines.iter().zip(paragraph.line..) {
            if let Some(Labelled { label, rest }) = self.turn(line) {
                self.give(start, &words, paragraph);
                (words, start) = (vec![rest], number);
                self.speaker = Some(label.to_owned());
            } else {
                words.push(line.trim());
            }
        }
        self.give(start, &words, paragraph);
    }

    fn turn<'line>(&self, line: &'line str) -> Option<Labelled<'line>> {
        labelled(line).filter(|found| self.speaking.binary_search(&found.label).is_ok())
    }

    /// A turn without words is a label that stands above them.
    fn give(&mut self, line: u64, words: &[&str], paragraph: &Paragraph) {
        let words: Vec<&str> = words.iter().copied().filter(|line| !line.is_empty()).collect();
        if words.is_empty() {
            return;
        }
        let section = paragraph.section.clone().filter(|_| self.sections);
        let around = section.map(|section| ("section".to_owned(), section)).into_iter().collect();
        let (speaker, text) = (self.speaker.clone(), words.join(" "));
        self.passages.push(Passage { line, speaker, text, around, ..Passage::default() });
    }
}

#[cfg(test)]
mod tests;
