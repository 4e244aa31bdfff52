//! The schema of the SQLite store: made once, upgraded by whoever writes, and compared, so that no
//! trigger, view or partial index can come between what is stored and what is read.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;
use crate::store::sqlite::translate;

/// "prsn": marks the file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x7072_736e;

/// Migrations in order; `user_version` counts those applied. Never change one, only add: each statement
/// makes (`CREATE`) or drops (`DROP`) an object or moves rows, and none alters, since SQLite keeps the
/// text of what is made to the letter and it is compared so.
pub(super) struct Schema(&'static [&'static str]);

/// The schema that this version writes.
pub(super) const SCHEMA: Schema =
    Schema(&[include_str!("../../../migrations/sqlite/0001-log.sql")]);

impl Schema {
    /// Makes the tables in an empty file, inside the caller's transaction.
    pub(super) fn create_if_empty(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        if !is_blank(connection)? {
            return Ok(());
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        self.migrate(connection, 0)
    }

    /// Upgrades a file that an earlier version laid out, in a transaction of its own. One that is not as
    /// that version laid it out stays as it is.
    pub(super) fn upgrade(&self, connection: &mut Connection) -> Result<(), rusqlite::Error> {
        if self.upgradable(connection).is_none() {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another writer may have been first.
        if let Some(found) = self.upgradable(&transaction)
            && self.faults(&transaction)?.is_empty()
        {
            self.migrate(&transaction, found)?;
        }
        transaction.commit()
    }

    /// Refuses a file that a later version laid out.
    pub(super) fn check_version(
        &self,
        connection: &Connection,
        place: &str,
    ) -> Result<(), StoreError> {
        let found: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| translate(&error, place))?;
        let known = self.newest();
        if found > known && pragma(connection, "application_id") == Some(APPLICATION_ID) {
            return Err(StoreError::Newer { place: place.to_owned(), found, known });
        }
        Ok(())
    }

    /// Returns what differs from the schema of the version found; a file without anything in it differs in
    /// nothing.
    pub(super) fn faults(&self, connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
        let mut statement = connection.prepare_cached(
            "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
        )?;
        let mut rows = statement.query([])?;
        if is_blank(connection)? {
            return Ok(Vec::new());
        }
        let found = pragma(connection, "user_version");
        let version = found.filter(|version| (1..=self.newest()).contains(version));
        let mut expected = self.objects(version.unwrap_or_else(|| self.newest()));
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
        let named = pragma(connection, "application_id") == Some(APPLICATION_ID);
        for (name, fits) in [("application_id", named), ("user_version", version.is_some())] {
            if !fits {
                faults.push(format!("the file's `{name}` is not persona's"));
            }
        }
        Ok(faults)
    }

    fn newest(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }

    /// Returns the file's version where migrations are missing.
    fn upgradable(&self, connection: &Connection) -> Option<i64> {
        let found = pragma(connection, "user_version")?;
        let ours = pragma(connection, "application_id") == Some(APPLICATION_ID);
        (ours && (1..self.newest()).contains(&found)).then_some(found)
    }

    fn migrate(&self, connection: &Connection, from: i64) -> Result<(), rusqlite::Error> {
        for migration in self.0.iter().skip(usize::try_from(from).unwrap_or(0)) {
            connection.execute_batch(migration)?;
        }
        connection.pragma_update(None, "user_version", self.newest())
    }

    /// Returns the statements that made what is there in `version`, by the name of what they make.
    fn objects(&self, version: i64) -> BTreeMap<&'static str, &'static str> {
        let mut objects = BTreeMap::new();
        let migrations = self.0.iter().take(usize::try_from(version).unwrap_or(0));
        for statement in migrations.flat_map(|migration| migration.split(";\n")) {
            let statement = statement.trim();
            let mut words = statement.split_whitespace();
            match (words.next(), words.nth(1)) {
                (Some("CREATE"), Some(name)) => drop(objects.insert(name, statement)),
                (Some("DROP"), Some(name)) => drop(objects.remove(name)),
                _ => {}
            }
        }
        objects
    }
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

/// KiB that SQLite keeps of a file while it walks its indexes; taken only as they are used.
const CACHE: i64 = 64 * 1024;

/// Walks every index and page, as SQLite itself does.
pub(super) fn index_faults(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    // Each row is looked up in every index: their leaves are read once, if there is room for them.
    connection.pragma_update(None, "cache_size", -CACHE)?;
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

#[cfg(test)]
mod tests;
