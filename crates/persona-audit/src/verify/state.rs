//! The state that some stores keep beside each entry: its frontier is the headers', its checkpoint is of that
//! tree and signed as signing was then.

use crate::checkpoint::SignedCheckpoint;
use crate::digest::Digest;
use crate::entry::Header;
use crate::finding::{Code, Finding};
use crate::merkle::{Frontier, leaf_hash};
use crate::store::{StoredEntry, StoredState};
use crate::trust::Trust;

/// The states met so far, in order.
#[derive(Debug)]
pub(super) struct States {
    /// The tree after the last entry, as its header gives it; unknown where that is missing.
    computed: Option<Frontier>,
    /// The tree stored with the last entry where that is another: the next entry tells whether the
    /// header or the frontier was changed.
    stored: Option<Frontier>,
    /// Whether a checkpoint was met that is not kept for ever. What was taken over from another store
    /// lies before the first one; after it, every entry has its own.
    begun: bool,
    unjudged: Vec<(i64, SignedCheckpoint)>,
}

impl Default for States {
    fn default() -> Self {
        let computed = Some(Frontier::default());
        Self { computed, stored: None, begun: false, unjudged: Vec::new() }
    }
}

impl States {
    /// Adds the state stored with the next entry, where its store keeps one.
    pub(super) fn add(
        &mut self,
        entry: &StoredEntry,
        header: Option<&Header>,
        findings: &mut Vec<Finding>,
    ) {
        let Some(state) = &entry.state else { return };
        let Some(header) = header else {
            // Found already; what comes after is held against its own.
            (self.computed, self.stored) = (None, None);
            return;
        };
        let found = frontier(entry.index, state);
        let follows = self.follow(entry, found);
        if !follows {
            let detail =
                format!("the frontier stored with entry {} is not its tree's", entry.index);
            findings.push(finding(Code::NodeModified, detail, entry));
        }
        if !header.kind.changes_trust() {
            let fault = self.checkpoint(entry.index, state, header);
            findings.extend(fault.map(|(code, detail)| finding(code, detail, entry)));
        }
    }

    /// Judges who signed, once the log's keys are known; returns how many signatures were checked.
    /// The head's own was judged with the keys.
    pub(super) fn judge(
        self,
        trust: &Trust,
        head: Option<&SignedCheckpoint>,
        findings: &mut Vec<Finding>,
    ) -> u64 {
        let mut signatures = 0;
        for (index, note) in self.unjudged.iter().filter(|(_, note)| Some(note) != head) {
            signatures += u64::from(!note.is_unsigned());
            let name = format!("the checkpoint stored with entry {index}");
            let fault = trust.state_fault(*index, note, &name);
            findings.extend(fault.map(|finding| finding.at(*index)));
        }
        signatures
    }

    /// Goes on to the tree after this entry; whether the stored one is that.
    fn follow(&mut self, entry: &StoredEntry, found: Option<Frontier>) -> bool {
        let leaf = leaf_hash(&entry.header);
        let next = |tree: Option<Frontier>| {
            let before = |tree: &Frontier| i64::try_from(tree.size()).ok() == Some(entry.index);
            tree.filter(before).map(|mut tree| {
                tree.append(leaf);
                tree
            })
        };
        let (computed, stored) = (next(self.computed.take()), next(self.stored.take()));
        let follows = match (&computed, &stored) {
            (None, None) => found.is_some(),
            (computed, stored) => found.is_some() && (found == *computed || found == *stored),
        };
        if follows {
            self.computed = found;
        } else {
            (self.computed, self.stored) = (computed, found);
        }
        follows
    }

    fn checkpoint(
        &mut self,
        index: i64,
        state: &StoredState,
        header: &Header,
    ) -> Option<(Code, String)> {
        let Some(note) = &state.checkpoint else {
            let detail = format!("entry {index} has no checkpoint, though one before it has");
            return self.begun.then_some((Code::CheckpointMissing, detail));
        };
        self.begun = true;
        let Ok(note) = SignedCheckpoint::parse(note) else {
            let detail = format!("the checkpoint stored with entry {index} does not read");
            return Some((Code::CheckpointBadSignature, detail));
        };
        let checkpoint = note.checkpoint();
        let of_this_tree = |tree: &Frontier| {
            (checkpoint.size, checkpoint.root) == (tree.size(), tree.root())
                && checkpoint.origin == header.log
        };
        let trees = [self.computed.as_ref(), self.stored.as_ref()];
        if !trees.into_iter().flatten().any(of_this_tree) {
            let detail = format!("the checkpoint stored with entry {index} is of another tree");
            return Some((Code::LogForked, detail));
        }
        self.unjudged.push((index, note));
        None
    }
}

fn frontier(index: i64, state: &StoredState) -> Option<Frontier> {
    let size = u64::try_from(index).ok()?.checked_add(1)?;
    let hashes = state.frontier.iter().map(|hash| Digest::from_slice(hash));
    Frontier::new(size, hashes.collect::<Option<_>>()?)
}

fn finding(code: Code, detail: String, entry: &StoredEntry) -> Finding {
    Finding::error(code, detail).at(entry.index).of_run(entry.audit_id.as_deref())
}
