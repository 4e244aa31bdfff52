//! The vectors as files, and files that are none.

use data_encoding::{BASE64, HEXLOWER};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::store::HalfName;

fn vectors() -> Vec<Value> {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/log-v1.json")).unwrap();
    vectors["entries"].as_array().unwrap().clone()
}

fn text<'v>(entry: &'v Value, name: &str) -> &'v str {
    entry[name].as_str().unwrap()
}

fn stored(index: i64, entry: &Value) -> StoredEntry {
    let half = |name: &str| StoredHalf {
        body: Some(text(entry, &format!("{name}_jcs")).as_bytes().to_vec()),
        nonce: BASE64.decode(text(entry, &format!("{name}_nonce")).as_bytes()).ok(),
        commitment: None,
    };
    let frontier = entry["frontier_after"].as_array().unwrap().iter();
    let frontier = frontier.map(|hash| HEXLOWER.decode(hash.as_str().unwrap().as_bytes()).unwrap());
    StoredEntry {
        index,
        audit_id: None,
        header: text(entry, "header_jcs").as_bytes().to_vec(),
        public: half("public"),
        private: half("private"),
        state: Some(StoredState {
            frontier: frontier.collect(),
            checkpoint: Some(text(entry, "checkpoint_after").as_bytes().to_vec()),
        }),
        fault: None,
    }
}

/// The design's object, put together without this module.
fn file(entry: &Value) -> Value {
    let parsed = |name: &str| -> Value { serde_json::from_str(text(entry, name)).unwrap() };
    let frontier = entry["frontier_after"].as_array().unwrap().iter();
    let frontier = frontier
        .map(|hash| BASE64.encode(&HEXLOWER.decode(hash.as_str().unwrap().as_bytes()).unwrap()));
    json!({
        "checkpoint": entry["checkpoint_after"],
        "frontier": frontier.collect::<Vec<_>>(),
        "header": parsed("header_jcs"),
        "private": {"body": parsed("private_jcs"), "nonce": entry["private_nonce"]},
        "public": {"body": parsed("public_jcs"), "nonce": entry["public_nonce"]},
    })
}

fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json_canonicalizer::to_vec(value).unwrap();
    bytes.push(b'\n');
    bytes
}

#[test]
fn the_vectors_are_reproduced_as_files_byte_for_byte() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 5);
    for (index, entry) in (0..).zip(&vectors) {
        let stored = stored(index, entry);
        let bytes = encode(&stored).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(&canonical(&file(entry)))
        );
        assert_eq!(decode(index, &bytes), stored);
    }
}

#[test]
fn erased_halves_are_commitments_or_nothing() {
    for (index, entry) in (0..).zip(&vectors()) {
        let mut stored = stored(index, entry);
        let mut wanted = file(entry);
        let commitment = HEXLOWER.decode(text(entry, "private_commitment").as_bytes()).unwrap();
        stored.erase(HalfName::Private);
        wanted["private"] = json!({"commitment": BASE64.encode(&commitment)});
        assert_eq!(encode(&stored).unwrap(), canonical(&wanted));
        assert_eq!(decode(index, &encode(&stored).unwrap()), stored);
        stored.erase(HalfName::Public);
        (wanted["private"], wanted["public"]) = (Value::Null, Value::Null);
        assert_eq!(encode(&stored).unwrap(), canonical(&wanted));
        assert_eq!(decode(index, &encode(&stored).unwrap()), stored);
    }
}

#[test]
fn only_one_spelling_reads() {
    let good = String::from_utf8(encode(&stored(1, &vectors()[1])).unwrap()).unwrap();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let hostile = [
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!(" {good}"),
        good.replacen(':', ": ", 1),
        good.replacen("{\"checkpoint\"", "{\"a\":1,\"checkpoint\"", 1),
        good.replacen("\"frontier\":[", "\"frontier\":[],\"frontier\":[", 1),
        good.replacen("\"private\":{", "\"private\":{\"age\":\"\",", 1),
        good.replacen("\"nonce\":\"", "\"nonce\":\"=", 1),
        good.replacen("—", "\\u2014", 1),
        good.replacen("\"checkpoint\":\"", "\"checkpoint\":\"\\u0041", 1),
        format!(
            "{{\"checkpoint\":null,\"frontier\":[],\"header\":{deep},\"private\":null,\"public\":{deep}}}\n"
        ),
        "null\n".to_owned(),
        "[]\n".to_owned(),
        String::new(),
    ];
    for text in hostile {
        assert_ne!(text, good);
        assert_ne!(decode(1, text.as_bytes()).fault, None, "{text:.200}");
    }
    assert_ne!(decode(1, b"\xff\xfe\n").fault, None);
}

#[test]
fn why_a_file_does_not_read_is_said() {
    let good = encode(&stored(1, &vectors()[1])).unwrap();
    assert_eq!(decode(1, &good).fault, None);
    assert_eq!(decode(1, b"").fault, Some("is empty"));
    assert_eq!(decode(1, &good[..300]).fault, Some("is cut short"));
    assert_eq!(decode(1, &good[..good.len() - 1]).fault, Some("is cut short"));
    assert_eq!(decode(1, b"null\n").fault, Some("is not as persona writes it"));
}

proptest! {
    #[test]
    fn what_reads_is_written_the_same(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&stored(1, &vectors()[1])).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let entry = decode(1, &bytes);
        if entry.fault.is_none() {
            prop_assert_eq!(encode(&entry).unwrap(), bytes);
        }
    }
}
