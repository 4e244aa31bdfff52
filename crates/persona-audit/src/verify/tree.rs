//! The tree, computed anew from the headers and compared with every stored subtree.

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::finding::{Code, Finding, Severity};
use crate::merkle::{Frontier, empty_root};
use crate::store::{Reader, StoredNode};

/// Stored subtrees read at a time.
const PAGE: usize = 1024;

/// The tree from the headers as they are, beside the subtrees as stored. Where the two part, the
/// signed root tells whether a header or a subtree was changed.
pub(super) struct Tree<'log> {
    reader: &'log dyn Reader,
    nodes: Vec<StoredNode>,
    last: (i64, i64),
    from_headers: Frontier,
    /// Entries whose stored leaf is not the hash of their header.
    leaves_differ: Vec<i64>,
    /// Subtrees that are not the hash of what the headers put below them.
    nodes_differ: Vec<(i64, String)>,
}

impl<'log> Tree<'log> {
    pub(super) fn new(reader: &'log dyn Reader) -> Self {
        Self {
            reader,
            nodes: Vec::new(),
            last: (i64::MIN, i64::MIN),
            from_headers: Frontier::default(),
            leaves_differ: Vec::new(),
            nodes_differ: Vec::new(),
        }
    }

    /// Adds the next entry; one that is missing or does not read is stood in for by its stored leaf.
    pub(super) fn add(
        &mut self,
        index: i64,
        header_leaf: Option<Digest>,
    ) -> Result<(), AuditError> {
        let stored = self.nodes_of(index)?;
        let find = |level: i64| {
            let node = stored.iter().find(|node| node.level == level);
            node.and_then(|node| Digest::from_slice(&node.hash))
        };
        let stored_leaf = find(0);
        let leaf = header_leaf.or(stored_leaf).unwrap_or_else(empty_root);
        if header_leaf.is_some() && stored_leaf.is_some() && header_leaf != stored_leaf {
            self.leaves_differ.push(index);
        }
        let completed = self.from_headers.append(leaf);
        for (node, hash) in &completed {
            if find(i64::from(node.level)) != Some(*hash)
                && (node.level > 0 || stored_leaf.is_none())
            {
                let detail =
                    format!("the subtree of level {} that entry {index} completes", node.level);
                self.nodes_differ.push((index, detail));
            }
        }
        if stored.len() > completed.len() {
            let detail = format!("a subtree that entry {index} does not complete");
            self.nodes_differ.push((index, detail));
        }
        Ok(())
    }

    /// Judges the whole tree against the signed root, or by itself when there is none.
    pub(super) fn finish(
        mut self,
        head: Option<&Checkpoint>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), AuditError> {
        if let Some(node) = self.nodes_of(i64::MAX)?.first() {
            let detail = "a subtree beyond the last entry".to_owned();
            self.nodes_differ.push((node.entry, detail));
        }
        let headers_hold = head.is_none_or(|head| self.from_headers.root() == head.root);
        let named = findings.iter().any(|finding| finding.severity == Severity::Error);
        let leaves = self.leaves_differ.iter().map(|index| {
            let (code, detail) = if headers_hold {
                let detail = format!("the leaf stored for entry {index} is not its header's hash");
                (Code::NodeModified, detail)
            } else {
                let detail = format!("the header of entry {index} is not the one in the tree");
                (Code::HeaderModified, detail)
            };
            Finding::error(code, detail).at(*index)
        });
        findings.extend(leaves);
        if headers_hold || self.leaves_differ.is_empty() {
            findings.extend(self.nodes_differ.iter().map(|(index, what)| {
                Finding::error(Code::NodeModified, format!("{what} is not what the headers give"))
                    .at(*index)
            }));
        }
        if !headers_hold && !named && self.leaves_differ.is_empty() && self.nodes_differ.is_empty()
        {
            let size = self.from_headers.size();
            let detail = format!("entries 0..{size} do not hash to the root of the checkpoint");
            findings.push(Finding::error(Code::LogForked, detail).at(0));
        }
        Ok(())
    }

    /// Takes the stored subtrees up to those that `entry` completes; earlier leftovers are amiss.
    fn nodes_of(&mut self, entry: i64) -> Result<Vec<StoredNode>, AuditError> {
        let mut taken = Vec::new();
        loop {
            if self.nodes.is_empty() {
                let mut page = self.reader.nodes(self.last, PAGE)?;
                let Some(last) = page.last() else { return Ok(taken) };
                self.last = (last.entry, last.level);
                page.reverse();
                self.nodes = page;
            }
            match self.nodes.pop_if(|node| node.entry <= entry) {
                Some(node) if node.entry < entry && entry < i64::MAX => {
                    let detail = "a subtree that no entry completes".to_owned();
                    self.nodes_differ.push((node.entry, detail));
                }
                Some(node) => taken.push(node),
                None => return Ok(taken),
            }
        }
    }
}
