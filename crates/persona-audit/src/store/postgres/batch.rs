//! What a batch writes, column by column, so that it is one statement however many rows there are.

use std::collections::BTreeMap;

use deadpool_postgres::Object;

use crate::digest::Digest;
use crate::merkle::NodeId;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::{Parameter, key};
use crate::store::postgres::statement::{
    ADD_ROWS, ERASE_PRIVATE_COLUMNS, ERASE_PUBLIC_COLUMNS, SET_HALVES, SET_STATUS, prepared,
};
use crate::store::postgres::value::column_text;
use crate::store::{Batch, HalfName, Head, Keep, Part, Row, RowChange, StoredEntry};

type Values = Vec<Option<Vec<u8>>>;

/// The columns of everything that is added.
#[derive(Debug, Default)]
pub(super) struct Columns {
    indexes: Vec<i64>,
    runs: Vec<Option<String>>,
    headers: Vec<Vec<u8>>,
    /// Body, nonce and commitment of the public half, then of the private half.
    halves: [Values; 6],
    node_entries: Vec<i64>,
    node_levels: Vec<i32>,
    hashes: Vec<Vec<u8>>,
    rows: Rows,
    changed: Vec<String>,
    statuses: Vec<String>,
    kept_sizes: Vec<i64>,
    notes: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Rows {
    ids: Vec<String>,
    opened: Vec<i64>,
    times: Vec<String>,
    statuses: Vec<String>,
    models: Vec<Option<String>>,
    providers: Vec<Option<String>>,
    hashes: Vec<Option<String>>,
    paths: Vec<Option<String>>,
    users: Vec<Option<String>>,
}

impl Columns {
    pub(super) fn of_batch(batch: &Batch) -> Self {
        let mut columns = Self::default();
        // One statement sets each run's status once, to its newest.
        let mut statuses = BTreeMap::new();
        for appended in &batch.entries {
            columns.add_entry(&appended.stored());
            columns.add_nodes(&appended.nodes);
            match &appended.row {
                Some(RowChange::Add(row)) => columns.rows.add(row),
                Some(RowChange::Status { audit_id, status }) => {
                    statuses.insert(column_text(audit_id), column_text(status));
                }
                // An append erases nothing.
                Some(RowChange::Erase { .. }) | None => {}
            }
        }
        // The one statement of a commit does not see the rows that it adds.
        for (run, status) in columns.rows.ids.iter().zip(&mut columns.rows.statuses) {
            if let Some(newer) = statuses.remove(run) {
                *status = newer;
            }
        }
        (columns.changed, columns.statuses) = statuses.into_iter().unzip();
        if batch.keep == Keep::ForEver {
            let size = batch.expected_size.saturating_add(columns.number());
            columns.kept_sizes.push(i64::try_from(size).unwrap_or(i64::MAX));
            columns.notes.push(batch.checkpoint.clone().into_bytes());
        }
        columns
    }

    pub(super) fn of_part(part: &Part) -> Self {
        let mut columns = Self::default();
        part.entries.iter().for_each(|entry| columns.add_entry(entry));
        columns.add_nodes(&part.nodes);
        part.rows.iter().for_each(|row| columns.rows.add(row));
        for kept in &part.kept {
            columns.kept_sizes.push(kept.size);
            columns.notes.push(kept.note.clone());
        }
        columns
    }

    /// Returns how many entries there are.
    pub(super) fn number(&self) -> u64 {
        u64::try_from(self.indexes.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn entries<'a>(&'a self, log: &'a i64) -> [Parameter<'a>; 10] {
        let [public, public_nonce, public_commitment, private, private_nonce, private_commitment] =
            &self.halves;
        [
            log,
            &self.indexes,
            &self.runs,
            &self.headers,
            public,
            public_nonce,
            public_commitment,
            private,
            private_nonce,
            private_commitment,
        ]
    }

    pub(super) fn nodes<'a>(&'a self, log: &'a i64) -> [Parameter<'a>; 4] {
        [log, &self.node_entries, &self.node_levels, &self.hashes]
    }

    pub(super) fn rows<'a>(&'a self, log: &'a i64) -> [Parameter<'a>; 10] {
        self.rows.values(log)
    }

