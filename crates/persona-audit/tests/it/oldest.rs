//! The oldest SQLite schema: a log as version 0.1.0 left it, with its keys, goes on being read and written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use persona_audit::{Query, Verdict};
use rusqlite::{Connection, OpenFlags};

use crate::support::{Home, assert_verdict};

/// A home that has the log and its keys, and knows nothing of it.
fn home() -> Home {
    let home = Home::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sqlite-1");
    std::fs::create_dir_all(&home.config.key_path).unwrap();
    for name in ["log.pem", "attest.pem"] {
        let key = home.config.key_path.join(name);
        std::fs::copy(data.join(name), &key).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    std::fs::create_dir_all(&home.config.store_path).unwrap();
    let dump = std::fs::read_to_string(data.join("audit.sql")).unwrap();
    let log = Connection::open(home.config.store_path.join("audit.db")).unwrap();
    log.execute_batch(&dump).unwrap();
    home
}

fn version(home: &Home) -> i64 {
    let file = home.config.store_path.join("audit.db");
    let log = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    log.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn the_oldest_log_is_read_as_it_is() {
    let home = home();
    let file = home.config.store_path.join("audit.db");
    let before = std::fs::read(&file).unwrap();
    assert_verdict(&home.verify(), Verdict::Verified);
    let found = Query { model: Some("extractive-1".to_owned()), ..Query::default() };
    let records = home.trail().query(&found).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].text("/session/user"), Some("researcher@example.com"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_oldest_log_is_appended_to() {
    let home = home();
    assert_eq!(version(&home), 1);
    home.complete("next");
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.checked.entries, 5 + 2);
    let newest: Vec<_> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite"))
            .unwrap()
            .collect();
    assert_eq!(version(&home), i64::try_from(newest.len()).unwrap());
}
