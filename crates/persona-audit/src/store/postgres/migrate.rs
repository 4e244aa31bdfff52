//! Making the tables: the first writer that may does it, in one transaction, and says which version it made.

use deadpool_postgres::Object;

use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::whole;
use crate::store::postgres::statement::{VERSION, prepared};
use crate::store::{Obstacle, StoreError};

/// The migrations, in order. Never change one, only add.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/postgres/0001-log.sql")];
/// The schema this version knows.
const KNOWN: i64 = 1;
/// "persona" in hexadecimal digits of its letters: the advisory lock under which migrations are applied.
const LOCK: i64 = 0x0070_6572_736f_6e61;

/// Makes the tables where there are none; `Ok` when they are there.
pub(super) async fn apply(client: &Object) -> Result<(), Fault> {
    let done = apply_locked(client).await;
    if done.is_err() {
        // The fault is the first one's to name; a connection that cannot roll back is cut, and seen to be.
        drop(client.batch_execute("ROLLBACK").await);
    }
    done
}

async fn apply_locked(client: &Object) -> Result<(), Fault> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '30s'; \
         SELECT pg_catalog.pg_advisory_xact_lock({LOCK})"
    );
    client.batch_execute(&begin).await?;
    let sql = "SELECT pg_catalog.to_regnamespace('persona_audit') IS NOT NULL, \
               pg_catalog.to_regclass('persona_audit.migration') IS NOT NULL, \
               pg_catalog.current_setting('server_encoding')";
    let found = client.query_one(sql, &[]).await?;
    let (has_schema, has_tables): (bool, bool) = (found.try_get(0)?, found.try_get(1)?);
    let encoding: String = found.try_get(2)?;
    if encoding != "UTF8" {
        return Err(not_utf8(&encoding));
    }
    let applied = if has_tables { version(client).await? } else { 0 };
    let applied = usize::try_from(applied).unwrap_or(usize::MAX);
    let mut sql = String::new();
    if !has_schema {
        sql.push_str("CREATE SCHEMA persona_audit;\n");
    }
    for (position, migration) in MIGRATIONS.iter().enumerate().skip(applied) {
        sql.push_str(migration);
        let made = position.saturating_add(1);
        sql.push_str("INSERT INTO persona_audit.migration (version) VALUES (");
        sql.push_str(&made.to_string());
        sql.push_str(");\n");
    }
    sql.push_str("COMMIT");
    client.batch_execute(&sql).await.map_err(|error| {
        let fault = Fault::from(error);
        if let Fault::Denied(Obstacle::Rights, reason) = fault {
            let reason =
                format!("the tables are not there, and this role may not make them: {reason}");
            return Fault::Denied(Obstacle::NoTables, reason);
        }
        fault
    })
}

/// Returns the newest migration that was applied.
pub(super) async fn version(client: &Object) -> Result<i64, Fault> {
    let statement = prepared(client, VERSION).await?;
    whole(&client.query_one(&statement, &[]).await?, 0)
}

/// The fault of a database whose encoding cannot hold every text.
pub(super) fn not_utf8(encoding: &str) -> Fault {
    let reason = format!("the database's encoding is {encoding}; persona needs UTF8");
    Fault::Denied(Obstacle::Encoding, reason)
}

/// Refuses a schema that a later version made.
pub(super) fn check(found: i64, place: &str) -> Result<(), StoreError> {
    if found > KNOWN {
        return Err(StoreError::Newer { place: place.to_owned(), found, known: KNOWN });
    }
    Ok(())
}
