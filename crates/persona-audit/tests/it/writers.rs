//! Several machines on one log: each with its own state and keys, all on one store.

use std::fs;

use data_encoding::BASE64;
use persona_audit::{
    Admission, AuditError, Checkpoint, Event, ExportFormat, KeyError, PAYLOAD_TYPE, PrivateKey,
    Query, RestsOn, SignedCheckpoint, Status, Verdict, VerifyOptions,
};
use rusqlite::params;
use serde_json::{Value, json};

use crate::forger::{Forger, attest_key, log_key, stranger};
use crate::support::{Home, assert_verdict, grave, opening, write_output};

/// A machine of its own on the store of `first`.
fn beside(first: &Home) -> Home {
    let mut home = Home::new();
    home.config.store_path.clone_from(&first.config.store_path);
    home
}

fn vkeys(home: &Home) -> [String; 2] {
    let keys = home.trail().keys().unwrap();
    [0, 1].map(|at: usize| keys[at].vkey.clone().unwrap())
}

fn trust(home: &Home, first: &Home) {
    let vkey = &vkeys(first)[0];
    let (origin, key) = persona_audit::PublicKey::from_vkey(vkey).unwrap();
    home.trail().trust(&origin, &key).unwrap();
}

fn admit(first: &Home, home: &Home, name: Option<&str>) -> String {
    let [log, attest] = vkeys(home);
    first.trail().admit(&Admission::from_vkeys(&log, &attest, name).unwrap()).unwrap()
}

/// Two machines that write to one log: entries 0 to 2 are the first one's, entry 3 admits the second,
/// entries 4 and 5 are that one's.
fn two() -> (Home, Home) {
    let first = Home::new();
    first.complete("one");
    let second = beside(&first);
    trust(&second, &first);
    admit(&first, &second, Some("lab 2"));
    second.complete("two");
    for home in [&first, &second] {
        assert_verdict(&home.verify(), Verdict::Verified);
    }
    (first, second)
}

/// Both machines find `code`, and neither appends.
fn assert_caught(homes: &[&Home], code: &str) {
    for home in homes {
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Tampered);
        assert!(grave(&verification).contains(&code), "{code}: {:#?}", verification.findings);
        assert!(home.recorder().start(&opening("next")).is_err(), "a writer appended: {code}");
    }
}

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
fn machines_take_turns_on_one_log() {
    let (first, second) = two();
    first.complete("three");
    second.fail("four");
    let third = beside(&first);
    trust(&third, &first);
    // Whoever writes may admit.
    admit(&second, &third, None);
    third.complete("five");
    first.complete("six");
    for home in [&first, &second, &third] {
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Verified);
        assert_eq!(verification.findings, [], "{:#?}", verification.findings);
        assert_eq!(verification.rests_on, [RestsOn::SelfAttested, RestsOn::LocalMark]);
        assert_eq!(verification.keys.len(), 6);
        assert_eq!(home.trail().list(&Query::default()).unwrap().len(), 6);
    }
    let names: Vec<_> = second.trail().writers().unwrap();
    let names: Vec<_> = names.iter().map(|w| (w.name.as_deref(), w.from, w.own)).collect();
    assert_eq!(names, [(None, 0, false), (Some("lab 2"), 4, true), (None, 11, false)]);
    let options = VerifyOptions { artifacts: Some(first.path(".")), ..VerifyOptions::default() };
    let verification = first.trail().verify(&[], &options).unwrap();
    assert_eq!(verification.findings, [], "{:#?}", verification.findings);
}

#[test]
fn a_record_names_the_key_that_signed_the_newest_checkpoint() {
    let (first, second) = two();
    let keyid = |home: &Home| home.trail().keys().unwrap()[0].keyid.clone();
    let signer =
        || first.trail().get("@last").unwrap().text("/signature/keyid").unwrap().to_owned();
    assert_eq!(signer(), keyid(&second));
    first.complete("three");
    assert_eq!(signer(), keyid(&first));
}

