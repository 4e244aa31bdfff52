//! The Merkle tree of RFC 6962 over the log's headers, and the proofs of RFC 9162 about it.
//!
//! A tree is known by its complete subtrees ([`NodeId`]); they never change once complete, so a
//! store keeps them and a proof costs O(log n) reads.

use crate::digest::Digest;

/// The hash of one entry's header: `SHA-256(0x00 || header)`.
pub fn leaf_hash(header: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], header])
}

/// The hash over two subtrees: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without entries: `SHA-256("")`.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// A complete subtree: `2^level` leaves, the `index`-th of its level. Level 0 are the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    /// The height above the leaves.
    pub level: u32,
    /// The position among the subtrees of this level.
    pub index: u64,
}

impl NodeId {
    /// Returns the entry whose append completed this subtree. Nodes ordered by (entry, level) are in
    /// the order in which they came to be, which is how stores keep them.
    pub fn completed_by(self) -> u64 {
        ((self.index + 1) << self.level) - 1
    }

    /// Returns the subtree of `level` that `entry` completed.
    #[cfg(test)]
    pub(crate) fn from_entry(entry: u64, level: u32) -> Option<Self> {
        let size = entry.checked_add(1)?;
        let index = size.checked_shr(level)?;
        (level < 64 && size.trailing_zeros() >= level && index > 0)
            .then(|| Self { level, index: index - 1 })
    }
}

/// The complete subtrees that make up a tree of some size, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Digest>,
}

impl Frontier {
    /// Takes the subtrees of a tree of `size`, or `None` when their number does not fit the size.
    pub fn new(size: u64, subtrees: Vec<Digest>) -> Option<Self> {
        (u64::from(size.count_ones()) == u64::try_from(subtrees.len()).ok()?)
            .then_some(Self { size, subtrees })
    }

    /// Returns the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the subtrees, largest first.
    pub fn subtrees(&self) -> &[Digest] {
        &self.subtrees
    }

    /// Adds a leaf and returns every subtree it completes, smallest (the leaf) first.
    pub fn append(&mut self, leaf: Digest) -> Vec<(NodeId, Digest)> {
        let entry = self.size;
        let mut completed = vec![(NodeId { level: 0, index: entry }, leaf)];
        let mut hash = leaf;
        for level in 1..=self.size.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            hash = node_hash(&left, &hash);
            completed.push((NodeId { level, index: entry >> level }, hash));
        }
        self.subtrees.push(hash);
        self.size += 1;
        completed
    }

    /// Returns the root hash.
    pub fn root(&self) -> Digest {
        let mut smallest_first = self.subtrees.iter().rev();
        let Some(first) = smallest_first.next() else { return empty_root() };
        smallest_first.fold(*first, |right, left| node_hash(left, &right))
    }
}

/// Returns the subtrees that make up a tree of `size`, largest first.
pub(crate) fn frontier_nodes(size: u64) -> Vec<NodeId> {
    (0..64)
        .rev()
        .filter(|level| size >> level & 1 == 1)
        .map(|level| NodeId { level, index: (size >> level) - 1 })
        .collect()
}

/// Returns the proof that leaf `index` stands in the tree of `size` (RFC 9162 §2.1.3.1).
///
/// # Errors
/// Those of `fetch`.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    fetch: &mut dyn FnMut(NodeId) -> Result<Digest, E>,
) -> Result<Vec<Digest>, E> {
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while low + 1 < high {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(range_hash(middle, high, fetch)?);
            high = middle;
        } else {
            proof.push(range_hash(low, middle, fetch)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Returns the proof that the tree of `old` leaves is a prefix of that of `new` (RFC 9162 §2.1.4.1).
///
/// # Errors
/// Those of `fetch`.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    fetch: &mut dyn FnMut(NodeId) -> Result<Digest, E>,
) -> Result<Vec<Digest>, E> {
    let (mut low, mut high) = (0, new);
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    while old < high {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(range_hash(middle, high, fetch)?);
            high = middle;
        } else {
            proof.push(range_hash(low, middle, fetch)?);
            low = middle;
        }
    }
    if low > 0 {
        proof.push(range_hash(low, high, fetch)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows `leaf` at `index` under `root` (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Digest,
    proof: &[Digest],
    root: Digest,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether `proof` shows that `old_root` over `old` leaves is a prefix of `new_root` over `new`
/// leaves (RFC 9162 §2.1.4.2).
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: Digest,
    new_root: Digest,
    proof: &[Digest],
) -> bool {
    if old == 0 {
        return proof.is_empty() && old_root == empty_root();
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old > new {
        return false;
    }
    let mut path = proof.iter().copied();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(&sibling, &old_hash);
            new_hash = node_hash(&sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, &sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// The hash over leaves `low..high`, where `low` is a multiple of the largest power of two below.
fn range_hash<E>(
    low: u64,
    high: u64,
    fetch: &mut dyn FnMut(NodeId) -> Result<Digest, E>,
) -> Result<Digest, E> {
    let length = high - low;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return fetch(NodeId { level, index: low >> level });
    }
    let middle = low + split(length);
    let left = range_hash(low, middle, fetch)?;
    let right = range_hash(middle, high, fetch)?;
    Ok(node_hash(&left, &right))
}

/// The largest power of two below `length` (which is at least 2).
fn split(length: u64) -> u64 {
    1 << (length - 1).ilog2()
}

#[cfg(test)]
mod tests;
