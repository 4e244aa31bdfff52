//! What a writer looks at before it appends, fetched in the round trip that takes the lock.

use std::collections::BTreeMap;

use deadpool_postgres::Object;
use futures_util::future::try_join5;
use tokio_postgres::Row as SqlRow;

use crate::digest::Digest;
use crate::store::postgres::PATIENCE;
use crate::store::postgres::catalog;
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session;
use crate::store::postgres::statement::{LOCKED_HEAD, NEW_HEAD, all_prepared};
use crate::store::{Head, KeptCheckpoint, Row, StoredEntry, StoredHalf};

/// A queue before the head row: of those who wait for a row, all wake with every commit and wait for its next
/// version; of those who wait here, one does.
const QUEUE: &str = "SELECT FROM pg_catalog.pg_advisory_xact_lock($1)";
const LOOK: &str = include_str!("sql/look.sql");

/// So many of the newest entries have all of their subtrees fetched: 16 appends of others may lie between
/// what this machine last saw and now, and the state then ended with small subtrees of its own.
const RECENT: i64 = 24;

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
    let prepared = all_prepared(client, &[catalog::STAMP, QUEUE, LOCKED_HEAD, LOOK]).await?;
    let [stamp, queue, head, seen] = prepared.as_slice() else {
        return Err(Fault::Refused("a statement was not prepared".to_owned()));
    };
    let (begin, turn) = (begin(patience), queue_of(name));
    // Sent in this order, answered in this order: what comes after the lock sees what is true under it, and
    // what need not be seen under it comes before.
    let ((), stamp, _, head, seen) = try_join5(
        client.batch_execute(&begin),
        client.query_one(stamp, &[]),
        client.execute(queue, &[&turn]),
        client.query_opt(head, &[&name]),
        client.query(seen, &[&name, &RECENT]),
    )
    .await?;
    let version = session::whole(&stamp, 1)?;
    let stamp = stamp.try_get::<_, Option<String>>(0)?.unwrap_or_default();
    let faults = catalog::faults(database, client, stamp).await?;
    let Some(head) = head else { return absent(client, name, version, faults).await };
    let (log, head) = session::head(&head)?;
    let mut look = Look { log, head: Some(head), version, faults, ..Look::default() };
    seen.iter().try_for_each(|line| look.take(line))?;
    Ok(look)
}

impl Look {
    /// Takes a line of what was asked for: its columns are the same for all kinds, and empty where a kind has
    /// no use for one.
    fn take(&mut self, line: &SqlRow) -> Result<(), Fault> {
        match session::whole(line, 0)? {
            0 => {
                let key = (session::whole(line, 1)?, session::whole(line, 2)?);
                let hash = session::bytes(line, 11)?.unwrap_or_default();
                self.subtrees.insert(key, Digest::from_slice(&hash));
            }
            1 => self.last.push(entry(line)?),
            2 => self.own.push(entry(line)?),
            3 => self.kept.push(KeptCheckpoint {
                size: session::whole(line, 1)?,
                note: session::bytes(line, 11)?.unwrap_or_default(),
            }),
            _ => self.open.push(row(line)?),
        }
        Ok(())
    }
}

fn entry(line: &SqlRow) -> Result<StoredEntry, Fault> {
    let half = |column: usize| {
        let (body, nonce) = (session::bytes(line, column)?, session::bytes(line, column + 1)?);
        Ok::<_, Fault>(StoredHalf { body, nonce, commitment: session::bytes(line, column + 2)? })
    };
    Ok(StoredEntry {
        index: session::whole(line, 1)?,
        audit_id: session::text(line, 3)?,
        header: session::bytes(line, 11)?.unwrap_or_default(),
        public: half(12)?,
        private: half(15)?,
        state: None,
        fault: None,
    })
}

fn row(line: &SqlRow) -> Result<Row, Fault> {
    Ok(Row {
        audit_id: session::text(line, 3)?.unwrap_or_default(),
        opened: session::whole(line, 1)?,
        time: session::text(line, 4)?.unwrap_or_default(),
        status: session::text(line, 5)?.unwrap_or_default(),
        model: session::text(line, 6)?,
        provider: session::text(line, 7)?,
        data_hash: session::text(line, 8)?,
        data_path: session::text(line, 9)?,
        user: session::text(line, 10)?,
    })
}

/// The lock that a log's writers queue up for: eight bytes that another one's are by chance alone.
fn queue_of(name: &str) -> i64 {
    let digest = Digest::of_parts(&[b"persona log\0", name.as_bytes()]);
    digest.as_bytes().first_chunk::<8>().map_or(0, |bytes| i64::from_be_bytes(*bytes))
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

/// The statements that begin an append; the connection is set to the rest.
pub(super) fn begin(patience: u64) -> String {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    if patience == PATIENCE {
        return begin.to_owned();
    }
    format!("{begin}; SET LOCAL lock_timeout = {patience}")
}