#[test]
fn an_export_holds_the_keys_of_all_who_write() {
    let (first, second) = two();
    let mut out = Vec::new();
    first.trail().export(&Query::default(), ExportFormat::Json, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    let keys = document["log"]["public_keys"].as_array().unwrap();
    let found: Vec<_> =
        keys.iter().map(|key| (key["vkey"].as_str(), key["from"].as_u64())).collect();
    let ([log, attest], [other_log, other_attest]) = (vkeys(&first), vkeys(&second));
    let wanted = [(log, 0), (attest, 0), (other_log, 4), (other_attest, 4)];
    assert_eq!(found, wanted.each_ref().map(|(key, from)| (Some(key.as_str()), Some(*from))));
}

#[test]
fn a_machine_without_a_pin_appends_nothing() {
    let (first, second) = two();
    let third = beside(&first);
    assert!(matches!(third.recorder().start(&opening("next")), Err(AuditError::Untrusted)));
    assert!(matches!(third.trail().repair(), Err(AuditError::Untrusted)));
    assert_verdict(&third.verify(), Verdict::Unverifiable);
    // Keys of its own change nothing, and what the log says of them neither.
    fs::create_dir_all(third.path("keys")).unwrap();
    for name in ["log.pem", "attest.pem"] {
        fs::copy(second.path("keys").join(name), third.path("keys").join(name)).unwrap();
    }
    assert!(matches!(third.recorder().start(&opening("next")), Err(AuditError::Untrusted)));
    assert_verdict(&third.verify(), Verdict::Unverifiable);
    let (_, key) = persona_audit::PublicKey::from_vkey(&vkeys(&first)[0]).unwrap();
    let options = VerifyOptions { keys: vec![key], ..VerifyOptions::default() };
    assert_verdict(&third.trail().verify(&[], &options).unwrap(), Verdict::Verified);
    let (_, key) = persona_audit::PublicKey::from_vkey(&vkeys(&second)[0]).unwrap();
    let options = VerifyOptions { keys: vec![key], ..VerifyOptions::default() };
    assert_verdict(&third.trail().verify(&[], &options).unwrap(), Verdict::Unverifiable);
    assert_verdict(&first.verify(), Verdict::Verified);
}

#[test]
fn a_machine_that_is_not_admitted_yet_reads_and_appends_nothing() {
    let first = Home::new();
    first.complete("one");
    let second = beside(&first);
    let before = fs::read(first.path("audit/audit.db")).unwrap();
    trust(&second, &first);
    trust(&second, &first);
    assert_eq!(before, fs::read(first.path("audit/audit.db")).unwrap());
    assert!(second.trail().keys().unwrap().iter().all(|key| key.admitted == Some(false)));
    let Err(AuditError::Key(KeyError::NotAdmitted { vkeys: said, .. })) =
        second.recorder().start(&opening("next"))
    else {
        panic!("it was not refused")
    };
    assert_eq!(said, vkeys(&second));
    let verification = second.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.rests_on, [RestsOn::SelfAttested, RestsOn::LocalMark]);
    // It cannot let itself in.
    let [log, attest] = vkeys(&second);
    let refused = second.trail().admit(&Admission::from_vkeys(&log, &attest, None).unwrap());
    assert!(matches!(refused, Err(AuditError::Key(KeyError::NotAdmitted { .. }))));
    admit(&first, &second, None);
    second.complete("two");
    assert_verdict(&first.verify(), Verdict::Verified);
}

#[test]
fn a_key_is_admitted_once() {
    let (first, second) = two();
    let [log, attest] = vkeys(&second);
    let [own, _] = vkeys(&first);
    let fresh = stranger().public().to_vkey(&first.verify().checkpoint.unwrap().origin);
    for (log, attest) in [(&log, &attest), (&log, &fresh), (&fresh, &attest), (&own, &fresh)] {
        let refused = first.trail().admit(&Admission::from_vkeys(log, attest, None).unwrap());
        assert!(matches!(refused, Err(AuditError::AlreadyAdmitted { .. })), "{refused:?}");
    }
    assert_eq!(first.trail().writers().unwrap().len(), 2);
}

#[test]
fn a_key_named_for_another_log_is_not_admitted_or_trusted() {
    let (first, _) = two();
    let other = Home::new();
    other.complete("elsewhere");
    let [log, attest] = vkeys(&other);
    let refused = first.trail().admit(&Admission::from_vkeys(&log, &attest, None).unwrap());
    assert!(matches!(refused, Err(AuditError::KeyOfAnotherLog { .. })), "{refused:?}");
    let (origin, key) = persona_audit::PublicKey::from_vkey(&log).unwrap();
    let third = beside(&first);
    let refused = third.trail().trust(&origin, &key);
    assert!(matches!(refused, Err(AuditError::KeyOfAnotherLog { .. })), "{refused:?}");
    assert!(!third.path("state").exists() && !third.path("keys").exists());
}

