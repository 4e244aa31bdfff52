//! A checkpoint: origin, size and root of a log as a C2SP signed note (tlog-checkpoint).
//!
//! ```text
//! persona/000102030405060708090a0b0c0d0e0f
//! 2
//! wc6tZg4bn5D0dUXAeec7V7JMfZ6ux87WMVdrtwjtl+k=
//!
//! — persona/000102030405060708090a0b0c0d0e0f 6W7j2jDVTcoB3IqU…
//! ```

use crate::base64;
use crate::digest::Digest;
use crate::id::Origin;
use crate::key::{PrivateKey, PublicKey};

/// A note is never larger: three lines and a handful of signatures.
const MAX_NOTE: usize = 16 * 1024;
/// C2SP signed-note asks readers to accept at least this many signatures.
const MAX_SIGNATURES: usize = 16;

/// The state of a log at some size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: Origin,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// Returns the text that signatures cover.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Returns the note that `key` signs.
    pub fn sign(&self, key: &PrivateKey) -> SignedCheckpoint {
        let body = self.body();
        let signature = NoteSignature {
            name: self.origin.as_str().to_owned(),
            key_hash: key.public().note_hash(self.origin.as_str()),
            signature: key.sign(body.as_bytes()).to_vec(),
        };
        SignedCheckpoint { checkpoint: self.clone(), signatures: vec![signature] }
    }

    /// Returns the note without a signature, as logs with signing off keep it.
    pub fn unsigned(&self) -> SignedCheckpoint {
        SignedCheckpoint { checkpoint: self.clone(), signatures: Vec::new() }
    }

    fn parse(body: &str) -> Option<Self> {
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let origin = Origin::parse(lines.next()?)?;
        let digits = lines.next()?;
        let size: u64 = digits.parse().ok()?;
        let root = Digest::from_base64(lines.next()?)?;
        (lines.next().is_none() && size.to_string() == digits).then_some(Self {
            origin,
            size,
            root,
        })
    }
}

/// A checkpoint with the signatures that stand under it, not yet judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<NoteSignature>,
}

/// One signature line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    key_hash: [u8; 4],
    /// 64 bytes for a key of type Ed25519; other types are kept, and count for nothing.
    signature: Vec<u8>,
}

/// What a note says of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureStatus {
    /// The key signed this text.
    Good,
    /// The note names the key, but the signature is not the key's over this text.
    Bad,
    /// The note does not name the key.
    Absent,
}

/// The bytes are no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: origin, size and root as a signed note")]
pub struct CheckpointError;

impl SignedCheckpoint {
    /// Reads a note.
    ///
    /// # Errors
    /// [`CheckpointError`] for everything but the one spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        Self::read(bytes).ok_or(CheckpointError)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_NOTE {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let (body, lines) = text.split_once("\n\n")?;
        let checkpoint = Checkpoint::parse(&format!("{body}\n"))?;
        let signatures = match lines.strip_suffix('\n') {
            Some(lines) => {
                lines.split('\n').map(NoteSignature::read).collect::<Option<Vec<_>>>()?
            }
            None if lines.is_empty() => Vec::new(),
            None => return None,
        };
        (signatures.len() <= MAX_SIGNATURES).then_some(Self { checkpoint, signatures })
    }

    /// Returns the state that the note speaks of.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether nobody signed.
    pub fn is_unsigned(&self) -> bool {
        self.signatures.is_empty()
    }

    /// Judges the note for one key: a key that is named and fails is worse than one not named.
    pub fn signed_by(&self, key: &PublicKey) -> SignatureStatus {
        let name = self.checkpoint.origin.as_str();
        let hash = key.note_hash(name);
        let body = self.checkpoint.body();
        let mut status = SignatureStatus::Absent;
        for line in self.signatures.iter().filter(|line| line.name == name && line.key_hash == hash)
        {
            match <&[u8; 64]>::try_from(line.signature.as_slice()) {
                Ok(signature) if key.verifies(body.as_bytes(), signature) => {
                    status = SignatureStatus::Good;
                }
                _ => return SignatureStatus::Bad,
            }
        }
        status
    }

    /// Returns the note's text.
    pub fn to_text(&self) -> String {
        let mut text = self.checkpoint.body();
        text.push('\n');
        for line in &self.signatures {
            let bytes = [&line.key_hash[..], &line.signature].concat();
            text.push_str(&format_signature(&line.name, &bytes));
        }
        text
    }
}

impl NoteSignature {
    fn read(line: &str) -> Option<Self> {
        let (name, text) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = base64::decode(text)?;
        let (key_hash, signature) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            name: Origin::parse(name)?.as_str().to_owned(),
            key_hash: *key_hash,
            signature: signature.to_vec(),
        })
    }
}

fn format_signature(name: &str, bytes: &[u8]) -> String {
    format!("— {name} {}\n", base64::encode(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed() -> SignedCheckpoint {
        let origin = Origin::parse("persona/test").unwrap();
        Checkpoint { origin, size: 3, root: Digest::of(b"") }.sign(&PrivateKey::from_seed(&[1; 32]))
    }

    #[test]
    fn good_bad_and_absent_are_three_answers() {
        let key = PrivateKey::from_seed(&[1; 32]).public();
        let note = signed();
        assert_eq!(note.signed_by(&key), SignatureStatus::Good);
        let stranger = PrivateKey::from_seed(&[2; 32]).public();
        assert_eq!(note.signed_by(&stranger), SignatureStatus::Absent);
        let forged = note.to_text().replace("\n3\n", "\n4\n");
        let forged = SignedCheckpoint::parse(forged.as_bytes()).unwrap();
        assert_eq!(forged.signed_by(&key), SignatureStatus::Bad);
    }

    #[test]
    fn only_one_spelling_is_read() {
        let text = signed().to_text();
        assert_eq!(SignedCheckpoint::parse(text.as_bytes()).unwrap(), signed());
        let hostile = [
            text.replace("\n3\n", "\n03\n"),
            text.replace("\n3\n", "\n+3\n"),
            text.replace("\n3\n", "\n3\nextension\n"),
            text.replace("\n\n", "\n"),
            text.replace("— ", "- "),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!(" {text}"),
            text.repeat(2),
            String::new(),
        ];
        for text in hostile {
            assert_eq!(SignedCheckpoint::parse(text.as_bytes()), Err(CheckpointError), "{text:?}");
        }
    }

    #[test]
    fn signatures_of_other_kinds_are_kept_and_count_for_nothing() {
        let witness = format_signature("witness.example", &[9; 4 + 8 + 64]);
        let text = signed().to_text() + &witness;
        let note = SignedCheckpoint::parse(text.as_bytes()).unwrap();
        assert_eq!(note.to_text(), text);
        let key = PrivateKey::from_seed(&[1; 32]).public();
        assert_eq!(note.signed_by(&key), SignatureStatus::Good);
    }

    #[test]
    fn a_note_without_signatures_is_read_as_such() {
        let unsigned = signed().checkpoint().unsigned();
        let read = SignedCheckpoint::parse(unsigned.to_text().as_bytes()).unwrap();
        assert!(read.is_unsigned());
    }

    proptest! {
        #[test]
        fn what_parses_prints_the_same(cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = signed().to_text().into_bytes();
            let at = cut.index(bytes.len());
            bytes[at] = byte;
            if let Ok(note) = SignedCheckpoint::parse(&bytes) {
                prop_assert_eq!(note.to_text().into_bytes(), bytes);
            }
        }
    }
}
