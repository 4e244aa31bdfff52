//! Reading the PostgreSQL store: one snapshot, and cursors on the server where a reader goes through the
//! log page by page.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::Type;

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::postgres::catalog;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::{
    self, Parameter, Session, bounded, by_key, key, selection, typed,
};
use crate::store::postgres::statement;
use crate::store::postgres::value::column_text;
use crate::store::{
    Depth, Head, KeptCheckpoint, Oddity, Reader, Row, RowFilter, StoreError, StoredEntry,
    StoredNode,
};

/// Pages from this size on are read through a cursor.
const PAGE: usize = 64;
/// Subtrees of so many entries are fetched together, once one of them was asked for.
const BLOCK: i64 = 256;
/// So many subtrees that were fetched together are remembered at most.
const MEMORY: usize = 1 << 14;

/// A consistent view of a log.
#[derive(Debug)]
pub(super) struct View {
    session: Session,
    log: i64,
    head: Head,
    entries: Cursor<i64>,
    nodes: Cursor<(i64, i64)>,
    rows: Cursor<RowsFrom>,
    ahead: RefCell<Ahead>,
}

/// Where a cursor over rows goes on: the conditions, and the row that it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RowsFrom(String);

/// What was read together with what was asked for.
#[derive(Debug, Default)]
struct Ahead {
    /// The runs of the page of rows that was read last, and their entries once one was asked for.
    runs: Vec<String>,
    entries: Option<BTreeMap<String, Vec<StoredEntry>>>,
    subtrees: BTreeMap<(i64, i64), Option<Digest>>,
}

/// A cursor on the server: its name, and where the next page begins.
#[derive(Debug)]
struct Cursor<P> {
    name: &'static str,
    next: RefCell<Option<P>>,
    is_open: Cell<bool>,
}

impl<P: PartialEq> Cursor<P> {
    fn new(name: &'static str) -> Self {
        Self { name, next: RefCell::new(None), is_open: Cell::new(false) }
    }

    /// Whether the next page of this cursor is what is asked for.
    fn stands_at(&self, position: &P) -> bool {
        self.is_open.get() && self.next.borrow().as_ref() == Some(position)
    }

