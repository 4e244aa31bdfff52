//! Several machines on one log, and who would like to be one of them, or more than that.

use std::fs;

use data_encoding::BASE64;
use persona_audit::{
    AuditError, Event, Origin, PAYLOAD_TYPE, PrivateKey, SignedCheckpoint, Status, Verdict,
    VerifyOptions,
};
use rusqlite::params;
use serde_json::{Value, json};

use crate::forger::{Forger, attest_key, log_key, stranger};
use crate::support::{Home, assert_verdict, grave, opening, write_output};
use crate::writers::{admit, assert_caught, beside, trust, two};

/// Replaces the checkpoint kept for `size` by one over the same tree that `signer` signs.
fn seal_again(forger: &Forger, size: i64, signer: &PrivateKey) {
    let note: Vec<u8> = forger
        .database
        .query_row("SELECT note FROM kept_checkpoint WHERE size = ?1", [size], |row| row.get(0))
        .unwrap();
    let note = SignedCheckpoint::parse(&note).unwrap().checkpoint().sign(signer).to_text();
    let sql = "UPDATE kept_checkpoint SET note = ?2 WHERE size = ?1";
    forger.database.execute(sql, params![size, note.into_bytes()]).unwrap();
}

fn added(forger: &Forger, log: &PrivateKey, attest: &PrivateKey) -> Value {
    let vkey = |key: &PrivateKey| key.public().to_vkey(forger.origin.as_str());
    json!({"log_key": vkey(log), "attest_key": vkey(attest)})
}

fn second_stranger() -> PrivateKey {
    PrivateKey::from_seed(&[67; 32])
}

#[test]
fn who_has_the_database_cannot_admit_themselves() {
    let (first, second) = two();
    let mut forger = Forger::at(&first);
    let members = added(&forger, &stranger(), &second_stranger());
    forger.append("key.added", &members, Some(&stranger()), true);
    assert_caught(&[&first, &second], "key-unknown");
    // Nor does it help to go on as if the key were admitted.
    forger.append("export.created", &json!({}), Some(&stranger()), false);
    assert_caught(&[&first, &second], "key-unknown");
}

#[test]
fn who_has_the_database_cannot_take_the_checkpoint_of_an_admission_away() {
    let (first, second) = two();
    let forger = Forger::at(&first);
    forger.database.execute("DELETE FROM kept_checkpoint WHERE size = 4", []).unwrap();
    assert_caught(&[&first, &second], "checkpoint-missing");
    // Without it the second machine is nobody: its checkpoint and its attestation count for nothing.
    assert!(grave(&first.verify()).contains(&"key-unknown"));
    assert!(grave(&first.verify()).contains(&"attestation-bad"));
}

#[test]
fn who_is_admitted_cannot_vouch_for_the_own_admission() {
    let (first, second) = two();
    seal_again(&Forger::at(&first), 4, &log_key(&second));
    assert_caught(&[&first, &second], "key-unknown");
}

#[test]
fn who_is_admitted_cannot_seal_older_entries_again() {
    let (first, second) = two();
    seal_again(&Forger::at(&first), 1, &log_key(&second));
    assert_caught(&[&first, &second], "key-out-of-span");
    let first = two().0;
    seal_again(&Forger::at(&first), 1, &stranger());
    assert_caught(&[&first], "key-unknown");
}

#[test]
fn who_is_admitted_cannot_sign_the_entry_that_admits_them() {
    let first = Home::new();
    first.complete("one");
    let second = beside(&first);
    trust(&second, &first);
    admit(&first, &second, None);
    // The newest checkpoint is that of the admission; kept it stays the first machine's.
    Forger::at(&first).head(Some(&log_key(&second)), false);
    assert_caught(&[&first, &second], "key-out-of-span");
}

/// Returns the signature of `key` over the Statement in an output folder.
fn attestation(home: &Home, run: &str, key: &PrivateKey) -> Value {
    let path = home.path("output").join(run).join("provenance.intoto.json");
    let envelope: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let payload = BASE64.decode(envelope["payload"].as_str().unwrap().as_bytes()).unwrap();
    let before = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    let sig = key.sign(&[before.as_bytes(), &payload].concat());
    json!({"keyid": key.public().keyid().as_str(), "sig": BASE64.encode(&sig)})
}

fn event_at(forger: &Forger, index: i64) -> Event {
    let sql = "SELECT public, private FROM entry WHERE idx = ?1";
    let halves = forger.database.query_row(sql, [index], |row| Ok((row.get(0)?, row.get(1)?)));
    let (public, private): (Vec<u8>, Vec<u8>) = halves.unwrap();
    Event::from_halves(&public, Some(&private)).unwrap()
}

#[test]
fn who_is_admitted_cannot_attest_what_came_before() {
    let (first, second) = (Home::new(), Home::new());
    first.complete("one");
    second.complete("elsewhere");
    let mut second = second;
    second.config.store_path.clone_from(&first.config.store_path);
    let mut forger = Forger::at(&first);
    let mut closing = event_at(&forger, 2);
    assert_eq!(closing.members["attestation"], attestation(&first, "one", &attest_key(&first)));
    closing.members["attestation"] = attestation(&first, "one", &attest_key(&second));
    // Even where the first machine itself wrote it so: entry 2 is before the second one's span.
    forger.truncate(2);
    forger.database.execute("UPDATE record SET status = 'completed'", []).unwrap();
    forger.append_event(&closing, Some(&log_key(&first)), false);
    drop(forger);
    for entry in fs::read_dir(first.path("state/logs")).unwrap() {
        fs::remove_file(entry.unwrap().path().join("mark")).unwrap();
    }
    trust(&second, &first);
    admit(&first, &second, None);
    second.complete("two");
    for home in [&first, &second] {
        let verification = home.verify();
        assert_eq!(grave(&verification), ["attestation-bad"], "{:#?}", verification.findings);
        assert_eq!(verification.findings[0].index, Some(2));
    }
}

