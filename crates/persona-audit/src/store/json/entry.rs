//! An entry's file: one line of canonical JSON, with header and halves in it byte for byte.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::base64;
use crate::store::{StoredEntry, StoredHalf, StoredState};

/// The header that stands for a file that does not read: no bytes that anything hashes to.
const NO_HEADER: &[u8] = b"the entry's file does not read";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile<'file> {
    checkpoint: Option<String>,
    frontier: Vec<String>,
    #[serde(borrow)]
    header: &'file RawValue,
    #[serde(borrow)]
    private: Option<HalfFile<'file>>,
    #[serde(borrow)]
    public: Option<HalfFile<'file>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HalfFile<'file> {
    #[serde(borrow)]
    body: Option<&'file RawValue>,
    commitment: Option<String>,
    nonce: Option<String>,
}

/// Returns the bytes of the entry's file, or `None` for what no such file can hold.
pub(super) fn encode(entry: &StoredEntry) -> Option<Vec<u8>> {
    let none = StoredState::default();
    let state = entry.state.as_ref().unwrap_or(&none);
    let mut line = b"{\"checkpoint\":".to_vec();
    match &state.checkpoint {
        Some(note) => line.extend(quoted(std::str::from_utf8(note).ok()?)?),
        None => line.extend(b"null"),
    }
    line.extend(b",\"frontier\":[");
    for (position, hash) in state.frontier.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        line.extend(format!("{comma}\"{}\"", base64::encode(hash)).bytes());
    }
    line.extend(b"],\"header\":");
    line.extend(&entry.header);
    line.extend(b",\"private\":");
    encode_half(&entry.private, &mut line)?;
    line.extend(b",\"public\":");
    encode_half(&entry.public, &mut line)?;
    line.extend(b"}\n");
    Some(line)
}

/// Reads an entry's file. One that is not spelled as [`encode`] spells it comes back as an entry whose
/// header nothing hashes to: verification finds it, nothing repairs it.
pub(super) fn decode(index: i64, bytes: &[u8]) -> StoredEntry {
    let entry = parse(index, bytes);
    let spelled = |entry: &StoredEntry| encode(entry).is_some_and(|encoded| encoded == bytes);
    entry.filter(spelled).unwrap_or_else(|| unread(index, fault(bytes)))
}

/// Returns the entry that stands for what is none.
pub(super) fn unread(index: i64, fault: &'static str) -> StoredEntry {
    StoredEntry {
        index,
        audit_id: None,
        header: NO_HEADER.to_vec(),
        public: StoredHalf::default(),
        private: StoredHalf::default(),
        state: Some(StoredState::default()),
        fault: Some(fault),
    }
}

/// Why a file that does not read does not.
fn fault(bytes: &[u8]) -> &'static str {
    let ends = |error: serde_json::Error| error.is_eof();
    let cut = serde_json::from_slice::<&RawValue>(bytes).err().is_some_and(ends);
    match bytes {
        [] => "is empty",
        [.., b'\n'] if !cut => "is not as persona writes it",
        [..] => "is cut short",
    }
}

fn parse(index: i64, bytes: &[u8]) -> Option<StoredEntry> {
    let file: EntryFile<'_> = serde_json::from_slice(bytes).ok()?;
    let frontier = file.frontier.iter().map(|hash| base64::decode(hash)).collect::<Option<_>>()?;
    Some(StoredEntry {
        index,
        audit_id: None,
        header: file.header.get().as_bytes().to_vec(),
        public: parse_half(file.public)?,
        private: parse_half(file.private)?,
        state: Some(StoredState { frontier, checkpoint: file.checkpoint.map(String::into_bytes) }),
        fault: None,
    })
}

fn parse_half(half: Option<HalfFile<'_>>) -> Option<StoredHalf> {
    let Some(half) = half else { return Some(StoredHalf::default()) };
    let decode = |text: Option<String>| match text {
        Some(text) => base64::decode(&text).map(Some),
        None => Some(None),
    };
    Some(StoredHalf {
        body: half.body.map(|body| body.get().as_bytes().to_vec()),
        nonce: decode(half.nonce)?,
        commitment: decode(half.commitment)?,
    })
}

fn encode_half(half: &StoredHalf, line: &mut Vec<u8>) -> Option<()> {
    match (&half.body, &half.nonce, &half.commitment) {
        (Some(body), Some(nonce), None) => {
            line.extend(b"{\"body\":");
            line.extend(body);
            line.extend(format!(",\"nonce\":\"{}\"}}", base64::encode(nonce)).bytes());
        }
        (None, None, Some(commitment)) => {
            line.extend(format!("{{\"commitment\":\"{}\"}}", base64::encode(commitment)).bytes());
        }
        (None, None, None) => line.extend(b"null"),
        _ => return None,
    }
    Some(())
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    serde_json::to_vec(text).ok()
}

#[cfg(test)]
mod tests;
