//! Sealing events at the log's end, signing the new state, and committing both in one step.

use crate::ambient::Ambient;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::columns;
use crate::entry::Entry;
use crate::error::AuditError;
use crate::event::Event;
use crate::id::Origin;
use crate::key::PrivateKey;
use crate::merkle::Frontier;
use crate::store::{Appended, Batch, Grain, Keep, Writer};

/// The end of a log, where the next events go.
#[derive(Debug)]
pub(crate) struct Tip<'log> {
    pub(crate) origin: &'log Origin,
    pub(crate) frontier: &'log Frontier,
    /// The key that signs the new state, unless signing is off.
    pub(crate) signer: Option<&'log PrivateKey>,
    pub(crate) ambient: &'log Ambient,
}

impl Tip<'_> {
    /// Appends `events` and returns the checkpoint over the new size.
    pub(crate) fn commit(
        &self,
        writer: Box<dyn Writer + '_>,
        events: &[Event],
        keep: Keep,
    ) -> Result<SignedCheckpoint, AuditError> {
        let mut frontier = self.frontier.clone();
        let mut batch = Batch {
            origin: self.origin.to_string(),
            expected_size: frontier.size(),
            entries: Vec::new(),
            checkpoint: String::new(),
            keep,
        };
        let grain = writer.grain();
        for event in events {
            let index = frontier.size();
            let nonces = [self.ambient.random()?, self.ambient.random()?];
            let entry = Entry::seal(event, self.origin, index, nonces)?;
            let nodes = frontier.append(entry.leaf());
            let row = columns::change(event, index);
            let state = (grain == Grain::Entry)
                .then(|| (frontier.subtrees().to_vec(), self.checkpoint(&frontier).to_text()));
            batch.entries.push(Appended { entry, nodes, row, state });
        }
        let signed = self.checkpoint(&frontier);
        batch.checkpoint = signed.to_text();
        writer.commit(&batch)?;
        Ok(signed)
    }

    fn checkpoint(&self, frontier: &Frontier) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: frontier.size(),
            root: frontier.root(),
        };
        match self.signer {
            Some(key) => checkpoint.sign(key),
            None => checkpoint.unsigned(),
        }
    }
}
