//! What became of an append whose connection was cut before the server's answer came.
//!
//! The server may have committed it or not. The log's lock is taken again, so that the old transaction is
//! at its end, and then the entry is there or it is not.

use std::time::{Duration, Instant};

use crate::store::Batch;
use crate::store::postgres::Place;
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::look::begin;
use crate::store::postgres::session::entry;
use crate::store::postgres::statement::{ENTRIES, LOCKED_HEAD, NEW_HEAD, prepared};

/// For how long a server that is starting again is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// The first pause between two attempts; the next ones are twice as long each.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether a batch is in the log.
#[derive(Debug)]
pub(super) enum Answer {
    Stored,
    NotStored,
    Unknown(String),
}

/// Asks until the server answers.
pub(super) fn settle(database: &Database, at: &Place, batch: &Batch) -> Answer {
    let asked = database.wait(async {
        let begun = Instant::now();
        let mut pause = PAUSE;
        loop {
            database.forget_closed();
            match is_stored(database, at, batch).await {
                Ok(stored) => return Ok(stored),
                Err(fault @ (Fault::Cut(_) | Fault::Locked)) if PATIENCE < begun.elapsed() => {
                    return Err(fault);
                }
                Err(Fault::Cut(_) | Fault::Locked | Fault::Appeared) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                Err(fault) => return Err(fault),
            }
        }
    });
    match asked {
        Ok(true) => Answer::Stored,
        Ok(false) => Answer::NotStored,
        Err(fault) => Answer::Unknown(fault.at(&at.text).to_string()),
    }
}

async fn is_stored(database: &Database, at: &Place, batch: &Batch) -> Result<bool, Fault> {
    let Some(first) = batch.entries.first() else { return Ok(false) };
    let client = database.connect().await?;
    let asked = async {
        client.batch_execute(&begin(at.patience)).await?;
        let head = prepared(&client, LOCKED_HEAD).await?;
        let Some(head) = client.query_opt(&head, &[&at.log]).await? else {
            // A log that is being made is not seen, but waited for by whoever makes the same.
            let made = prepared(&client, NEW_HEAD).await?;
            return match client.query_opt(&made, &[&at.log]).await? {
                Some(_) => Ok(false),
                None => Err(Fault::Appeared),
            };
        };
        let log = crate::store::postgres::session::whole(&head, 0)?;
        let entries = prepared(&client, ENTRIES).await?;
        let index = i64::try_from(first.entry.header.index).unwrap_or(i64::MAX);
        let found = client.query(&entries, &[&log, &index, &1_i64]).await?;
        let found = found.first().map(entry).transpose()?;
        Ok(found.is_some_and(|it| it.index == index && it.header == first.entry.header_bytes))
    };
    let asked = asked.await;
    if client.batch_execute("ROLLBACK").await.is_err() {
        drop(deadpool_postgres::Object::take(client));
    }
    asked
}
