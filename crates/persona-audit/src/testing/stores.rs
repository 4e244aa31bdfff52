//! Every store, by the same clauses.

#[cfg(feature = "postgres")]
use crate::config::PostgresLog;
#[cfg(feature = "postgres")]
use crate::database_url::DatabaseUrl;
use crate::store::json::JsonStore;
use crate::store::memory::MemoryStore;
#[cfg(feature = "postgres")]
use crate::store::postgres::PostgresStore;
#[cfg(feature = "sqlite")]
use crate::store::sqlite::SqliteStore;
use crate::testing::{Bed, conformance};

conformance!(memory, super::memory_bed);
conformance!(json, super::json_bed);
#[cfg(feature = "sqlite")]
conformance!(sqlite, super::sqlite_bed);
#[cfg(feature = "postgres")]
conformance!(postgres, super::postgres_bed);

fn memory_bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new(folder.path().to_owned());
    Bed::new(folder, move || Box::new(store.clone()))
}

#[cfg(feature = "sqlite")]
fn sqlite_bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    Bed::new(folder, move || Box::new(SqliteStore::new(path.clone())))
}

fn json_bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    Bed::new(folder, move || Box::new(JsonStore::new(path.clone())))
}

#[cfg(feature = "postgres")]
fn postgres_bed() -> Bed {
    let url = throwaway_postgres::shared().fresh_database();
    let log = move || PostgresLog { url: DatabaseUrl::new(&url), log: "team".to_owned() };
    Bed::new((), move || Box::new(PostgresStore::new(log()).unwrap()))
}
