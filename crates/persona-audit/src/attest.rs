//! The attestation of one completed generation: an in-toto Statement in a DSSE 1.0.2 envelope.
//!
//! It shows who made the files; only checkpoint and proof show that the run is on record. The log
//! keeps key id and signature alone, from which the envelope is rebuilt byte for byte.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;

use crate::assembled::{self, Assembled};
use crate::base64;
use crate::canonical::{CanonicalError, assembled_to_canonical};
use crate::document::{Document, Key};
use crate::dsse::Payload;
use crate::event::Event;
use crate::halves::Halves;
use crate::id::AuditId;
use crate::identifying::{self, IDENTIFYING};
use crate::joined::{Joined, Stands};
use crate::key::{PrivateKey, PublicKey};

/// The type of the envelope's payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The type of the Statement's predicate, defined in docs/audit-format.md.
pub const PREDICATE_TYPE: &str = "urn:persona:attestation:generation:v1";

/// Whether an attestation repeats who ran the tool where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The public halves alone.
    Withheld,
    /// The private halves too.
    Attested,
}

/// A Statement about a run that has ended, ready to be signed or checked.
#[derive(Debug)]
pub(crate) struct Statement(Payload);

impl Statement {
    /// States what opening and closing say: the files are the subject, the rest the predicate.
    pub(crate) fn new(
        opening: &Event,
        closing: &Event,
        identity: Identity,
    ) -> Result<Self, CanonicalError> {
        let files = closing.members.get("output").and_then(|output| output.get("files"));
        let files = files.and_then(Value::as_array).into_iter().flatten();
        let subject = Assembled::Array(files.map(subject).collect());
        let closing = closing.members.iter().filter(|(name, _)| *name != "attestation");
        let mut predicate = Assembled::of_members(&opening.members);
        predicate.join(Assembled::Object(closing.map(assembled::member).collect()));
        if identity == Identity::Withheld {
            drop(identifying::take(&mut predicate));
        }
        predicate.set("audit_id", opening.audit_id.as_ref().map(AuditId::as_str));
        let bytes = assembled_to_canonical(&Assembled::from([
            ("_type", "https://in-toto.io/Statement/v1".into()),
            ("subject", subject),
            ("predicateType", PREDICATE_TYPE.into()),
            ("predicate", predicate),
        ]))?;
        Ok(Self(Payload::new(PAYLOAD_TYPE, bytes)))
    }

    /// States the same of events as they were sealed.
    fn of_run(run: Run<'_>, identity: Identity) -> Option<Self> {
        let Run { audit_id, opening: mut predicate, mut closing } = run;
        let id = audit_id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        let id = Document::read(id.into_bytes())?;
        drop(closing.remove("attestation"));
        let files = closing.get("output").and_then(|output| output.get("files"));
        let subject: Vec<String> =
            files.and_then(Joined::items).into_iter().flatten().map(subject_text).collect();
        predicate.join(closing, Stands::First);
        if identity == Identity::Withheld {
            for path in IDENTIFYING_PATHS.iter() {
                predicate.strip(path);
            }
        }
        predicate.set(Key("audit_id"), Joined::As(id.root()));
        let mut text = String::with_capacity(4 * 1024);
        text.push_str("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":");
        predicate.write(&mut text);
        for part in
            [",\"predicateType\":\"", PREDICATE_TYPE, "\",\"subject\":[", &subject.join(","), "]}"]
        {
            text.push_str(part);
        }
        Some(Self(Payload::new(PAYLOAD_TYPE, text.into_bytes())))
    }

    /// Signs the Statement and returns the signature in base64.
    pub(crate) fn sign(&self, key: &PrivateKey) -> String {
        self.0.sign(key)
    }

    /// Returns the whole envelope, as the output folder holds it.
    pub(crate) fn envelope(&self, keyid: &str, sig: &str) -> Result<Vec<u8>, CanonicalError> {
        self.0.envelope(Some((keyid, sig)))
    }
}

/// A signature that a closing claims to have, over the Statement that its run amounts to.
#[derive(Debug)]
pub(crate) struct Claim<'keys> {
    pub(crate) key: &'keys PublicKey,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: [u8; 64],
}

/// What a closing claims.
#[derive(Debug)]
pub(crate) enum Claimed<'keys> {
    /// Nothing.
    Nothing,
    /// What no key can have signed.
    Nonsense,
    /// A signature, to be checked.
    Signature(Claim<'keys>),
}

/// A run that has ended, and the members of its opening and closing.
#[derive(Debug)]
pub(crate) struct Run<'text> {
    pub(crate) audit_id: Option<&'text AuditId>,
    pub(crate) opening: Joined<'text>,
    pub(crate) closing: Joined<'text>,
}

