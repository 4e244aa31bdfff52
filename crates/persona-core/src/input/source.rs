//! One source, from its first bytes to its digest: the reader that fits, in one pass over the bytes.

use super::dataset::Source;
use super::encoding::{self, Decoding};
use super::error::InputError;
use super::format::{self, Format, HEAD, Head, Unfit};
use super::gather::Found;
use super::open::{StandardInput, open, unreadable};
use super::records::{Counts, Spot};
use super::scan::Hashing;
use super::speakers::Speakers;
use super::table::Table;
use super::{delimited, foreign, json, json_lines, prose, transcript, workbook, yaml};
use crate::issue::{Issue, IssueCode, Severity};
use crate::number::long;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What is read as a whole is at most this long: the text is held in memory.
pub(super) const WHOLE: u64 = 256 * 1024 * 1024;

/// What the sources of one reading share.
pub(super) struct Reading<'a> {
    pub(super) stdin: &'a StandardInput,
    pub(super) cancelled: &'a dyn Fn() -> bool,
    pub(super) table: Table,
    pub(super) speakers: Speakers,
    /// What is to be said of what was left out on purpose.
    pub(super) notes: Vec<Issue>,
}

/// What a reader found beside records.
pub(super) struct Outcome {
    pub(super) counts: Counts,
    pub(super) format: &'static str,
    pub(super) delimiter: Option<char>,
    pub(super) sheet: Option<String>,
}

impl Outcome {
    pub(super) fn new(format: &'static str, counts: Counts) -> Self {
        Self { counts, format, delimiter: None, sheet: None }
    }
}

type Bytes<'a> = io::Chain<io::Cursor<&'a [u8]>, &'a mut Hashing<File>>;

impl Reading<'_> {
    /// Reads one file into the table.
    pub(super) fn read(&mut self, found: &Found) -> Result<Source, InputError> {
        let shown = Path::new(&found.place);
        let file = if shown.as_os_str() == "-" {
            self.stdin.spool(self.cancelled)?
        } else {
            open(&found.place, shown)?
        };
        let failed = |source| unreadable(shown, source);
        let mut bytes = Hashing::new(file);
        let mut raw = Vec::new();
        bytes.by_ref().take(long(HEAD)).read_to_end(&mut raw).map_err(failed)?;
        let head_text = encoding::readable(&raw);
        let head = Head { raw: &raw, text: &head_text };
        let extension = shown.extension().and_then(|end| end.to_str());
        let format = format::of(extension, &head).map_err(|unfit| refusal(unfit, shown))?;
        let length = bytes.length().map_err(failed)?;
        if let Some(format) = format.whole().filter(|_| length > WHOLE) {
            return Err(InputError::TooLarge { path: shown.into(), format, limit: WHOLE });
        }
        let rest = io::Cursor::new(raw.as_slice()).chain(&mut bytes);
        let (outcome, encoding) = self.outcome(found, format, &head, rest)?;
        self.note(&outcome.counts, &found.name);
        let (sha256, length) = bytes.finish().map_err(failed)?;
        Ok(Source {
            path: found.path.clone(),
            name: found.name.clone(),
            sha256,
            bytes: length,
            records: outcome.counts.accepted(),
            skipped: outcome.counts.skipped(),
            format: outcome.format,
            encoding,
            delimiter: outcome.delimiter,
            sheet: outcome.sheet,
        })
    }

    fn note(&mut self, counts: &Counts, name: &str) {
        let passed = counts.passed();
        if passed > 0 {
            let (noun, verb) = if passed == 1 { ("passage", "is") } else { ("passages", "are") };
            let message = format!(
                "{passed} {noun} of {name} {verb} not a participant's (questions, remarks) and left \
                 out: a persona speaks in the participants' words"
            );
            let issue = Issue::new(IssueCode::RowSkipped, Severity::Info, message);
            self.notes.push(Issue { source: Some(name.to_owned()), ..issue });
        }
    }

    fn outcome(
        &mut self,
        found: &Found,
        format: Format,
        head: &Head<'_>,
        bytes: Bytes<'_>,
    ) -> Result<(Outcome, Option<&'static str>), InputError> {
        let (path, name, cancelled) = (found.place.as_path(), found.name.as_str(), self.cancelled);
        let spot = Spot { path, name, cancelled };
        if format == Format::Workbook {
            let packed = whole(bytes, path, format)?;
            return Ok((workbook::read(packed, spot, &mut self.table)?, None));
        }
        let mut text = Decoding::new(bytes, head.raw);
        let outcome = self.text(format, spot, head, &mut text);
        match text.garbled() {
            Some(garbled) => Err(garbled.error(path)),
            None => Ok((outcome?, Some(text.encoding()))),
        }
    }

    fn text(
        &mut self,
        format: Format,
        spot: Spot<'_>,
        head: &Head<'_>,
        text: &mut Decoding<Bytes<'_>>,
    ) -> Result<Outcome, InputError> {
        let table = &mut self.table;
        match format {
            Format::Delimited => delimited::read(text, head, spot, table),
            Format::JsonLines => json_lines::read(text, spot, table),
            Format::Json => json::read(&whole_text(text, spot.path, format)?, spot, table),
            Format::Yaml => yaml::read(&whole_text(text, spot.path, format)?, spot, table),
            Format::Vtt | Format::Srt => {
                let text = whole_text(text, spot.path, format)?;
                transcript::read(&text, format, spot, table, &mut self.speakers)
            }
            Format::Text | Format::Markdown | Format::Workbook => {
                let text = whole_text(text, spot.path, format)?;
                prose::read(&text, format, spot, table, &mut self.speakers)
            }
        }
    }
}

fn refusal(unfit: Unfit, path: &Path) -> InputError {
    let path = path.to_path_buf();
    match unfit {
        Unfit::Empty => InputError::Empty { path },
        Unfit::Html => InputError::HtmlPage { path },
        Unfit::Foreign(looks_like) => InputError::Foreign { path, looks_like },
    }
}

/// All bytes, if they are not too many.
fn whole(bytes: impl Read, path: &Path, format: Format) -> Result<Vec<u8>, InputError> {
    let mut all = Vec::new();
    bytes.take(WHOLE + 1).read_to_end(&mut all).map_err(|source| unreadable(path, source))?;
    if long(all.len()) > WHOLE {
        let format = format.whole().unwrap_or_default();
        return Err(InputError::TooLarge { path: path.into(), format, limit: WHOLE });
    }
    Ok(all)
}

fn whole_text(text: impl Read, path: &Path, format: Format) -> Result<String, InputError> {
    let looks_like = foreign::NUL;
    let all = whole(text, path, format)?;
    if all.contains(&0) {
        return Err(InputError::Foreign { path: path.into(), looks_like });
    }
    // Decoded text is UTF-8.
    String::from_utf8(all).map_err(|_never| InputError::Foreign { path: path.into(), looks_like })
}
