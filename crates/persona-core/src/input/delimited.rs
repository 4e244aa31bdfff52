//! CSV and TSV: one pass over the bytes gives digest, rows and the rows that had to be left out.

use super::dataset::Source;
use super::error::InputError;
use super::path_text::path_text;
use super::scan::{Hashing, Trouble, Watching};
use super::sniff::{self, Nature};
use super::table::{Placement, Table};
use csv::{ByteRecord, ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads one file into `table`.
pub(super) fn read(
    path: &Path,
    name: String,
    table: &mut Table,
    cancelled: &dyn Fn() -> bool,
) -> Result<Source, InputError> {
    let unreadable = |source| InputError::Unreadable { path: path.into(), source };
    let mut bytes = Hashing::new(open(path)?);
    let mut head = Vec::new();
    bytes.by_ref().take(head_limit()).read_to_end(&mut head).map_err(unreadable)?;
    let delimiter = look(path, &head)?;
    let rest = io::Cursor::new(sniff::without_bom(&head)).chain(&mut bytes);
    let mut watching = Watching::new(rest, delimiter);
    let rows = Rows { path, name: &name, cancelled };
    let parsed = rows.read(&mut watching, delimiter, table);
    let counts = match (watching.trouble(), watching.open_quote()) {
        (Some(Trouble::FieldTooLong { line }), _) => {
            return Err(InputError::FieldTooLong { path: path.into(), line });
        }
        (Some(Trouble::Nul), _) => return Err(binary(path)),
        (None, Some(line)) if parsed.is_ok() => {
            return Err(InputError::Truncated { path: path.into(), line });
        }
        (None, _) => parsed?,
    };
    let (sha256, length) = bytes.finish().map_err(unreadable)?;
    Ok(Source {
        path: path_text(path),
        name,
        sha256,
        bytes: length,
        records: counts.read - counts.skipped,
        skipped: counts.skipped,
        format: if delimiter == b'\t' { "tsv" } else { "csv" },
        delimiter: char::from(delimiter),
    })
}

fn head_limit() -> u64 {
    u64::try_from(sniff::HEAD).unwrap_or(u64::MAX)
}

fn binary(path: &Path) -> InputError {
    InputError::Binary { path: path.into(), looks_like: "NUL bytes" }
}

fn open(path: &Path) -> Result<File, InputError> {
    if path.as_os_str() == "-" {
        return Err(InputError::StandardInput);
    }
    let unreadable = |source: io::Error| {
        if source.kind() == io::ErrorKind::NotFound {
            InputError::Missing { path: path.into() }
        } else {
            InputError::Unreadable { path: path.into(), source }
        }
    };
    if path.metadata().map_err(unreadable)?.is_dir() {
        return Err(InputError::IsDirectory { path: path.into() });
    }
    if let Some(format) = later_format(path) {
        return Err(InputError::UnsupportedFormat { path: path.into(), format });
    }
    File::open(path).map_err(unreadable)
}

/// Formats that come later, by extension; everything else is read as delimited text.
fn later_format(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_ascii_lowercase();
    Some(match extension.to_str()? {
        "json" => "JSON",
        "jsonl" | "ndjson" => "JSON lines",
        "yaml" | "yml" => "YAML",
        "xlsx" | "xls" | "xlsm" => "an Excel workbook",
        "ods" => "a LibreOffice workbook",
        "sav" => "an SPSS file",
        "parquet" => "Parquet",
        "txt" | "md" => "plain text or Markdown",
        "vtt" | "srt" => "a transcript",
        "docx" | "doc" => "a Word document",
        _ => return None,
    })
}

/// Refuses what is no table and finds the delimiter.
fn look(path: &Path, head: &[u8]) -> Result<u8, InputError> {
    if sniff::without_bom(head).trim_ascii().is_empty() {
        return Err(InputError::Empty { path: path.into() });
    }
    match sniff::nature(head) {
        Nature::Html => return Err(InputError::HtmlPage { path: path.into() }),
        Nature::Binary(looks_like) => {
            return Err(InputError::Binary { path: path.into(), looks_like });
        }
        Nature::Utf16 => {
            return Err(InputError::NotUtf8 {
                path: path.into(),
                line: 1,
                looks_like: Some("UTF-16"),
            });
        }
        Nature::Text => {}
    }
    let tabs = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tsv"));
    Ok(sniff::delimiter(sniff::without_bom(head), head.len() < sniff::HEAD, tabs))
}

/// How the data rows of one file came out.
#[derive(Default)]
struct Counts {
    read: u64,
    skipped: u64,
    ragged: u64,
    first_ragged: u64,
}

struct Rows<'a> {
    path: &'a Path,
    name: &'a str,
    cancelled: &'a dyn Fn() -> bool,
}

