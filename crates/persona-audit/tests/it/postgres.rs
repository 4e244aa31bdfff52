//! The PostgreSQL store against a real server: logs apart, what is planted or changed in the database, and
//! what becomes of appends when somebody else holds the lock or the server goes away.

use persona_audit::{
    AuditError, DatabaseUrl, Obstacle, PostgresLog, Query, StoreError, StoreKind, Verdict,
};
use throwaway_postgres::shared;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::support::{Home, assert_verdict, opening};

mod faults;
mod roles;
mod tamper;
mod tls;

/// A home whose log is `log` in the database at `url`.
fn in_database(url: &str, log: &str) -> Home {
    let mut home = Home::new();
    home.config.store = store(url, log);
    home
}

pub(crate) fn store(url: &str, log: &str) -> StoreKind {
    StoreKind::Postgres(PostgresLog { url: DatabaseUrl::new(url), log: log.to_owned() })
}

/// What an error says stands between the log and its database.
fn obstacle(error: &AuditError) -> Option<Obstacle> {
    if let AuditError::Store(StoreError::Database { obstacle, .. }) = error {
        return Some(*obstacle);
    }
    None
}

/// A connection of somebody who changes the database by hand.
struct Sql {
    runtime: Runtime,
    client: Client,
}

impl Sql {
    fn to(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let (client, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls)).unwrap();
        runtime.spawn(connection);
        Self { runtime, client }
    }

    fn run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.runtime.block_on(self.client.batch_execute(sql))
    }

    /// The rows of a query as text, columns separated by `|`.
    fn rows(&self, sql: &str) -> Vec<String> {
        let messages = self.runtime.block_on(self.client.simple_query(sql)).unwrap();
        let mut rows = Vec::new();
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                let cells = (0..row.len()).map(|column| row.get(column).unwrap_or("NULL"));
                rows.push(cells.collect::<Vec<_>>().join("|"));
            }
        }
        rows
    }

    fn value(&self, sql: &str) -> String {
        self.rows(sql).concat()
    }
}

#[test]
fn a_log_is_opened_appended_to_listed_and_verified() {
    let home = in_database(&shared().fresh_database(), "team");
    let receipt = home.complete("one");
    home.fail("two");
    drop(home.recorder().start(&opening("left open")).unwrap());
    home.complete("three");
    assert_verdict(&home.verify(), Verdict::Verified);
    let listed = home.trail().list(&Query::default()).unwrap();
    assert_eq!(listed.len(), 4);
    let record = home.trail().get(receipt.audit_id.as_str()).unwrap();
    assert_eq!(record.text("/input/data_path"), Some("one.csv"));
}

#[test]
fn logs_of_one_database_know_nothing_of_each_other() {
    let url = shared().fresh_database();
    let homes = ["alpha", "beta", "a/b c\u{e9}'\"%"].map(|log| in_database(&url, log));
    for (position, home) in homes.iter().enumerate() {
        for number in 0..=position {
            home.fail(&format!("{position}-{number}"));
        }
    }
    let places: Vec<_> =
        homes.iter().map(|home| home.trail().checkpoint().unwrap().unwrap()).collect();
    assert!(places.windows(2).all(|pair| pair[0] != pair[1]));
    for (position, home) in homes.iter().enumerate() {
        assert_verdict(&home.verify(), Verdict::Verified);
        let listed = home.trail().list(&Query::default()).unwrap();
        assert_eq!(listed.len(), position + 1);
    }
    // One of them damaged says nothing about the others.
    let sql = Sql::to(&url);
    sql.run("DELETE FROM persona_audit.entry e USING persona_audit.log l WHERE l.log = e.log AND l.name = 'beta' AND e.idx = 1").unwrap();
    assert_verdict(&homes[1].verify(), Verdict::Tampered);
    assert_verdict(&homes[0].verify(), Verdict::Verified);
    assert_verdict(&homes[2].verify(), Verdict::Verified);
}

#[test]
fn the_same_events_give_the_same_log_as_on_sqlite() {
    let url = shared().fresh_database();
    let homes = [None, Some("team")].map(|log| {
        let mut home = Home::drawing_from(77);
        if let Some(log) = log {
            home.config.store = store(&url, log);
        }
        home
    });
    let logs = homes.map(|home| {
        for number in 0..70 {
            home.fail(&format!("run {number}"));
        }
        drop(home.recorder().start(&opening("left open")).unwrap());
        home.fail("last");
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Verified);
        let mut export = Vec::new();
        home.trail()
            .export(&Query::default(), persona_audit::ExportFormat::Json, &mut export)
            .unwrap();
        (
            home.trail().checkpoint().unwrap(),
            String::from_utf8(export).unwrap(),
            verification.checked,
        )
    });
    assert_eq!(logs[0], logs[1]);
}

#[test]
fn readers_make_nothing() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    assert_verdict(&home.verify(), Verdict::Unverifiable);
    assert_eq!(home.trail().list(&Query::default()).unwrap().len(), 0);
    assert_eq!(home.trail().repair().unwrap(), 0);
    assert_eq!(home.trail().checkpoint().unwrap(), None);
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'persona_audit'";
    assert_eq!(Sql::to(&url).value(schemas), "0");
}
