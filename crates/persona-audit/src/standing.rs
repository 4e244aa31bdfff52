//! How a log stands to a checkpoint of it that was learnt elsewhere.

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::merkle::{self, NodeId};
use crate::store::{Reader, StoreError};

/// How the log stands to a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The log has grown from the checkpoint, or is still there.
    Agrees,
    /// The checkpoint is of a later state of the log.
    Behind,
    /// The log at the checkpoint's size is another one.
    Forked,
    /// The checkpoint is of another log.
    OtherLog,
}

/// Compares `head` with `other` by a consistency proof from the stored subtrees.
pub(crate) fn standing(
    reader: &dyn Reader,
    head: &Checkpoint,
    other: &Checkpoint,
) -> Result<Standing, StoreError> {
    if head.origin != other.origin {
        return Ok(Standing::OtherLog);
    }
    if head.size < other.size {
        return Ok(Standing::Behind);
    }
    let prove = |fetch: &mut dyn FnMut(NodeId) -> Option<Digest>| {
        let mut fetch = |node| fetch(node).ok_or(());
        merkle::consistency_proof(other.size, head.size, &mut fetch)
    };
    // Which subtrees the proof is made of, then all of them at once, then the proof.
    let mut needed = Vec::new();
    drop(prove(&mut |node| {
        needed.push(node);
        Some(head.root)
    }));
    let mut found = reader.subtrees(&needed)?.into_iter();
    let consistent = prove(&mut |_| found.next().flatten()).is_ok_and(|proof| {
        merkle::verify_consistency(other.size, head.size, other.root, head.root, &proof)
    });
    Ok(if consistent { Standing::Agrees } else { Standing::Forked })
}
