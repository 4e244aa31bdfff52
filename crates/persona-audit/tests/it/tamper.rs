//! Every stored value of every column of every table, changed one at a time; rows removed, added and
//! swapped; triggers, older copies, lost stores. Each is found, named, and never laundered by the
//! appends that come after.

use std::collections::BTreeSet;
use std::fs;

use persona_audit::{Code, Severity, Verdict, Verification};
use proptest::test_runner::{Config, TestRunner};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::support::{Home, assert_verdict, copy, grave, opening};

const TABLES: [&str; 5] = ["log", "entry", "node", "kept_checkpoint", "record"];

/// A log with every kind of event this version writes, and a pristine copy of it.
struct Bench {
    home: Home,
    pristine: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let mut home = Home::new();
        home.complete("one");
        home.fail("two");
        drop(home.recorder().start(&opening("left open")).unwrap());
        home.config.sign_records = false;
        home.complete("three");
        home.config.sign_records = true;
        home.complete("four");
        assert_verdict(&home.verify(), Verdict::Verified);
        let connection = Connection::open(home.path("audit/audit.db")).unwrap();
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection.query_row(checkpoint, [], |_| Ok(())).unwrap();
        drop(connection);
        let pristine = tempfile::tempdir().unwrap();
        copy(home.folder.path(), pristine.path());
        Self { home, pristine }
    }

    /// Puts store and state back as they were.
    fn restore(&self) {
        for name in ["audit", "state"] {
            fs::remove_dir_all(self.home.path(name)).unwrap();
            copy(&self.pristine.path().join(name), &self.home.path(name));
        }
    }

    fn database(&self) -> Connection {
        Connection::open(self.home.path("audit/audit.db")).unwrap()
    }

    /// Asserts that the change is found, whatever the next run does; returns what was found.
    fn assert_found(&self, what: &str) -> Verification {
        let before = self.home.verify();
        assert_eq!(before.verdict, Verdict::Tampered, "{what}: {:#?}", before.findings);
        let placed = |v: &Verification| {
            v.findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    && (finding.index.is_some() || finding.code == Code::SchemaMismatch)
            })
        };
        assert!(placed(&before), "{what} names no entry: {:#?}", before.findings);
        // A refusal is right; so is an append that launders nothing.
        let _refused = self.home.recorder().start(&opening("next")).map(drop);
        let after = self.home.verify();
        assert_eq!(after.verdict, Verdict::Tampered, "{what} was laundered");
        let kept: BTreeSet<_> = grave(&after).into_iter().collect();
        for code in grave(&before) {
            assert!(kept.contains(code), "{what}: {code} was laundered: {:#?}", after.findings);
        }
        before
    }

    fn assert_refused(&self, what: &str) {
        let refused = self.home.recorder().start(&opening("next")).map(drop);
        assert!(refused.is_err(), "{what}: a writer appended to it");
    }
}

/// Other values than `value`, of its own kind where the column allows no other.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::Text("x".to_owned()), Value::Blob(vec![7; 32])],
        Value::Integer(number) => {
            vec![number + 1, number - 1, 0, -7, i64::MAX].into_iter().map(Value::Integer).collect()
        }
        Value::Real(number) => vec![Value::Real(number + 1.0)],
        Value::Text(text) => vec![
            Value::Text(format!("{text}x")),
            Value::Text(String::new()),
            Value::Text(text.replace(['1', 'e'], "2")),
            Value::Null,
        ],
        Value::Blob(bytes) => {
            let mut first = bytes.clone();
            let mut last = bytes.clone();
            if let Some(byte) = first.first_mut() {
                *byte ^= 1;
            }
            if let Some(byte) = last.last_mut() {
                *byte ^= 0x20;
            }
            let shorter = bytes[..bytes.len() - 1].to_vec();
            [first, last, shorter, Vec::new()]
                .into_iter()
                .map(Value::Blob)
                .chain([Value::Null])
                .collect()
        }
    }
}

fn columns(database: &Connection, table: &str) -> Vec<String> {
    let statement = database.prepare(&format!("SELECT * FROM {table} LIMIT 0")).unwrap();
    statement.column_names().map(ToOwned::to_owned).collect::<Vec<_>>()
}

/// Every (table, ordinal of the row, column) of the store, with its value.
fn cells(database: &Connection) -> Vec<(&'static str, usize, String, Value)> {
    let mut cells = Vec::new();
    for table in TABLES {
        let names = columns(database, table);
        let mut statement =
            database.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut ordinal = 0;
        while let Some(row) = rows.next().unwrap() {
            for (position, name) in names.iter().enumerate() {
                cells.push((table, ordinal, name.clone(), row.get(position).unwrap()));
            }
            ordinal += 1;
        }
    }
    cells
}

