//! What a writer looks at before it appends, fetched in the round trip that takes the lock.

use std::collections::BTreeMap;

use deadpool_postgres::Object;
use futures_util::future::{try_join, try_join4, try_join5};

use crate::digest::Digest;
use crate::store::postgres::catalog;
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::{self, by_key};
use crate::store::postgres::statement::{
    EDGE, LAST_ENTRIES, LOCKED_HEAD, NEW_HEAD, OPEN_RUNS, OWN_ENTRIES, OWN_KEPT, VERSION,
    all_prepared,
};
use crate::store::{Head, KeptCheckpoint, Row, StoredEntry};

/// So many of the newest entries have all of their subtrees fetched: as many appends of others may lie
/// between what this machine last saw and now.
const RECENT: i64 = 16;

/// A log under its append lock.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The log's number.
    pub(super) log: i64,
    /// `None` when the log is only about to be made.
    pub(super) head: Option<Head>,
    /// The newest migration that was applied.
    pub(super) version: i64,
    pub(super) faults: Vec<String>,
    /// The two highest, highest first.
    pub(super) last: Vec<StoredEntry>,
    /// Those about the log.
    pub(super) own: Vec<StoredEntry>,
    pub(super) kept: Vec<KeptCheckpoint>,
    pub(super) subtrees: BTreeMap<(i64, i64), Option<Digest>>,
    /// The newest runs that are open, and one more than is ever asked for.
    pub(super) open: Vec<Row>,
}

/// Begins a transaction that nobody waits for longer than `patience`, takes the lock, and looks.
pub(super) async fn look(
    database: &Database,
    client: &Object,
    name: &str,
    patience: u64,
) -> Result<Look, Fault> {
    let statements = [
        VERSION,
        catalog::STAMP,
        LOCKED_HEAD,
        LAST_ENTRIES,
        OWN_ENTRIES,
        OWN_KEPT,
        EDGE,
        OPEN_RUNS,
    ];
    let prepared = all_prepared(client, &statements).await?;
    let [version, stamp, head, last, own, kept, edge, open] = prepared.as_slice() else {
        return Err(Fault::Refused("a statement was not prepared".to_owned()));
    };
    let begin = begin(patience);
    // Sent in this order, answered in this order: what comes after the lock sees what is true under it.
    let (((), version, stamp, head, last), (own, kept, edge, open)) = try_join(
        try_join5(
            client.batch_execute(&begin),
            client.query_one(version, &[]),
            client.query_one(stamp, &[]),
            client.query_opt(head, &[&name]),
            client.query(last, &[&name]),
        ),
        try_join4(
            client.query(own, &[&name]),
            client.query(kept, &[&name]),
            client.query(edge, &[&name, &RECENT]),
            client.query(open, &[&name]),
        ),
    )
    .await?;
    let stamp = stamp.try_get::<_, Option<String>>(0)?.unwrap_or_default();
    let version = session::whole(&version, 0)?;
    let faults = catalog::faults(database, client, stamp).await?;
    let Some(head) = head else { return absent(client, name, version, faults).await };
    let (log, head) = session::head(&head)?;
    Ok(Look {
        log,
        head: Some(head),
        version,
        faults,
        last: last.iter().map(session::entry).collect::<Result<_, _>>()?,
        own: own.iter().map(session::entry).collect::<Result<_, _>>()?,
        kept: kept.iter().map(session::kept).collect::<Result<_, _>>()?,
        subtrees: by_key(edge.iter().map(session::node).collect::<Result<_, _>>()?),
        open: open.iter().map(session::row).collect::<Result<_, _>>()?,
    })
}

/// Makes the row of a new log, which is rolled back unless something is appended; where somebody else has
/// just made it, this is tried again from the start.
async fn absent(
    client: &Object,
    name: &str,
    version: i64,
    faults: Vec<String>,
) -> Result<Look, Fault> {
    match client.query_opt(NEW_HEAD, &[&name]).await? {
        Some(row) => Ok(Look { log: session::whole(&row, 0)?, version, faults, ..Look::default() }),
        None => Err(Fault::Appeared),
    }
}

/// The statements that begin an append. What the server or the role has set is not relied on.
pub(super) fn begin(patience: u64) -> String {
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
         SELECT pg_catalog.set_config('lock_timeout', '{patience}', true), \
         pg_catalog.set_config('statement_timeout', '60000', true), \
         pg_catalog.set_config('search_path', '', true), \
         pg_catalog.set_config('synchronous_commit', CASE \
           pg_catalog.current_setting('synchronous_commit') \
           WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)"
    )
}
