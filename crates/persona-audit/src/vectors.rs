//! The vectors of format 1, computed by an implementation that shares no code with this one,
//! reproduced byte for byte.
#![expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "small test sizes")]

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;

use crate::canonical::parse_canonical;
use crate::checkpoint::{Checkpoint, SignatureStatus, SignedCheckpoint};
use crate::digest::Digest;
use crate::entry::{Entry, Header};
use crate::event::Event;
use crate::id::Origin;
use crate::key::PrivateKey;
use crate::merkle::{self, Frontier, leaf_hash};
use crate::seal::{Half, seal};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../tests/vectors/log-v1.json")).unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}"))
}

fn entries(vectors: &Value) -> &Vec<Value> {
    vectors["entries"].as_array().unwrap()
}

fn key(vectors: &Value) -> PrivateKey {
    let seed = HEXLOWER.decode(text(vectors, "seed_hex").as_bytes()).unwrap();
    PrivateKey::from_seed(&seed.try_into().unwrap())
}

fn half(entry: &Value, name: &str) -> Half {
    let nonce = BASE64.decode(text(entry, &format!("{name}_nonce")).as_bytes()).unwrap();
    let body = text(entry, &format!("{name}_jcs")).as_bytes().to_vec();
    Half { body, nonce: nonce.try_into().unwrap() }
}

#[test]
fn keys_are_spelled_as_the_vectors_spell_them() {
    let vectors = vectors();
    let public = key(&vectors).public();
    assert_eq!(HEXLOWER.encode(&public.to_bytes()), text(&vectors, "public_key_hex"));
    assert_eq!(public.to_vkey(text(&vectors, "origin")), text(&vectors, "vkey"));
}

#[test]
fn commitments_seals_headers_and_leaves_are_reproduced() {
    let vectors = vectors();
    for entry in entries(&vectors) {
        let (public, private) = (half(entry, "public"), half(entry, "private"));
        assert_eq!(public.commitment().to_hex(), text(entry, "public_commitment"));
        assert_eq!(private.commitment().to_hex(), text(entry, "private_commitment"));
        let bytes = text(entry, "header_jcs").as_bytes();
        let header = Header::parse(bytes).unwrap();
        assert_eq!(seal(&public.commitment(), &private.commitment()), header.seal);
        assert_eq!(header.to_bytes().unwrap(), bytes);
        assert_eq!(leaf_hash(bytes).to_hex(), text(entry, "leaf"));
    }
}

#[test]
fn sealing_the_same_event_gives_the_same_entry() {
    let vectors = vectors();
    let origin = Origin::parse(text(&vectors, "origin")).unwrap();
    let mut sealed = 0;
    for (index, entry) in (0..).zip(entries(&vectors)) {
        let (public, private) = (half(entry, "public"), half(entry, "private"));
        // The vectors test bytes, not event rules: some halves are not split as events are.
        let Ok(event) = Event::from_halves(&public.body, Some(&private.body)) else { continue };
        if event.halves().unwrap() != (public.body.clone(), private.body.clone()) {
            continue;
        }
        let nonces = [public.nonce, private.nonce];
        let entry_sealed = Entry::seal(&event, &origin, index, nonces).unwrap();
        let header = String::from_utf8(entry_sealed.header_bytes).unwrap();
        assert_eq!(header, text(entry, "header_jcs"));
        sealed += 1;
    }
    assert!(sealed >= 2, "{sealed} of the vectors are whole events");
}

#[test]
fn roots_frontiers_and_checkpoints_are_reproduced() {
    let vectors = vectors();
    let origin = Origin::parse(text(&vectors, "origin")).unwrap();
    let key = key(&vectors);
    let mut frontier = Frontier::default();
    for entry in entries(&vectors) {
        frontier.append(Digest::from_hex(text(entry, "leaf")).unwrap());
        let root = frontier.root();
        assert_eq!(root.to_hex(), text(entry, "root_after"));
        let hashes: Vec<String> = frontier.subtrees().iter().map(Digest::to_hex).collect();
        assert_eq!(Value::from(hashes), entry["frontier_after"]);
        let checkpoint = Checkpoint { origin: origin.clone(), size: frontier.size(), root };
        let note = checkpoint.sign(&key);
        assert_eq!(note.to_text(), text(entry, "checkpoint_after"));
        let read = SignedCheckpoint::parse(text(entry, "checkpoint_after").as_bytes()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.signed_by(&key.public()), SignatureStatus::Good);
    }
}

#[test]
fn inclusion_proofs_are_reproduced() {
    let vectors = vectors();
    let mut frontier = Frontier::default();
    let mut nodes = std::collections::BTreeMap::new();
    let mut roots = vec![merkle::empty_root()];
    for entry in entries(&vectors) {
        nodes.extend(frontier.append(Digest::from_hex(text(entry, "leaf")).unwrap()));
        roots.push(frontier.root());
    }
    let proofs = vectors["inclusion"].as_array().unwrap();
    assert_eq!(proofs.len(), 15);
    for vector in proofs {
        let (index, size) = (vector["index"].as_u64().unwrap(), vector["size"].as_u64().unwrap());
        let mut fetch = |node| Ok::<_, std::convert::Infallible>(nodes[&node]);
        let proof = merkle::inclusion_proof(index, size, &mut fetch).unwrap();
        let hex: Vec<String> = proof.iter().map(Digest::to_hex).collect();
        assert_eq!(Value::from(hex), vector["proof"], "{index} of {size}");
        let leaf = nodes[&merkle::NodeId { level: 0, index }];
        assert!(merkle::verify_inclusion(index, size, leaf, &proof, roots[size as usize]));
    }
}

#[test]
fn what_must_be_refused_is_refused() {
    let vectors = vectors();
    let hostile = vectors["must_be_refused"].as_array().unwrap();
    assert_eq!(hostile.len(), 8);
    for vector in hostile {
        let bytes = text(vector, "json").as_bytes();
        assert!(parse_canonical(bytes).is_err(), "{}", text(vector, "why"));
    }
    for entry in entries(&vectors) {
        for name in ["public_jcs", "private_jcs", "header_jcs"] {
            assert!(parse_canonical(text(entry, name).as_bytes()).is_ok(), "{name}");
        }
    }
}
