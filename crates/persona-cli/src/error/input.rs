//! What unusable data mean: exit code, stable word, and what to do.

use std::io::ErrorKind;

use persona_core::{InputError, input::Family};

use super::{CliError, generation::CANCELLED};
use crate::exit::Exit;

impl From<InputError> for CliError {
    fn from(error: InputError) -> Self {
        if let InputError::Cancelled = error {
            return Self::from_error(Exit::Cancelled, "cancelled", &error).hint(CANCELLED);
        }
        let mut failed = Self::from_error(Exit::Input, "input", &error);
        if let Some(rest) = failed.message.strip_prefix("- ") {
            failed.message = format!("standard input {rest}");
        }
        match input_hint(&error) {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }
}

/// What to do about data that cannot be used.
fn input_hint(error: &InputError) -> Option<&'static str> {
    Some(match error {
        InputError::Cancelled => return None,
        InputError::NoPaths => "name a file: `persona generate survey.csv`",
        InputError::Missing { .. } => "check the path; relative ones start in the current folder",
        InputError::RepeatedPath { .. } => "name each file once: its people would count twice",
        InputError::NotAFile { .. } => "pipe it in instead: `… | persona generate -`",
        InputError::EmptyFolder { .. } => {
            "folders are searched for csv, tsv, xlsx, json, jsonl, yaml, txt, md, vtt and srt files; \
             name a file of another extension itself"
        }
        InputError::FolderTooLarge { .. } => "name the folder that holds the data and nothing else",
        InputError::NoStandardInput => "name a file",
        InputError::Empty { .. } | InputError::HeaderOnly { .. } => {
            "the first line names the columns, each further line is one answer"
        }
        InputError::NoRecords { .. } => {
            "each record is one answer, one paragraph or one cue, and at least one is needed that a \
             participant gave"
        }
        InputError::HtmlPage { .. } => {
            "a download often gives a login page: open the file and save the data itself as CSV"
        }
        InputError::Foreign { looks_like, .. } => foreign_hint(looks_like.family),
        InputError::Garbled { .. } | InputError::UnknownEncoding { .. } => {
            "save the file as UTF-8, as `iconv -f ENCODING -t UTF-8` does when told the encoding it is in"
        }
        InputError::Malformed { .. } => "mend the file at that line, or export it once more",
        InputError::Workbook { .. } => {
            "open it, take its password away if it has one, and save it as .xlsx or CSV"
        }
        InputError::NoList { .. } => {
            "put the records into one list, such as `[{\"age\": 34, …}, …]`, and leave out the others"
        }
        InputError::TooLarge { .. } => {
            "save large data as CSV or JSON lines, which are read piece by piece"
        }
        InputError::Bomb { .. } => "no data grows like that: ask whoever made the file for CSV",
        InputError::NoColumns { .. } | InputError::DuplicateColumn { .. } => {
            "give every column its own name in the first line"
        }
        InputError::TooManyColumns { .. } => {
            "leave out columns, or turn the table if people stand in columns: one row is one person"
        }
        InputError::Ragged { .. } => "check the delimiter and the quotes around text with commas",
        InputError::MostlyBad { .. } => "see whether the file is what its name says, and whole",
        InputError::FieldTooLong { .. } => {
            "look there for a quote that is never closed, or for line ends that are missing; a longer text is no answer \
             to a question: leave it out"
        }
        InputError::Truncated { .. } => {
            "look for a quote at that line which is opened and never closed"
        }
        InputError::LineTooLong { .. } => {
            "JSON lines have one object a line: see that the line ends are there"
        }
        InputError::Unreadable { source, .. } if source.kind() == ErrorKind::NotADirectory => {
            "check the path: one of its folders is a file"
        }
        InputError::Unreadable { .. } => "see that the file may be read",
    })
}

fn foreign_hint(family: Family) -> &'static str {
    match family {
        Family::Document => "save its text as .txt or .md and name that file",
        Family::Spreadsheet => "save the sheet as .xlsx or CSV and name that file",
        Family::Statistics => "export the data as CSV from the statistics program",
        Family::Database => "export the table as CSV or JSON lines",
        Family::Archive => "unpack it and name the files or the folder",
        Family::Media => "transcribe what was said, as .vtt, .srt or .txt, and name that file",
        Family::Binary => "save the data as CSV (UTF-8) from the program that made it",
    }
}
