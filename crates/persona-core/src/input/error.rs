//! Why a file cannot be used, one variant per situation.

use super::foreign::Foreign;
use std::io;
use std::path::PathBuf;

/// Input that cannot be used. Every variant about a file names it as given.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing was given to read.
    #[error("no data file was named")]
    NoPaths,
    /// The same file twice would count its people twice.
    #[error("{} is named twice", path.display())]
    RepeatedPath {
        /// As given, the second time.
        path: PathBuf,
    },
    /// Nothing lies there.
    #[error("{} does not exist", path.display())]
    Missing {
        /// As given.
        path: PathBuf,
    },
    /// A pipe, a device, a socket: reading could wait for ever.
    #[error("{} is no regular file", path.display())]
    NotAFile {
        /// As given.
        path: PathBuf,
    },
    /// A folder without a file that is read.
    #[error("the folder {} holds no file that can be read as data", path.display())]
    EmptyFolder {
        /// As given.
        path: PathBuf,
    },
    /// A folder with more files than a study has, such as a home folder.
    #[error("the folder {} holds more than {most} files or {depth} levels of folders", path.display())]
    FolderTooLarge {
        /// As given.
        path: PathBuf,
        /// Files that are read at most.
        most: usize,
        /// Levels that are entered at most.
        depth: usize,
    },
    /// The caller has no standard input.
    #[error("there is no standard input (`-`) to read here")]
    NoStandardInput,
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
    /// A list without records, a text without paragraphs, a workbook without rows.
    #[error("{} holds no data records", path.display())]
    NoRecords {
        /// As given.
        path: PathBuf,
    },
    /// A saved web page, often a login page in place of a download.
    #[error("{} is an HTML page, not data", path.display())]
    HtmlPage {
        /// As given.
        path: PathBuf,
    },
    /// A format that is not read, known by its first bytes.
    #[error("{} is no data that can be read: it holds {looks_like}", path.display())]
    Foreign {
        /// As given.
        path: PathBuf,
        /// What the bytes look like.
        looks_like: Foreign,
    },
    /// Bytes that the file's encoding does not have.
    #[error("{} is in {encoding}, but line {line} holds bytes that are not", path.display())]
    Garbled {
        /// As given.
        path: PathBuf,
        /// 1-based line of the first bad bytes.
        line: u64,
        /// The encoding of everything before them.
        encoding: &'static str,
    },
    /// Neither UTF-8, UTF-16 nor Windows-1252.
    #[error("{} is in no encoding we know: not UTF-8, UTF-16 or Windows-1252 (line {line}{})", path.display(), looks_like.map(|name| format!("; it looks like {name}")).unwrap_or_default())]
    UnknownEncoding {
        /// As given.
        path: PathBuf,
        /// 1-based line of the first such bytes.
        line: u64,
        /// The encoding the bytes suggest.
        looks_like: Option<&'static str>,
    },
    /// What the file claims to be has rules that it breaks.
    #[error("{} is not valid {format}: {problem} (line {line})", path.display())]
    Malformed {
        /// As given.
        path: PathBuf,
        /// `JSON`, `YAML` …
        format: &'static str,
        /// 1-based line where that shows.
        line: u64,
        /// A fragment for people.
        problem: String,
    },
    /// A workbook that cannot be opened: damaged, or with a password.
    #[error("{} is a workbook that cannot be read: {problem}", path.display())]
    Workbook {
        /// As given.
        path: PathBuf,
        /// A fragment for people.
        problem: String,
    },
    /// Valid, but not a list of records.
    #[error("{} holds {found}; one list of records is needed", path.display())]
    NoList {
        /// As given.
        path: PathBuf,
        /// What is there instead.
        found: &'static str,
    },
    /// A format that is read as a whole, and too much of it.
    #[error("{} is larger than {} MiB, the most that is read of {format}", path.display(), limit / (1024 * 1024))]
    TooLarge {
        /// As given.
        path: PathBuf,
        /// `JSON`, `YAML` …
        format: &'static str,
        /// In bytes.
        limit: u64,
    },
    /// A small file that unpacks or expands into a huge one.
    #[error("{} would grow to more than {} MiB when {what}", path.display(), limit / (1024 * 1024))]
    Bomb {
        /// As given.
        path: PathBuf,
        /// `unpacked`, or `its aliases are followed`.
        what: &'static str,
        /// In bytes.
        limit: u64,
    },
    /// Every column name is blank.
    #[error("{} has no columns: its header is blank", path.display())]
    NoColumns {
        /// As given.
        path: PathBuf,
    },
    /// More columns than any questionnaire has.
    #[error("{} has {columns} columns or more; at most {most} are read", path.display())]
    TooManyColumns {
        /// As given.
        path: PathBuf,
        /// Columns counted.
        columns: usize,
        /// The limit.
        most: usize,
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
    /// More than half of the records are bad.
    #[error("{}: {bad} of {records} records cannot be used (the first, at line {line}, {why})", path.display())]
    MostlyBad {
        /// As given.
        path: PathBuf,
        /// Records that cannot be used.
        bad: u64,
        /// All records.
        records: u64,
        /// 1-based line of the first one.
        line: u64,
        /// What is wrong with the first one.
        why: String,
    },
    /// A cell over one mebibyte, mostly the trace of a lost quote.
    #[error("{} has a field over 1 MiB, which begins at line {line}", path.display())]
    FieldTooLong {
        /// As given.
        path: PathBuf,
        /// 1-based line where the field begins.
        line: u64,
    },
    /// A line of JSON lines beyond all measure, mostly the trace of lost line ends.
    #[error("line {line} of {} is longer than {} MiB", path.display(), limit / (1024 * 1024))]
    LineTooLong {
        /// As given.
        path: PathBuf,
        /// 1-based.
        line: u64,
        /// In bytes.
        limit: u64,
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