/// Sets one cell; false where a constraint of the table itself forbids the value.
fn set(database: &Connection, table: &str, ordinal: usize, column: &str, value: &Value) -> bool {
    let key = columns(database, table);
    let keys = key[..2].join(", ");
    let sql = format!(
        "UPDATE {table} SET {column} = ?1 WHERE ({keys}) IS \
         (SELECT {keys} FROM {table} ORDER BY 1, 2 LIMIT 1 OFFSET {ordinal})"
    );
    database.execute(&sql, params![value]).is_ok_and(|changed| changed == 1)
}

#[test]
fn every_stored_value_of_every_column_is_covered() {
    let bench = Bench::new();
    let cells = cells(&bench.database());
    let mut changed = 0;
    for (table, ordinal, column, value) in cells {
        for other in others(&value) {
            if other == value {
                continue;
            }
            bench.restore();
            if !set(&bench.database(), table, ordinal, &column, &other) {
                continue;
            }
            changed += 1;
            bench.assert_found(&format!("{table}[{ordinal}].{column} = {other:?}"));
            if changed % 50 == 0 {
                bench.restore();
                assert_verdict(&bench.home.verify(), Verdict::Verified);
            }
        }
    }
    assert!(changed > 500, "only {changed} values could be changed");
}

#[test]
fn random_bytes_in_any_cell_are_found() {
    let bench = Bench::new();
    let cells = cells(&bench.database());
    let strategy = (
        proptest::sample::select((0..cells.len()).collect::<Vec<_>>()),
        proptest::collection::vec(proptest::num::u8::ANY, 0..64),
    );
    let mut runner =
        TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    runner
        .run(&strategy, |(cell, bytes)| {
            let (table, ordinal, column, value) = &cells[cell];
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for other in [Value::Blob(bytes.clone()), Value::Text(text)] {
                if other == *value {
                    continue;
                }
                bench.restore();
                if set(&bench.database(), table, *ordinal, column, &other) {
                    bench.assert_found(&format!("{table}[{ordinal}].{column} = {other:?}"));
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn rows_removed_are_found() {
    let bench = Bench::new();
    for table in TABLES {
        let count: i64 = bench
            .database()
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .unwrap();
        for ordinal in 0..count {
            bench.restore();
            let database = bench.database();
            let keys = columns(&database, table)[..2].join(", ");
            let sql = format!(
                "DELETE FROM {table} WHERE ({keys}) IS \
                 (SELECT {keys} FROM {table} ORDER BY 1, 2 LIMIT 1 OFFSET {ordinal})"
            );
            assert_eq!(database.execute(&sql, []).unwrap(), 1);
            bench.assert_found(&format!("{table}[{ordinal}] removed"));
        }
    }
}

#[test]
fn rows_added_are_found() {
    let bench = Bench::new();
    let additions = [
        (
            "entry",
            "INSERT INTO entry SELECT 99, audit_id, header, public, public_nonce, NULL, private, private_nonce, NULL FROM entry WHERE idx = 2",
        ),
        (
            "entry at -1",
            "INSERT INTO entry SELECT -1, audit_id, header, public, public_nonce, NULL, private, private_nonce, NULL FROM entry WHERE idx = 2",
        ),
        (
            "entry at the end",
            "INSERT INTO entry SELECT (SELECT size FROM log), audit_id, header, public, public_nonce, NULL, private, private_nonce, NULL FROM entry WHERE idx = 2",
        ),
        ("node", "INSERT INTO node VALUES (99, 0, zeroblob(32))"),
        ("node inside", "INSERT INTO node VALUES (2, 9, zeroblob(32))"),
        ("node before", "INSERT INTO node VALUES (-5, 0, zeroblob(32))"),
        (
            "record",
            "INSERT INTO record SELECT 'x', opened, time, status, model, provider, data_hash, data_path, user FROM record LIMIT 1",
        ),
        ("kept", "INSERT INTO kept_checkpoint SELECT 3, note FROM kept_checkpoint LIMIT 1"),
    ];
    for (what, sql) in additions {
        bench.restore();
        assert_eq!(bench.database().execute(sql, []).unwrap(), 1, "{what}");
        bench.assert_found(what);
    }
}

#[test]
fn rows_swapped_are_found() {
    let bench = Bench::new();
    let swaps = [
        "UPDATE entry SET idx = -1 WHERE idx = 1; UPDATE entry SET idx = 1 WHERE idx = 3; UPDATE entry SET idx = 3 WHERE idx = -1;",
        "UPDATE entry SET idx = 1000 + idx WHERE idx >= 4; UPDATE entry SET idx = idx - 999 WHERE idx > 1000;",
        "UPDATE node SET entry = 1000 WHERE entry = 2 AND level = 0; UPDATE node SET entry = 2 WHERE entry = 4 AND level = 0; UPDATE node SET entry = 4 WHERE entry = 1000;",
        "UPDATE record SET opened = (SELECT max(opened) FROM record) WHERE opened = 1;",
        "UPDATE kept_checkpoint SET note = (SELECT checkpoint FROM log) WHERE size = 1;",
    ];
    for sql in swaps {
        bench.restore();
        bench.database().execute_batch(sql).unwrap();
        bench.assert_found(sql);
    }
}

#[test]
fn nothing_may_come_between_table_and_reader() {
    let bench = Bench::new();
    let layouts = [
        "CREATE TRIGGER forger AFTER INSERT ON record BEGIN DELETE FROM record WHERE audit_id = new.audit_id; END",
        "CREATE VIEW shadow AS SELECT * FROM record",
        "CREATE TABLE extra (x)",
        "DROP INDEX record_model",
        "DROP INDEX record_model; CREATE INDEX record_model ON record (model, time, opened) WHERE model <> 'x'",
        "ALTER TABLE record ADD COLUMN extra TEXT",
        "PRAGMA user_version = 0",
        "PRAGMA application_id = 1",
        "DROP TABLE kept_checkpoint",
        "DROP TABLE node",
    ];
    for sql in layouts {
        bench.restore();
        bench.database().execute_batch(sql).unwrap();
        let found = bench.assert_found(sql);
        assert!(grave(&found).contains(&"schema-mismatch"), "{sql}: {:#?}", found.findings);
        bench.assert_refused(sql);
    }
}

#[test]
fn an_index_that_skips_rows_is_found() {
    let bench = Bench::new();
    let database = bench.database();
    database
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX record_model ON record (provider, time, opened)'
               WHERE name = 'record_model';
             PRAGMA writable_schema = RESET;
             REINDEX record_model;
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX record_model ON record (model, time, opened)'
               WHERE name = 'record_model';
             PRAGMA writable_schema = RESET;",
        )
        .unwrap();
    drop(database);
    let found = bench.assert_found("an index over another column");
    assert!(grave(&found).contains(&"schema-mismatch"), "{:#?}", found.findings);
}

#[test]
fn an_older_copy_of_the_store_is_a_rollback() {
    let bench = Bench::new();
    bench.home.complete("later");
    fs::remove_dir_all(bench.home.path("audit")).unwrap();
    copy(&bench.pristine.path().join("audit"), &bench.home.path("audit"));
    let found = bench.assert_found("an older copy");
    assert_eq!(grave(&found), ["log-rolled-back"]);
    bench.assert_refused("an older copy");
}

#[test]
fn a_lost_or_emptied_store_is_a_rollback() {
    let bench = Bench::new();
    let file = bench.home.path("audit/audit.db");
    fs::remove_file(&file).unwrap();
    assert_eq!(grave(&bench.assert_found("no file")), ["log-rolled-back"]);
    bench.assert_refused("no file");
    assert!(!file.exists(), "nobody makes a new log where one is lost");
    fs::write(&file, b"").unwrap();
    assert_eq!(grave(&bench.assert_found("an empty file")), ["log-rolled-back"]);
    fs::remove_dir_all(bench.home.path("audit")).unwrap();
    assert_eq!(grave(&bench.assert_found("no folder")), ["log-rolled-back"]);
    bench.assert_refused("no folder");
    assert!(bench.home.trail().query(&persona_audit::Query::default()).is_err());
}

#[test]
fn a_store_that_cannot_be_read_is_not_called_tampered() {
    let bench = Bench::new();
    fs::write(bench.home.path("audit/audit.db"), "not a database".repeat(500)).unwrap();
    assert_verdict(&bench.home.verify(), Verdict::Unverifiable);
    bench.assert_refused("garbage");
}

#[test]
fn without_a_log_and_without_a_mark_nothing_can_be_said() {
    let home = Home::new();
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Unverifiable);
    assert_eq!(grave(&verification), ["no-log"]);
    assert!(!home.path("audit").exists(), "reading makes nothing");
    assert!(!home.path("state").exists(), "reading makes nothing");
}
