//! The seal: a salted commitment to an event's two halves.
//!
//! `seal = SHA-256( SHA-256(nonce_public || public) || SHA-256(nonce_private || private) )`. Either
//! half can be erased while its 32-byte commitment lets the other still prove; the nonce keeps a
//! short or guessable half from being guessed out of its commitment.

use crate::digest::Digest;

/// The random bytes before a half.
pub type Nonce = [u8; 32];

/// One half of a body: canonical bytes and the nonce before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Half {
    /// The canonical JSON object.
    pub body: Vec<u8>,
    /// The random bytes that salt the commitment.
    pub nonce: Nonce,
}

impl Half {
    /// Returns the commitment to this half.
    pub fn commitment(&self) -> Digest {
        Digest::of_parts(&[&self.nonce, &self.body])
    }
}

/// Returns the seal over the commitments to the public and the private half.
pub fn seal(public: &Digest, private: &Digest) -> Digest {
    Digest::of_parts(&[public.as_bytes(), private.as_bytes()])
}
