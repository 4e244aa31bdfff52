//! Sealing events at the log's end, signing the new state, and committing both in one step.

use crate::abreast;
use crate::ambient::Ambient;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::columns;
use crate::entry::Entry;
use crate::error::AuditError;
use crate::event::Event;
use crate::id::Origin;
use crate::key::PrivateKey;
use crate::merkle::Frontier;
use crate::seal::Nonce;
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
        for (event, entry) in events.iter().zip(self.seal(events)?) {
            let index = frontier.size();
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

    /// Seals events at the indexes that follow. Nonces are drawn in order, whoever uses them.
    fn seal(&self, events: &[Event]) -> Result<Vec<Entry>, AuditError> {
        let mut places = Vec::with_capacity(events.len());
        for (index, event) in (self.frontier.size()..).zip(events) {
            let nonces: [Nonce; 2] = [self.ambient.random()?, self.ambient.random()?];
            places.push((event, index, nonces));
        }
        let seal = |(event, index, nonces): &(&Event, u64, [Nonce; 2])| {
            Entry::seal(event, self.origin, *index, *nonces)
        };
        Ok(abreast::each(&places, seal)?)
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
