//! Upgrades, with versions made up after the first one.

use super::*;

const FIRST: &str = SCHEMA.0[0];
const SECOND: &str = "CREATE INDEX record_opened ON record (opened);\nDROP INDEX record_user;\n";
const THIRD: &str = "CREATE TABLE shelf (\n  number INTEGER PRIMARY KEY\n) STRICT;\n\
                     INSERT INTO shelf SELECT opened FROM record;\nDROP INDEX record_opened;\n";
const OLD: Schema = Schema(&[FIRST]);
const NEW: Schema = Schema(&[FIRST, SECOND, THIRD]);

fn laid_out(schema: &Schema) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    schema.create_if_empty(&connection).unwrap();
    let row = "INSERT INTO record (audit_id, opened, time, status) VALUES ('a', 7, 't', 's')";
    connection.execute(row, []).unwrap();
    connection
}

fn version(connection: &Connection) -> i64 {
    pragma(connection, "user_version").unwrap()
}

#[test]
fn an_upgraded_file_is_laid_out_as_a_new_one() {
    let mut connection = laid_out(&OLD);
    NEW.upgrade(&mut connection).unwrap();
    assert_eq!((version(&connection), NEW.faults(&connection).unwrap()), (3, vec![]));
    let schema = |connection: &Connection| -> Vec<String> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(schema(&connection), schema(&laid_out(&NEW)));
    let kept: i64 = connection.query_row("SELECT number FROM shelf", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 7);
    NEW.upgrade(&mut connection).unwrap();
    assert_eq!(version(&connection), 3);
}

#[test]
fn every_version_is_compared_with_its_own_schema() {
    let mut connection = laid_out(&OLD);
    for schema in [OLD, Schema(&[FIRST, SECOND]), NEW] {
        schema.upgrade(&mut connection).unwrap();
        assert_eq!(version(&connection), schema.newest());
        assert_eq!(NEW.faults(&connection).unwrap(), Vec::<String>::new());
    }
    connection.pragma_update(None, "user_version", 2).unwrap();
    assert_eq!(
        NEW.faults(&connection).unwrap(),
        ["the table `shelf` is not persona's", "`record_opened` is missing"]
    );
}

#[test]
fn what_was_tampered_with_is_not_upgraded() {
    for tampering in ["CREATE VIEW v AS SELECT 1", "DROP INDEX record_user"] {
        let mut connection = laid_out(&OLD);
        connection.execute_batch(tampering).unwrap();
        NEW.upgrade(&mut connection).unwrap();
        assert_eq!(version(&connection), 1);
        assert_eq!(NEW.faults(&connection).unwrap().len(), 1);
    }
    let mut foreign = laid_out(&OLD);
    foreign.pragma_update(None, "application_id", 0).unwrap();
    NEW.upgrade(&mut foreign).unwrap();
    assert_eq!(version(&foreign), 1);
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let broken =
        Schema(&[FIRST, "CREATE INDEX record_opened ON record (opened);\nDROP TABLE nothing;\n"]);
    let mut connection = laid_out(&OLD);
    broken.upgrade(&mut connection).unwrap_err();
    assert_eq!((version(&connection), OLD.faults(&connection).unwrap()), (1, vec![]));
}

#[test]
fn a_newer_file_is_refused_and_an_older_one_is_not() {
    let newer = OLD.check_version(&laid_out(&NEW), "here").unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 3, known: 1, .. }));
    NEW.check_version(&laid_out(&OLD), "here").unwrap();
}

#[test]
fn a_version_nobody_wrote_is_a_fault() {
    for number in [0, -1, 4] {
        let connection = laid_out(&NEW);
        connection.pragma_update(None, "user_version", number).unwrap();
        let faults = NEW.faults(&connection).unwrap();
        assert_eq!(faults, ["the file's `user_version` is not persona's"], "{number}");
    }
}
