//! Standard base64 with padding, in its one spelling.
//!
//! The decoder underneath also takes padded pieces one after the other; two spellings of one signature
//! or root would let a note be changed without being found.

use data_encoding::BASE64;

/// Returns the base64 of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Returns the bytes that `text` spells as [`encode`] would.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_is_read() {
        assert_eq!(decode("AAEC").as_deref(), Some(&[0, 1, 2][..]));
        for text in ["AA==AQ==", "AAEC=", "AAF=", "AAE", "AA EC", "AAEC\n"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
