//! DSSE 1.0.2 envelopes: exact bytes and their type, signed together.

use serde_json::{Value, json};

use crate::base64;
use crate::canonical::{CanonicalError, to_canonical};
use crate::key::{PrivateKey, PublicKey};

/// A payload of some type, ready to be signed or checked.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Payload {
    pub(crate) fn new(kind: &'static str, bytes: Vec<u8>) -> Self {
        Self { kind, bytes }
    }

    /// Returns the key's signature in base64.
    pub(crate) fn sign(&self, key: &PrivateKey) -> String {
        base64::encode(&key.sign(&self.signed_bytes()))
    }

    /// Whether `sig` is the key's over this payload.
    pub(crate) fn verifies(&self, key: &PublicKey, sig: &str) -> bool {
        let signature = base64::decode(sig).unwrap_or_default();
        match <&[u8; 64]>::try_from(signature.as_slice()) {
            Ok(signature) => key.verifies(&self.signed_bytes(), signature),
            Err(_) => false,
        }
    }

    /// Returns the envelope with one signature, or with none.
    pub(crate) fn envelope(
        &self,
        signature: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, CanonicalError> {
        let signatures: Vec<Value> =
            signature.iter().map(|(keyid, sig)| json!({"keyid": keyid, "sig": sig})).collect();
        to_canonical(&json!({
            "payload": base64::encode(&self.bytes),
            "payloadType": self.kind,
            "signatures": signatures,
        }))
    }

    /// Reads an envelope of type `kind`, and its one signature where it has one. Whether that is
    /// anybody's is another question.
    pub(crate) fn open(kind: &'static str, envelope: &Value) -> Option<(Self, Option<String>)> {
        if envelope.get("payloadType")?.as_str()? != kind {
            return None;
        }
        let bytes = base64::decode(envelope.get("payload")?.as_str()?)?;
        let signatures = envelope.get("signatures")?.as_array()?;
        let sig = match signatures.as_slice() {
            [] => None,
            [signature] => Some(signature.get("sig")?.as_str()?.to_owned()),
            [..] => return None,
        };
        Some((Self { kind, bytes }, sig))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pre-authentication encoding: `DSSEv1 LEN(type) type LEN(body) body`.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        let (kind, length) = (self.kind, self.bytes.len());
        let mut bytes = format!("DSSEv1 {} {kind} {length} ", kind.len()).into_bytes();
        bytes.extend_from_slice(&self.bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_reads_back_and_its_type_is_signed_too() {
        let key = PrivateKey::from_seed(&[3; 32]);
        let payload = Payload::new("text/plain", b"hello".to_vec());
        let sig = payload.sign(&key);
        let envelope = payload.envelope(Some(("id", &sig))).unwrap();
        let envelope: Value = serde_json::from_slice(&envelope).unwrap();
        let (read, found) = Payload::open("text/plain", &envelope).unwrap();
        assert_eq!((read.bytes(), found.as_deref()), (&b"hello"[..], Some(&*sig)));
        assert!(read.verifies(&key.public(), &sig));
        assert!(Payload::open("text/html", &envelope).is_none());
        assert!(!Payload::new("text/html", b"hello".to_vec()).verifies(&key.public(), &sig));
    }

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        // The example of the DSSE specification, protocol.md.
        let payload = Payload::new("http://example.com/HelloWorld", b"hello world".to_vec());
        let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(payload.signed_bytes(), expected);
    }
}
