//! The tree against ct-merkle, an implementation we did not write.
#![expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "small test sizes")]

use std::collections::BTreeMap;
use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

struct Tree {
    frontier: Frontier,
    nodes: BTreeMap<NodeId, Digest>,
    roots: Vec<Digest>,
    leaves: Vec<Digest>,
}

fn tree(size: u64) -> Tree {
    let mut tree = Tree {
        frontier: Frontier::default(),
        nodes: BTreeMap::new(),
        roots: vec![empty_root()],
        leaves: Vec::new(),
    };
    for index in 0..size {
        let leaf = leaf_hash(&index.to_be_bytes());
        tree.leaves.push(leaf);
        tree.nodes.extend(tree.frontier.append(leaf));
        tree.roots.push(tree.frontier.root());
    }
    tree
}

impl Tree {
    fn fetch(&self) -> impl FnMut(NodeId) -> Result<Digest, Infallible> + '_ {
        |node| Ok(self.nodes[&node])
    }
}

#[test]
fn roots_equal_those_of_ct_merkle() {
    let tree = tree(70);
    let mut oracle = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    for index in 0..70_u64 {
        oracle.push(index.to_be_bytes());
        let root = oracle.root();
        assert_eq!(tree.roots[index as usize + 1].as_bytes()[..], root.as_bytes()[..]);
    }
}

#[test]
fn every_proof_of_a_small_tree_holds_and_no_other() {
    let tree = tree(20);
    for size in 1..=20_u64 {
        let root = tree.roots[size as usize];
        for index in 0..size {
            let proof = inclusion_proof(index, size, &mut tree.fetch()).unwrap();
            let leaf = tree.leaves[index as usize];
            assert!(verify_inclusion(index, size, leaf, &proof, root));
            assert!(!verify_inclusion(index, size, leaf_hash(b"x"), &proof, root));
            assert!(!verify_inclusion(index + 1, size, leaf, &proof, root));
        }
        for old in 0..=size {
            let proof = consistency_proof(old, size, &mut tree.fetch()).unwrap();
            let old_root = tree.roots[old as usize];
            assert!(verify_consistency(old, size, old_root, root, &proof), "{old} {size}");
            assert!(!verify_consistency(old, size, leaf_hash(b"x"), root, &proof));
        }
    }
}

#[test]
fn a_frontier_is_the_stored_nodes_of_its_size() {
    let tree = tree(37);
    let nodes = frontier_nodes(37);
    let hashes: Vec<_> = nodes.iter().map(|node| tree.nodes[node]).collect();
    assert_eq!(Frontier::new(37, hashes).unwrap(), tree.frontier);
    assert_eq!(Frontier::new(37, vec![empty_root()]), None);
}

#[test]
fn a_node_knows_the_entry_that_completed_it() {
    for node in tree(40).nodes.keys() {
        assert_eq!(NodeId::from_entry(node.completed_by(), node.level), Some(*node));
    }
    assert_eq!(NodeId::from_entry(0, 1), None);
    assert_eq!(NodeId::from_entry(u64::MAX, 3), None);
    assert_eq!(NodeId::from_entry(7, 64), None);
}

proptest! {
    #[test]
    fn ct_merkle_accepts_our_proofs(size in 2..200_u64, pick in any::<prop::sample::Index>()) {
        let tree = tree(size);
        let mut oracle = MemoryBackedTree::<Sha256, [u8; 8]>::new();
        for index in 0..size {
            oracle.push(index.to_be_bytes());
        }
        let index = pick.index(size as usize);
        let proof = inclusion_proof(index as u64, size, &mut tree.fetch()).unwrap();
        let bytes: Vec<u8> = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
        let theirs = oracle.prove_inclusion(index);
        prop_assert_eq!(theirs.as_bytes(), &bytes[..]);
        let old = index + 1;
        if (old as u64) < size {
            let ours = consistency_proof(old as u64, size, &mut tree.fetch()).unwrap();
            let bytes: Vec<u8> = ours.iter().flat_map(|hash| *hash.as_bytes()).collect();
            let theirs = oracle.prove_consistency(size as usize - old);
            prop_assert_eq!(theirs.as_bytes(), &bytes[..]);
        }
    }

    #[test]
    fn a_changed_proof_is_refused(size in 2..100_u64, at in any::<prop::sample::Index>(), byte in 0..32_usize) {
        let tree = tree(size);
        let index = at.index(size as usize) as u64;
        let mut proof = inclusion_proof(index, size, &mut tree.fetch()).unwrap();
        let position = at.index(proof.len());
        let mut bytes = *proof[position].as_bytes();
        bytes[byte] ^= 1;
        proof[position] = Digest::from_slice(&bytes).unwrap();
        let root = tree.roots[size as usize];
        prop_assert!(!verify_inclusion(index, size, tree.leaves[index as usize], &proof, root));
    }
}
