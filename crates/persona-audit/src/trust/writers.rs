//! Who writes to a log: pairs of keys, each with the span of indexes it signs for.
//!
//! A span begins with the entry after the one that admits it, and has no end in this version. So no
//! key says anything about what stood before it came.

use crate::checkpoint::{SignatureStatus, SignedCheckpoint};
use crate::key::PublicKey;
use crate::keyfolder::KeyName;
use crate::trust::admission::Admission;

/// One machine that writes to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogWriter {
    /// Signs checkpoints.
    pub(crate) log_key: PublicKey,
    /// Signs attestations.
    pub(crate) attest_key: PublicKey,
    /// What it was called when it was admitted.
    pub(crate) name: Option<String>,
    /// The first index that its span covers.
    pub(crate) from: u64,
}

impl LogWriter {
    /// Returns the key that signs what `name` says.
    pub(crate) fn key(&self, name: KeyName) -> &PublicKey {
        match name {
            KeyName::Log => &self.log_key,
            KeyName::Attest => &self.attest_key,
        }
    }

    /// Whether its keys sign for the entry at `index`.
    pub(crate) fn covers(&self, index: u64) -> bool {
        self.from <= index
    }

    /// Whether a key is one of the pair, or would go by the same four bytes in a note, where it would
    /// make the other's signatures look false.
    fn clashes(&self, origin: &str, key: &PublicKey) -> bool {
        [&self.log_key, &self.attest_key].contains(&key)
            || self.log_key.note_hash(origin) == key.note_hash(origin)
    }
}

/// Everybody who writes, in the order of admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writers {
    first: LogWriter,
    admitted: Vec<LogWriter>,
}

/// What a note's signatures are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature<'writers> {
    /// Signed by a key whose span covers the note's last entry.
    Good(&'writers LogWriter),
    /// A key is named that did not sign this.
    Bad,
    /// Signed only by keys whose spans begin later.
    OutOfSpan,
    /// Signed only by keys that were never admitted.
    Unknown,
    /// Not signed.
    Absent,
}

impl Writers {
    /// Begins with who opened the log.
    pub(crate) fn opened_by(log_key: PublicKey, attest_key: PublicKey) -> Self {
        let first = LogWriter { log_key, attest_key, name: None, from: 0 };
        Self { first, admitted: Vec::new() }
    }

    /// Returns who opened the log.
    pub(crate) fn first(&self) -> &LogWriter {
        &self.first
    }

