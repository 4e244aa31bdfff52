//! SHA-256 digests and the three ways this format spells them.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::base64;

/// A SHA-256 digest. Displays as `sha256:HEX`, the spelling of JSON members.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// Returns the digest of the concatenation of `parts`.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Takes 32 bytes that are a digest already, or `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| Self::from_slice(&bytes))
    }

    /// Reads `sha256:HEX`.
    pub fn from_prefixed(text: &str) -> Option<Self> {
        text.strip_prefix("sha256:").and_then(Self::from_hex)
    }

    /// Reads standard base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        base64::decode(text).and_then(|bytes| Self::from_slice(&bytes))
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns 64 lower-case hex digits, as `sha256sum` prints them.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Returns standard base64, as checkpoints spell roots.
    pub fn to_base64(&self) -> String {
        base64::encode(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_the_digest_of_nothing_three_ways() {
        let empty = Digest::of(b"");
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(empty.to_hex(), hex);
        assert_eq!(empty.to_string(), format!("sha256:{hex}"));
        assert_eq!(empty.to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Digest::from_base64(&empty.to_base64()), Some(empty));
        assert_eq!(Digest::from_prefixed(&empty.to_string()), Some(empty));
    }

    #[test]
    fn refuses_other_spellings() {
        assert_eq!(Digest::from_hex("AB"), None);
        assert_eq!(Digest::from_prefixed(&Digest::of(b"").to_hex()), None);
        assert_eq!(Digest::from_slice(&[0; 31]), None);
    }
}
