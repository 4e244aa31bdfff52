//! Many logs in one PostgreSQL database, for many users and machines.
//!
//! The store is synchronous; one thread drives the connections, which clones of an address share.

use std::sync::Arc;

use crate::config::PostgresLog;
use crate::database_url::{Parameters, encoded};
use crate::liveness::Liveness;
use crate::store::{Importer, Obstacle, Reader, Rights, Store, StoreError, Writer};

mod append;
mod batch;
mod catalog;
mod connection;
mod fault;
mod import;
mod liveness;
mod look;
mod migrate;
mod read;
mod rights;
mod session;
mod settle;
mod statement;
mod tls;
mod value;

use append::Append;
pub(crate) use connection::Database;
use fault::Fault;
use import::Takeover;
use liveness::{Sessions, Unknown};
use read::View;
use session::Session;
use statement::{HEAD, prepared};

/// For how many milliseconds a writer waits for another one.
const PATIENCE: u64 = 5_000;
/// How often a connection is tried that turns out to be gone, or a log that somebody else just made.
const ATTEMPTS: usize = 4;
/// The longest name of a log, in bytes.
const LONGEST_NAME: usize = 200;

#[cfg(test)]
mod tests;

/// A log in a PostgreSQL database.
#[derive(Debug)]
pub(crate) struct PostgresStore {
    config: PostgresLog,
    at: Place,
}

/// Where a log is, and how long a writer waits there.
#[derive(Clone, Debug)]
struct Place {
    /// Servers, database and log, for people and for the state folder.
    text: String,
    /// The log's name.
    log: String,
    /// In milliseconds.
    patience: u64,
}

impl PostgresStore {
    /// Names the store; nobody is connected to yet.
    ///
    /// # Errors
    /// What is wrong with the address or the name of the log.
    pub(crate) fn new(config: PostgresLog) -> Result<Self, StoreError> {
        let log = config.log.clone();
        let place = config.url.parameters().map_or_else(|_| "***".to_owned(), Parameters::place);
        let text = format!("postgres://{place}/{}", encoded(&log));
        if let Err(fault) = config.url.parameters() {
            return Err(connection::unreadable(fault).at(&text));
        }
        if log.is_empty() || LONGEST_NAME < log.len() || log.contains(char::is_control) {
            let reason = "the name of the log is empty, too long, or holds control characters";
            return Err(Fault::Denied(Obstacle::LogName, reason.to_owned()).at(&text));
        }
        Ok(Self { config, at: Place { text, log, patience: PATIENCE } })
    }

    /// Waits for other writers for so many milliseconds.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, milliseconds: u64) -> Self {
        self.at.patience = milliseconds;
        self
    }

    fn database(&self) -> Result<Arc<Database>, StoreError> {
        Database::of(&self.config.url).map_err(|fault| self.fault(fault))
    }

    fn fault(&self, fault: Fault) -> StoreError {
        fault.at(&self.at.text)
    }

    /// Begins a snapshot and reads the head in it; `None` where there is no log of this name.
    async fn view(&self, database: &Arc<Database>) -> Result<(i64, Option<View>), Fault> {
        let client = database.connect().await?;
        let mut session = Session::new(Arc::clone(database), self.at.text.clone(), client);
        let begun = async {
            let client = session.client()?;
            let statement = prepared(client, HEAD).await?;
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                         SET LOCAL statement_timeout = '10min'";
            client.batch_execute(begin).await?;
            let head = client.query_opt(&statement, &[&self.at.log]).await?;
            let version = migrate::version(client).await?;
            Ok::<_, Fault>((version, head.as_ref().map(session::head).transpose()?))
        };
        match begun.await {
            Ok((version, Some((log, head)))) => Ok((version, Some(View::new(session, log, head)))),
            Ok((version, None)) => {
                session.client()?.batch_execute("ROLLBACK").await?;
                session.ended();
                Ok((version, None))
            }
            Err(fault) => {
                session.discard();
                Err(fault)
            }
        }
    }
}

impl Store for PostgresStore {
    fn place(&self) -> String {
        self.at.text.clone()
    }

