//! Databases that cannot be reached, entered, read or written: each is told what to do about it, by people
//! who know that the log lies in no folder.

use serde_json::Value;
use throwaway_postgres::{Cluster, Options, shared};

use super::{expect, run_with};
use crate::support::{Done, Machine, shipped};

const LIST: [&str; 2] = ["audit", "list"];
const GENERATE: [&str; 2] = ["generate", "small.csv"];

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

fn with_database(machine: &Machine, url: &str, words: &[&str]) -> Done {
    let variables = [("PERSONA_AUDIT__STORE", "postgres"), ("PERSONA_AUDIT__DATABASE_URL", url)];
    run_with(machine, &variables, words)
}

fn expect_at(test: &str, url: &str, words: &[&str]) {
    let machine = machine();
    expect(test, |more| with_database(&machine, url, &[words, more].concat()));
}

/// A server that asks for a password, its address, and the password.
fn guarded() -> (Cluster, String, String) {
    let cluster = Cluster::start(Options::default().tcp()).unwrap();
    let url = cluster.url_tcp().unwrap();
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap().to_owned();
    (cluster, url, password)
}

/// A database with the roles of docs/postgres-roles.sql, and the same for a new member of one of them.
fn as_member(of: &str) -> (Cluster, String, String) {
    let cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.server().fresh_database();
    let there = cluster.server().database(url.clone());
    there.run(&std::fs::read_to_string(shipped("docs/postgres-roles.sql")).unwrap()).unwrap();
    there.run(&format!("CREATE ROLE rhea LOGIN {of}")).unwrap();
    let member = url.replacen("postgres@", "rhea@", 1);
    (cluster, url, member)
}

/// The address of a fresh database with another name in it.
fn named(url: &str, name: &str) -> String {
    let (before, after) = url.split_once("/fresh_").unwrap();
    format!("{before}/{name}{}", after.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

#[test]
fn a_server_that_does_not_run() {
    let url = "postgresql://ada:open-sesame@127.0.0.1:1/lab";
    expect_at("database::a_server_that_does_not_run", url, &LIST);
}

#[test]
fn a_password_that_is_wrong() {
    let (_cluster, url, password) = guarded();
    let url = url.replace(&password, "open-sesame");
    expect_at("database::a_password_that_is_wrong", &url, &LIST);
}

#[test]
fn a_password_that_is_missing() {
    let (_cluster, url, password) = guarded();
    let url = url.replace(&format!(":{password}"), "");
    expect_at("database::a_password_that_is_missing", &url, &LIST);
}

#[test]
fn a_server_without_tls() {
    let (_cluster, url, _) = guarded();
    let url = url.replace("sslmode=disable", "sslmode=require");
    expect_at("database::a_server_without_tls", &url, &LIST);
}

#[test]
fn a_database_that_is_not_there() {
    let url = shared().fresh_database();
    expect_at("database::a_database_that_is_not_there", &named(&url, "nowhere"), &LIST);
}

#[test]
fn a_database_that_is_not_in_utf8() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let make = "create database latin encoding 'LATIN1' locale 'C' template template0";
    cluster.server().run(make).unwrap();
    let url = named(&cluster.server().fresh_database(), "latin");
    expect_at("database::a_database_that_is_not_in_utf8", &url, &GENERATE);
}

#[test]
fn a_reader_that_records() {
    let (_cluster, url, reader) = as_member("IN ROLE persona_reader");
    let writer = machine();
    with_database(&writer, &url, &GENERATE).exits(0);
    let test = "database::a_reader_that_records";
    expect(test, |more| with_database(&writer, &reader, &[&GENERATE, more].concat()));
}

#[test]
fn a_writer_that_may_not_set_the_old_place_aside() {
    let (_cluster, _, writer) = as_member("IN ROLE persona_writer");
    let machine = machine();
    with_database(&machine, &writer, &GENERATE).exits(0);
    let words = ["audit", "migrate", "--to", "json"];
    let test = "database::a_writer_that_may_not_set_the_old_place_aside";
    expect(test, |more| with_database(&machine, &writer, &[&words, more].concat()));
    let there = [("PERSONA_AUDIT__STORE", "json")];
    run_with(&machine, &there, &["audit", "verify"]).exits(0);
}

#[test]
fn a_user_without_any_role() {
    let (_cluster, _, stranger) = as_member("");
    expect_at("database::a_user_without_any_role", &stranger, &LIST);
}

#[test]
fn tables_that_nobody_made() {
    let cluster = Cluster::start(Options::default()).unwrap();
    cluster.server().run("CREATE ROLE rhea LOGIN").unwrap();
    let url = cluster.server().fresh_database().replacen("postgres@", "rhea@", 1);
    expect_at("database::tables_that_nobody_made", &url, &GENERATE);
}

fn checks(done: &Done) -> Vec<Value> {
    let document: Value = serde_json::from_str(&done.stdout).unwrap();
    document["checks"].as_array().unwrap().clone()
}

fn check<'a>(checks: &'a [Value], name: &str) -> Option<&'a Value> {
    checks.iter().find(|check| check["name"] == name)
}

#[test]
fn the_doctor_asks_the_server_what_a_run_may_do() {
    let (cluster, url, reader) = as_member("IN ROLE persona_reader");
    let machine = machine();
    with_database(&machine, &url, &GENERATE).exits(0);
    let doctor = ["doctor", "--json"];
    let found = checks(&with_database(&machine, &url, &doctor).exits(0));
    let store = check(&found, "store").unwrap();
    let detail = store["detail"].as_str().unwrap();
    assert!(detail.starts_with("postgres://") && detail.contains("schema 1"), "{detail}");
    assert_eq!((&store["state"], &store["path"]), (&"ok".into(), &Value::Null), "{store}");
    assert!(check(&found, "room for the log").is_none(), "no folder is used");
    let found = checks(&with_database(&machine, &reader, &doctor).exits(5));
    let store = check(&found, "store").unwrap();
    assert_eq!(store["state"], "problem", "{store}");
    assert!(store["detail"].as_str().unwrap().contains("the user rhea may read, and not record"));
    assert!(store["hints"][0].as_str().unwrap().contains("persona_writer"), "{store}");
    let words = ["config", "set", "audit.enabled", "false"];
    machine.run(&words).exits(0);
    let found = checks(&with_database(&machine, &reader, &doctor).exits(0));
    assert_eq!(check(&found, "store").unwrap()["state"], "note");
    drop(cluster);
    let found = checks(&with_database(&machine, &reader, &doctor).exits(5));
    assert_eq!(check(&found, "store").unwrap()["state"], "problem");
    let problems = found.iter().filter(|check| check["state"] == "problem");
    assert_eq!(problems.count(), 1, "one server that is gone is one problem: {found:#?}");
}