    /// Returns everybody, who opened the log first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &LogWriter> {
        std::iter::once(&self.first).chain(&self.admitted)
    }

    /// Adds who the entry at `index` admits; `false` where one of the keys has a span already.
    pub(crate) fn admit(&mut self, index: u64, admission: Admission) -> bool {
        if self.knows(&admission).is_some() {
            return false;
        }
        let Admission { origin: _, log_key, attest_key, name } = admission;
        let from = index.saturating_add(1);
        self.admitted.push(LogWriter { log_key, attest_key, name, from });
        true
    }

    /// Returns the key of `admission` that is admitted already, or cannot be told from one that is.
    pub(crate) fn knows<'a>(&self, admission: &'a Admission) -> Option<&'a PublicKey> {
        let origin = admission.origin.as_str();
        let keys = [&admission.log_key, &admission.attest_key];
        keys.into_iter().find(|key| self.iter().any(|writer| writer.clashes(origin, key)))
    }

    /// Judges the signatures under a note.
    pub(crate) fn judge(&self, note: &SignedCheckpoint) -> Signature<'_> {
        let last = note.checkpoint().size.checked_sub(1);
        let mut worth = if note.is_unsigned() { Signature::Absent } else { Signature::Unknown };
        for writer in self.iter() {
            let covers = last.is_some_and(|last| writer.covers(last));
            worth = match (note.signed_by(&writer.log_key), worth) {
                (SignatureStatus::Bad, _) => return Signature::Bad,
                (SignatureStatus::Absent, worth) | (_, worth @ Signature::Good(_)) => worth,
                (SignatureStatus::Good, _) if covers => Signature::Good(writer),
                (SignatureStatus::Good, _) => Signature::OutOfSpan,
            };
        }
        worth
    }

    /// Returns the attestation keys whose spans cover `index`.
    pub(crate) fn attesters(&self, index: u64) -> impl Iterator<Item = &PublicKey> {
        self.iter().filter(move |writer| writer.covers(index)).map(|writer| &writer.attest_key)
    }

    /// Returns the attestation key of this fingerprint, where its span covers `index`.
    pub(crate) fn attester(&self, keyid: &str, index: u64) -> Option<&PublicKey> {
        self.attesters(index).find(|key| key.keyid().as_str() == keyid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::digest::Digest;
    use crate::id::Origin;
    use crate::key::PrivateKey;

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::from_seed(&[seed; 32])
    }

    fn admission(log: u8, attest: u8) -> Admission {
        Admission {
            origin: Origin::parse("persona/test").unwrap(),
            log_key: key(log).public(),
            attest_key: key(attest).public(),
            name: None,
        }
    }

    /// The first writer has the keys 1 and 2; entry 4 admits 3 and 4.
    fn writers() -> Writers {
        let mut writers = Writers::opened_by(key(1).public(), key(2).public());
        assert!(writers.admit(4, admission(3, 4)));
        writers
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let origin = Origin::parse("persona/test").unwrap();
        Checkpoint { origin, size, root: Digest::of(b"") }
    }

    #[test]
    fn a_signature_counts_in_the_span_of_its_key() {
        let writers = writers();
        let signed = |size, seed| {
            let note = checkpoint(size).sign(&key(seed));
            match writers.judge(&note) {
                Signature::Good(writer) => writer.log_key == key(seed).public(),
                Signature::OutOfSpan => false,
                Signature::Bad | Signature::Unknown | Signature::Absent => panic!("{size} {seed}"),
            }
        };
        assert!(signed(1, 1) && signed(5, 1) && signed(9, 1));
        assert!(!signed(1, 3) && !signed(4, 3) && !signed(5, 3));
        assert!(signed(6, 3) && signed(u64::MAX, 3));
        assert!(!signed(0, 1), "no entry, no span");
    }

    #[test]
    fn strangers_false_and_missing_signatures_are_told_apart() {
        let writers = writers();
        let note = checkpoint(6);
        assert_eq!(writers.judge(&note.sign(&key(9))), Signature::Unknown);
        assert_eq!(writers.judge(&note.sign(&key(4))), Signature::Unknown, "an attestation key");
        assert_eq!(writers.judge(&note.unsigned()), Signature::Absent);
        let line = checkpoint(7).sign(&key(3)).to_text().split_once("\n\n").unwrap().1.to_owned();
        let moved = note.unsigned().to_text() + &line;
        let moved = SignedCheckpoint::parse(moved.as_bytes()).unwrap();
        assert_eq!(writers.judge(&moved), Signature::Bad);
        // A false line beside a true one: a reader of one key rejects it, so everybody does.
        let both = note.sign(&key(1)).to_text() + &line;
        let both = SignedCheckpoint::parse(both.as_bytes()).unwrap();
        assert_eq!(writers.judge(&both), Signature::Bad);
    }

    #[test]
    fn one_line_of_a_key_that_covers_is_enough() {
        let (writers, note) = (writers(), checkpoint(2));
        let line = note.sign(&key(3)).to_text().split_once("\n\n").unwrap().1.to_owned();
        let both = SignedCheckpoint::parse((note.sign(&key(1)).to_text() + &line).as_bytes());
        assert!(
            matches!(writers.judge(&both.unwrap()), Signature::Good(writer) if writer.from == 0)
        );
    }

    #[test]
    fn a_key_is_admitted_once_in_any_role() {
        let mut writers = writers();
        for (log, attest) in [(3, 4), (3, 5), (5, 4), (4, 5), (5, 3), (1, 5), (5, 2)] {
            assert!(!writers.admit(7, admission(log, attest)), "{log} {attest}");
        }
        assert!(writers.admit(7, admission(5, 6)));
        assert_eq!(writers.iter().map(|writer| writer.from).collect::<Vec<_>>(), [0, 5, 8]);
    }

    #[test]
    fn a_key_that_notes_cannot_tell_from_an_admitted_one_is_not_admitted() {
        // Found by trying: under `persona/test` both go by the bytes 62cc4848.
        let key = |number: u32| {
            let mut seed = [7; 32];
            seed[28..].copy_from_slice(&number.to_be_bytes());
            PrivateKey::from_seed(&seed)
        };
        let (honest, twin) = (key(36_416), key(47_805));
        assert_ne!(honest.public(), twin.public());
        let mut writers = Writers::opened_by(honest.public(), key(2).public());
        let twins = Admission { log_key: twin.public(), ..admission(3, 4) };
        // Were it admitted, each signature of the honest key would be a false one of the twin.
        assert_eq!(checkpoint(1).sign(&honest).signed_by(&twin.public()), SignatureStatus::Bad);
        assert!(!writers.admit(0, twins));
        assert!(matches!(writers.judge(&checkpoint(1).sign(&honest)), Signature::Good(_)));
    }

    #[test]
    fn an_attestation_key_is_known_by_its_fingerprint_and_within_its_span() {
        let writers = writers();
        let keyid = |seed| key(seed).public().keyid();
        assert_eq!(writers.attester(keyid(2).as_str(), 0), Some(&key(2).public()));
        assert_eq!(writers.attester(keyid(4).as_str(), 4), None);
        assert_eq!(writers.attester(keyid(4).as_str(), 5), Some(&key(4).public()));
        assert_eq!(writers.attester(keyid(3).as_str(), 5), None, "a log key");
    }
}
