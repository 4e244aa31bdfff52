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
        let nodes = frontier_nodes(size);
        for (node, hash) in nodes.iter().zip(reader.subtrees(&nodes)?) {
            if let Some(hash) = hash {
                frontier.insert(*node, hash);
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
        let climb: Vec<NodeId> = (0..64)
            .map(|level| NodeId { level, index: index >> level })
            .take_while(|node| self.known(*node).is_none())
            .collect();
        let siblings: Vec<NodeId> = climb.iter().map(|node| sibling(*node)).collect();
        let mut hash = leaf_hash(header);
        let mut path = Vec::new();
        for ((node, sibling), beside) in
            climb.iter().zip(&siblings).zip(reader.subtrees(&siblings)?)
        {
            let Some(beside) = beside else { return Ok(false) };
            path.extend([(*node, hash), (*sibling, beside)]);
            let (left, right) = if node.index & 1 == 0 { (hash, beside) } else { (beside, hash) };
            hash = node_hash(&left, &right);
        }
        let level = u32::try_from(climb.len()).unwrap_or(u32::MAX);
        let top = NodeId { level, index: index.checked_shr(level).unwrap_or(0) };
        let holds = self.known(top) == Some(hash);
        if holds {
            self.remember(path);
        }
        Ok(holds)
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

fn sibling(node: NodeId) -> NodeId {
    NodeId { level: node.level, index: node.index ^ 1 }
}
