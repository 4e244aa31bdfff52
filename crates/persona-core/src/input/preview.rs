//! The digest of the first records, which shows what was read without keeping it.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// How many accepted records the preview covers.
const RECORDS: usize = 10;

/// Hashes the first ten accepted records in source order: each a canonical JSON object (RFC 8785)
/// column → text as read, each ended by a line feed.
#[derive(Default)]
pub(super) struct Preview {
    digest: Sha256,
    records: usize,
}

impl Preview {
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = (&'a str, &'a str)>) {
        if self.records == RECORDS {
            return;
        }
        self.records += 1;
        let record: BTreeMap<&str, &str> = cells.collect();
        if let Ok(mut line) = serde_json_canonicalizer::to_vec(&record) {
            line.push(b'\n');
            self.digest.update(&line);
        }
    }

    pub(super) fn finish(self) -> String {
        format!("sha256:{}", data_encoding::HEXLOWER.encode(&self.digest.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_digest_of_canonical_lines() {
        let mut preview = Preview::default();
        for _ in 0..12 {
            preview.push([("b", "1"), ("a", "x\"é")].into_iter());
        }
        let expected = "{\"a\":\"x\\\"é\",\"b\":\"1\"}\n".repeat(10);
        assert_eq!(preview.finish(), crate::digest::sha256_named(expected.as_bytes()));
    }
}
