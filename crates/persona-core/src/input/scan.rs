//! A reader that hashes every byte it hands on, and one that watches fields as they pass: their
//! length, NUL bytes and whether the last quote was ever closed.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read};

/// The longest field that is data and not an accident.
pub(super) const FIELD_LIMIT: u64 = 1024 * 1024;

/// Hashes and counts what passes.
pub(super) struct Hashing<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, digest: Sha256::new(), bytes: 0 }
    }

    /// Reads on to the end, so that the digest covers the whole file.
    pub(super) fn finish(mut self) -> io::Result<(String, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((HEXLOWER.encode(&self.digest.finalize()), self.bytes))
    }
}

impl Hashing<File> {
    /// The length of the whole file.
    pub(super) fn length(&self) -> io::Result<u64> {
        self.inner.metadata().map(|found| found.len())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(read) = buffer.get(..count) {
            self.digest.update(read);
            self.bytes += u64::try_from(count).unwrap_or(u64::MAX);
        }
        Ok(count)
    }
}

/// What [`Watching`] refuses to hand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    FieldTooLong { line: u64 },
    Nul,
}

/// Follows the quoting of delimited text byte by byte.
pub(super) struct Watching<R> {
    inner: R,
    delimiter: u8,
    state: State,
    line: u64,
    field_line: u64,
    field_bytes: u64,
    trouble: Option<Trouble>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl<R: Read> Watching<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        let state = State::FieldStart;
        Self { inner, delimiter, state, line: 1, field_line: 1, field_bytes: 0, trouble: None }
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// The line of the quoted field that is still open.
    pub(super) fn open_quote(&self) -> Option<u64> {
        (self.state == State::Quoted).then_some(self.field_line)
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) | (State::QuoteInQuoted, b'"') => State::Quoted,
            (_, b'\n' | b'\r') => State::FieldStart,
            (_, byte) if byte == self.delimiter => State::FieldStart,
            (State::FieldStart, b'"') => {
                self.field_line = self.line;
                State::Quoted
            }
            (State::FieldStart | State::Plain | State::QuoteInQuoted, _) => State::Plain,
        };
        self.line += u64::from(byte == b'\n');
        self.measure(byte);
    }

    fn measure(&mut self, byte: u8) {
        if self.state == State::FieldStart {
            (self.field_bytes, self.field_line) = (0, self.line);
        } else {
            self.field_bytes += 1;
        }
        if byte == 0 {
            self.trouble = Some(Trouble::Nul);
        } else if self.field_bytes > FIELD_LIMIT {
            self.trouble = Some(Trouble::FieldTooLong { line: self.field_line });
        }
    }
}

impl<R: Read> Read for Watching<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for &byte in buffer.get(..count).unwrap_or_default() {
            self.step(byte);
            if self.trouble.is_some() {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(text: &[u8]) -> (Option<u64>, Option<Trouble>) {
        let mut watching = Watching::new(text, b',');
        let _ended = io::copy(&mut watching, &mut io::sink());
        (watching.open_quote(), watching.trouble())
    }

    #[test]
    fn knows_an_open_quote_from_a_closed_or_a_literal_one() {
        assert_eq!(watch(b"a,b\n\"x \"\"y\"\" \nz\",5\" pipe\n"), (None, None));
        assert_eq!(watch(b"a,b\n1,2\n3,\"cut off\nhere"), (Some(3), None));
    }

    #[test]
    fn stops_at_a_nul_and_at_a_field_over_the_limit() {
        assert_eq!(watch(b"a\n\0").1, Some(Trouble::Nul));
        let long = [b"a\nb\n".as_slice(), &vec![b'x'; 1024 * 1024 + 1]].concat();
        assert_eq!(watch(&long).1, Some(Trouble::FieldTooLong { line: 3 }));
        assert_eq!(watch(&vec![b'x'; 1024 * 1024]).1, None);
    }

    #[test]
    fn the_digest_covers_what_nobody_read() {
        let mut hashing = Hashing::new(b"abc".as_slice());
        let mut one = [0];
        hashing.read_exact(&mut one).unwrap();
        let (hex, bytes) = hashing.finish().unwrap();
        assert_eq!((hex, bytes), (crate::digest::sha256_hex(b"abc"), 3));
    }
}