impl Rows<'_> {
    fn read(
        &self,
        bytes: impl Read,
        delimiter: u8,
        table: &mut Table,
    ) -> Result<Counts, InputError> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut record = ByteRecord::new();
        self.next(&mut reader, &mut record)?;
        let header = self.text(&record)?;
        self.check_header(&header)?;
        let placement = table.begin_source(&header);
        let mut counts = Counts::default();
        while self.next(&mut reader, &mut record)? {
            counts.read += 1;
            if counts.read.is_multiple_of(1000) && (self.cancelled)() {
                return Err(InputError::Cancelled);
            }
            self.place(&record, &placement, &mut counts, table)?;
        }
        self.judge(&counts, header.len())?;
        table.end_source(self.name, counts.skipped);
        Ok(counts)
    }

    fn next<R: Read>(
        &self,
        reader: &mut csv::Reader<R>,
        record: &mut ByteRecord,
    ) -> Result<bool, InputError> {
        reader.read_byte_record(record).map_err(|error| InputError::Unreadable {
            path: self.path.into(),
            source: io::Error::from(error),
        })
    }

    fn place(
        &self,
        record: &ByteRecord,
        placement: &Placement,
        counts: &mut Counts,
        table: &mut Table,
    ) -> Result<(), InputError> {
        let fields = self.text(record)?;
        if fields.len() != placement.width() {
            counts.ragged += 1;
            counts.skipped += 1;
            if counts.ragged == 1 {
                counts.first_ragged = line(record);
            }
            let (has, wanted) = (fields.len(), placement.width());
            let why = format!("has {has} fields where the header has {wanted}");
            table.skip(self.name, counts.read, line(record), &why);
        } else if fields.iter().all(|field| field.trim().is_empty()) {
            counts.skipped += 1;
            table.skip(self.name, counts.read, line(record), "is blank in every column");
        } else {
            table.push(placement, counts.read, &fields);
        }
        Ok(())
    }

    fn text(&self, record: &ByteRecord) -> Result<StringRecord, InputError> {
        StringRecord::from_byte_record(record.clone()).map_err(|_invalid| InputError::NotUtf8 {
            path: self.path.into(),
            line: line(record),
            looks_like: Some("Latin-1 or Windows-1252"),
        })
    }

    fn check_header(&self, header: &StringRecord) -> Result<(), InputError> {
        if header.iter().all(|name| name.trim().is_empty()) {
            return Err(InputError::NoColumns { path: self.path.into() });
        }
        let mut names: Vec<&str> = header.iter().map(str::trim).collect();
        names.sort_unstable();
        let twins = names.iter().zip(names.iter().skip(1)).find(|(left, right)| left == right);
        twins.map_or(Ok(()), |(name, _)| {
            let name = (*name).to_owned();
            Err(InputError::DuplicateColumn { path: self.path.into(), name })
        })
    }

    fn judge(&self, counts: &Counts, columns: usize) -> Result<(), InputError> {
        if counts.ragged * 2 > counts.read {
            return Err(InputError::Ragged {
                path: self.path.into(),
                ragged: counts.ragged,
                records: counts.read,
                columns,
                line: counts.first_ragged,
            });
        }
        if counts.read == counts.skipped {
            return Err(InputError::HeaderOnly { path: self.path.into() });
        }
        Ok(())
    }
}

fn line(record: &ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}
