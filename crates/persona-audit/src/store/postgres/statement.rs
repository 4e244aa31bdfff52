//! The statements, each written out once; all names in them are qualified.

use deadpool_postgres::Object;
use futures_util::future::try_join_all;
use tokio_postgres::Statement;

use crate::store::postgres::fault::Fault;

/// The head of the log that goes by a name.
pub(super) const HEAD: &str = "SELECT l.log, l.origin, l.size, l.checkpoint \
     FROM persona_audit.log l WHERE l.name = $1 AND NOT l.staged";
/// The same, kept from everybody else until the transaction ends.
pub(super) const LOCKED_HEAD: &str = "SELECT l.log, l.origin, l.size, l.checkpoint \
     FROM persona_audit.log l WHERE l.name = $1 AND NOT l.staged FOR UPDATE";
/// A row for a new log; waits for whoever is making the same, and makes none beside it.
pub(super) const NEW_HEAD: &str = "INSERT INTO persona_audit.log \
     (name, staged, origin, size, checkpoint) VALUES ($1, false, '', 0, '') \
     ON CONFLICT (name, staged) DO NOTHING RETURNING log";
/// The newest schema that was applied.
pub(super) const VERSION: &str = "SELECT COALESCE(pg_catalog.max(m.version), 0)::pg_catalog.int8 \
     FROM persona_audit.migration m";

macro_rules! entry {
    ($condition:literal) => {
        concat!(
            "SELECT e.idx, e.audit_id, e.header, e.public, e.public_nonce, e.public_commitment, ",
            "e.private, e.private_nonce, e.private_commitment FROM persona_audit.entry e WHERE ",
            $condition
        )
    };
}

macro_rules! record {
    ($rest:literal) => {
        concat!(
            "SELECT r.audit_id, r.opened, r.time, r.status, r.model, r.provider, r.data_hash, ",
            "r.data_path, r.\"user\" FROM persona_audit.record r WHERE ",
            $rest
        )
    };
}

macro_rules! add_rows {
    ($rest:literal) => {
        concat!(
            "INSERT INTO persona_audit.record (log, audit_id, opened, time, status, model, ",
            "provider, data_hash, data_path, \"user\") SELECT $1, w.* FROM ROWS FROM (",
            "pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.int8[]), ",
            "pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), ",
            "pg_catalog.unnest($6::pg_catalog.text[]), pg_catalog.unnest($7::pg_catalog.text[]), ",
            "pg_catalog.unnest($8::pg_catalog.text[]), pg_catalog.unnest($9::pg_catalog.text[]), ",
            "pg_catalog.unnest($10::pg_catalog.text[])) AS w",
            $rest
        )
    };
}

pub(super) const ENTRIES: &str = entry!("e.log = $1 AND e.idx >= $2 ORDER BY e.idx LIMIT $3");
pub(super) const ENTRIES_FROM: &str = entry!("e.log = $1 AND e.idx >= $2 ORDER BY e.idx");
pub(super) const ENTRIES_OF_RUN: &str = entry!("e.log = $1 AND e.audit_id = $2 ORDER BY e.idx");
pub(super) const ENTRIES_OF_RUNS: &str =
    entry!("e.log = $1 AND e.audit_id = ANY ($2) ORDER BY e.audit_id, e.idx");
pub(super) const ENTRIES_OF_NONE: &str = entry!("e.log = $1 AND e.audit_id IS NULL ORDER BY e.idx");

/// How many runs the entries of a log are filed under.
pub(super) const RUNS: &str =
    "SELECT pg_catalog.count(DISTINCT e.audit_id) FROM persona_audit.entry e WHERE e.log = $1";

pub(super) const NODES: &str = "SELECT n.entry, n.level, n.hash FROM persona_audit.node n \
     WHERE n.log = $1 AND (n.entry, n.level) > ($2, $3) ORDER BY n.entry, n.level LIMIT $4";
pub(super) const NODES_AFTER: &str = "SELECT n.entry, n.level, n.hash FROM persona_audit.node n \
     WHERE n.log = $1 AND (n.entry, n.level) > ($2, $3) ORDER BY n.entry, n.level";
