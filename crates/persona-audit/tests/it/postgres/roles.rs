//! Who may do what: the roles of docs/postgres-roles.sql on a real server, and a schema that a reader or a
//! writer without rights, or a later version, comes upon.

use persona_audit::{AuditError, Obstacle, StoreError, Use, Verdict};
use throwaway_postgres::{Cluster, Options, Server, shared};

use super::{Sql, in_database, obstacle};
use crate::support::{assert_verdict, opening};

const ROLES: &str = include_str!("../../../../../docs/postgres-roles.sql");
const MIGRATION: &str = include_str!("../../../migrations/postgres/0001-log.sql");

/// The same database for another user.
fn as_user(url: &str, user: &str) -> String {
    url.replacen("postgres@", &format!("{user}@"), 1)
}

/// A server with the roles and a user in each.
fn with_roles() -> (Cluster, String, Server) {
    let cluster = Cluster::start(Options::default()).unwrap();
    let server = cluster.server();
    let url = server.fresh_database();
    let sql = Sql::to(&url);
    sql.run(ROLES).unwrap();
    for role in ["owner", "reader", "writer", "pruner"] {
        sql.run(&format!("CREATE ROLE {role} LOGIN IN ROLE persona_{role}")).unwrap();
    }
    (cluster, url, server)
}

#[test]
fn the_roles_make_the_tables_as_the_migrations_do() {
    assert!(ROLES.contains(MIGRATION));
    let (_cluster, url, _) = with_roles();
    let home = in_database(&url, "team");
    home.fail("one");
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn a_second_database_of_the_server_has_the_roles_too_and_connect_is_its_fence() {
    let (_cluster, first, server) = with_roles();
    let second = server.fresh_database();
    let sql = Sql::to(&second);
    sql.run(ROLES).unwrap();
    for url in [&first, &second] {
        let home = in_database(&as_user(url, "writer"), "team");
        home.fail("one");
        assert_verdict(&home.verify(), Verdict::Verified);
    }
    let fence = "SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database())";
    let fence = sql.value(fence);
    sql.run(&fence).unwrap();
    let home = in_database(&as_user(&second, "writer"), "team");
    home.recorder().start(&opening("two")).map(drop).unwrap_err();
}

#[test]
fn a_writer_appends_but_neither_deletes_nor_changes() {
    let (_cluster, url, _) = with_roles();
    let home = in_database(&as_user(&url, "writer"), "team");
    home.complete("one");
    home.fail("two");
    drop(home.recorder().start(&opening("three")).unwrap());
    home.fail("four");
    assert_verdict(&home.verify(), Verdict::Verified);
    let writer = Sql::to(&as_user(&url, "writer"));
    for refused in [
        "DELETE FROM persona_audit.entry",
        "DELETE FROM persona_audit.log",
        "TRUNCATE persona_audit.record",
        "UPDATE persona_audit.entry SET header = ''",
        "UPDATE persona_audit.entry SET private = NULL",
        "UPDATE persona_audit.node SET hash = ''",
        "UPDATE persona_audit.record SET model = 'x'",
        "UPDATE persona_audit.log SET name = 'x'",
        "DROP TABLE persona_audit.node",
        "CREATE TABLE persona_audit.extra (x int)",
        "CREATE INDEX extra ON persona_audit.entry (idx)",
    ] {
        let error = writer.run(refused).unwrap_err();
        let code = error.code().map(tokio_postgres::error::SqlState::code);
        assert_eq!(code, Some("42501"), "{refused}: {error}");
    }
    let pruner = Sql::to(&as_user(&url, "pruner"));
    pruner.run("BEGIN; UPDATE persona_audit.entry SET private = NULL; ROLLBACK").unwrap();
    pruner.run("DELETE FROM persona_audit.entry").unwrap_err();
    in_database(&as_user(&url, "pruner"), "other").fail("one");
}

#[test]
fn a_commit_that_is_refused_fails_all_who_share_it() {
    let (_cluster, url, _) = with_roles();
    let home = in_database(&as_user(&url, "writer"), "team");
    home.fail("one");
    let sql = Sql::to(&url);
    sql.run("REVOKE INSERT ON persona_audit.entry FROM persona_writer").unwrap();
    let recorder = home.recorder();
    std::thread::scope(|scope| {
        let start = || recorder.clone().start(&opening("refused")).map(drop);
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        for thread in threads {
            let error = thread.join().unwrap().unwrap_err();
            assert!(matches!(error, AuditError::Store(StoreError::Database { .. })), "{error:?}");
            assert!(error.to_string().contains("permission denied"), "{error}");
        }
    });
    sql.run("GRANT INSERT ON persona_audit.entry TO persona_writer").unwrap();
    drop(recorder.start(&opening("two")).unwrap());
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.trail().list(&persona_audit::Query::default()).unwrap().len(), 2);
}

