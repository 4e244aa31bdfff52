//! Sealing events at the log's end, signing the new state, and committing both in one step.

use crate::abreast;
use crate::ambient::Ambient;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::columns;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::AuditError;
use crate::event::{Event, EventError};
use crate::id::Origin;
use crate::key::PrivateKey;
use crate::merkle::Frontier;
use crate::seal::Nonce;
use crate::store::{Appended, Batch, Grain, Keep, RowChange, Writer};

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
    /// Appends events and returns the checkpoint over the new size.
    pub(crate) fn commit(
        &self,
        writer: Box<dyn Writer + '_>,
        events: impl Into<Vec<Event>>,
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
        for (entry, leaf, row) in self.seal(events.into())? {
            let nodes = frontier.append(leaf);
            let state = (grain == Grain::Entry)
                .then(|| (frontier.subtrees().to_vec(), self.checkpoint(&frontier).to_text()));
            batch.entries.push(Appended { entry, nodes, row, state });
        }
        let signed = self.checkpoint(&frontier);
        batch.checkpoint = signed.to_text();
        writer.commit(&batch)?;
        Ok(signed)
    }

    /// Seals events at the indexes that follow, each with its leaf and what it does to the rows. Nonces are
    /// drawn in order, whoever uses them.
    fn seal(
        &self,
        events: Vec<Event>,
    ) -> Result<Vec<(Entry, Digest, Option<RowChange>)>, AuditError> {
        let mut places = Vec::with_capacity(events.len());
        for (index, event) in (self.frontier.size()..).zip(events) {
            let nonces: [Nonce; 2] = [self.ambient.random()?, self.ambient.random()?];
            places.push((event, index, nonces));
        }
        let seal = |(event, index, nonces): (Event, u64, [Nonce; 2])| {
            let entry = Entry::seal(&event, self.origin, index, nonces)?;
            let leaf = entry.leaf();
            Ok::<_, EventError>((entry, leaf, columns::change(&event, index)))
        };
        Ok(abreast::each_of(places, seal)?)
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
