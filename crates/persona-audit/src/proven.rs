//! Which headers stand in the tree of a checkpoint, proved from the stored subtrees.
//!
//! A leaf is climbed from sibling to sibling until a subtree is met that was proved before; so one
//! record costs O(log n) reads, and a walk over the log about two reads an entry.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::merkle::{Frontier, NodeId, frontier_nodes, leaf_hash, node_hash};
use crate::store::{Reader, StoreError};

/// Proved subtrees that are remembered, at the most.
const MEMORY: usize = 1 << 16;

/// The subtrees of one tree that were proved so far.
#[derive(Debug)]
pub(crate) struct Proven {
    size: u64,
    /// The largest complete subtrees: they hash to the root.
    frontier: BTreeMap<NodeId, Digest>,
    proved: RefCell<BTreeMap<NodeId, Digest>>,
}

impl Proven {
    /// Starts from a checkpoint; `None` when the stored subtrees do not hash to its root.
    pub(crate) fn new(
        reader: &dyn Reader,
        checkpoint: &Checkpoint,
    ) -> Result<Option<(Self, Frontier)>, StoreError> {
        let size = checkpoint.size;
        let mut frontier = BTreeMap::new();
        let mut hashes = Vec::new();
        for node in frontier_nodes(size) {
            if let Some(hash) = reader.node(node)? {
                frontier.insert(node, hash);
                hashes.push(hash);
            }
        }
        let tip = Frontier::new(size, hashes).filter(|tip| tip.root() == checkpoint.root);
        Ok(tip.map(|tip| (Self { size, frontier, proved: RefCell::default() }, tip)))
    }

    /// Whether `header` stands at `index` in the tree.
    pub(crate) fn holds(
        &self,
        reader: &dyn Reader,
        index: i64,
        header: &[u8],
    ) -> Result<bool, StoreError> {
        let Ok(index) = u64::try_from(index) else { return Ok(false) };
        if self.size <= index {
            return Ok(false);
        }
        let mut node = NodeId { level: 0, index };
        let mut hash = leaf_hash(header);
        let mut path = Vec::new();
        loop {
            if let Some(known) = self.known(node) {
                let holds = known == hash;
                if holds {
                    self.remember(path);
                }
                return Ok(holds);
            }
            path.push((node, hash));
            let sibling = NodeId { level: node.level, index: node.index ^ 1 };
            let Some(beside) = reader.node(sibling)? else { return Ok(false) };
            path.push((sibling, beside));
            let (left, right) = if node.index & 1 == 0 { (hash, beside) } else { (beside, hash) };
            hash = node_hash(&left, &right);
            node = NodeId { level: node.level + 1, index: node.index >> 1 };
        }
    }

    fn known(&self, node: NodeId) -> Option<Digest> {
        self.frontier.get(&node).copied().or_else(|| self.proved.borrow().get(&node).copied())
    }

    fn remember(&self, path: Vec<(NodeId, Digest)>) {
        let mut proved = self.proved.borrow_mut();
        if proved.len() > MEMORY {
            proved.clear();
        }
        proved.extend(path);
    }
}
