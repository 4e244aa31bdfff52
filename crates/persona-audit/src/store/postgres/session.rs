//! One connection with a transaction on it, and everything that can be read there.

use std::collections::BTreeMap;
use std::sync::Arc;

use deadpool_postgres::Object;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::{ToSql, Type};

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::statement::{self, prepared};
use crate::store::postgres::value::{Bytes, Text, Whole, column_text};
use crate::store::{
    Head, KeptCheckpoint, Row, RowFilter, StoreError, StoredEntry, StoredHalf, StoredNode,
};

/// A transaction on a connection of its own, which is rolled back unless it was ended.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) database: Arc<Database>,
    pub(super) place: String,
    /// `None` only after the end.
    client: Option<Object>,
}

/// Arrays of what a batch holds, column by column.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

impl Session {
    /// Takes a connection on which a transaction was begun.
    pub(super) fn new(database: Arc<Database>, place: String, client: Object) -> Self {
        Self { database, place, client: Some(client) }
    }

    /// Returns the connection.
    pub(super) fn client(&self) -> Result<&Object, Fault> {
        self.client.as_ref().ok_or_else(|| Fault::Cut("the connection was given back".to_owned()))
    }

    /// Waits for `work` and says what went wrong with it of the store's place.
    pub(super) fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, StoreError> {
        self.database.wait(work).map_err(|fault| fault.at(&self.place))
    }

    /// Gives the connection back after its transaction was ended.
    pub(super) fn ended(&mut self) {
        self.client = None;
    }

