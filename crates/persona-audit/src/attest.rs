//! The attestation of one completed generation: an in-toto Statement in a DSSE 1.0.2 envelope.
//!
//! It shows who made the files; only checkpoint and proof show that the run is on record. The log
//! keeps key id and signature alone, from which the envelope is rebuilt byte for byte.

use serde_json::{Value, json};

use crate::canonical::{CanonicalError, to_canonical};
use crate::dsse::Payload;
use crate::event::Event;
use crate::identifying;
use crate::key::{PrivateKey, PublicKey};
use crate::record::join;

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
        let mut closing = closing.members.clone();
        closing.remove("attestation");
        let files = closing.get("output").and_then(|output| output.get("files"));
        let subject: Vec<Value> =
            files.and_then(Value::as_array).into_iter().flatten().map(subject).collect();
        let joined = join(opening.members.clone(), Some(closing));
        let mut predicate = Value::Object(joined);
        if identity == Identity::Withheld {
            drop(identifying::take(&mut predicate));
        }
        if let Value::Object(members) = &mut predicate {
            let id = opening.audit_id.as_ref().map(ToString::to_string);
            members.insert("audit_id".to_owned(), id.into());
        }
        let bytes = to_canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subject,
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        }))?;
        Ok(Self(Payload::new(PAYLOAD_TYPE, bytes)))
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

/// What a closing's `attestation` turned out to be.
#[derive(Debug)]
pub(crate) enum Attested {
    /// The closing has none.
    Absent,
    /// Signed by the key.
    Good(Box<Evidence>),
    /// Not what the key signed.
    Bad,
}

/// A Statement and the signature that holds for it.
#[derive(Debug)]
pub(crate) struct Evidence {
    statement: Statement,
    keyid: String,
    sig: String,
}

impl Evidence {
    /// Returns the envelope as it was written.
    pub(crate) fn envelope(&self) -> Result<Vec<u8>, CanonicalError> {
        self.statement.envelope(&self.keyid, &self.sig)
    }
}

/// Rebuilds the Statement of a completed run and checks its signature; `key_of` returns the key of a
/// fingerprint that may attest at the closing's place.
pub(crate) fn check<'keys>(
    opening: &Event,
    closing: &Event,
    key_of: impl Fn(&str) -> Option<&'keys PublicKey>,
) -> Attested {
    let member = match closing.members.get("attestation") {
        None | Some(Value::Null) => return Attested::Absent,
        Some(member) => member,
    };
    let text = |name: &str| member.get(name).and_then(Value::as_str).unwrap_or_default();
    let (keyid, sig) = (text("keyid"), text("sig"));
    let Some(key) = key_of(keyid) else { return Attested::Bad };
    for identity in [Identity::Withheld, Identity::Attested] {
        if let Ok(statement) = Statement::new(opening, closing, identity)
            && statement.0.verifies(key, sig)
        {
            let (keyid, sig) = (keyid.to_owned(), sig.to_owned());
            return Attested::Good(Box::new(Evidence { statement, keyid, sig }));
        }
    }
    Attested::Bad
}

fn subject(file: &Value) -> Value {
    json!({"name": file.get("path"), "digest": {"sha256": file.get("sha256")}})
}
