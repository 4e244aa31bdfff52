//! Appending to the PostgreSQL store: one round trip takes the lock and looks, a second one writes and
//! commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join;

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::postgres::Place;
use crate::store::postgres::batch::{Columns, change_rows, erased_halves};
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::look::{Look, look};
use crate::store::postgres::session::{Parameter, Session, bounded, key, whole};
use crate::store::postgres::settle::{Answer, settle};
use crate::store::postgres::statement::{ENTRIES, ENTRIES_OF_RUN, NODES, WRITE, prepared};
use crate::store::postgres::value::column_text;
use crate::store::{
    Batch, Depth, Erasure, Head, KeptCheckpoint, Oddity, Reader, Row, RowFilter, StoreError,
    StoredEntry, StoredNode, Writer,
};

/// Gives a log another name.
const RENAME: &str = "UPDATE persona_audit.log l SET name = $2 WHERE l.log = $1";

/// The append lock of a log, and what was seen when it was taken.
#[derive(Debug)]
pub(super) struct Append {
    session: Session,
    at: Place,
    look: Look,
}

impl Append {
    pub(super) async fn begin(database: &Arc<Database>, at: &Place) -> Result<Self, Fault> {
        let client = database.connect().await?;
        let mut session = Session::new(Arc::clone(database), at.text.clone(), client);
        let looked = look(database, session.client()?, &at.log, at.patience).await;
        let look = match looked {
            Ok(look) => look,
            Err(fault) => {
                // Rolling back is waiting, which is not for here; a refused look is rare.
                session.discard();
                return Err(fault);
            }
        };
        Ok(Self { session, at: at.clone(), look })
    }

    /// Returns the newest migration that was applied.
    pub(super) fn version(&self) -> i64 {
        self.look.version
    }

    async fn write(&self, batch: &Columns, head: &Head) -> Result<(), Fault> {
        let client = self.session.client()?;
        let statement = prepared(client, WRITE).await?;
        let parameters = batch.all(&self.look.log, head);
        let (written, ()) =
            try_join(client.query_one(&statement, &parameters), client.batch_execute("COMMIT"))
                .await?;
        let (entries, heads) = (whole(&written, 0)?, whole(&written, 1)?);
        if u64::try_from(entries).ok() == Some(batch.number()) && heads == 1 {
            return Ok(());
        }
        Err(Fault::Unreadable(format!(
            "the server wrote {entries} entries of {} and {heads} heads of 1",
            batch.number()
        )))
    }
}

impl Reader for Append {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        Ok(self.look.head.clone())
    }

    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        // The two highest answer for whatever begins above the second of them.
        let last = &self.look.last;
        if last.len() < 2 || last.get(1).is_some_and(|second| second.index < from) {
            let fitting = last.iter().rev().filter(|entry| from <= entry.index);
            return Ok(fitting.take(limit).cloned().collect());
        }
        let limit = bounded(limit);
        let parameters: [Parameter<'_>; 3] = [&self.look.log, &from, &limit];
        self.session.wait(self.session.entries(ENTRIES, &parameters))
    }

    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError> {
        let Some(run) = audit_id else { return Ok(self.look.own.clone()) };
        let run = column_text(run);
        self.session.wait(self.session.entries(ENTRIES_OF_RUN, &[&self.look.log, &run]))
    }

    fn runs(&self) -> Result<u64, StoreError> {
        self.session.wait(self.session.runs(self.look.log))
    }

    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError> {
        let seen = |node: &NodeId| self.look.subtrees.get(&key(*node)).copied();
        let unseen: Vec<NodeId> =
            nodes.iter().filter(|node| seen(node).is_none()).copied().collect();
        let mut fetched = if unseen.is_empty() {
            Vec::new()
        } else {
            self.session.wait(self.session.subtrees(self.look.log, &unseen))?
        }
        .into_iter();
        let hash = |node: &NodeId| seen(node).unwrap_or_else(|| fetched.next().flatten());
        Ok(nodes.iter().map(hash).collect())
    }

    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError> {
        let level = i32::try_from(after.1).unwrap_or(if after.1 < 0 { i32::MIN } else { i32::MAX });
        let limit = bounded(limit);
        let parameters: [Parameter<'_>; 4] = [&self.look.log, &after.0, &level, &limit];
        self.session.wait(self.session.nodes(NODES, &parameters))
    }

    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        Ok(self.look.kept.clone())
    }

    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError> {
        let all_open = RowFilter {
            statuses: vec!["started".to_owned()],
            limit: filter.limit,
            ..RowFilter::default()
        };
        let limit = filter.limit.unwrap_or(usize::MAX);
        // What was fetched is all there is, or as much as is asked for.
        let enough = self.look.open.len() <= 100 || limit <= self.look.open.len();
        if *filter == all_open && enough {
            return Ok(self.look.open.iter().take(limit).cloned().collect());
        }
        self.session.wait(self.session.rows(self.look.log, filter))
    }

    fn oddities(&self, depth: Depth) -> Result<Vec<Oddity>, StoreError> {
        let mut faults = self.look.faults.clone();
        if depth == Depth::Indexes {
            faults.extend(self.session.wait(async {
                super::catalog::skipping(self.session.client()?, self.look.log).await
            })?);
        }
        Ok(faults.into_iter().map(Oddity::Fault).collect())
    }
}

