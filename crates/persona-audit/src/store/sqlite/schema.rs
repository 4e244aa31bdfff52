//! The schema of the SQLite store: made once, then compared, so that no trigger, view or partial
//! index can come between what is stored and what is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rusqlite::Connection;

use crate::store::StoreError;
use crate::store::sqlite::translate;

/// The migrations, in order; `user_version` counts those applied. Never change one, only add.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/sqlite/0001-log.sql")];
/// The schema this version knows.
const VERSION: i64 = 1;
/// "prsn": marks the file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x7072_736e;

/// The statements of the migrations by the name of what they make; SQLite keeps them to the letter.
static OBJECTS: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let statements = MIGRATIONS.iter().flat_map(|migration| migration.split(";\n"));
    statements
        .filter_map(|statement| {
            let statement = statement.trim();
            statement.split_whitespace().nth(2).map(|name| (name, statement))
        })
        .collect()
});

/// Makes the tables in an empty file, inside the caller's transaction.
pub(super) fn create_if_empty(connection: &Connection) -> Result<(), rusqlite::Error> {
    if !is_blank(connection)? {
        return Ok(());
    }
    for migration in MIGRATIONS {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// Refuses a file that a later version laid out.
pub(super) fn check_version(connection: &Connection, place: &str) -> Result<(), StoreError> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| translate(&error, place))?;
    if found > VERSION && pragma(connection, "application_id") == Some(APPLICATION_ID) {
        return Err(StoreError::Newer { place: place.to_owned(), found, known: VERSION });
    }
    Ok(())
}

/// Whether the tables are there at all; an empty file is a store without a log.
pub(super) fn is_laid_out(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'log'";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([], |row| row.get::<_, i64>(0)).map(|tables| tables == 1)
}

/// Whether the file is empty or laid out as a store, as far as its tables' names tell.
pub(super) fn may_be_ours(connection: &Connection) -> Result<bool, rusqlite::Error> {
    Ok(is_blank(connection)? || is_laid_out(connection)?)
}

/// Returns what differs from the migrations' schema; a file without anything in it differs in nothing.
pub(super) fn faults(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
    )?;
    let mut rows = statement.query([])?;
    if is_blank(connection)? {
        return Ok(Vec::new());
    }
    let mut expected = OBJECTS.clone();
    let mut faults = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let sql: String = row.get(2)?;
        match expected.remove(name.as_str()) {
            Some(statement) if statement == sql => {}
            Some(_) => faults.push(format!("the {kind} `{name}` is not as persona makes it")),
            None => faults.push(format!("the {kind} `{name}` is not persona's")),
        }
    }
    faults.extend(expected.keys().map(|name| format!("`{name}` is missing")));
    for (name, wanted) in [("application_id", APPLICATION_ID), ("user_version", VERSION)] {
        if pragma(connection, name) != Some(wanted) {
            faults.push(format!("the file's `{name}` is not persona's"));
        }
    }
    Ok(faults)
}

/// Walks every index and page, as SQLite itself does.
pub(super) fn index_faults(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Whether nothing was ever made in the file, as after a kill between making and laying it out.
fn is_blank(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT count(*) FROM sqlite_schema";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([], |row| row.get::<_, i64>(0)).map(|objects| objects == 0)
}

fn pragma(connection: &Connection, name: &str) -> Option<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0)).ok()
}
