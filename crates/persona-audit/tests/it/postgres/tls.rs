//! Encrypted connections, and what is said when none can be made: never a password.

use std::path::Path;

use persona_audit::{AuditError, DatabaseUrl, Obstacle, Query, StoreError, Verdict};
use throwaway_postgres::{Cluster, Options};

use super::{in_database, obstacle};
use crate::support::{assert_verdict, opening};

/// The address of a server with TLS, and the password in it.
fn encrypted(cluster: &Cluster) -> (String, String) {
    let url = cluster.url_tcp().unwrap();
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap().to_owned();
    (url, password)
}

/// Fails to reach a log, and asserts that nothing that is said names the password.
fn refusal(url: &str, password: &str) -> String {
    let home = in_database(url, "team");
    let errors = [
        home.recorder().start(&opening("one")).map(drop).unwrap_err(),
        home.trail().list(&Query::default()).unwrap_err(),
        home.trail().repair().map(drop).unwrap_err(),
    ];
    for error in &errors {
        let said = format!("{error} {error:?} {:?} {}", home.config, DatabaseUrl::new(url));
        assert!(!said.contains(password), "{said}");
        assert!(matches!(error, AuditError::Store(StoreError::Database { .. })), "{error:?}");
    }
    errors[0].to_string()
}

fn with_root(url: &str, file: &Path) -> String {
    format!("{url}&sslrootcert={}", file.display())
}

#[test]
fn a_server_is_reached_by_tls_when_its_certificate_is_trusted() {
    let cluster = Cluster::start(Options::default().tls()).unwrap();
    let (url, password) = encrypted(&cluster);
    let trusted = with_root(&url, cluster.certificate().unwrap());
    let home = in_database(&trusted, "team");
    home.fail("one");
    assert_verdict(&home.verify(), Verdict::Verified);
    for mode in ["prefer", "verify-ca", "verify-full", "require&channel_binding=require"] {
        let url = trusted.replace("sslmode=require", &format!("sslmode={mode}"));
        assert_eq!(in_database(&url, "team").trail().list(&Query::default()).unwrap().len(), 1);
    }

    // Nobody vouches for it, or somebody else.
    let unknown = refusal(&url, &password);
    assert!(unknown.to_lowercase().contains("certificate"), "{unknown}");
    let preferred = refusal(&url.replace("require", "prefer"), &password);
    assert!(preferred.to_lowercase().contains("certificate"), "{preferred}");
    let other = Cluster::start(Options::default().tls()).unwrap();
    let wrong = refusal(&with_root(&url, other.certificate().unwrap()), &password);
    assert!(wrong.to_lowercase().contains("certificate"), "{wrong}");
    refusal(&with_root(&url, Path::new("/nowhere/ca.pem")), &password);
    // It is somebody else by name.
    refusal(&trusted.replace("127.0.0.1", "127.0.0.2"), &password);
    // It speaks to nobody in the clear.
    refusal(&trusted.replace("sslmode=require", "sslmode=disable"), &password);
}

#[test]
fn a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() {
    let cluster = Cluster::start(Options::default().tcp()).unwrap();
    let (url, password) = encrypted(&cluster);
    in_database(&url, "team").fail("one");
    let refused = refusal(&url.replace("disable", "require"), &password);
    assert!(refused.contains("TLS"), "{refused}");
}

#[test]
fn no_failure_names_the_password() {
    let cluster = Cluster::start(Options::default().tcp()).unwrap();
    let (url, password) = encrypted(&cluster);
    let wrong = "Sw0rdfish-planted";
    let planted = url.replace(&password, wrong);
    let said = refusal(&planted, wrong);
    assert!(said.contains("password authentication failed"), "{said}");
    let said = refusal(&url.replace("/postgres?", "/nowhere?"), &password);
    assert!(said.contains("\"nowhere\" does not exist"), "{said}");
    refusal(&url.replace("postgres:", "nobody:"), &password);
    refusal(&planted.replace("127.0.0.1", "host.invalid"), wrong);
    refusal(&planted.replace("@127.0.0.1:", "@127.0.0.1:1"), wrong);
    refusal(&format!("{url}&options=-c%20nothing%3D1"), &password);
    let closed = format!("postgres://ann:{wrong}@127.0.0.1:1/a?connect_timeout=1");
    let said = refusal(&closed, wrong);
    assert!(said.contains("no connection"), "{said}");
    refusal(&format!("postgres://ann:{wrong}@%2Fnowhere/a"), wrong);
    refusal(&format!("postgres://ann:{wrong}/x@127.0.0.1/a"), wrong);
    refusal(&format!("host=127.0.0.1 user=ann password='{wrong}' port=1"), wrong);
    let home = in_database(&url, "team");
    home.fail("one");
    assert_verdict(&home.verify(), Verdict::Verified);
    for file in walk(home.folder.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains(&password), "{}", file.display());
    }
}

#[test]
fn each_failure_says_what_has_to_be_seen_to() {
    let cluster = Cluster::start(Options::default().tcp()).unwrap();
    let (url, password) = encrypted(&cluster);
    let without = url.replace(&format!(":{password}@"), "@");
    let latin = "create database latin encoding 'LATIN1' locale 'C' template template0";
    cluster.server().run(latin).unwrap();
    for (url, expected) in [
        (url.replace(&password, "wrong"), Obstacle::Login),
        (url.replace("postgres:", "nobody:"), Obstacle::Login),
        (without, Obstacle::NoPassword),
        (url.replace("/postgres?", "/nowhere?"), Obstacle::NoDatabase),
        (url.replace("/postgres?", "/latin?"), Obstacle::Encoding),
        (url.replace("disable", "require"), Obstacle::Encryption),
        (format!("{url}&sslrootcert=/nowhere").replace("disable", "require"), Obstacle::Encryption),
        (url.replace("@127.0.0.1:", "@127.0.0.1:1"), Obstacle::Address),
        ("postgres://ann@127.0.0.1:1/a".to_owned(), Obstacle::Unanswered),
        ("postgres://ann@%2Fnowhere/a".to_owned(), Obstacle::Unanswered),
    ] {
        let error = in_database(&url, "team").trail().rights().unwrap_err();
        assert_eq!(obstacle(&error), Some(expected), "{url}: {error:?}");
    }
}

#[test]
fn the_first_server_that_takes_writes_is_used() {
    let cluster = Cluster::start(Options::default().tcp()).unwrap();
    let standing =
        Cluster::start(Options::default().tcp().setting("default_transaction_read_only", "on"))
            .unwrap();
    let port = |cluster: &Cluster| {
        cluster.url_tcp().unwrap().split(':').nth(3).unwrap().split('/').next().unwrap().to_owned()
    };
    let (url, password) = encrypted(&cluster);
    let hosts = format!("@127.0.0.1:1,127.0.0.1:{},127.0.0.1:{}", port(&standing), port(&cluster));
    let several = url.replace(&format!("@127.0.0.1:{}", port(&cluster)), &hosts);
    // Both take the same password only where it is the same.
    let sql = super::Sql::to(&standing.url());
    sql.run(&format!("BEGIN READ WRITE; ALTER ROLE postgres PASSWORD '{password}'; COMMIT"))
        .unwrap();
    let home = in_database(&format!("{several}&target_session_attrs=read-write"), "team");
    home.fail("one");
    assert_verdict(&home.verify(), Verdict::Verified);
    let there = super::Sql::to(&cluster.url());
    assert_eq!(there.value("SELECT size FROM persona_audit.log"), "3");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