    /// Returns what [`WRITE`](super::statement::WRITE) binds.
    pub(super) fn all<'a>(&'a self, log: &'a i64, head: &'a Head) -> Vec<Parameter<'a>> {
        let mut all: Vec<Parameter<'a>> = vec![log];
        let mut bind = |parameters: &[Parameter<'a>]| all.extend(parameters.iter().skip(1));
        bind(&self.entries(log));
        bind(&self.nodes(log));
        bind(&self.rows(log));
        bind(&[log, &self.changed, &self.statuses]);
        bind(&self.kept(log));
        bind(&[log, &head.origin, &head.size, &head.checkpoint]);
        all
    }

    pub(super) fn kept<'a>(&'a self, log: &'a i64) -> [Parameter<'a>; 3] {
        [log, &self.kept_sizes, &self.notes]
    }

    fn add_entry(&mut self, entry: &StoredEntry) {
        self.indexes.push(entry.index);
        self.runs.push(entry.audit_id.as_deref().map(column_text));
        self.headers.push(entry.header.clone());
        let (public, private) = (&entry.public, &entry.private);
        let values = [
            &public.body,
            &public.nonce,
            &public.commitment,
            &private.body,
            &private.nonce,
            &private.commitment,
        ];
        for (column, value) in self.halves.iter_mut().zip(values) {
            column.push(value.clone());
        }
    }

    fn add_nodes(&mut self, nodes: &[(NodeId, Digest)]) {
        for (node, hash) in nodes {
            self.node_entries.push(key(*node).0);
            self.node_levels.push(i32::try_from(node.level).unwrap_or(i32::MAX));
            self.hashes.push(hash.as_bytes().to_vec());
        }
    }
}

impl Rows {
    fn add(&mut self, row: &Row) {
        let optional = |value: &Option<String>| value.as_deref().map(column_text);
        self.ids.push(column_text(&row.audit_id));
        self.opened.push(row.opened);
        self.times.push(column_text(&row.time));
        self.statuses.push(column_text(&row.status));
        self.models.push(optional(&row.model));
        self.providers.push(optional(&row.provider));
        self.hashes.push(optional(&row.data_hash));
        self.paths.push(optional(&row.data_path));
        self.users.push(optional(&row.user));
    }

    fn values<'a>(&'a self, log: &'a i64) -> [Parameter<'a>; 10] {
        [
            log,
            &self.ids,
            &self.opened,
            &self.times,
            &self.statuses,
            &self.models,
            &self.providers,
            &self.hashes,
            &self.paths,
            &self.users,
        ]
    }
}

/// Writes halves that were erased.
pub(super) async fn erased_halves(
    client: &Object,
    log: i64,
    erased: impl Iterator<Item = &StoredEntry>,
) -> Result<(), Fault> {
    let statement = prepared(client, SET_HALVES).await?;
    for entry in erased {
        let (public, private) = (&entry.public, &entry.private);
        let values: [Parameter<'_>; 8] = [
            &log,
            &entry.index,
            &public.body,
            &public.nonce,
            &public.commitment,
            &private.body,
            &private.nonce,
            &private.commitment,
        ];
        client.execute(&statement, &values).await?;
    }
    Ok(())
}

/// Changes rows, one after the other.
pub(super) async fn change_rows(
    client: &Object,
    log: i64,
    changes: &[RowChange],
) -> Result<(), Fault> {
    for change in changes {
        match change {
            RowChange::Add(row) => {
                let mut rows = Rows::default();
                rows.add(row);
                let statement = prepared(client, ADD_ROWS).await?;
                client.execute(&statement, &rows.values(&log)).await?;
            }
            RowChange::Status { audit_id, status } => {
                let (runs, statuses) = (vec![column_text(audit_id)], vec![column_text(status)]);
                let statement = prepared(client, SET_STATUS).await?;
                client.execute(&statement, &[&log, &runs, &statuses]).await?;
            }
            RowChange::Erase { audit_id, half } => {
                let sql = match half {
                    HalfName::Public => ERASE_PUBLIC_COLUMNS,
                    HalfName::Private => ERASE_PRIVATE_COLUMNS,
                };
                let statement = prepared(client, sql).await?;
                client.execute(&statement, &[&log, &column_text(audit_id)]).await?;
            }
        }
    }
    Ok(())
}
