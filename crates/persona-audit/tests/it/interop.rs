//! Probes.
use crate::support::*;
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use persona_audit::*;

#[test]
fn p1() {
    let home = Home::new();
    let open = home.recorder().start(&opening("x")).unwrap();
    let id = open.audit_id().as_str().to_owned();
    drop(open);
    let origin: String = Connection::open(home.path("audit/audit.db")).unwrap().query_row("SELECT origin FROM log", [], |r| r.get(0)).unwrap();
    fs::create_dir_all(home.path("state/pending")).unwrap();
    let pending = json!({"v":1,"origin":origin,"folder":"/nowhere","event":{"audit_id":id,"kind":"generation.completed","time":"2025-12-15T10:00:09.000000Z","attestation":null,"generation":{"model_version":"forged","prompt_hash":"sha256:00"},"output":{"files":[],"persona_count":99,"personas_hash":"sha256:00"}}});
    fs::write(home.path("state/pending").join(&id), serde_json::to_vec(&pending).unwrap()).unwrap();
    home.complete("next");
    let v = home.verify();
    println!("P1 {:?} {:?} status {:?} {:?}", v.verdict, v.findings, home.trail().get(&id).unwrap().status(), home.trail().get(&id).unwrap().number("/output/persona_count"));
}
#[test]
fn p1b_after_abandoned() {
    let home = Home::new();
    let open = home.recorder().start(&opening("x")).unwrap();
    let id = open.audit_id().as_str().to_owned();
    drop(open);
    home.complete("mid");
    let origin: String = Connection::open(home.path("audit/audit.db")).unwrap().query_row("SELECT origin FROM log", [], |r| r.get(0)).unwrap();
    let pending = json!({"v":1,"origin":origin,"folder":"/nowhere","event":{"audit_id":id,"kind":"generation.completed","time":"2025-12-15T10:00:09.000000Z","output":{"files":[],"persona_count":99}}});
    fs::write(home.path("state/pending").join(&id), serde_json::to_vec(&pending).unwrap()).unwrap();
    home.complete("next");
    let v = home.verify();
    println!("P1b {:?} {:?} status {:?}", v.verdict, v.findings, home.trail().get(&id).unwrap().status());
}
#[test]
fn p2() {
    let home = Home::new();
    let id = home.complete("x").audit_id.to_string();
    fs::create_dir_all(home.path("state/pending")).unwrap();
    fs::write(home.path("state/pending").join(&id), "garbage").unwrap();
    println!("P2 {:?}", home.recorder().start(&opening("y")).map(drop));
    println!("P2 repair {:?}", home.trail().repair());
}
#[test]
fn p3() {
    let home = Home::new();
    home.complete("x"); home.complete("y");
    let old = home.trail().checkpoint().unwrap().unwrap();
    fs::remove_dir_all(home.path("audit")).unwrap();
    for e in fs::read_dir(home.path("state/logs")).unwrap() { fs::remove_file(e.unwrap().path().join("mark")).unwrap(); }
    println!("P3 verify {:?}", home.verify().findings);
    let r = home.recorder().start(&opening("z")).map(drop);
    println!("P3 start {:?}", r);
    let new = home.trail().checkpoint().unwrap().unwrap();
    println!("P3 same origin {}", old.lines().next() == new.lines().next());
}
#[test]
fn p4() {
    let home = Home::new();
    home.complete("x");
    let note: Vec<u8> = Connection::open(home.path("audit/audit.db")).unwrap().query_row("SELECT checkpoint FROM log", [], |r| r.get(0)).unwrap();
    let c = SignedCheckpoint::parse(&note).unwrap();
    let un = c.checkpoint().unsigned().to_text();
    Connection::open(home.path("audit/audit.db")).unwrap().execute("INSERT INTO kept_checkpoint VALUES (?1, ?2)", rusqlite::params![c.checkpoint().size as i64, un.as_bytes()]).unwrap();
    let v = home.verify();
    println!("P4 {:?} {:?}", v.verdict, v.findings);
    // a stranger's signature line appended
    let key = PrivateKey::from_seed(&[9;32]);
    let line = c.checkpoint().sign(&key).to_text().split_once("\n\n").unwrap().1.to_owned();
    let both = format!("{}{}", c.to_text(), line);
    Connection::open(home.path("audit/audit.db")).unwrap().execute("UPDATE log SET checkpoint = ?1", [both.as_bytes()]).unwrap();
    println!("P4b {:?}", home.verify().findings);
}
#[test]
fn p5() {
    let home = Home::new();
    home.complete("x");
    let done = std::sync::atomic::AtomicBool::new(false);
    let errors = std::sync::Mutex::new(Vec::new());
    let looks = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|s| {
        s.spawn(|| { for n in 0..800 { home.complete(&format!("r{n}")); } done.store(true, std::sync::atomic::Ordering::SeqCst); });
        for _ in 0..3 { s.spawn(|| {
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if let Err(e) = home.trail().checkpoint() { errors.lock().unwrap().push(e.to_string()); }
        } }); }
    });
    let e = errors.into_inner().unwrap();
    println!("P5 looks {looks:?} errors {} {:?}", e.len(), e.first());
}
#[test]
fn p6_forged_show() {
    // who has the database rewrites one entry whole; show prints it
    let home = Home::new();
    let id = home.complete("x").audit_id.to_string();
    let db = Connection::open(home.path("audit/audit.db")).unwrap();
    let (h, p, q): (Vec<u8>, Vec<u8>, Vec<u8>) = db.query_row("SELECT header, public, private FROM entry WHERE idx = 2", [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    let mut event = Event::from_halves(&p, Some(&q)).unwrap();
    event.members["output"]["persona_count"] = json!(77);
    let header = Header::parse(&h).unwrap();
    let e = Entry::seal(&event, &header.log, 2, [[1;32],[2;32]]).unwrap();
    db.execute("UPDATE entry SET header=?1, public=?2, public_nonce=?3, private=?4, private_nonce=?5 WHERE idx=2", rusqlite::params![e.header_bytes, e.public.body, e.public.nonce, e.private.body, e.private.nonce]).unwrap();
    println!("P6 show {:?} sig {:?} verify {:?}", home.trail().get(&id).map(|r| r.number("/output/persona_count")), home.trail().get(&id).map(|r| r.as_value()["signature"].is_null()), home.verify().findings.iter().map(|f| f.code).collect::<Vec<_>>());
}
#[test]
fn p7_pending_conflict() {
    // signing off log extended by who has the database
    let mut home = Home::new();
    home.config.sign_records = false;
    home.complete("x");
    println!("P7 attestation {:?}", home.trail().get("@last").unwrap().as_value()["attestation"]);
    println!("P7 keys {:?}", fs::read_dir(home.path("keys")).unwrap().count());
    let f: Vec<_> = home.verify().rests_on; println!("{f:?}");
}