    /// Ends the connection itself: what is on it is of no use to anybody.
    pub(super) fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }

    pub(super) async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<SqlRow>, Fault> {
        let client = self.client()?;
        let statement = prepared(client, sql).await?;
        Ok(client.query(&statement, parameters).await?)
    }

    pub(super) async fn entries(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<StoredEntry>, Fault> {
        self.query(sql, parameters).await?.iter().map(entry).collect()
    }

    pub(super) async fn nodes(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<StoredNode>, Fault> {
        self.query(sql, parameters).await?.iter().map(node).collect()
    }

    pub(super) async fn kept(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<KeptCheckpoint>, Fault> {
        self.query(sql, parameters).await?.iter().map(kept).collect()
    }

    /// Returns the hashes of subtrees, each where it is asked for.
    pub(super) async fn subtrees(
        &self,
        log: i64,
        nodes: &[NodeId],
    ) -> Result<Vec<Option<Digest>>, Fault> {
        let keys: Vec<(i64, i64)> = nodes.iter().map(|node| key(*node)).collect();
        let entries: Vec<i64> = keys.iter().map(|(entry, _)| *entry).collect();
        let levels: Vec<i32> =
            nodes.iter().map(|node| i32::try_from(node.level).unwrap_or(i32::MAX)).collect();
        let rows = self.nodes(statement::SUBTREES, &[&log, &entries, &levels]).await?;
        let found: BTreeMap<(i64, i64), Option<Digest>> = by_key(rows);
        Ok(keys.iter().map(|key| found.get(key).copied().flatten()).collect())
    }

    /// Counts the runs that entries are filed under.
    pub(super) async fn runs(&self, log: i64) -> Result<u64, Fault> {
        let counted = self.query(statement::RUNS, &[&log]).await?;
        let runs = counted.first().map_or(Ok(0), |row| whole(row, 0))?;
        Ok(u64::try_from(runs).unwrap_or(0))
    }

    /// Returns the rows that fit.
    pub(super) async fn rows(&self, log: i64, filter: &RowFilter) -> Result<Vec<Row>, Fault> {
        let (sql, bound) = selection(filter);
        let limit = filter.limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
        let parameters = typed(&log, &bound);
        let rows = self.client()?.query_typed(&format!("{sql}{limit}"), &parameters).await?;
        rows.iter().map(row).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let ended = self.database.wait(async {
            let rolled_back = tokio::time::timeout(
                std::time::Duration::from_secs(5),
                client.batch_execute("ROLLBACK"),
            );
            let late = |_| Fault::Cut("the server does not answer".to_owned());
            Ok(rolled_back.await.map_err(late)??)
        });
        if ended.is_err() {
            // The server rolls back what is left of it.
            drop(Object::take(client));
        }
    }
}

/// The statement of a filter but for its limit, and what it binds after the log.
pub(super) fn selection(filter: &RowFilter) -> (String, Vec<Bound>) {
    let mut sql = statement::RECORD.to_owned();
    let mut bound: Vec<Bound> = Vec::new();
    let mut condition = |text: &str, value: Bound| {
        bound.push(value);
        sql.push_str(" AND ");
        sql.push_str(&text.replace('?', &format!("${}", bound.len() + 1)));
    };
    let columns = [
        ("r.time >= ?", &filter.since),
        ("r.time < ?", &filter.before),
        ("r.model = ?", &filter.model),
        ("r.provider = ?", &filter.provider),
        ("r.data_hash = ?", &filter.data_hash),
        ("r.data_path = ?", &filter.data_path),
        ("r.\"user\" = ?", &filter.user),
    ];
    for (text, value) in columns {
        if let Some(value) = value {
            condition(text, Bound::Text(column_text(value)));
        }
    }
    match filter.statuses.as_slice() {
        [] => {}
        // One status is one range of the index, in the order that is asked for.
        [status] => condition("r.status = ?", Bound::Text(column_text(status))),
        several => {
            let several = several.iter().map(|status| column_text(status)).collect();
            condition("r.status = ANY (?)", Bound::Texts(several));
        }
    }
    if let Some(prefix) = &filter.id_prefix {
        // Ids are lower-case hex and hyphens, so `~` sorts after whatever continues the prefix.
        condition("r.audit_id >= ?", Bound::Text(column_text(prefix)));
        condition("r.audit_id < ?", Bound::Text(format!("{}~", column_text(prefix))));
    }
    if let Some((time, opened)) = &filter.after {
        condition("(r.time, r.opened) < (?, ", Bound::Text(column_text(time)));
        bound.push(Bound::Number(*opened));
        sql.push('$');
        sql.push_str(&(bound.len() + 1).to_string());
        sql.push(')');
    }
    sql.push_str(" ORDER BY r.time DESC, r.opened DESC");
    (sql, bound)
}

/// A value that a statement binds.
#[derive(Debug)]
pub(super) enum Bound {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
}

/// The log and the values, with their types, for a statement that is made for this once.
pub(super) fn typed<'a>(log: &'a i64, bound: &'a [Bound]) -> Vec<(Parameter<'a>, Type)> {
    let mut parameters: Vec<(Parameter<'a>, Type)> = vec![(log, Type::INT8)];
    parameters.extend(bound.iter().map(|value| -> (Parameter<'a>, Type) {
        match value {
            Bound::Text(text) => (text, Type::TEXT),
            Bound::Texts(texts) => (texts, Type::TEXT_ARRAY),
            Bound::Number(number) => (number, Type::INT8),
        }
    }));
    parameters
}

/// A number with its type.
pub(super) fn number(number: &i64) -> (Parameter<'_>, Type) {
    (number, Type::INT8)
}

/// A row of a head statement: the log's number, and the head.
pub(super) fn head(row: &SqlRow) -> Result<(i64, Head), Fault> {
    let head = Head {
        origin: text(row, 1)?.unwrap_or_default(),
        size: whole(row, 2)?,
        checkpoint: bytes(row, 3)?.unwrap_or_default(),
        heads: 1,
        fault: None,
    };
    Ok((whole(row, 0)?, head))
}

pub(super) fn entry(row: &SqlRow) -> Result<StoredEntry, Fault> {
    let half = |column: usize| {
        let (body, nonce) = (bytes(row, column)?, bytes(row, column + 1)?);
        Ok::<_, Fault>(StoredHalf { body, nonce, commitment: bytes(row, column + 2)? })
    };
    Ok(StoredEntry {
        index: whole(row, 0)?,
        audit_id: text(row, 1)?,
        header: bytes(row, 2)?.unwrap_or_default(),
        public: half(3)?,
        private: half(6)?,
        state: None,
        fault: None,
    })
}

pub(super) fn node(row: &SqlRow) -> Result<StoredNode, Fault> {
    let hash = bytes(row, 2)?.unwrap_or_default();
    Ok(StoredNode { entry: whole(row, 0)?, level: whole(row, 1)?, hash })
}

pub(super) fn kept(row: &SqlRow) -> Result<KeptCheckpoint, Fault> {
    Ok(KeptCheckpoint { size: whole(row, 0)?, note: bytes(row, 1)?.unwrap_or_default() })
}

pub(super) fn row(row: &SqlRow) -> Result<Row, Fault> {
    Ok(Row {
        audit_id: text(row, 0)?.unwrap_or_default(),
        opened: whole(row, 1)?,
        time: text(row, 2)?.unwrap_or_default(),
        status: text(row, 3)?.unwrap_or_default(),
        model: text(row, 4)?,
        provider: text(row, 5)?,
        data_hash: text(row, 6)?,
        data_path: text(row, 7)?,
        user: text(row, 8)?,
    })
}

pub(super) fn by_key(nodes: Vec<StoredNode>) -> BTreeMap<(i64, i64), Option<Digest>> {
    let keyed = |node: StoredNode| ((node.entry, node.level), Digest::from_slice(&node.hash));
    nodes.into_iter().map(keyed).collect()
}

/// Subtrees in the order in which they came to be.
pub(super) fn key(node: NodeId) -> (i64, i64) {
    (i64::try_from(node.completed_by()).unwrap_or(i64::MAX), i64::from(node.level))
}

pub(super) fn whole(row: &SqlRow, column: usize) -> Result<i64, Fault> {
    Ok(row.try_get::<_, Whole>(column)?.0)
}

pub(super) fn text(row: &SqlRow, column: usize) -> Result<Option<String>, Fault> {
    Ok(row.try_get::<_, Text>(column)?.0)
}

pub(super) fn bytes(row: &SqlRow, column: usize) -> Result<Option<Vec<u8>>, Fault> {
    Ok(row.try_get::<_, Bytes>(column)?.0)
}

/// A limit as the database counts.
pub(super) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
