//! Bytes to UTF-8 while they pass. A mark at the beginning decides, else zero bytes in every second
//! place (UTF-16), else the first bytes beyond ASCII: valid UTF-8 or Windows-1252. Bytes that are
//! wrong in that encoding stop the reading with their line; nothing is ever replaced.

use super::error::InputError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read};
use std::path::Path;

/// Bytes that are looked at together.
const WINDOW: usize = 64 * 1024;

/// Bytes of the longest character in UTF-8.
const LONGEST: usize = 4;

/// Code points that Windows-1252 does not have.
const HOLES: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// Where decoding had to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Garbled {
    /// Bytes that the encoding does not have.
    Invalid { line: u64, encoding: &'static str },
    /// Bytes of an encoding that is not read.
    Unknown { line: u64, looks_like: Option<&'static str> },
}

impl Garbled {
    pub(super) fn error(self, path: &Path) -> InputError {
        let path = path.to_path_buf();
        match self {
            Self::Invalid { line, encoding } => InputError::Garbled { path, line, encoding },
            Self::Unknown { line, looks_like } => {
                InputError::UnknownEncoding { path, line, looks_like }
            }
        }
    }
}

/// Reads any known encoding as UTF-8.
pub(super) struct Decoding<R> {
    inner: R,
    raw: Vec<u8>,
    /// Bytes that are too few to tell an encoding by.
    held: Vec<u8>,
    decoder: Option<Decoder>,
    text: Vec<u8>,
    given: usize,
    line: u64,
    ended: bool,
    garbled: Option<Garbled>,
}

impl<R: Read> Decoding<R> {
    /// Decodes `inner`, whose first bytes are `head`.
    pub(super) fn new(inner: R, head: &[u8]) -> Self {
        let decoder = marked(head).map(Encoding::new_decoder_with_bom_removal);
        let (raw, held, text) = (Vec::new(), Vec::new(), Vec::new());
        Self { inner, raw, held, decoder, text, given: 0, line: 1, ended: false, garbled: None }
    }

    /// Why reading ended in an error, if decoding was the reason.
    pub(super) fn garbled(&self) -> Option<Garbled> {
        self.garbled
    }

    /// The name of the encoding; text of ASCII alone is UTF-8.
    pub(super) fn encoding(&self) -> &'static str {
        name(self.decoder.as_ref().map_or(UTF_8, Decoder::encoding))
    }

    /// Decodes the next window.
    fn fill(&mut self) -> io::Result<()> {
        self.given = 0;
        self.raw.clear();
        self.text.clear();
        self.raw.append(&mut self.held);
        let room = u64::try_from(WINDOW).unwrap_or(u64::MAX);
        let read = self.inner.by_ref().take(room).read_to_end(&mut self.raw)?;
        self.ended = read < WINDOW;
        let ascii = ascii_start(&self.raw).len();
        if self.decoder.is_none() && ascii < self.raw.len() {
            if !self.ended && self.raw.len() - ascii < LONGEST {
                self.held = self.raw.split_off(ascii);
            } else {
                self.decide()?;
            }
        }
        self.decode()?;
        self.line += newlines(&self.text);
        Ok(())
    }

    fn decide(&mut self) -> io::Result<()> {
        match decide(&self.raw, self.ended) {
            Ok(encoding) => {
                self.decoder = Some(encoding.new_decoder_without_bom_handling());
                Ok(())
            }
            Err(guess) => {
                let line = self.line + newlines(ascii_start(&self.raw));
                Err(self.stop(Garbled::Unknown { line, looks_like: Some(guess) }))
            }
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            std::mem::swap(&mut self.raw, &mut self.text);
            return Ok(());
        };
        let room = decoder.max_utf8_buffer_length_without_replacement(self.raw.len());
        self.text.resize(room.unwrap_or(WINDOW * 4), 0);
        let encoding = decoder.encoding();
        let hole = self.raw.iter().position(|byte| HOLES.contains(byte));
        if let Some(at) = hole.filter(|_| encoding == WINDOWS_1252) {
            let before = self.raw.get(..at).unwrap_or_default();
            let line = self.line + newlines(before);
            return Err(self.stop(Garbled::Unknown { line, looks_like: None }));
        }
        let (result, _, written) =
            decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.ended);
        self.text.truncate(written);
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                let line = self.line + newlines(&self.text);
                Err(self.stop(Garbled::Invalid { line, encoding: name(encoding) }))
            }
        }
    }

    fn stop(&mut self, garbled: Garbled) -> io::Error {
        self.garbled = Some(garbled);
        self.ended = true;
        io::Error::from(io::ErrorKind::InvalidData)
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.fill()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (rest.get(..count), buffer.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

/// As much of the first bytes as can be read, as text.
pub(super) fn readable(head: &[u8]) -> String {
    let mut decoding = Decoding::new(head, head);
    let mut text = Vec::new();
    // A head that ends inside a character is cut before it, and so is one with wrong bytes.
    let _cut = decoding.read_to_end(&mut text);
    if text.is_empty() {
        text.append(&mut decoding.text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The encoding that the first bytes announce, or give away by their zeros.
fn marked(head: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(head).map(|(encoding, _)| encoding).or_else(|| utf16_without_mark(head))
}

/// Text of mostly Latin letters has a zero in every second byte, and hardly one in the others.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let zeros =
        |at: usize| head.iter().skip(at).step_by(2).take(pairs).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let mostly =
        |many: usize, few: usize| pairs >= 4 && many * 10 >= pairs * 7 && few * 50 <= pairs;
    if mostly(second, first) {
        Some(UTF_16LE)
    } else if mostly(first, second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// UTF-8 or Windows-1252; else the name of what it looks like.
fn decide(window: &[u8], ended: bool) -> Result<&'static Encoding, &'static str> {
    let (characters, wrong) = beyond_ascii(window);
    if wrong == 0 || characters > wrong {
        return Ok(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, ended);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess == WINDOWS_1252 { Ok(WINDOWS_1252) } else { Err(guess.name()) }
}

/// Characters of two bytes and more that are valid UTF-8, and bytes that are not.
fn beyond_ascii(window: &[u8]) -> (usize, usize) {
    let (mut characters, mut wrong) = (0, 0);
    let mut rest = window;
    while let Err(error) = std::str::from_utf8(rest) {
        let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
        characters += many(valid);
        // The window may end inside a character.
        let Some(length) = error.error_len() else { return (characters, wrong) };
        wrong += 1;
        rest = after.get(length..).unwrap_or_default();
    }
    (characters + many(rest), wrong)
}

/// Characters beyond ASCII in valid UTF-8: their first bytes.
fn many(valid: &[u8]) -> usize {
    valid.iter().filter(|byte| **byte >= 0xC0).count()
}

fn ascii_start(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn name(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_16LE {
        "UTF-16LE"
    } else if encoding == UTF_16BE {
        "UTF-16BE"
    } else {
        encoding.name()
    }
}

#[cfg(test)]
mod tests;