impl Writer for Append {
    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StoreError> {
        let found = self.look.head.as_ref().map_or(0, |head| head.size);
        if u64::try_from(found).ok() != Some(batch.expected_size) {
            return Err(StoreError::Moved { expected: batch.expected_size, found });
        }
        let columns = Columns::of_batch(batch);
        let added = i64::try_from(batch.entries.len()).unwrap_or(i64::MAX);
        let head = Head {
            origin: batch.origin.clone(),
            size: found.saturating_add(added),
            checkpoint: batch.checkpoint.clone().into_bytes(),
            heads: 1,
            fault: None,
        };
        let database = Arc::clone(&self.session.database);
        let written = database.wait(self.write(&columns, &head));
        self.end(batch, written)
    }

    fn retire(self: Box<Self>, suffix: &str) -> Result<String, StoreError> {
        let mut this = *self;
        let name = format!("{}.{suffix}", this.at.log);
        this.session.wait(async {
            let client = this.session.client()?;
            client.execute(RENAME, &[&this.look.log, &name]).await?;
            Ok(client.batch_execute("COMMIT").await?)
        })?;
        this.session.ended();
        Ok(name)
    }

    fn erase(self: Box<Self>, erasure: &Erasure) -> Result<(), StoreError> {
        let mut this = *self;
        let mut erased = BTreeMap::<i64, StoredEntry>::new();
        for (index, half) in &erasure.halves {
            let index = i64::try_from(*index).unwrap_or(i64::MAX);
            if !erased.contains_key(&index) {
                let found = this.entries(index, 1)?.into_iter().filter(|it| it.index == index);
                erased.extend(found.map(|entry| (index, entry)));
            }
            if let Some(entry) = erased.get_mut(&index) {
                entry.erase(*half);
            }
        }
        this.session.wait(async {
            let client = this.session.client()?;
            erased_halves(client, this.look.log, erased.values()).await?;
            change_rows(client, this.look.log, &erasure.rows).await?;
            Ok(client.batch_execute("COMMIT").await?)
        })?;
        this.session.ended();
        Ok(())
    }
}

impl Append {
    /// Gives the connection back, or finds out what became of a commit that was cut.
    fn end(mut self, batch: &Batch, written: Result<(), Fault>) -> Result<(), StoreError> {
        let (database, at) = (Arc::clone(&self.session.database), self.at.clone());
        let Err(fault) = written else {
            self.session.ended();
            return Ok(());
        };
        let Fault::Cut(reason) = fault else { return Err(fault.at(&at.text)) };
        drop(self);
        match settle(&database, &at, batch) {
            Answer::Stored => Ok(()),
            Answer::NotStored => {
                Err(Fault::Cut(format!("{reason}; nothing was appended")).at(&at.text))
            }
            Answer::Unknown(later) => Err(Fault::Cut(format!(
                "{reason}; whether the entry was stored could not be found out: {later}"
            ))
            .at(&at.text)),
        }
    }
}
