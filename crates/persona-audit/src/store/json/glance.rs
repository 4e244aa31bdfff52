//! A line of columns in the one layout that nearly all have, read where it stands.

use std::num::NonZero;

use crate::store::json::columns::Line;

/// Where a text without escapes stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// A quotation mark stands before it.
    start: NonZero<u32>,
    end: u32,
}

impl Span {
    /// Returns the text.
    pub(super) fn text(self, bytes: &[u8]) -> Option<&str> {
        let (start, end) =
            (usize::try_from(self.start.get()).ok()?, usize::try_from(self.end).ok()?);
        std::str::from_utf8(bytes.get(start..end)?).ok()
    }
}

/// Reads the line that begins at `start` and returns it with its end; `None` is for the parser to judge.
pub(super) fn plain(bytes: &[u8], start: usize) -> Option<(Line<Span>, usize)> {
    let mut glance = Glance { bytes, at: start };
    let mut line = Line::bare(0);
    glance.text(b"{\"audit_id\":", &mut line.audit_id)?;
    let opening = glance.text(b",\"data_hash\":", &mut line.data_hash).is_some();
    if opening {
        glance.text(b",\"data_path\":", &mut line.data_path)?;
    }
    line.index = glance.index(b",\"index\":")?;
    if opening {
        glance.text(b",\"model\":", &mut line.model)?;
        glance.text(b",\"provider\":", &mut line.provider)?;
        glance.text(b",\"status\":", &mut line.status)?;
        glance.text(b",\"time\":", &mut line.time)?;
        glance.text(b",\"user\":", &mut line.user)?;
        glance.take(b"}\n")?;
    } else if glance.take(b"}\n").is_none() {
        glance.text(b",\"status\":", &mut line.status)?;
        glance.take(b"}\n")?;
    }
    Some((line, glance.at))
}

struct Glance<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Glance<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.rest().starts_with(expected).then(|| self.at += expected.len())
    }

    /// Takes a member that is a text or `null`.
    fn text(&mut self, name: &[u8], member: &mut Option<Span>) -> Option<()> {
        self.take(name)?;
        if self.take(b"null").is_some() {
            return Some(());
        }
        self.take(b"\"")?;
        let start = NonZero::new(u32::try_from(self.at).ok()?)?;
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        self.at += self.rest().iter().position(special)?;
        let end = u32::try_from(self.at).ok()?;
        *member = Some(Span { start, end });
        self.take(b"\"")
    }

    /// Takes a member that is a number of at most fifteen digits, in its one spelling.
    fn index(&mut self, name: &[u8]) -> Option<i64> {
        self.take(name)?;
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.rest().get(..length)?;
        if length > 15 || (length > 1 && digits.starts_with(b"0")) {
            return None;
        }
        self.at += length;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENING: &str = "{\"audit_id\":\"0190\",\"data_hash\":\"sha256:0\",\"data_path\":\"é.csv\",\"index\":17,\"model\":\"m\",\"provider\":null,\"status\":\"started\",\"time\":\"2025\",\"user\":\"\"}\n";

    fn glanced(text: &str) -> Option<Vec<u8>> {
        let bytes = format!("??{text}").into_bytes();
        let (line, end) = plain(&bytes, 2)?;
        assert_eq!(end, bytes.len());
        Some(line.texts(&bytes).encode())
    }

    #[test]
    fn what_is_read_in_place_is_what_the_parser_reads() {
        let closing = "{\"audit_id\":\"0190\",\"index\":0,\"status\":\"completed\"}\n";
        for text in [OPENING, closing, "{\"audit_id\":null,\"index\":3}\n"] {
            assert_eq!(glanced(text).unwrap(), text.as_bytes());
            for place in 0..text.len() {
                for byte in *b"\"\\0n{,}\n\x1f " {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[place] = byte;
                    let Some((line, end)) =
                        plain(&bytes, 0).filter(|_| std::str::from_utf8(&bytes).is_ok())
                    else {
                        continue;
                    };
                    assert_eq!(end, bytes.len());
                    let parsed: Line = serde_json::from_slice(&bytes).unwrap();
                    assert_eq!(line.texts(&bytes).encode(), parsed.encode());
                }
            }
        }
    }

    #[test]
    fn what_is_spelled_otherwise_is_left_to_the_parser() {
        for (from, to) in [
            ("17", "017"),
            ("17", "-17"),
            ("17", "9007199254740992"),
            ("m", "\\u006d"),
            (",\"m", ", \"m"),
        ] {
            assert_eq!(glanced(&OPENING.replacen(from, to, 1)), None, "{to}");
        }
        assert_eq!(glanced(OPENING.trim_end()), None);
    }
}
