//! Ed25519 keys: the halves that sign, the halves that others hold, and their spellings.
//!
//! Private keys are PKCS#8 **version 1** in PEM, which OpenSSL 3.0 reads (it refuses the version 2
//! that ed25519-dalek writes by default). `keyid` is the hex SHA-256 of the public key's SPKI DER.

use std::fmt;

use curve25519_dalek::EdwardsPoint;
use data_encoding::HEXLOWER;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::base64;
use crate::digest::Digest;

/// The bytes before a raw Ed25519 key in its SPKI DER (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The signature type "Ed25519 over the note text" of C2SP signed-note.
const NOTE_ED25519: u8 = 0x01;

/// Why text is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyTextError {
    /// Not PKCS#8 PEM of an Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM")]
    Private,
    /// Not a C2SP verifier key `NAME+KEYID+BASE64` of type Ed25519.
    #[error("not a verifier key of the form `NAME+KEYID+BASE64`")]
    VerifierKey,
}

/// A private key. Its bytes are wiped when dropped and never displayed.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// Takes a 32-byte seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads PKCS#8 PEM, version 1 or 2.
    ///
    /// # Errors
    /// [`KeyTextError::Private`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyTextError> {
        match SigningKey::from_pkcs8_pem(pem) {
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(KeyTextError::Private),
        }
    }

    /// Returns PKCS#8 version 1 in PEM.
    ///
    /// # Errors
    /// [`KeyTextError::Private`], should the encoder fail.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyTextError> {
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        match pair.to_pkcs8_pem(LineEnding::LF) {
            Ok(pem) => Ok(pem),
            Err(_) => Err(KeyTextError::Private),
        }
    }

    /// Returns the other half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public().keyid())
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes the raw 32 bytes, refusing points no signer has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    /// Returns the raw 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Returns the point of the curve that the key is.
    pub(crate) fn to_point(&self) -> EdwardsPoint {
        self.0.to_edwards()
    }

    /// Returns the `SubjectPublicKeyInfo` in DER (RFC 8410).
    pub fn to_spki_der(&self) -> Vec<u8> {
        [&SPKI_PREFIX[..], &self.0.to_bytes()].concat()
    }

    /// Returns the `SubjectPublicKeyInfo` in PEM, as `openssl pkeyutl -pubin` reads it.
    pub fn to_pem(&self) -> String {
        let body = base64::encode(&self.to_spki_der());
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    /// Returns the key's fingerprint.
    pub fn keyid(&self) -> KeyId {
        KeyId(Digest::of(&self.to_spki_der()).to_hex())
    }

    /// Returns the four bytes that name this key under `name` in a signed note.
    pub fn note_hash(&self, name: &str) -> [u8; 4] {
        let digest =
            Digest::of_parts(&[name.as_bytes(), b"\n", &[NOTE_ED25519], &self.0.to_bytes()]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        [a, b, c, d]
    }

    /// Returns the C2SP verifier key under `name`.
    pub fn to_vkey(&self, name: &str) -> String {
        let hash = HEXLOWER.encode(&self.note_hash(name));
        let key = base64::encode(&[&[NOTE_ED25519], &self.0.to_bytes()[..]].concat());
        format!("{name}+{hash}+{key}")
    }

    /// Reads a C2SP verifier key and returns it with its name.
    ///
    /// # Errors
    /// [`KeyTextError::VerifierKey`].
    pub fn from_vkey(text: &str) -> Result<(String, Self), KeyTextError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyTextError::VerifierKey);
        };
        let bytes = base64::decode(key).unwrap_or_default();
        let Some((&NOTE_ED25519, raw)) = bytes.split_first() else {
            return Err(KeyTextError::VerifierKey);
        };
        match Self::from_bytes(raw) {
            Some(key) if HEXLOWER.encode(&key.note_hash(name)) == hash => {
                Ok((name.to_owned(), key))
            }
            _ => Err(KeyTextError::VerifierKey),
        }
    }

    /// Whether `signature` is this key's over `message`, by the strict rules.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.keyid())
    }
}

/// The fingerprint of a public key: lower-case hex SHA-256 of its SPKI DER.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Returns the 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_keys_are_written_as_version_1() {
        let key = PrivateKey::from_seed(&[7; 32]);
        let pem = key.to_pem().unwrap();
        assert_eq!(pem.lines().nth(1).map(str::len), Some(64), "48 bytes: no public half inside");
        assert_eq!(PrivateKey::from_pem(&pem).unwrap().public(), key.public());
        assert!(!format!("{key:?}").contains("Bwc"));
    }

    #[test]
    fn verifier_keys_read_back_and_must_fit_their_name() {
        let key = PrivateKey::from_seed(&[7; 32]).public();
        let vkey = key.to_vkey("persona/a");
        assert_eq!(PublicKey::from_vkey(&vkey).unwrap(), ("persona/a".to_owned(), key));
        assert!(PublicKey::from_vkey(&vkey.replace("persona/a", "persona/b")).is_err());
        assert!(PublicKey::from_vkey("persona/a+00000000+AA==").is_err());
    }

    #[test]
    fn weak_points_are_no_keys() {
        assert!(PublicKey::from_bytes(&[0; 32]).is_none());
    }
}
