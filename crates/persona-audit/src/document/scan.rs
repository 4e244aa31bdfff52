//! The one pass: takes what RFC 8785 writes within I-JSON, and nothing else.

use super::{Key, Node};
use crate::canonical::is_canonical_by_reference;

/// How deep arrays and objects may lie in each other, as `serde_json` has it.
const MAX_DEPTH: usize = 127;
/// Integers of so many digits are below 2^53 whatever they are.
const SAFE_DIGITS: usize = 15;

/// Returns the nodes of a text in UTF-8, or `None` where it is not canonical JSON.
pub(super) fn nodes(text: &[u8]) -> Option<Vec<Node>> {
    // Places are kept in four bytes; no store holds a body of four gigabytes.
    u32::try_from(text.len()).ok()?;
    let mut scan = Scan { text, at: 0, nodes: Vec::with_capacity(text.len() / 20 + 1) };
    scan.value(0, 0)?;
    (scan.at == text.len()).then_some(scan.nodes)
}

struct Scan<'text> {
    text: &'text [u8],
    at: usize,
    nodes: Vec<Node>,
}

impl Scan<'_> {
    fn value(&mut self, key: usize, depth: usize) -> Option<()> {
        let (place, start) = (self.nodes.len(), self.at);
        let node = Node {
            key: u32::try_from(key).ok()?,
            start: u32::try_from(start).ok()?,
            end: 0,
            next: 0,
        };
        self.nodes.push(node);
        match self.peek()? {
            b'{' => self.object(depth + 1)?,
            b'[' => self.array(depth + 1)?,
            b'"' => self.string()?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        let (end, next) = (u32::try_from(self.at).ok()?, u32::try_from(self.nodes.len()).ok()?);
        let node = self.nodes.get_mut(place)?;
        (node.end, node.next) = (end, next);
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.open(depth)?;
        if self.took(b'}') {
            return Some(());
        }
        let mut before: Option<(usize, usize)> = None;
        loop {
            let start = self.at;
            self.string()?;
            let key = (start + 1, self.at - 1);
            if let Some(before) = before
                && self.key(before)? >= self.key(key)?
            {
                return None;
            }
            before = Some(key);
            self.word(b":")?;
            self.value(start, depth)?;
            if self.took(b'}') {
                return Some(());
            }
            self.word(b",")?;
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.open(depth)?;
        if self.took(b']') {
            return Some(());
        }
        loop {
            self.value(self.at, depth)?;
            if self.took(b']') {
                return Some(());
            }
            self.word(b",")?;
        }
    }

    /// A string whose only escapes are the ones that must be, in their one spelling.
    fn string(&mut self) -> Option<()> {
        self.word(b"\"")?;
        loop {
            let rest = self.text.get(self.at..)?;
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            self.at += plain;
            match rest.get(plain)? {
                b'"' => break,
                b'\\' => self.escape(rest.get(plain + 1..)?)?,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    fn escape(&mut self, after: &[u8]) -> Option<()> {
        self.at += match after {
            [b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', ..] => 2,
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
            _ => return None,
        };
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
        let number = rest.get(..length)?;
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        let is_plain = match digits {
            [b'0'] => number.len() == 1,
            [b'1'..=b'9', more @ ..] => {
                digits.len() <= SAFE_DIGITS && more.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
        if !is_plain && !is_canonical_by_reference(number) {
            return None;
        }
        self.at += length;
        Some(())
    }

    fn open(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        (depth <= MAX_DEPTH).then_some(())
    }

    fn key(&self, (start, end): (usize, usize)) -> Option<Key<'_>> {
        std::str::from_utf8(self.text.get(start..end)?).ok().map(Key)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.text.get(self.at..)?.starts_with(word);
        found.then(|| self.at += word.len())
    }

    fn took(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}
