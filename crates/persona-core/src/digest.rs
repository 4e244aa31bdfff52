//! SHA-256 as lower-case hexadecimal, the only digest persona prints.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
///
/// ```
/// assert!(persona_core::sha256_hex(b"").starts_with("e3b0c44298fc1c14"));
/// ```
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The same with the prefix the record uses: `sha256:HEX`.
pub fn sha256_named(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}
