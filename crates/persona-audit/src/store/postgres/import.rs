//! Taking a log over: it is filled as a row of its own that nobody sees, and appears by one update.

use std::sync::Arc;

use deadpool_postgres::Object;

use crate::store::postgres::Place;
use crate::store::postgres::batch::Columns;
use crate::store::postgres::connection::Database;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::look::begin;
use crate::store::postgres::session::{Parameter, text, whole};
use crate::store::postgres::statement::{
    ADD_ENTRIES, ADD_KEPT, ADD_NODES, HEAD, REPLACE_ROWS, prepared,
};
use crate::store::{Head, Importer, Part, StoreError};

const STAGED: &str = "SELECT l.log, l.origin, l.size FROM persona_audit.log l \
     WHERE l.name = $1 AND l.staged FOR UPDATE";
const STAGE: &str = "INSERT INTO persona_audit.log (name, staged, origin, size, checkpoint) \
     VALUES ($1, true, $2, 0, '') RETURNING log";
const GROW: &str = "UPDATE persona_audit.log l SET size = l.size + $2 WHERE l.log = $1";
const FINISH: &str = "UPDATE persona_audit.log l \
     SET staged = false, origin = $2, size = $3, checkpoint = $4 WHERE l.log = $1 AND l.staged";
/// What is left of another log that was once begun to be taken over.
const CLEAR: [&str; 5] = [
    "DELETE FROM persona_audit.entry t WHERE t.log = $1",
    "DELETE FROM persona_audit.node t WHERE t.log = $1",
    "DELETE FROM persona_audit.kept_checkpoint t WHERE t.log = $1",
    "DELETE FROM persona_audit.record t WHERE t.log = $1",
    "DELETE FROM persona_audit.log t WHERE t.log = $1",
];

/// A log that is being taken over.
#[derive(Debug)]
pub(super) struct Takeover {
    database: Arc<Database>,
    at: Place,
    log: i64,
}

impl Takeover {
    /// Begins, or goes on where the same log was left off.
    pub(super) async fn begin(
        database: &Arc<Database>,
        at: &Place,
        origin: &str,
    ) -> Result<Option<Self>, Fault> {
        let client = database.connect().await?;
        let log = in_transaction(&client, at, async {
            if client.query_opt(HEAD, &[&at.log]).await?.is_some() {
                return Ok(None);
            }
            if let Some(row) = client.query_opt(STAGED, &[&at.log]).await? {
                let log = whole(&row, 0)?;
                if text(&row, 1)?.as_deref() == Some(origin) {
                    return Ok(Some(log));
                }
                for sql in CLEAR {
                    client.execute(sql, &[&log]).await?;
                }
            }
            let staged = client.query_one(STAGE, &[&at.log, &origin]).await?;
            Ok(Some(whole(&staged, 0)?))
        })
        .await?;
        let takeover = |log| Self { database: Arc::clone(database), at: at.clone(), log };
        Ok(log.map(takeover))
    }

    async fn add_part(&self, part: &Part) -> Result<(), Fault> {
        let client = self.database.connect().await?;
        let columns = Columns::of_part(part);
        let number = i64::try_from(part.entries.len()).unwrap_or(i64::MAX);
        in_transaction(&client, &self.at, async {
            self.locked(&client).await?;
            let entries = prepared(&client, ADD_ENTRIES).await?;
            client.execute(&entries, &columns.entries(&self.log)).await?;
            let nodes = prepared(&client, ADD_NODES).await?;
            client.execute(&nodes, &columns.nodes(&self.log)).await?;
            let rows = prepared(&client, REPLACE_ROWS).await?;
            client.execute(&rows, &columns.rows(&self.log)).await?;
            let kept = prepared(&client, ADD_KEPT).await?;
            client.execute(&kept, &columns.kept(&self.log)).await?;
            client.execute(GROW, &[&self.log, &number]).await?;
            Ok(())
        })
        .await
    }

    /// Keeps the staged log from everybody else, and returns how many entries it has.
    async fn locked(&self, client: &Object) -> Result<i64, Fault> {
        let gone = || Fault::Unreadable("what was taken over so far is gone".to_owned());
        let row = client.query_opt(STAGED, &[&self.at.log]).await?.ok_or_else(gone)?;
        if whole(&row, 0)? == self.log { whole(&row, 2) } else { Err(gone()) }
    }

    async fn appear(&self, head: &Head) -> Result<bool, Fault> {
        let client = self.database.connect().await?;
        in_transaction(&client, &self.at, async {
            self.locked(&client).await?;
            if client.query_opt(HEAD, &[&self.at.log]).await?.is_some() {
                return Ok(false);
            }
            let values: [Parameter<'_>; 4] =
                [&self.log, &head.origin, &head.size, &head.checkpoint];
            Ok(client.execute(FINISH, &values).await? == 1)
        })
        .await
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, StoreError> {
        self.database.wait(work).map_err(|fault| fault.at(&self.at.text))
    }
}

impl Importer for Takeover {
    fn staged(&self) -> Result<u64, StoreError> {
        let number = self.wait(async {
            let client = self.database.connect().await?;
            in_transaction(&client, &self.at, self.locked(&client)).await
        })?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    fn add(&mut self, part: &Part) -> Result<(), StoreError> {
        self.wait(self.add_part(part))
    }

    fn finish(self: Box<Self>, head: &Head) -> Result<(), StoreError> {
        if self.wait(self.appear(head))? {
            return Ok(());
        }
        Err(StoreError::Occupied { place: self.at.text.clone() })
    }
}

/// Does `work` between `BEGIN` and `COMMIT`, durably or not at all.
async fn in_transaction<T>(
    client: &Object,
    at: &Place,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    client.batch_execute(&begin(at.patience)).await?;
    match work.await {
        Ok(done) => {
            client.batch_execute("COMMIT").await?;
            Ok(done)
        }
        Err(fault) => {
            // A connection that is gone has nothing left to roll back.
            drop(client.batch_execute("ROLLBACK").await);
            Err(fault)
        }
    }
}