#[test]
fn only_the_first_key_is_a_reason_to_trust() {
    let (first, second) = two();
    let third = beside(&first);
    let origin = first.verify().checkpoint.unwrap().origin;
    for key in [stranger().public(), log_key(&second).public()] {
        let refused = third.trail().trust(&origin, &key);
        assert!(matches!(refused, Err(AuditError::NotFirstKey { .. })), "{refused:?}");
    }
    assert!(!third.path("state").exists() && !third.path("keys").exists());
    fs::remove_dir_all(first.path("audit")).unwrap();
    let refused = third.trail().trust(&origin, &log_key(&first).public());
    assert!(matches!(refused, Err(AuditError::NoLog)), "{refused:?}");
}

#[test]
fn a_log_that_nothing_signed_is_not_trusted_by_a_key() {
    let mut first = Home::new();
    first.config.sign_records = false;
    first.complete("one");
    let second = beside(&first);
    let (origin, key) = persona_audit::PublicKey::from_vkey(&vkeys(&first)[0]).unwrap();
    // Whoever has the database can write such a log under anybody's key.
    let refused = second.trail().trust(&origin, &key);
    assert!(matches!(refused, Err(AuditError::NothingSigned { .. })), "{refused:?}");
    first.config.sign_records = true;
    first.complete("two");
    trust(&second, &first);
    admit(&first, &second, None);
    second.complete("three");
    assert_verdict(&first.verify(), Verdict::Verified);
}

#[test]
fn a_log_that_was_changed_is_not_trusted() {
    let (first, second) = two();
    Forger::at(&first).append("export.created", &json!({}), Some(&stranger()), false);
    let third = beside(&first);
    let (origin, key) = persona_audit::PublicKey::from_vkey(&vkeys_of_files(&first)).unwrap();
    let refused = third.trail().trust(&origin, &key);
    assert!(matches!(refused, Err(AuditError::Contradiction(_))), "{refused:?}");
    assert!(!third.path("state").exists() && !third.path("keys").exists());
    assert_caught(&[&first, &second], "key-unknown");
}

/// The first machine's log key, where the log itself cannot be asked for its name.
fn vkeys_of_files(home: &Home) -> String {
    log_key(home).public().to_vkey(Forger::at(home).origin.as_str())
}

#[test]
fn a_machine_that_lost_its_state_trusts_again() {
    let (first, second) = two();
    fs::remove_dir_all(second.path("state")).unwrap();
    // That the log admits this machine is no reason to trust the log.
    assert!(matches!(second.recorder().start(&opening("next")), Err(AuditError::Untrusted)));
    assert_verdict(&second.verify(), Verdict::Unverifiable);
    trust(&second, &first);
    second.complete("again");
    assert_verdict(&second.verify(), Verdict::Verified);
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
    let mut forger = Forger::at(&first);
    forger.truncate(0);
    let opened = added(&forger, &stranger(), &second_stranger());
    let mut opened = opened.as_object().cloned().unwrap();
    opened.extend([("format".to_owned(), json!(1)), ("signing".to_owned(), json!(true))]);
    forger.append("log.opened", &json!(opened), Some(&stranger()), true);
    let members = added(&forger, &log_key(&second), &attest_key(&second));
    forger.append("key.added", &members, Some(&stranger()), true);
    assert_caught(&[&first, &second], "log-replaced");
    fs::remove_dir_all(second.path("state")).unwrap();
    assert!(matches!(second.recorder().start(&opening("next")), Err(AuditError::Untrusted)));
    assert_verdict(&second.verify(), Verdict::Unverifiable);
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

#[test]
fn an_output_folder_of_one_machine_witnesses_for_another() {
    let (first, second) = two();
    let options = VerifyOptions { artifacts: Some(first.path(".")), ..VerifyOptions::default() };
    let codes = || {
        let verification = first.trail().verify(&[], &options).unwrap();
        verification.findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(codes(), [""; 0]);
    // A checkpoint before the span of the key that signs it says nothing.
    let path = first.path("output/one/checkpoint");
    let copy = SignedCheckpoint::parse(&fs::read(&path).unwrap()).unwrap();
    let Checkpoint { origin, size, .. } = copy.checkpoint().clone();
    let root = persona_audit::Digest::of(b"another tree");
    let forged = Checkpoint { origin, size, root }.sign(&log_key(&second));
    fs::write(&path, forged.to_text()).unwrap();
    assert_eq!(codes(), ["artifact-changed"]);
}
