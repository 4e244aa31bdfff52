//! The table every later step reads.

use super::column::Column;
use super::origins::{Origin, Origins};
use super::sampling::Sampling;
use crate::issue::Issue;
use crate::number::index;
use serde::Serialize;

/// Research data: one row a person (or an answer), columns with a kind, and where it all came from.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The files, in order of their path bytes.
    pub sources: Vec<Source>,
    /// The columns, in order of first appearance.
    pub columns: Vec<Column>,
    /// Where each accepted row stands.
    pub origins: Origins,
    /// `sha256:HEX` of the file's bytes; of several files, of the lines `HEX  PATH\n`.
    pub data_hash: String,
    /// `sha256:HEX` of the first ten accepted records as canonical JSON lines.
    pub data_preview_hash: String,
    /// Rows and files that were left out, each with its place.
    pub skipped: Vec<Issue>,
    /// How much text was kept of an input too big to keep all; none when all was.
    pub sampling: Option<Sampling>,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// As given, or relative to the folder named; `-` for standard input. Only the record holds it.
    pub path: String,
    /// What the output calls it: the file name, or the path relative to the folder named; of equal
    /// ones the shortest tail of the path that tells them apart.
    pub name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Accepted data records.
    pub records: u64,
    /// Data records that are bad or blank, and were left out.
    pub skipped: u64,
    /// `csv`, `tsv`, `json`, `jsonl`, `yaml`, `xlsx`, `txt`, `markdown`, `vtt` or `srt`.
    pub format: &'static str,
    /// The encoding of the text; a workbook has none.
    pub encoding: Option<&'static str>,
    /// The separator that was found, in CSV and TSV.
    pub delimiter: Option<char>,
    /// The sheet of the workbook that was read.
    pub sheet: Option<String>,
}

impl Dataset {
    /// Number of accepted rows.
    pub fn rows(&self) -> usize {
        self.origins.len()
    }

    /// What has to be said of the input: rows left out, text sampled.
    pub fn issues(&self) -> Vec<Issue> {
        let sampled = self.sampling.as_ref().and_then(|sampling| sampling.remark(&self.columns));
        self.skipped.iter().cloned().chain(sampled).collect()
    }

    /// Name of the source and number of the record of a row.
    pub fn place(&self, row: usize) -> Option<(&str, u64)> {
        let origin = self.origins.get(row)?;
        let source = self.sources.get(index(origin.source))?;
        Some((&source.name, origin.record))
    }

    /// The row at a place named by a persona.
    pub fn row_at(&self, source: &str, record: u64) -> Option<usize> {
        let source = self.sources.iter().position(|known| known.name == source)?;
        let wanted = Origin { source: u32::try_from(source).ok()?, record };
        self.origins.find(wanted)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
