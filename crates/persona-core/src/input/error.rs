//! Why a file cannot be used, one variant per situation.

use std::io;
use std::path::PathBuf;

/// Input that cannot be used. Every variant but the first names the file.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing was given to read.
    #[error("no data file was named")]
    NoPaths,
    /// The same file twice would count its people twice.
    #[error("{} is named twice", path.display())]
    RepeatedPath {
        /// As given.
        path: PathBuf,
    },
    /// Nothing lies there.
    #[error("{} does not exist", path.display())]
    Missing {
        /// As given.
        path: PathBuf,
    },
    /// Folders come in a later version.
    #[error("{} is a folder; reading folders is not in this version", path.display())]
    IsDirectory {
        /// As given.
        path: PathBuf,
    },
    /// Standard input comes in a later version.
    #[error("reading standard input (`-`) is not in this version")]
    StandardInput,
    /// A format of a later version.
    #[error("{} is {format}, which is not in this version", path.display())]
    UnsupportedFormat {
        /// As given.
        path: PathBuf,
        /// What the extension stands for, with its article.
        format: &'static str,
    },
    /// The operating system refused.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// No bytes, or nothing but blank lines.
    #[error("{} is empty", path.display())]
    Empty {
        /// As given.
        path: PathBuf,
    },
    /// A header without data.
    #[error("{} has a header and no data records", path.display())]
    HeaderOnly {
        /// As given.
        path: PathBuf,
    },
    /// A saved web page, often a login page in place of a download.
    #[error("{} is an HTML page, not data", path.display())]
    HtmlPage {
        /// As given.
        path: PathBuf,
    },
    /// A binary format.
    #[error("{} is not text: it holds {looks_like}", path.display())]
    Binary {
        /// As given.
        path: PathBuf,
        /// What the bytes look like, with the article.
        looks_like: &'static str,
    },
    /// Other encodings come in a later version.
    #[error("{} is not UTF-8 (line {line}{})", path.display(), looks_like.map(|name| format!("; it looks like {name}")).unwrap_or_default())]
    NotUtf8 {
        /// As given.
        path: PathBuf,
        /// 1-based line of the record with the first bad bytes.
        line: u64,
        /// The encoding the bytes suggest.
        looks_like: Option<&'static str>,
    },
    /// Every column name is blank.
    #[error("{} has no columns: its header is blank", path.display())]
    NoColumns {
        /// As given.
        path: PathBuf,
    },
    /// Two columns of one name.
    #[error("{} has two columns named \"{name}\"", path.display())]
    DuplicateColumn {
        /// As given.
        path: PathBuf,
        /// The repeated name; empty for two blank ones.
        name: String,
    },
    /// More than half of the rows do not fit the header.
    #[error("{}: {ragged} of {records} rows do not have the header's {columns} columns (first at line {line})", path.display())]
    Ragged {
        /// As given.
        path: PathBuf,
        /// Rows that do not fit.
        ragged: u64,
        /// All data rows.
        records: u64,
        /// Width of the header.
        columns: usize,
        /// 1-based line of the first row that does not fit.
        line: u64,
    },
    /// A cell over one mebibyte, mostly the trace of a lost quote.
    #[error("{} has a field over 1 MiB, which begins at line {line}", path.display())]
    FieldTooLong {
        /// As given.
        path: PathBuf,
        /// 1-based line where the field begins.
        line: u64,
    },
    /// The file ends inside a quoted field.
    #[error("{} ends inside a quoted field that begins at line {line}", path.display())]
    Truncated {
        /// As given.
        path: PathBuf,
        /// 1-based line where the field begins.
        line: u64,
    },
    /// The caller asked to stop.
    #[error("reading was cancelled")]
    Cancelled,
}
