//! Servers that go away, connections that are cut, writers that crowd: nothing acknowledged is lost, nothing
//! is there twice, and what cannot be done is said.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use persona_audit::{AuditError, Query, StoreError, Verdict};
use throwaway_postgres::{Cluster, Options, Shutdown, shared};

use super::{Sql, in_database};
use crate::support::{Home, assert_verdict, opening};

/// Ends every connection of the store to this database, the next one too if need be.
const CUT: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE application_name = 'persona' AND datname = current_database()";

fn ids(home: &Home) -> Vec<String> {
    let listed = home.trail().list(&Query::default()).unwrap();
    listed.into_iter().map(|summary| summary.audit_id).collect()
}

fn assert_unusable(error: &AuditError) {
    assert!(matches!(error, AuditError::Store(StoreError::Database { .. })), "{error:?}");
}

#[test]
fn connections_cut_between_appends_are_made_again() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    home.fail("one");
    let sql = Sql::to(&url);
    for number in 0..5 {
        assert_ne!(sql.value(CUT), "0");
        home.fail(&format!("after cut {number}"));
    }
    assert_eq!(ids(&home).len(), 6);
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn connections_cut_at_random_lose_nothing_that_was_acknowledged() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    home.fail("first");
    let done = AtomicBool::new(false);
    let acknowledged: BTreeSet<String> = std::thread::scope(|scope| {
        scope.spawn(|| {
            let sql = Sql::to(&url);
            while !done.load(Ordering::Relaxed) {
                sql.value(CUT);
            }
        });
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let home = &home;
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for number in 0..15 {
                        let started =
                            home.recorder().start(&opening(&format!("{writer}-{number}")));
                        if let Ok(open) = started {
                            acknowledged.push(open.audit_id().to_string());
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let all = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        all
    });
    let listed = ids(&home);
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), distinct.len(), "none is there twice");
    assert!(acknowledged.is_subset(&distinct), "none is lost");
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn an_append_whose_answer_is_lost_is_looked_for() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.server().fresh_database();
    let home = in_database(&url, "team");
    home.fail("one");
    // A commit that is done on the server, which then waits for a standby that never comes.
    let sql = Sql::to(&url);
    let wait = |name: &str| {
        sql.run(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'")).unwrap();
        sql.value("SELECT pg_reload_conf()");
        while sql.value("SHOW synchronous_standby_names") != name {}
    };
    wait("nobody");
    let receipt = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            home.recorder().start(&opening("two")).map(|open| open.audit_id().to_string())
        });
        let waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'persona'";
        let pid = loop {
            let pid = sql.value(waiting);
            if !pid.is_empty() {
                break pid;
            }
        };
        sql.value(&format!("SELECT pg_terminate_backend({pid})"));
        writer.join().unwrap().unwrap()
    });
    wait("");
    let listed = ids(&home);
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&receipt));
    assert_verdict(&home.verify(), Verdict::Verified);
    cluster.stop().unwrap();
}

#[test]
fn a_server_that_restarts_is_waited_for_and_one_that_is_gone_is_named() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.server().fresh_database();
    let home = in_database(&url, "team");
    home.fail("one");
    cluster.restart(Shutdown::Fast).unwrap();
    home.fail("two");
    let open = home.recorder().start(&opening("three")).unwrap();
    cluster.restart(Shutdown::Immediate).unwrap();
    assert_verdict(&home.verify(), Verdict::Verified);
    let failure = persona_audit::Failure {
        code: "output".to_owned(),
        message: "it cannot be written".to_owned(),
        stage: "write".to_owned(),
        reproducibility: None,
    };
    open.fail(&failure).unwrap();
    assert_eq!(ids(&home).len(), 3);
    cluster.stop().unwrap();
    assert_unusable(&home.recorder().start(&opening("four")).map(drop).unwrap_err());
    assert_unusable(&home.trail().list(&Query::default()).unwrap_err());
    cluster.restart(Shutdown::Fast).unwrap();
    home.fail("five");
    assert_eq!(ids(&home).len(), 4);
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn a_server_that_never_answers_is_waited_for_once() {
    // The system accepts for whoever listens; nobody here says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://ann@127.0.0.1:{port}/a?connect_timeout=1");
    let home = in_database(&url, "team");
    let begun = std::time::Instant::now();
    assert_unusable(&home.trail().list(&Query::default()).unwrap_err());
    assert_unusable(&home.trail().rights().unwrap_err());
    let waited = begun.elapsed();
    // As long as it takes to give up, and not twice as long.
    assert!((900..1900).contains(&waited.as_millis()), "{waited:?}");
}

#[test]
fn a_server_killed_under_load_loses_nothing_that_was_acknowledged() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.server().fresh_database();
    let home = in_database(&url, "team");
    home.fail("first");
    let written = std::sync::atomic::AtomicUsize::new(0);
    let acknowledged: BTreeSet<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (home, written) = (&home, &written);
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for number in 0..40 {
                        let started =
                            home.recorder().start(&opening(&format!("{writer}-{number}")));
                        written.fetch_add(1, Ordering::Relaxed);
                        if let Ok(open) = started {
                            acknowledged.push(open.audit_id().to_string());
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        for number in [30, 80] {
            while written.load(Ordering::Relaxed) < number {
                std::thread::yield_now();
            }
            cluster.kill();
            cluster.restart(Shutdown::Immediate).unwrap();
        }
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let listed = ids(&home);
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), distinct.len(), "none is there twice");
    assert!(acknowledged.is_subset(&distinct), "none is lost");
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn sixteen_writers_with_connections_of_their_own_neither_fork_nor_lose() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    home.fail("first");
    std::thread::scope(|scope| {
        for writer in 0..16 {
            let (home, url) = (&home, &url);
            scope.spawn(move || {
                let config = persona_audit::AuditConfig {
                    store: super::store(url, "team"),
                    ..home.config.clone()
                };
                let recorder = persona_audit::Recorder::new(config, home.ambient.clone());
                for number in 0..4 {
                    drop(recorder.start(&opening(&format!("{writer}-{number}"))).unwrap());
                }
            });
        }
    });
    assert_eq!(ids(&home).len(), 65);
    home.fail("last");
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    // Opened, the first, and 64 that were dropped and are called abandoned.
    assert_eq!(verification.checked.entries, 1 + 2 + 64 * 2 + 2);
}

#[test]
fn a_run_is_alive_on_every_machine_until_its_connection_ends() {
    let url = shared().fresh_database();
    let home = in_database(&url, "team");
    home.fail("one");
    let open = home.recorder().start(&opening("two")).unwrap();
    // Another process: connections of its own.
    let config =
        persona_audit::AuditConfig { store: super::store(&url, "team"), ..home.config.clone() };
    let status = || {
        let trail = persona_audit::AuditTrail::with_ambient(config.clone(), home.ambient.clone());
        trail.list(&Query { limit: Some(1), ..Query::default() }).unwrap()[0]
            .status
            .as_str()
            .to_owned()
    };
    assert_eq!(status(), "started");
    Sql::to(&url).value(CUT);
    assert_eq!(status(), "abandoned");
    drop(open);
}