#[test]
fn who_is_admitted_cannot_admit_a_key_twice() {
    let (first, second) = two();
    let mut forger = Forger::at(&first);
    // With another attestation key: it would take the first machine's own away.
    let members = added(&forger, &log_key(&first), &stranger());
    forger.append("key.added", &members, Some(&log_key(&second)), true);
    assert_caught(&[&first, &second], "key-out-of-span");
}

#[test]
fn who_is_admitted_cannot_admit_what_is_no_key_of_this_log() {
    let other = PrivateKey::from_seed(&[68; 32]).public().to_vkey("persona/another");
    let stranger = stranger().public();
    for (log, attest) in [
        (json!(other), json!(null)),
        (json!(other.clone()), json!(other.clone())),
        (json!("zork"), json!("zork")),
        (json!(null), json!(null)),
    ] {
        let (first, second) = two();
        let mut forger = Forger::at(&first);
        let attest =
            if attest.is_null() { json!(stranger.to_vkey(forger.origin.as_str())) } else { attest };
        let members = json!({"log_key": log, "attest_key": attest});
        forger.append("key.added", &members, Some(&log_key(&second)), true);
        assert_caught(&[&first, &second], "key-unknown");
    }
}

#[test]
fn who_has_the_database_cannot_have_a_log_trusted_that_admits_its_victim() {
    let (first, second) = two();
    forge_a_log_that_admits(&second, &first);
    assert_caught(&[&first, &second], "log-replaced");
    fs::remove_dir_all(second.path("state")).unwrap();
    assert!(matches!(second.recorder().start(&opening("next")), Err(AuditError::Untrusted)));
    assert_verdict(&second.verify(), Verdict::Unverifiable);
}

/// Replaces the log at the store of `first` by one that a stranger opened and that admits the victim.
fn forge_a_log_that_admits(victim: &Home, first: &Home) -> Origin {
    let mut forger = Forger::at(first);
    forger.truncate(0);
    let opened = added(&forger, &stranger(), &second_stranger());
    let mut opened = opened.as_object().cloned().unwrap();
    opened.extend([("format".to_owned(), json!(1)), ("signing".to_owned(), json!(true))]);
    forger.append("log.opened", &json!(opened), Some(&stranger()), true);
    let members = added(&forger, &log_key(victim), &attest_key(victim));
    forger.append("key.added", &members, Some(&stranger()), true);
    forger.origin.clone()
}

#[test]
fn who_has_database_and_state_cannot_write_for_an_admitted_machine() {
    let (first, second) = two();
    let origin = forge_a_log_that_admits(&second, &first);
    let attacker = beside(&first);
    attacker.trail().trust(&origin, &stranger().public()).unwrap();
    fs::remove_dir_all(second.path("state")).unwrap();
    fs::rename(attacker.path("state"), second.path("state")).unwrap();
    let refused = second.recorder().start(&opening("next"));
    assert!(matches!(refused, Err(AuditError::PinNotOwn)), "{refused:?}");
    // Who only reads believes the forged pin, as with a machine of its own.
    assert_verdict(&second.verify(), Verdict::Verified);
    let options =
        VerifyOptions { keys: vec![log_key(&first).public()], ..VerifyOptions::default() };
    assert_verdict(&second.trail().verify(&[], &options).unwrap(), Verdict::Unverifiable);
}

#[test]
fn who_has_the_state_folder_cannot_have_a_strangers_closing_signed_by_any_writer() {
    let (first, second) = two();
    // A closing that the second machine left behind is one for the first to settle.
    let open = second.recorder().start(&opening("cut")).unwrap();
    let id = open.audit_id().to_string();
    let folder = second.path("output/cut");
    let completion = write_output(&folder);
    drop(open.prepare(&completion, &folder).unwrap());
    drop(open);
    let pending = first.path("state/pending");
    fs::create_dir_all(&pending).unwrap();
    let envelope = fs::read(second.path("state/pending").join(&id)).unwrap();
    let mut forged: Value = serde_json::from_slice(&envelope).unwrap();
    forged["signatures"][0]["sig"] = "AAAA".into();
    fs::write(pending.join(&id), forged.to_string()).unwrap();
    first.complete("three");
    assert_eq!(first.trail().get(&id).unwrap().status(), Status::Abandoned);
    fs::write(pending.join(&id), envelope).unwrap();
    first.complete("four");
    assert_eq!(first.trail().get(&id).unwrap().status(), Status::Completed);
    assert_verdict(&second.verify(), Verdict::Verified);
}

#[test]
fn who_rolls_the_log_back_is_caught_by_the_machine_that_saw_more() {
    let (first, second) = two();
    second.complete("three");
    let mut forger = Forger::at(&first);
    forger.truncate(6);
    forger.head(Some(&log_key(&second)), false);
    // The first machine has seen four entries, and the log at six is a true one.
    assert_verdict(&first.verify(), Verdict::Verified);
    assert_caught(&[&second], "log-rolled-back");
}
