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
    let proof = merkle::consistency_proof(other.size, head.size, &mut |node| fetch(reader, node));
    let consistent = match proof {
        Ok(proof) => {
            merkle::verify_consistency(other.size, head.size, other.root, head.root, &proof)
        }
        Err(Fetch::Missing) => false,
        Err(Fetch::Store(error)) => return Err(error),
    };
    Ok(if consistent { Standing::Agrees } else { Standing::Forked })
}

enum Fetch {
    Missing,
    Store(StoreError),
}

fn fetch(reader: &dyn Reader, node: NodeId) -> Result<Digest, Fetch> {
    reader.node(node).map_err(Fetch::Store)?.ok_or(Fetch::Missing)
}
