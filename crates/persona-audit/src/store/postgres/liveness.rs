//! Whether a run's process is alive, on any machine: its session holds an advisory lock of the database
//! for as long as it runs, and the server frees it when the session ends.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use deadpool_postgres::Object;

use crate::digest::Digest;
use crate::error::AuditError;
use crate::id::AuditId;
use crate::liveness::{Liveness, RunLock};
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::statement::prepared;
use crate::store::postgres::{Place, patiently};

const TAKE: &str = "SELECT pg_catalog.pg_try_advisory_lock($1)";
const FREE: &str = "SELECT pg_catalog.pg_advisory_unlock($1)";
/// The keys of all locks that sessions hold in this database.
const HELD: &str = "SELECT (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 \
     FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted \
     AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d \
                       WHERE d.datname = pg_catalog.current_database())";

/// The runs of a log, which hold their locks on one connection of this process.
#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) database: Arc<Database>,
    pub(super) at: Place,
}

impl Sessions {
    /// The lock of a run: eight bytes that another run hits by chance alone, the same in every database.
    fn key(&self, id: &AuditId) -> i64 {
        let parts: [&[u8]; 4] =
            [b"persona run\0", self.at.log.as_bytes(), b"\0", id.as_str().as_bytes()];
        let digest = Digest::of_parts(&parts);
        let first = digest.as_bytes().first_chunk::<8>();
        first.map_or(0, |bytes| i64::from_be_bytes(*bytes))
    }

    async fn held(&self) -> Result<BTreeSet<i64>, Fault> {
        let client = self.database.connect().await?;
        let statement = prepared(&client, HELD).await?;
        let rows = client.query(&statement, &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Which of these locks nobody holds.
    async fn free(&self, keys: &[i64]) -> Result<BTreeSet<i64>, Fault> {
        if keys.is_empty() {
            return Ok(BTreeSet::new());
        }
        let stands =
            self.database.presence.lock().await.as_ref().is_some_and(|client| !client.is_closed());
        let asked: BTreeSet<i64> = {
            let own = self.database.runs();
            keys.iter().filter(|key| !stands || !own.contains(key)).copied().collect()
        };
        if asked.is_empty() {
            return Ok(asked);
        }
        let held = self.held().await?;
        Ok(asked.difference(&held).copied().collect())
    }

    /// Notes that this process takes the lock, and returns the connection to take it on; `None` where the
    /// process has it.
    async fn noted(&self, key: i64) -> Result<Option<Arc<Object>>, Fault> {
        let mut presence = self.database.presence.lock().await;
        let standing = presence.as_ref().filter(|client| !client.is_closed());
        let client = if let Some(client) = standing {
            Arc::clone(client)
        } else {
            // The locks of the old connection are gone; runs that held them are as good as gone, too.
            self.database.runs().clear();
            Arc::clone(presence.insert(Arc::new(self.database.connect().await?)))
        };
        // The session itself would be given its own lock a second time.
        Ok(self.database.runs().insert(key).then_some(client))
    }

    async fn take_key(&self, key: i64) -> Result<bool, Fault> {
        let Some(client) = self.noted(key).await? else { return Ok(false) };
        let taken = async {
            let statement = prepared(&client, TAKE).await?;
            Ok::<bool, Fault>(client.query_one(&statement, &[&key]).await?.try_get(0)?)
        };
        let taken = taken.await;
        if !matches!(taken, Ok(true)) {
            self.database.runs().remove(&key);
        }
        if matches!(taken, Err(Fault::Cut(_))) {
            self.give_up(client).await;
        }
        taken
    }

    /// Lets a connection go that does not know yet that it is gone.
    async fn give_up(&self, client: Arc<Object>) {
        let mut presence = self.database.presence.lock().await;
        if presence.as_ref().is_some_and(|standing| Arc::ptr_eq(standing, &client)) {
            // The locks of other runs are gone with it.
            self.database.runs().clear();
            *presence = None;
        }
        drop(Arc::into_inner(client).map(Object::take));
    }
}

impl Liveness for Sessions {
    fn take(&self, id: &AuditId) -> Result<Box<dyn RunLock>, AuditError> {
        let key = self.key(id);
        // The connection may be gone before anything is asked of it.
        match patiently(&self.database, || self.take_key(key)) {
            Ok(true) => Ok(Box::new(Held { database: Arc::clone(&self.database), key })),
            Ok(false) => {
                let source = io::Error::from(io::ErrorKind::AlreadyExists);
                Err(AuditError::RunLock { folder: PathBuf::from(&self.at.text), source })
            }
            Err(fault) => Err(fault.at(&self.at.text).into()),
        }
    }

    fn is_alive(&self, id: &AuditId) -> bool {
        self.gone(vec![id.clone()]).is_empty()
    }

    fn gone(&self, runs: Vec<AuditId>) -> Vec<AuditId> {
        let keys: Vec<i64> = runs.iter().map(|id| self.key(id)).collect();
        // Where nobody answers, nobody can be told to be gone.
        let free = self.database.wait(self.free(&keys)).unwrap_or_default();
        let runs = runs.into_iter().zip(keys);
        runs.filter(|(_, key)| free.contains(key)).map(|(id, _)| id).collect()
    }

    fn clear(&self) {}
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A held lock.
#[derive(Debug)]
struct Held {
    database: Arc<Database>,
    key: i64,
}

impl RunLock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let freed = self.database.wait(async {
            let presence = self.database.presence.lock().await.clone();
            if let Some(client) = presence {
                let statement = prepared(&client, FREE).await?;
                client.query_one(&statement, &[&self.key]).await?;
            }
            Ok(())
        });
        self.database.runs().remove(&self.key);
        // A connection that is gone has freed it.
        drop(freed);
    }
}

/// What liveness is where the database cannot even be named: nobody can be told to be gone.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) place: String,
    pub(super) reason: String,
}

impl Liveness for Unknown {
    fn take(&self, _: &AuditId) -> Result<Box<dyn RunLock>, AuditError> {
        Err(Fault::Refused(self.reason.clone()).at(&self.place).into())
    }

    fn is_alive(&self, _: &AuditId) -> bool {
        true
    }

    fn clear(&self) {}
}
