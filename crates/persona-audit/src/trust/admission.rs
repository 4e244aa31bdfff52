//! Letting a further machine write: its two keys, as `key.added` says them.

use serde_json::Map;

use crate::ambient::Ambient;
use crate::event::{Event, Kind};
use crate::id::Origin;
use crate::key::{KeyId, KeyTextError, PublicKey};

/// A name is never longer, in bytes.
const MAX_NAME: usize = 200;

/// Who is to write to a log too: two keys under the log's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    pub(crate) origin: Origin,
    pub(crate) log_key: PublicKey,
    pub(crate) attest_key: PublicKey,
    pub(crate) name: Option<String>,
}

/// Why two keys admit nobody.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// One is no verifier key.
    #[error(transparent)]
    Key(#[from] KeyTextError),
    /// The keys are named for two logs, or for what no log can be called.
    #[error("the two keys are not named for one log")]
    TwoLogs,
    /// One key was given twice.
    #[error("the two keys are the same: a machine has a log key and an attestation key")]
    OneKey,
    /// The name cannot be shown in one line.
    #[error("the name is empty, longer than 200 bytes, or has control characters")]
    Name,
}

impl Admission {
    /// Takes both keys of a machine as C2SP verifier keys, and what to call it.
    ///
    /// # Errors
    /// [`AdmissionError`].
    pub fn from_vkeys(
        log_key: &str,
        attest_key: &str,
        name: Option<&str>,
    ) -> Result<Self, AdmissionError> {
        let (named, log_key) = PublicKey::from_vkey(log_key)?;
        let (other, attest_key) = PublicKey::from_vkey(attest_key)?;
        let origin = Origin::parse(&named).filter(|_| named == other);
        let origin = origin.ok_or(AdmissionError::TwoLogs)?;
        if log_key == attest_key {
            return Err(AdmissionError::OneKey);
        }
        let name = name.map(ToOwned::to_owned);
        if name.as_ref().is_some_and(|name| !fits(name)) {
            return Err(AdmissionError::Name);
        }
        Ok(Self { origin, log_key, attest_key, name })
    }

    /// Returns the fingerprints of the log key and the attestation key.
    pub fn keyids(&self) -> [KeyId; 2] {
        [self.log_key.keyid(), self.attest_key.keyid()]
    }

    /// Returns what the machine is to be called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Reads `key.added`; `None` where its keys are not two keys of this log.
    pub(crate) fn from_event(origin: &str, event: &Event) -> Option<Self> {
        let text = |name: &str| event.members.get(name).and_then(serde_json::Value::as_str);
        let admission = Self::from_vkeys(text("log_key")?, text("attest_key")?, None).ok()?;
        let name = text("name").map(ToOwned::to_owned);
        (admission.origin.as_str() == origin).then_some(Self { name, ..admission })
    }

    /// Returns the event that says so.
    pub(crate) fn to_event(&self, ambient: &Ambient) -> Event {
        let origin = self.origin.as_str();
        let mut members = Map::from_iter([
            ("log_key".to_owned(), self.log_key.to_vkey(origin).into()),
            ("attest_key".to_owned(), self.attest_key.to_vkey(origin).into()),
        ]);
        members.extend(self.name.iter().map(|name| ("name".to_owned(), name.clone().into())));
        Event { kind: Kind::KeyAdded, audit_id: None, time: ambient.now(), members }
    }
}

fn fits(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;

    fn vkey(seed: u8, origin: &str) -> String {
        PrivateKey::from_seed(&[seed; 32]).public().to_vkey(origin)
    }

    #[test]
    fn two_keys_of_one_log_admit_a_machine() {
        let (log, attest) = (vkey(1, "persona/a"), vkey(2, "persona/a"));
        let admission = Admission::from_vkeys(&log, &attest, Some("lab 2")).unwrap();
        let event = admission.to_event(&Ambient::system());
        assert_eq!(Admission::from_event("persona/a", &event), Some(admission));
        assert_eq!(Admission::from_event("persona/b", &event), None);
        let (public, private) = event.halves().unwrap();
        let (public, private) = (String::from_utf8(public).unwrap(), String::from_utf8(private));
        assert!(public.contains(&log) && !public.contains("lab 2"), "{public}");
        assert_eq!(private.unwrap(), r#"{"/name":"lab 2"}"#);
    }

    #[test]
    fn other_pairs_and_names_admit_nobody() {
        let (log, attest) = (vkey(1, "persona/a"), vkey(2, "persona/a"));
        let refused = |log: &str, attest: &str, name| Admission::from_vkeys(log, attest, name);
        assert!(matches!(refused("zork", &attest, None), Err(AdmissionError::Key(_))));
        let other = vkey(2, "persona/b");
        assert!(matches!(refused(&log, &other, None), Err(AdmissionError::TwoLogs)));
        assert!(matches!(refused(&log, &log, None), Err(AdmissionError::OneKey)));
        for name in ["", " ", "a\nb", "\u{1b}[2J", &"x".repeat(201)] {
            let refused = refused(&log, &attest, Some(name));
            assert!(matches!(refused, Err(AdmissionError::Name)), "{name:?}");
        }
    }
}