    fn liveness(&self) -> Arc<dyn Liveness> {
        match self.database() {
            Ok(database) => Arc::new(Sessions { database, at: self.at.clone() }),
            Err(error) => {
                let (place, reason) = (self.at.text.clone(), error.to_string());
                Arc::new(Unknown { place, reason })
            }
        }
    }

    fn exists(&self) -> bool {
        let Ok(database) = self.database() else { return true };
        let found = patiently(&database, || async {
            let client = database.connect().await?;
            let statement = prepared(&client, HEAD).await?;
            Ok(client.query_opt(&statement, &[&self.at.log]).await?.is_some())
        });
        match found {
            Ok(found) => found,
            Err(Fault::NoTables(_)) => false,
            // What cannot be looked at may well be there: reading it says what is wrong.
            Err(_) => true,
        }
    }

    fn leaves_no_trace(&self) -> bool {
        true
    }

    fn set_aside(&mut self, suffix: &str) -> Result<(), StoreError> {
        let database = self.database()?;
        let aside = format!("{}.{suffix}", self.at.log);
        let sql = "UPDATE persona_audit.log l SET name = $2 WHERE l.name = $1 AND NOT l.staged";
        let renamed = patiently(&database, || async {
            let client = database.connect().await?;
            client.execute(sql, &[&self.at.log, &aside]).await?;
            Ok(())
        });
        match renamed {
            Err(Fault::NoTables(_)) => Ok(()),
            renamed => renamed.map_err(|fault| self.fault(fault)),
        }
    }

    fn rights(&mut self) -> Result<Option<Rights>, StoreError> {
        let database = self.database()?;
        let found = patiently(&database, || async {
            rights::look(&database.connect().await?, &self.at.text).await
        });
        let rights = found.map_err(|fault| self.fault(fault))?;
        migrate::check(rights.schema.unwrap_or_default(), &self.at.text)?;
        Ok(Some(rights))
    }

    fn read(&mut self) -> Result<Box<dyn Reader + '_>, StoreError> {
        let database = self.database()?;
        match patiently(&database, || self.view(&database)) {
            Ok((version, view)) => {
                migrate::check(version, &self.at.text)?;
                let missing = || StoreError::Missing { place: self.at.text.clone() };
                Ok(Box::new(view.ok_or_else(missing)?))
            }
            Err(Fault::NoTables(_)) => Err(StoreError::Missing { place: self.at.text.clone() }),
            Err(fault) => Err(self.fault(fault)),
        }
    }

    fn write(&mut self) -> Result<Box<dyn Writer + '_>, StoreError> {
        let database = self.database()?;
        let begin = || patiently(&database, || Append::begin(&database, &self.at));
        let begun = match begin() {
            Err(Fault::NoTables(_)) => migrate(&database).and_then(|()| begin()),
            begun => begun,
        };
        let append = begun.map_err(|fault| self.fault(fault))?;
        migrate::check(append.version(), &self.at.text)?;
        Ok(Box::new(append))
    }

    fn import(&mut self, origin: &str) -> Result<Box<dyn Importer + '_>, StoreError> {
        let database = self.database()?;
        let begin = || patiently(&database, || Takeover::begin(&database, &self.at, origin));
        let begun = match begin() {
            Err(Fault::NoTables(_)) => migrate(&database).and_then(|()| begin()),
            begun => begun,
        };
        match begun.map_err(|fault| self.fault(fault))? {
            Some(takeover) => Ok(Box::new(takeover)),
            None => Err(StoreError::Occupied { place: self.at.text.clone() }),
        }
    }
}

fn migrate(database: &Database) -> Result<(), Fault> {
    patiently(database, || async { migrate::apply(&database.connect().await?).await })
}

/// Does `work` again where only the connection was to blame, or somebody who was quicker.
fn patiently<T, W: Future<Output = Result<T, Fault>>>(
    database: &Database,
    mut work: impl FnMut() -> W,
) -> Result<T, Fault> {
    let mut done = database.wait(work());
    for _ in 1..ATTEMPTS {
        match &done {
            Err(Fault::Cut(reason)) if !reason.starts_with("no connection") => {
                database.forget_closed();
            }
            Err(Fault::Appeared) => {}
            _ => break,
        }
        done = database.wait(work());
    }
    done
}