impl<'text> Run<'text> {
    /// Unfolds the halves of a run.
    pub(crate) fn new(opening: &'text Halves, closing: &'text Halves) -> Option<Self> {
        let audit_id = opening.audit_id.as_ref();
        Some(Self { audit_id, opening: opening.members()?, closing: closing.members()? })
    }

    /// Rebuilds what should have been signed about the run; `key_of` returns the key of a fingerprint
    /// that may attest at the closing's place.
    pub(crate) fn claim<'keys>(
        mut self,
        identity: Identity,
        key_of: impl Fn(&str) -> Option<&'keys PublicKey>,
    ) -> Claimed<'keys> {
        let attestation = self.closing.get("attestation").filter(|member| !member.is_null());
        let Some(member) = attestation else { return Claimed::Nothing };
        let mut text =
            |name: &str| member.get(name).and_then(|text| text.string()).unwrap_or_default();
        let signature = base64::decode(&text("sig")).unwrap_or_default();
        let (Some(key), Ok(signature)) = (key_of(&text("keyid")), signature.try_into()) else {
            return Claimed::Nonsense;
        };
        match Statement::of_run(self, identity) {
            Some(Statement(payload)) => {
                Claimed::Signature(Claim { key, message: payload.signed_bytes(), signature })
            }
            None => Claimed::Nonsense,
        }
    }
}

/// Returns the envelope of a run whose attestation holds, as it was written.
pub(crate) fn envelope<'keys>(
    opening: &Halves,
    closing: &Halves,
    key_of: impl Fn(&str) -> Option<&'keys PublicKey>,
) -> Option<Vec<u8>> {
    [Identity::Withheld, Identity::Attested].into_iter().find_map(|identity| {
        let run = || Run::new(opening, closing);
        let Claimed::Signature(claim) = run()?.claim(identity, &key_of) else { return None };
        let key = claim.key;
        let holds = key.verifies(&claim.message, &claim.signature);
        let statement = Statement::of_run(run()?, identity).filter(|_| holds)?;
        statement.envelope(key.keyid().as_str(), &base64::encode(&claim.signature)).ok()
    })
}

/// The paths that [`IDENTIFYING`] names, taken apart.
static IDENTIFYING_PATHS: LazyLock<Vec<Vec<&str>>> =
    LazyLock::new(|| IDENTIFYING.iter().map(|path| path.split('/').skip(1).collect()).collect());

fn subject_text(file: &mut Joined<'_>) -> String {
    let mut text =
        |name: &str| file.get(name).map_or(Cow::Borrowed("null"), |member| member.text());
    format!("{{\"digest\":{{\"sha256\":{}}},\"name\":{}}}", text("sha256"), text("path"))
}

fn subject(file: &Value) -> Assembled<'_> {
    let digest = Assembled::from([("sha256", file.get("sha256").into())]);
    Assembled::from([("name", file.get("path").into()), ("digest", digest)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_stated_as_their_events_are() {
        let event = |text: &str| Event::from_value(serde_json::from_str(text).unwrap()).unwrap();
        let opening = event(
            r#"{"audit_id":"0190f5a0-0000-7000-8000-000000000001","kind":"generation.started",
            "time":"2025-12-15T10:30:01.123456Z","session":{"user":"a","host":null,"runtime":"rust"},
            "input":{"sources":[{"path":"a.csv","bytes":3}],"columns":["é"]},"generation":{"temperature":0.7}}"#,
        );
        let closing = event(
            r#"{"audit_id":"0190f5a0-0000-7000-8000-000000000001","kind":"generation.completed",
            "time":"2025-12-15T10:30:02.123456Z","attestation":{"keyid":"","sig":""},
            "generation":{"model_version":"m","temperature":0.7},"quality":{"issues":[{"message":"x","code":"y"}]},
            "output":{"output_path":"out","files":[{"path":"a","sha256":"b"},{"path":"c"},7]}}"#,
        );
        let halves = |event: &Event| {
            let (public, private) = event.halves().unwrap();
            Halves::read(&public, Some(&private)).unwrap()
        };
        let (opened, closed) = (halves(&opening), halves(&closing));
        for identity in [Identity::Withheld, Identity::Attested] {
            let expected = Statement::new(&opening, &closing, identity).unwrap();
            let found = Statement::of_run(Run::new(&opened, &closed).unwrap(), identity).unwrap();
            assert_eq!(
                String::from_utf8_lossy(found.0.bytes()),
                String::from_utf8_lossy(expected.0.bytes())
            );
        }
    }
}
