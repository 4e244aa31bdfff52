//! What somebody changes by SQL is found, and never laundered by the next append.

use std::path::Path;

use persona_audit::{Query, Verdict, Verification};
use throwaway_postgres::shared;

use super::{Sql, in_database};
use crate::support::{Home, assert_verdict, grave, opening};

const TABLES: [(&str, &str); 5] = [
    ("log", "log"),
    ("entry", "log, idx"),
    ("node", "log, entry, level"),
    ("kept_checkpoint", "log, size"),
    ("record", "log, audit_id"),
];

/// A log with several kinds of events, and how it was at first.
struct Bench {
    home: Home,
    url: String,
    sql: Sql,
    state: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let url = shared().fresh_database();
        let mut home = in_database(&url, "team");
        home.complete("one");
        home.fail("two");
        home.config.sign_records = false;
        home.fail("three");
        home.config.sign_records = true;
        drop(home.recorder().start(&opening("left open")).unwrap());
        home.fail("four");
        assert_verdict(&home.verify(), Verdict::Verified);
        let sql = Sql::to(&url);
        sql.run("CREATE SCHEMA pristine").unwrap();
        for (table, _) in TABLES {
            sql.run(&format!("CREATE TABLE pristine.{table} AS TABLE persona_audit.{table}"))
                .unwrap();
        }
        let state = tempfile::tempdir().unwrap();
        copy(&home.path("state"), state.path());
        Self { home, url, sql, state }
    }

    fn restore(&self) {
        for (table, _) in TABLES {
            self.sql
                .run(&format!(
                    "DELETE FROM persona_audit.{table}; INSERT INTO persona_audit.{table} \
                     OVERRIDING SYSTEM VALUE SELECT * FROM pristine.{table}"
                ))
                .unwrap();
        }
        std::fs::remove_dir_all(self.home.path("state")).unwrap();
        copy(self.state.path(), &self.home.path("state"));
    }

    fn assert_found(&self, what: &str) -> Verification {
        let before = self.home.verify();
        assert_eq!(before.verdict, Verdict::Tampered, "{what}: {:#?}", before.findings);
        // A refusal is right; so is an append that launders nothing.
        let _refused = self.home.recorder().start(&opening("next")).map(drop);
        let after = self.home.verify();
        assert_eq!(after.verdict, Verdict::Tampered, "{what} was laundered");
        for code in grave(&before) {
            assert!(grave(&after).contains(&code), "{what}: {code} was laundered");
        }
        before
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Expressions of another value than a column's own.
fn others(kind: &str, column: &str) -> [String; 2] {
    match kind {
        "bytea" => [
            format!("set_byte({column}, 0, get_byte({column}, 0) # 1)"),
            format!("substr({column}, 2)"),
        ],
        "text" => [format!("{column} || 'x'"), "''".to_owned()],
        "boolean" => [format!("NOT {column}"), "NULL".to_owned()],
        _ => [format!("{column} + 1"), "-7".to_owned()],
    }
}

#[test]
fn every_column_of_every_table_is_covered() {
    let bench = Bench::new();
    let mut changed = 0;
    for (table, key) in TABLES {
        let columns = bench.sql.rows(&format!(
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_schema = 'persona_audit' AND table_name = '{table}' ORDER BY ordinal_position"
        ));
        let rows: usize =
            bench.sql.value(&format!("SELECT count(*) FROM pristine.{table}")).parse().unwrap();
        for column in &columns {
            let (column, kind) = column.split_once('|').unwrap();
            for row in std::collections::BTreeSet::from([0, rows / 2, rows - 1]) {
                for other in
                    others(kind, &format!("\"{column}\"")).into_iter().chain(["NULL".to_owned()])
                {
                    bench.restore();
                    let sql = format!(
                        "UPDATE persona_audit.{table} SET \"{column}\" = {other} WHERE ({key}) = \
                         (SELECT {key} FROM persona_audit.{table} ORDER BY {key} LIMIT 1 OFFSET {row})"
                    );
                    let before = digest(&bench.sql, table);
                    if bench.sql.run(&sql).is_ok() && digest(&bench.sql, table) != before {
                        changed += 1;
                        bench.assert_found(&sql);
                    }
                }
            }
        }
    }
    assert!(changed > 100, "only {changed} values could be changed");
}

fn digest(sql: &Sql, table: &str) -> String {
    sql.value(&format!(
        "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM persona_audit.{table} t"
    ))
}

#[test]
fn rows_removed_and_added_are_found() {
    let bench = Bench::new();
    for (table, key) in TABLES {
        bench.restore();
        let sql = format!(
            "DELETE FROM persona_audit.{table} WHERE ({key}) = \
             (SELECT {key} FROM persona_audit.{table} ORDER BY {key} DESC LIMIT 1)"
        );
        bench.sql.run(&sql).unwrap();
        bench.assert_found(&sql);
    }
    for sql in [
        "INSERT INTO persona_audit.entry SELECT log, 99, audit_id, header, public, public_nonce, NULL, private, private_nonce, NULL FROM persona_audit.entry WHERE idx = 2",
        "INSERT INTO persona_audit.entry SELECT log, -1, audit_id, header, public, public_nonce, NULL, private, private_nonce, NULL FROM persona_audit.entry WHERE idx = 2",
        "INSERT INTO persona_audit.node SELECT log, 99, 0, hash FROM persona_audit.node LIMIT 1",
        "INSERT INTO persona_audit.node SELECT log, -5, 0, hash FROM persona_audit.node LIMIT 1",
        "INSERT INTO persona_audit.kept_checkpoint SELECT log, 3, note FROM persona_audit.kept_checkpoint LIMIT 1",
        "INSERT INTO persona_audit.record SELECT log, 'x', opened, time, status, model, provider, data_hash, data_path, \"user\" FROM persona_audit.record LIMIT 1",
    ] {
        bench.restore();
        bench.sql.run(sql).unwrap();
        bench.assert_found(sql);
    }
}

/// What could stand between what is stored and what is read, and how it is taken away again.
const PLANTED: [(&str, &str); 19] = [
    (
        "CREATE TRIGGER forger BEFORE INSERT ON persona_audit.record FOR EACH ROW EXECUTE FUNCTION pristine.drop_it()",
        "DROP TRIGGER forger ON persona_audit.record",
    ),
    (
        "CREATE RULE forger AS ON INSERT TO persona_audit.record DO INSTEAD NOTHING",
        "DROP RULE forger ON persona_audit.record",
    ),
    (
        "CREATE VIEW persona_audit.shadow AS SELECT * FROM persona_audit.record",
        "DROP VIEW persona_audit.shadow",
    ),
    (
        "ALTER TABLE persona_audit.record RENAME TO hidden; CREATE VIEW persona_audit.record AS SELECT * FROM persona_audit.hidden",
        "DROP VIEW persona_audit.record; ALTER TABLE persona_audit.hidden RENAME TO record",
    ),
    ("CREATE TABLE persona_audit.extra (x int)", "DROP TABLE persona_audit.extra"),
    (
        "CREATE TABLE persona_audit.heir () INHERITS (persona_audit.record)",
        "DROP TABLE persona_audit.heir",
    ),
    (
        "CREATE FUNCTION persona_audit.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION persona_audit.f()",
    ),
    (
        "DROP INDEX persona_audit.record_model",
        "CREATE INDEX record_model ON persona_audit.record (log, model, time, opened)",
    ),
    (
        "DROP INDEX persona_audit.record_model; CREATE INDEX record_model ON persona_audit.record (log, model, time, opened) WHERE model <> 'x'",
        "DROP INDEX persona_audit.record_model; CREATE INDEX record_model ON persona_audit.record (log, model, time, opened)",
    ),
    (
        "CREATE INDEX extra ON persona_audit.record (log, length(model))",
        "DROP INDEX persona_audit.extra",
    ),
    (
        "ALTER TABLE persona_audit.record ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE persona_audit.record DISABLE ROW LEVEL SECURITY",
    ),
    (
        "CREATE POLICY p ON persona_audit.entry USING (idx > 2)",
        "DROP POLICY p ON persona_audit.entry",
    ),
    (
        "ALTER TABLE persona_audit.record ADD COLUMN extra text",
        "ALTER TABLE persona_audit.record DROP COLUMN extra",
    ),
    (
        "ALTER TABLE persona_audit.record ALTER COLUMN model TYPE varchar(200)",
        "ALTER TABLE persona_audit.record ALTER COLUMN model TYPE text COLLATE \"C\"",
    ),
    (
        "ALTER TABLE persona_audit.entry ALTER COLUMN header TYPE text USING encode(header, 'hex')",
        "ALTER TABLE persona_audit.entry ALTER COLUMN header TYPE bytea USING decode(header, 'hex')",
    ),
    (
        "ALTER TABLE persona_audit.entry ADD CHECK (idx < 1000)",
        "ALTER TABLE persona_audit.entry DROP CONSTRAINT entry_idx_check",
    ),
    ("ALTER TABLE persona_audit.entry SET UNLOGGED", "ALTER TABLE persona_audit.entry SET LOGGED"),
    (
        "ALTER TABLE persona_audit.entry ALTER COLUMN private SET DEFAULT 'x'",
        "ALTER TABLE persona_audit.entry ALTER COLUMN private DROP DEFAULT",
    ),
    (
        "ALTER TABLE persona_audit.log DROP CONSTRAINT log_name",
        "ALTER TABLE persona_audit.log ADD CONSTRAINT log_name UNIQUE (name, staged)",
    ),
];

#[test]
fn nothing_may_come_between_table_and_reader() {
    let bench = Bench::new();
    bench.sql.run("CREATE FUNCTION pristine.drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'").unwrap();
    for (sql, undo) in PLANTED {
        bench.sql.run(sql).unwrap();
        let found = bench.home.verify();
        assert!(grave(&found).contains(&"schema-mismatch"), "{sql}: {:#?}", found.findings);
        let refused = bench.home.recorder().start(&opening("next")).map(drop);
        assert!(refused.is_err(), "{sql}: a writer appended to it");
        bench.sql.run(undo).unwrap();
        let healed = bench.home.verify();
        assert_verdict(&healed, Verdict::Verified);
    }
}

#[test]
fn what_harms_nothing_is_accepted() {
    let bench = Bench::new();
    // A view elsewhere, statistics, and a guard against emptying a table.
    bench.sql.run("CREATE VIEW pristine.report AS SELECT model, count(*) FROM persona_audit.record GROUP BY model").unwrap();
    bench.sql.run("CREATE FUNCTION pristine.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'").unwrap();
    bench.sql.run("CREATE TRIGGER never BEFORE TRUNCATE ON persona_audit.entry EXECUTE FUNCTION pristine.no()").unwrap();
    bench
        .sql
        .run("ANALYZE; VACUUM FULL persona_audit.entry; REINDEX TABLE persona_audit.record")
        .unwrap_err();
    for sql in [
        "ANALYZE",
        "VACUUM FULL persona_audit.entry",
        "REINDEX TABLE persona_audit.record",
        "VACUUM FREEZE",
    ] {
        bench.sql.run(sql).unwrap();
    }
    bench.home.fail("later");
    assert_verdict(&bench.home.verify(), Verdict::Verified);
}

#[test]
fn an_index_that_skips_rows_is_found() {
    let bench = Bench::new();
    let set = |ready: bool| {
        bench
            .sql
            .run(&format!(
                "UPDATE pg_index SET indisready = {ready}, indisvalid = {ready} \
                 WHERE indexrelid = 'persona_audit.record_model'::regclass"
            ))
            .unwrap();
    };
    set(false);
    bench.sql.run("UPDATE persona_audit.record SET time = time || 'x'; UPDATE persona_audit.record SET time = rtrim(time, 'x')").unwrap();
    set(true);
    let found = bench.assert_found("an index that was not kept up");
    assert!(grave(&found).contains(&"schema-mismatch"), "{:#?}", found.findings);
}

#[test]
fn a_search_path_of_somebody_else_changes_nothing() {
    let bench = Bench::new();
    let database = bench.sql.value("SELECT current_database()");
    bench
        .sql
        .run(&format!(
            "CREATE SCHEMA evil; \
             CREATE TABLE evil.log AS TABLE persona_audit.log; \
             CREATE FUNCTION evil.eq(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false'; \
             CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.eq); \
             CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'; \
             ALTER DATABASE {database} SET search_path = evil, pg_catalog; \
             ALTER DATABASE {database} SET synchronous_commit = off; \
             ALTER DATABASE {database} SET default_transaction_read_only = on; \
             ALTER DATABASE {database} SET default_transaction_isolation = serializable"
        ))
        .unwrap();
    // New connections, which have all of that set.
    let mut home = bench.home;
    home.config.store = super::store(&bench.url, "team");
    home.fail("later");
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.trail().list(&Query::default()).unwrap().len(), 6);
}
