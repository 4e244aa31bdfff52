//! What lies in the database's schema, compared with what the migrations make, so that no trigger, rule,
//! view, policy or partial index can come between what is stored and what is read.
//!
//! Tables may be partitioned by the hash of `log`: partitions are taken for the table they are part of,
//! as long as nothing is attached to them that their table does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use deadpool_postgres::Object;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::statement::prepared;

/// The layout as the migrations make it: what [`LAYOUT`] returns then.
const MADE: &str = include_str!("../../../migrations/postgres/layout.txt");
const LAYOUT: &str = include_str!("sql/layout.sql");
/// A short text that changes when anything changes that [`LAYOUT`] looks at.
pub(super) const STAMP: &str = include_str!("sql/stamp.sql");

/// Returns what differs from the migrations' layout. What was found is remembered for as long as the
/// catalog's rows stay the same.
pub(super) async fn faults(
    database: &Database,
    client: &Client,
    stamp: String,
) -> Result<Vec<String>, Fault> {
    let known = || database.layout.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, faults)) = known().as_ref().filter(|(known, _)| *known == stamp) {
        return Ok(faults.clone());
    }
    let mut found = Vec::new();
    for row in client.query_typed(LAYOUT, &[]).await? {
        found.push(row.try_get::<_, String>(0)?);
    }
    let faults = differences(&found);
    *known() = Some((stamp, faults.clone()));
    Ok(faults)
}

/// Reads the stamp.
pub(super) async fn stamp(client: &Object) -> Result<String, Fault> {
    let statement = prepared(client, STAMP).await?;
    let row = client.query_one(&statement, &[]).await?;
    Ok(row.try_get::<_, Option<String>>(0)?.unwrap_or_default())
}

/// Every index by its table and the order that only it gives.
const INDEXES: [(&str, &str, &str); 10] = [
    ("entry", "entry_pkey", "t.idx"),
    ("entry", "entry_audit_id", "t.audit_id, t.idx"),
    ("record", "record_pkey", "t.audit_id"),
    ("record", "record_time", "t.time, t.opened"),
    ("record", "record_status", "t.status, t.time, t.opened"),
    ("record", "record_model", "t.model, t.time, t.opened"),
    ("record", "record_provider", "t.provider, t.time, t.opened"),
    ("record", "record_data_hash", "t.data_hash, t.time, t.opened"),
    ("record", "record_data_path", "t.data_path, t.time, t.opened"),
    ("record", "record_user", "t.\"user\", t.time, t.opened"),
];

/// Counts a log's rows through every index: one that skips rows counts fewer than the others.
pub(super) async fn skipping(client: &Client, log: i64) -> Result<Vec<String>, Fault> {
    // The order is to come from the index, which is then read from its beginning to its end.
    client.batch_execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off").await?;
    let mut counts = BTreeMap::<&str, Vec<(&str, i64)>>::new();
    for (table, index, order) in INDEXES {
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM (SELECT FROM persona_audit.{table} t \
             WHERE t.log = $1 ORDER BY {order} OFFSET 0) AS t"
        );
        for row in client.query_typed(&sql, &[(&log, Type::INT8)]).await? {
            counts.entry(table).or_default().push((index, row.try_get(0)?));
        }
    }
    let mut faults = Vec::new();
    for counted in counts.values() {
        let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let fewer = counted.iter().filter(|(_, count)| *count < most);
        faults.extend(fewer.map(|(index, count)| {
            format!("the index `{index}` skips {} rows", most.saturating_sub(*count))
        }));
    }
    Ok(faults)
}

fn differences(found: &[String]) -> Vec<String> {
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let made: BTreeSet<&str> = MADE.lines().collect();
    let missing: BTreeMap<String, &str> =
        made.difference(&found).map(|fact| (name(fact), *fact)).collect();
    let added: BTreeSet<String> = found.difference(&made).map(|fact| name(fact)).collect();
    let lost = missing.keys().filter(|name| !added.contains(*name));
    let mut faults: Vec<String> = added
        .iter()
        .map(|name| {
            let wrong =
                if missing.contains_key(name) { "as persona makes it" } else { "persona's" };
            format!("the {name} is not {wrong}")
        })
        .collect();
    faults.extend(lost.map(|name| format!("the {name} is missing")));
    faults
}

/// What a fact is about: its first two words, as in ``index `entry_pkey` ``.
fn name(fact: &str) -> String {
    let words = |text: &str| {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        (kind.to_owned(), rest.to_owned())
    };
    let (kind, rest) = words(fact);
    // Two kinds are followed by a name that may hold blanks and by nothing else.
    for phrase in ["row security of ", "partitions of "] {
        if let Some(table) = fact.strip_prefix(phrase) {
            return format!("{phrase}`{table}`");
        }
    }
    match kind.as_str() {
        "column" | "index" | "table" => format!("{kind} `{}`", words(&rest).0),
        _ => format!("{kind} `{rest}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_once() {
        let mut found: Vec<String> = MADE.lines().map(str::to_owned).collect();
        assert_eq!(differences(&found), Vec::<String>::new());
        found.retain(|fact| !fact.starts_with("index record_user") && *fact != "table node");
        found.push("index record_user record odd log user".to_owned());
        found.push("trigger swap rows".to_owned());
        found.push("row security of persona_audit.entry".to_owned());
        assert_eq!(
            differences(&found),
            [
                "the index `record_user` is not as persona makes it",
                "the row security of `persona_audit.entry` is not persona's",
                "the trigger `swap rows` is not persona's",
                "the table `node` is missing",
            ]
        );
    }
}