#[test]
fn a_reader_reads_and_is_told_that_it_may_not_write() {
    let (_cluster, url, _) = with_roles();
    let mut home = in_database(&as_user(&url, "writer"), "team");
    home.fail("one");
    home.config.store = super::store(&as_user(&url, "reader"), "team");
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.trail().list(&persona_audit::Query::default()).unwrap().len(), 1);
    let error = home.recorder().start(&opening("two")).map(drop).unwrap_err();
    let AuditError::Store(StoreError::Database { reason, .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(reason.contains("permission denied"), "{reason}");
    assert_obstacle(&error, Obstacle::Rights);
}

#[test]
fn who_may_not_make_the_tables_is_told_so() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.server().fresh_database();
    Sql::to(&url).run("CREATE ROLE stranger LOGIN").unwrap();
    let home = in_database(&as_user(&url, "stranger"), "team");
    let error = home.recorder().start(&opening("one")).map(drop).unwrap_err();
    let AuditError::Store(StoreError::Database { reason, .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(reason.contains("may not make them"), "{reason}");
    assert_obstacle(&error, Obstacle::NoTables);
    assert_verdict(&home.verify(), Verdict::Unverifiable);
}

#[test]
fn what_a_role_may_do_is_asked_of_the_server() {
    let (_cluster, url, server) = with_roles();
    let asked = |url: &str, user| in_database(&as_user(url, user), "team").trail().rights();
    let may = |user| asked(&url, user).unwrap().unwrap().may;
    assert_eq!([may("owner"), may("writer"), may("pruner")], [Use::Write; 3]);
    assert_eq!(may("reader"), Use::Read);
    let found = asked(&url, "reader").unwrap().unwrap();
    assert_eq!((found.user.as_str(), found.schema), ("reader", Some(1)));
    Sql::to(&url).run("CREATE ROLE stranger LOGIN").unwrap();
    assert_obstacle(&asked(&url, "stranger").map(drop).unwrap_err(), Obstacle::Rights);
    let empty = server.fresh_database();
    assert_obstacle(&asked(&empty, "stranger").map(drop).unwrap_err(), Obstacle::NoTables);
    let owner = in_database(&empty, "team").trail().rights().unwrap().unwrap();
    assert_eq!((owner.schema, owner.may), (None, Use::Write));
    Sql::to(&url).run("ALTER ROLE writer SET default_transaction_read_only = on").unwrap();
    assert_eq!(may("writer"), Use::Read);
}

fn assert_obstacle(error: &AuditError, expected: Obstacle) {
    assert_eq!(obstacle(error), Some(expected), "{error:?}");
}

#[test]
fn a_newer_schema_is_refused_with_its_number() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    home.fail("one");
    Sql::to(&url).run("INSERT INTO persona_audit.migration (version) VALUES (7)").unwrap();
    let newer = |error: &AuditError| {
        assert!(
            matches!(error, AuditError::Store(StoreError::Newer { found: 7, known: 1, .. })),
            "{error:?}"
        );
    };
    newer(&home.recorder().start(&opening("two")).map(drop).unwrap_err());
    newer(&home.trail().list(&persona_audit::Query::default()).unwrap_err());
}

#[test]
fn first_writers_at_the_same_time_make_the_tables_once() {
    let url = shared().fresh_database();
    std::thread::scope(|scope| {
        for log in ["one", "two", "three", "four"] {
            let url = &url;
            scope.spawn(move || {
                let home = in_database(url, log);
                home.fail("first");
                assert_verdict(&home.verify(), Verdict::Verified);
            });
        }
    });
    assert_eq!(Sql::to(&url).value("SELECT count(*) FROM persona_audit.migration"), "1");
}

#[test]
fn tables_may_be_partitioned_by_the_hash_of_the_log() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    let sql = Sql::to(&url);
    let page = include_str!("../../../../../docs/postgres.md");
    let block = page.split("```sql partitions\n").nth(1).unwrap().split("```").next().unwrap();
    sql.run("CREATE SCHEMA persona_audit").unwrap();
    sql.run(MIGRATION).unwrap();
    sql.run("INSERT INTO persona_audit.migration (version) VALUES (1)").unwrap();
    sql.run(block).unwrap();
    for number in 0..3 {
        home.fail(&format!("run {number}"));
    }
    in_database(&url, "other").complete("one");
    assert_verdict(&home.verify(), Verdict::Verified);
    let partitions =
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'persona_audit.entry'::regclass";
    assert_eq!(sql.value(partitions), "8");
    // What hangs on a partition alone is not its table's.
    sql.run("CREATE SCHEMA x; CREATE FUNCTION x.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'").unwrap();
    for (planted, undo) in [
        (
            "CREATE TRIGGER t BEFORE INSERT ON persona_audit.entry_3 FOR EACH ROW EXECUTE FUNCTION x.f()",
            "DROP TRIGGER t ON persona_audit.entry_3",
        ),
        (
            "CREATE INDEX extra ON persona_audit.record_0 (model) WHERE model <> 'x'",
            "DROP INDEX persona_audit.extra",
        ),
        (
            "ALTER TABLE persona_audit.record_1 ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE persona_audit.record_1 DISABLE ROW LEVEL SECURITY",
        ),
    ] {
        sql.run(planted).unwrap();
        assert_verdict(&home.verify(), Verdict::Tampered);
        sql.run(undo).unwrap();
        assert_verdict(&home.verify(), Verdict::Verified);
    }
}
