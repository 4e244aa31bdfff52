//! The PostgreSQL store against a real server: logs apart, what is planted or changed in the database, and
//! what becomes of appends when somebody else holds the lock or the server goes away.

use persona_audit::{DatabaseUrl, PostgresLog, Query, StoreKind, Verdict};
use throwaway_postgres::shared;

use crate::support::{Home, assert_verdict, opening};

/// A home whose log is `log` in the database at `url`.
pub(crate) fn in_database(url: &str, log: &str) -> Home {
    let mut home = Home::new();
    let url = DatabaseUrl::new(url);
    home.config.store = StoreKind::Postgres(PostgresLog { url, log: log.to_owned() });
    home
}

#[test]
fn a_log_is_opened_appended_to_listed_and_verified() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
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
