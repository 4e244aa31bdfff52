//! What is no data for persona, by its first bytes.

use std::fmt;

/// A format that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// With its article: `a PDF document`.
    pub name: &'static str,
    /// What one would do about it.
    pub family: Family,
}

/// Formats that call for the same remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Prose in a program's own format.
    Document,
    /// A table in a program's own format.
    Spreadsheet,
    /// The data of a statistics program.
    Statistics,
    /// Columns or rows of a database.
    Database,
    /// Files packed together.
    Archive,
    /// Pictures, sound, video.
    Media,
    /// Anything else that is no text.
    Binary,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Foreign {
    pub(super) const fn new(name: &'static str, family: Family) -> Self {
        Self { name, family }
    }
}

/// NUL is in no text.
pub(super) const NUL: Foreign = Foreign::new("NUL bytes", Family::Binary);

/// Begins a ZIP archive, which a workbook is.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";

const MAGIC: [(&[u8], Foreign); 35] = [
    (b"%PDF", Foreign::new("a PDF document", Family::Document)),
    (b"{\\rtf", Foreign::new("an RTF document", Family::Document)),
    (b"\xD0\xCF\x11\xE0", Foreign::new("an old Excel or Word document", Family::Spreadsheet)),
    (b"$FL2", Foreign::new("an SPSS file", Family::Statistics)),
    (b"$FL3", Foreign::new("an SPSS file", Family::Statistics)),
    (b"<stata_dta>", Foreign::new("a Stata file", Family::Statistics)),
    (b"RDX2", Foreign::new("an R data file", Family::Statistics)),
    (b"RDX3", Foreign::new("an R data file", Family::Statistics)),
    (b"PAR1", Foreign::new("a Parquet file", Family::Database)),
    (b"ARROW1", Foreign::new("an Arrow file", Family::Database)),
    (b"Obj\x01", Foreign::new("an Avro file", Family::Database)),
    (b"\x89HDF", Foreign::new("an HDF5 file", Family::Database)),
    (b"SQLite format 3", Foreign::new("a SQLite database", Family::Database)),
    (b"PK\x05\x06", Foreign::new("an empty ZIP archive", Family::Archive)),
    (b"\x1F\x8B", Foreign::new("a gzip archive", Family::Archive)),
    (b"BZh91AY", Foreign::new("a bzip2 archive", Family::Archive)),
    (b"\xFD7zXZ", Foreign::new("an XZ archive", Family::Archive)),
    (b"\x28\xB5\x2F\xFD", Foreign::new("a Zstandard archive", Family::Archive)),
    (b"7z\xBC\xAF\x27\x1C", Foreign::new("a 7-Zip archive", Family::Archive)),
    (b"Rar!\x1A\x07", Foreign::new("a RAR archive", Family::Archive)),
    (b"\x89PNG", Foreign::new("a PNG image", Family::Media)),
    (b"\xFF\xD8\xFF", Foreign::new("a JPEG image", Family::Media)),
    (b"GIF87a", Foreign::new("a GIF image", Family::Media)),
    (b"GIF89a", Foreign::new("a GIF image", Family::Media)),
    (b"II*\0", Foreign::new("a TIFF image", Family::Media)),
    (b"MM\0*", Foreign::new("a TIFF image", Family::Media)),
    (b"RIFF", Foreign::new("a picture, sound or video", Family::Media)),
    (b"OggS", Foreign::new("sound or video", Family::Media)),
    (b"fLaC", Foreign::new("sound", Family::Media)),
    (b"ID3\x03", Foreign::new("sound (MP3)", Family::Media)),
    (b"ID3\x04", Foreign::new("sound (MP3)", Family::Media)),
    (b"\x1A\x45\xDF\xA3", Foreign::new("a video", Family::Media)),
    (b"\x7FELF", Foreign::new("a program", Family::Binary)),
    (b"MZ\x90\0", Foreign::new("a program", Family::Binary)),
    (b"SIMPLE  =", Foreign::new("a FITS file", Family::Binary)),
];

/// The format that the first bytes announce, if it is one that is not read.
pub(super) fn foreign(head: &[u8]) -> Option<Foreign> {
    if head.get(4..8) == Some(b"ftyp") {
        return Some(Foreign::new("a video or sound", Family::Media));
    }
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, foreign)| *foreign)
}

/// What a ZIP archive is, by the names of its files; `None` for an Excel workbook.
pub(super) fn packed(mut names: impl FnMut(&str) -> bool) -> Option<Foreign> {
    const KNOWN: [(&str, Foreign); 5] = [
        ("word/document.xml", Foreign::new("a Word document", Family::Document)),
        ("ppt/presentation.xml", Foreign::new("a PowerPoint presentation", Family::Document)),
        ("xl/workbook.bin", Foreign::new("a binary Excel workbook", Family::Spreadsheet)),
        ("content.xml", Foreign::new("a LibreOffice document or workbook", Family::Spreadsheet)),
        ("META-INF/container.xml", Foreign::new("an e-book", Family::Document)),
    ];
    if names("xl/workbook.xml") {
        return None;
    }
    let known = KNOWN.iter().find(|(name, _)| names(name)).map(|(_, foreign)| *foreign);
    Some(known.unwrap_or(Foreign::new("a ZIP archive", Family::Archive)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_it_is() {
        let name = |head: &[u8]| foreign(head).map(|foreign| foreign.name);
        assert_eq!(name(b"%PDF-1.7"), Some("a PDF document"));
        assert_eq!(name(b"\0\0\0\x20ftypisom"), Some("a video or sound"));
        assert_eq!(name(b"id,answer\n"), None);
        assert_eq!(packed(|name| name == "xl/workbook.xml"), None);
        assert_eq!(packed(|name| name == "word/document.xml").unwrap().name, "a Word document");
        assert_eq!(packed(|_| false).unwrap().family, Family::Archive);
    }
}