    async fn open(
        &self,
        session: &Session,
        sql: &str,
        parameters: &[(Parameter<'_>, Type)],
    ) -> Result<(), Fault> {
        let client = session.client()?;
        if self.is_open.replace(false) {
            client.batch_execute(&format!("CLOSE {}", self.name)).await?;
        }
        let sql = format!("DECLARE {} NO SCROLL CURSOR FOR {sql}", self.name);
        client.execute_typed(&sql, parameters).await?;
        self.is_open.set(true);
        Ok(())
    }

    async fn fetch(&self, session: &Session, limit: usize) -> Result<Vec<SqlRow>, Fault> {
        let rows =
            i32::try_from(limit).map_or_else(|_| "ALL".to_owned(), |limit| limit.to_string());
        let sql = format!("FETCH FORWARD {rows} FROM {}", self.name);
        Ok(session.client()?.query_typed(&sql, &[]).await?)
    }
}

impl View {
    pub(super) fn new(session: Session, log: i64, head: Head) -> Self {
        Self {
            session,
            log,
            head,
            entries: Cursor::new("entries"),
            nodes: Cursor::new("nodes"),
            rows: Cursor::new("rows"),
            ahead: RefCell::default(),
        }
    }
}

impl Reader for View {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        Ok(Some(self.head.clone()))
    }

    fn entries(&self, from: i64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        if limit < PAGE {
            let limit = bounded(limit);
            let parameters: [Parameter<'_>; 3] = [&self.log, &from, &limit];
            return self.session.wait(self.session.entries(statement::ENTRIES, &parameters));
        }
        let rows = self.session.wait(async {
            if !self.entries.stands_at(&from) {
                let parameters = [session::number(&self.log), session::number(&from)];
                self.entries.open(&self.session, statement::ENTRIES_FROM, &parameters).await?;
            }
            self.entries.fetch(&self.session, limit).await
        })?;
        let read: Result<Vec<StoredEntry>, Fault> = rows.iter().map(session::entry).collect();
        let read = read.map_err(|fault| fault.at(&self.session.place))?;
        *self.entries.next.borrow_mut() = read.last().map(|it| it.index.saturating_add(1));
        Ok(read)
    }

    fn entries_of(&self, audit_id: Option<&str>) -> Result<Vec<StoredEntry>, StoreError> {
        let Some(run) = audit_id else {
            return self
                .session
                .wait(self.session.entries(statement::ENTRIES_OF_NONE, &[&self.log]));
        };
        let mut ahead = self.ahead.borrow_mut();
        if ahead.entries.is_none() && ahead.runs.iter().any(|it| it == run) {
            let runs: Vec<String> = ahead.runs.iter().map(|it| column_text(it)).collect();
            let parameters: [Parameter<'_>; 2] = [&self.log, &runs];
            let read =
                self.session.wait(self.session.entries(statement::ENTRIES_OF_RUNS, &parameters))?;
            let mut of = BTreeMap::<String, Vec<StoredEntry>>::new();
            for entry in read {
                of.entry(entry.audit_id.clone().unwrap_or_default()).or_default().push(entry);
            }
            ahead.entries = Some(of);
        }
        if ahead.runs.iter().any(|it| it == run) {
            let entries = ahead.entries.as_ref().and_then(|of| of.get(run));
            return Ok(entries.cloned().unwrap_or_default());
        }
        let stored = column_text(run);
        self.session.wait(self.session.entries(statement::ENTRIES_OF_RUN, &[&self.log, &stored]))
    }

    fn runs(&self) -> Result<u64, StoreError> {
        self.session.wait(self.session.runs(self.log))
    }

    fn subtrees(&self, nodes: &[NodeId]) -> Result<Vec<Option<Digest>>, StoreError> {
        let keys: Vec<(i64, i64)> = nodes.iter().map(|node| key(*node)).collect();
        let mut ahead = self.ahead.borrow_mut();
        let missing: Vec<(i64, i64)> =
            keys.iter().filter(|key| !ahead.subtrees.contains_key(key)).copied().collect();
        if !missing.is_empty() {
            if ahead.subtrees.len() > MEMORY {
                ahead.subtrees.clear();
            }
            let read = self.session.wait(self.blocks(&missing))?;
            ahead.subtrees.extend(read);
            for key in &keys {
                ahead.subtrees.entry(*key).or_insert(None);
            }
        }
        Ok(keys.iter().map(|key| ahead.subtrees.get(key).copied().flatten()).collect())
    }

    fn nodes(&self, after: (i64, i64), limit: usize) -> Result<Vec<StoredNode>, StoreError> {
        let level = i32::try_from(after.1).unwrap_or(if after.1 < 0 { i32::MIN } else { i32::MAX });
        if limit < PAGE {
            let limit = bounded(limit);
            let parameters: [Parameter<'_>; 4] = [&self.log, &after.0, &level, &limit];
            return self.session.wait(self.session.nodes(statement::NODES, &parameters));
        }
        let rows = self.session.wait(async {
            if !self.nodes.stands_at(&after) {
                let level: Parameter<'_> = &level;
                let parameters =
                    [session::number(&self.log), session::number(&after.0), (level, Type::INT4)];
                self.nodes.open(&self.session, statement::NODES_AFTER, &parameters).await?;
            }
            self.nodes.fetch(&self.session, limit).await
        })?;
        let read: Result<Vec<StoredNode>, Fault> = rows.iter().map(session::node).collect();
        let read = read.map_err(|fault| fault.at(&self.session.place))?;
        *self.nodes.next.borrow_mut() = read.last().map(|node| (node.entry, node.level));
        Ok(read)
    }

    fn kept_checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.session.wait(self.session.kept(statement::KEPT, &[&self.log]))
    }

    fn rows(&self, filter: &RowFilter) -> Result<Vec<Row>, StoreError> {
        let Some(limit) = filter.limit.filter(|limit| *limit >= PAGE) else {
            return self.session.wait(self.session.rows(self.log, filter));
        };
        let conditions = RowFilter { after: None, limit: None, ..filter.clone() };
        let position = |after: Option<&(String, i64)>| RowsFrom(format!("{conditions:?}{after:?}"));
        let rows = self.session.wait(async {
            if !self.rows.stands_at(&position(filter.after.as_ref())) {
                let (sql, bound) = selection(filter);
                self.rows.open(&self.session, &sql, &typed(&self.log, &bound)).await?;
            }
            self.rows.fetch(&self.session, limit).await
        })?;
        let read: Result<Vec<Row>, Fault> = rows.iter().map(session::row).collect();
        let read = read.map_err(|fault| fault.at(&self.session.place))?;
        let last = read.last().map(|row| (row.time.clone(), row.opened));
        *self.rows.next.borrow_mut() = last.map(|last| position(Some(&last)));
        let mut ahead = self.ahead.borrow_mut();
        ahead.runs = read.iter().map(|row| row.audit_id.clone()).collect();
        ahead.entries = None;
        Ok(read)
    }

    fn oddities(&self, depth: Depth) -> Result<Vec<Oddity>, StoreError> {
        let faults = self.session.wait(async {
            let client = self.session.client()?;
            let stamp = catalog::stamp(client).await?;
            let mut faults = catalog::faults(&self.session.database, client, stamp).await?;
            if depth == Depth::Indexes {
                faults.extend(catalog::skipping(client, self.log).await?);
            }
            Ok(faults)
        })?;
        Ok(faults.into_iter().map(Oddity::Fault).collect())
    }
}

impl View {
    /// Fetches the subtrees that were asked for, and with them all small ones beside them.
    async fn blocks(
        &self,
        missing: &[(i64, i64)],
    ) -> Result<BTreeMap<(i64, i64), Option<Digest>>, Fault> {
        let entries: Vec<i64> = missing.iter().map(|(entry, _)| *entry).collect();
        let levels: Vec<i32> =
            missing.iter().map(|(_, level)| i32::try_from(*level).unwrap_or(i32::MAX)).collect();
        let parameters: [Parameter<'_>; 3] = [&self.log, &entries, &levels];
        let mut read = by_key(self.session.nodes(statement::SUBTREES, &parameters).await?);
        // A proof of one entry asks for one leaf beside it; a walk over the log for one after the other.
        let leaf = missing.iter().find(|(_, level)| *level == 0).filter(|_| missing.len() < 64);
        if let Some((leaf, _)) = leaf {
            let first = leaf.saturating_sub(leaf.rem_euclid(BLOCK));
            let (before, limit) = (first.saturating_sub(1), BLOCK * 2);
            let parameters: [Parameter<'_>; 4] = [&self.log, &before, &i32::MAX, &limit];
            let block = by_key(self.session.nodes(statement::NODES, &parameters).await?);
            // The hash that was asked for is the one that lies there, whatever else is found.
            for (key, hash) in block {
                read.entry(key).or_insert(hash);
            }
        }
        Ok(read)
    }
}
