//! Passages of an interview or a transcript on their way into the table: who asks is left out, who
//! answers is a participant.

use super::error::InputError;
use super::records::{Cell, Counts, Records, Spot};
use super::speakers::{Part, Speakers, part};
use super::table::Table;

/// Some words of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) line: u64,
    pub(super) speaker: Option<String>,
    pub(super) text: String,
    /// The columns beside speaker and words.
    pub(super) around: Vec<Cell>,
    pub(super) voice: Voice,
}

/// Whether a passage is somebody's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Voice {
    /// Unless its speaker is one who asks.
    #[default]
    Somebody,
    /// A remark of whoever wrote it down.
    Nobody,
    /// It cannot be used, and why.
    Unusable(&'static str),
}

/// Puts each passage into the table; the questions are counted and left out.
pub(super) fn place(
    passages: Vec<Passage>,
    spot: Spot<'_>,
    table: &mut Table,
    speakers: &mut Speakers,
) -> Result<Counts, InputError> {
    let mut records = Records::named(spot, table);
    for passage in passages {
        let Passage { line, speaker, text, around, voice } = passage;
        let asks = speaker.as_deref().is_some_and(|label| part(label) == Part::Asks);
        if let Voice::Unusable(why) = voice {
            records.bad(line, why)?;
        } else if asks || voice == Voice::Nobody {
            records.pass()?;
        } else {
            let mut cells = around;
            cells.extend(speaker.map(|label| ("speaker".to_owned(), speakers.shown(&label))));
            cells.push(("text".to_owned(), text));
            records.cells(line, &cells)?;
        }
    }
    records.finish()
}

/// Text whose lines end in one way only.
pub(super) fn one_line_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