/// `OFFSET 0`: each is looked up by its key, however many there are in the table.
pub(super) const SUBTREES: &str = "SELECT n.entry, n.level, n.hash \
     FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.int8[]), \
                     pg_catalog.unnest($3::pg_catalog.int4[])) AS w (entry, level), LATERAL ( \
       SELECT n.entry, n.level, n.hash FROM persona_audit.node n \
       WHERE n.log = $1 AND n.entry = w.entry AND n.level = w.level OFFSET 0) AS n";
pub(super) const KEPT: &str = "SELECT k.size, k.note FROM persona_audit.kept_checkpoint k \
     WHERE k.log = $1 ORDER BY k.size";

pub(super) const ADD_ENTRIES: &str = "INSERT INTO persona_audit.entry \
     (log, idx, audit_id, header, public, public_nonce, public_commitment, \
      private, private_nonce, private_commitment) \
     SELECT $1, w.* FROM ROWS FROM ( \
       pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.text[]), \
       pg_catalog.unnest($4::pg_catalog.bytea[]), pg_catalog.unnest($5::pg_catalog.bytea[]), \
       pg_catalog.unnest($6::pg_catalog.bytea[]), pg_catalog.unnest($7::pg_catalog.bytea[]), \
       pg_catalog.unnest($8::pg_catalog.bytea[]), pg_catalog.unnest($9::pg_catalog.bytea[]), \
       pg_catalog.unnest($10::pg_catalog.bytea[])) AS w";
pub(super) const ADD_NODES: &str = "INSERT INTO persona_audit.node (log, entry, level, hash) \
     SELECT $1, w.* FROM ROWS FROM ( \
       pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.int4[]), \
       pg_catalog.unnest($4::pg_catalog.bytea[])) AS w";
pub(super) const ADD_ROWS: &str = add_rows!("");
/// The same, for rows that may be there as they were earlier.
pub(super) const REPLACE_ROWS: &str = add_rows!(
    " ON CONFLICT (log, audit_id) DO UPDATE SET opened = EXCLUDED.opened, time = EXCLUDED.time, \
     status = EXCLUDED.status, model = EXCLUDED.model, provider = EXCLUDED.provider, \
     data_hash = EXCLUDED.data_hash, data_path = EXCLUDED.data_path, \"user\" = EXCLUDED.\"user\""
);
pub(super) const SET_STATUS: &str = "UPDATE persona_audit.record r SET status = w.status \
     FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), \
                     pg_catalog.unnest($3::pg_catalog.text[])) AS w (audit_id, status) \
     WHERE r.log = $1 AND r.audit_id = w.audit_id";
pub(super) const ADD_KEPT: &str = "INSERT INTO persona_audit.kept_checkpoint (log, size, note) \
     SELECT $1, w.* FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.int8[]), \
                                    pg_catalog.unnest($3::pg_catalog.bytea[])) AS w";
/// All that a commit writes, with the numbers of entries and heads that were written.
pub(super) const WRITE: &str = include_str!("sql/write.sql");
pub(super) const ERASE_PUBLIC_COLUMNS: &str = "UPDATE persona_audit.record r \
     SET model = NULL, provider = NULL, data_hash = NULL WHERE r.log = $1 AND r.audit_id = $2";
pub(super) const ERASE_PRIVATE_COLUMNS: &str = "UPDATE persona_audit.record r \
     SET data_path = NULL, \"user\" = NULL WHERE r.log = $1 AND r.audit_id = $2";
pub(super) const SET_HALVES: &str = "UPDATE persona_audit.entry e \
     SET public = $3, public_nonce = $4, public_commitment = $5, \
         private = $6, private_nonce = $7, private_commitment = $8 \
     WHERE e.log = $1 AND e.idx = $2";

/// What of a record is selected, for the statements that filters are made into.
pub(super) const RECORD: &str = record!("r.log = $1");

/// Prepares a statement, once for each connection.
pub(super) async fn prepared(client: &Object, sql: &str) -> Result<Statement, Fault> {
    Ok(client.prepare_cached(sql).await?)
}

/// Prepares several in one round trip.
pub(super) async fn all_prepared(client: &Object, sql: &[&str]) -> Result<Vec<Statement>, Fault> {
    try_join_all(sql.iter().map(|sql| prepared(client, sql))).await
}
