//! Every attacker of docs/threat-model.md, played: who has what, what is caught, what is not.

use std::fs;

use data_encoding::BASE64;
use persona_audit::{
    AuditConfig, AuditTrail, Checkpoint, Event, RestsOn, SignedCheckpoint, Status, Verdict,
    VerifyOptions,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::forger::{Forger, log_key, stranger};
use crate::support::{Home, assert_verdict, grave, opening, write_output};

fn home() -> Home {
    let home = Home::new();
    home.complete("one");
    home.complete("two");
    assert_verdict(&home.verify(), Verdict::Verified);
    home
}

fn assert_caught(home: &Home, code: &str) {
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Tampered);
    assert!(grave(&verification).contains(&code), "{code}: {:#?}", verification.findings);
    assert!(home.recorder().start(&opening("next")).is_err(), "a writer appended after {code}");
    assert_verdict(&home.verify(), Verdict::Tampered);
}

#[test]
fn who_has_the_database_cannot_add_an_entry() {
    for (signer, code) in [(None, "unsigned"), (Some(stranger()), "key-unknown")] {
        let home = home();
        Forger::at(&home).append("export.created", &json!({}), signer.as_ref(), false);
        assert_caught(&home, code);
    }
}

#[test]
fn who_has_the_database_cannot_pass_off_an_old_signature() {
    let home = home();
    let mut forger = Forger::at(&home);
    let old: Vec<u8> =
        forger.database.query_row("SELECT checkpoint FROM log", [], |row| row.get(0)).unwrap();
    forger.append("export.created", &json!({}), None, false);
    let signature = String::from_utf8(old).unwrap().split_once("\n\n").unwrap().1.to_owned();
    let unsigned: Vec<u8> =
        forger.database.query_row("SELECT checkpoint FROM log", [], |row| row.get(0)).unwrap();
    let forged = [unsigned, signature.into_bytes()].concat();
    forger.database.execute("UPDATE log SET checkpoint = ?1", [forged]).unwrap();
    assert_caught(&home, "checkpoint-bad-signature");
}

#[test]
fn who_has_the_database_cannot_admit_a_key() {
    let home = home();
    let key = stranger();
    let mut forger = Forger::at(&home);
    let vkey = key.public().to_vkey(forger.origin.as_str());
    forger.append("key.added", &json!({ "key": vkey }), Some(&key), true);
    assert_caught(&home, "key-unknown");
}

#[test]
fn who_has_the_database_cannot_switch_signing_off() {
    let home = home();
    let mut forger = Forger::at(&home);
    forger.append("signing.changed", &json!({"signing": false}), None, true);
    assert_caught(&home, "unsigned");
}

#[test]
fn who_has_the_database_cannot_open_it_anew_with_other_keys() {
    let home = home();
    let mut forger = Forger::at(&home);
    let (name, key) = (forger.origin.as_str().to_owned(), stranger());
    forger.truncate(0);
    let vkey = key.public().to_vkey(&name);
    let opened = json!({"format": 1, "signing": true, "log_key": vkey, "attest_key": vkey});
    forger.append("log.opened", &opened, Some(&key), true);
    assert_caught(&home, "log-replaced");
}

#[test]
fn who_has_the_database_cannot_put_another_log_in_its_place() {
    let (home, other) = (home(), Home::new());
    other.complete("forged");
    fs::remove_dir_all(home.path("audit")).unwrap();
    fs::rename(other.path("audit"), home.path("audit")).unwrap();
    assert_caught(&home, "log-replaced");
}

#[test]
fn who_has_the_database_cannot_cut_its_end_off() {
    let home = home();
    Forger::at(&home).truncate(3);
    assert_caught(&home, "log-truncated");
    let mut forger = Forger::at(&home);
    forger.truncate(3);
    forger.head(None, false);
    assert_caught(&home, "unsigned");
}

#[test]
fn who_has_the_state_folder_alone_can_only_make_doubt() {
    let home = home();
    fs::remove_dir_all(home.path("state")).unwrap();
    // This machine's own keys still vouch for the log.
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.verify().rests_on, [RestsOn::SelfAttested]);
    home.complete("three");
    assert_eq!(home.verify().rests_on, [RestsOn::SelfAttested, RestsOn::LocalMark]);
}

#[test]
fn who_takes_state_and_keys_away_leaves_it_undecided() {
    let home = home();
    let vkey = log_key(&home).public();
    fs::remove_dir_all(home.path("state")).unwrap();
    fs::remove_dir_all(home.path("keys")).unwrap();
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Unverifiable);
    assert_eq!(grave(&verification), ["key-unknown"]);
    assert!(home.recorder().start(&opening("next")).is_err());
    let options = VerifyOptions { keys: vec![vkey], ..VerifyOptions::default() };
    assert_verdict(&home.trail().verify(&[], &options).unwrap(), Verdict::Verified);
    let options = VerifyOptions { keys: vec![stranger().public()], ..VerifyOptions::default() };
    assert_verdict(&home.trail().verify(&[], &options).unwrap(), Verdict::Unverifiable);
}

#[test]
fn who_has_database_and_keys_is_caught_by_the_mark() {
    let home = home();
    let key = log_key(&home);
    let mut forger = Forger::at(&home);
    forger.truncate(3);
    forger.head(Some(&key), false);
    assert_caught(&home, "log-rolled-back");
    for _ in 0..4 {
        forger.append("export.created", &json!({}), Some(&key), false);
    }
    assert_caught(&home, "log-forked");
}

#[test]
fn who_has_database_keys_and_state_is_caught_by_a_checkpoint_kept_elsewhere_alone() {
    let home = home();
    let kept = home.trail().checkpoint().unwrap().unwrap();
    let kept = SignedCheckpoint::parse(kept.as_bytes()).unwrap();
    let key = log_key(&home);
    let mut forger = Forger::at(&home);
    forger.truncate(3);
    for _ in 0..4 {
        forger.append("export.created", &json!({}), Some(&key), false);
    }
    for entry in fs::read_dir(home.path("state/logs")).unwrap() {
        fs::remove_file(entry.unwrap().path().join("mark")).unwrap();
    }
    // Nothing on this machine tells: the verdict says what it rests on.
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.verify().rests_on, [RestsOn::SelfAttested]);
    let options = VerifyOptions { against: vec![kept], ..VerifyOptions::default() };
    let verification = home.trail().verify(&[], &options).unwrap();
    assert_verdict(&verification, Verdict::Tampered);
    assert_eq!(grave(&verification), ["log-forked"]);
}

#[test]
fn who_has_database_and_state_cannot_write_for_the_key_holder() {
    // A stranger's log, with the stranger's pin and mark: the machine's own keys do not fit.
    let (home, forged) = (home(), Home::new());
    fs::create_dir_all(forged.path("keys")).unwrap();
    forged.complete("forged");
    for name in ["audit", "state"] {
        fs::remove_dir_all(home.path(name)).unwrap();
        fs::rename(forged.path(name), home.path(name)).unwrap();
    }
    assert!(home.recorder().start(&opening("next")).is_err());
    let options = VerifyOptions { keys: vec![log_key(&home).public()], ..VerifyOptions::default() };
    assert_verdict(&home.trail().verify(&[], &options).unwrap(), Verdict::Unverifiable);
}

#[test]
fn an_outsider_with_store_and_key_verifies_without_this_machine() {
    let home = home();
    let elsewhere = tempfile::tempdir().unwrap();
    let config = AuditConfig {
        store_path: home.config.store_path.clone(),
        ..AuditConfig::in_folder(elsewhere.path())
    };
    let trail = AuditTrail::new(config);
    assert_verdict(&trail.verify(&[], &VerifyOptions::default()).unwrap(), Verdict::Unverifiable);
    let against = home.trail().checkpoint().unwrap().unwrap();
    let options = VerifyOptions {
        keys: vec![log_key(&home).public()],
        against: vec![SignedCheckpoint::parse(against.as_bytes()).unwrap()],
        artifacts: None,
    };
    let verification = trail.verify(&[], &options).unwrap();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.rests_on, [RestsOn::GivenCheckpoint]);
}

#[test]
fn a_rollback_can_be_accepted_and_stays_named() {
    let home = home();
    let key = log_key(&home);
    let mut forger = Forger::at(&home);
    forger.truncate(3);
    forger.head(Some(&key), false);
    drop(forger);
    assert!(home.recorder().start(&opening("next")).is_err());
    home.trail().accept_rollback("restored from the backup of Monday").unwrap();
    home.complete("after");
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    let codes: Vec<_> = verification.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["rollback-accepted"]);
    assert!(home.trail().accept_rollback("again").is_err(), "nothing is lost now");
}

#[test]
fn a_lost_log_gets_a_successor_that_names_it() {
    let home = home();
    assert!(home.trail().open_successor("no reason").is_err(), "a sound log needs none");
    fs::remove_file(home.path("audit/audit.db")).unwrap();
    let checkpoint = home.trail().open_successor("the disk was replaced").unwrap();
    home.complete("after");
    assert_verdict(&home.verify(), Verdict::Verified);
    let head = SignedCheckpoint::parse(checkpoint.as_bytes()).unwrap();
    assert_eq!(head.checkpoint().size, 1);
    let database = Connection::open(home.path("audit/audit.db")).unwrap();
    let opened: Vec<u8> =
        database.query_row("SELECT public FROM entry WHERE idx = 0", [], |row| row.get(0)).unwrap();
    let opened: Value = serde_json::from_slice(&opened).unwrap();
    assert!(opened["predecessor"]["checkpoint"].as_str().unwrap().contains("\n5\n"));
}

#[test]
fn a_changed_output_folder_is_a_warning() {
    let home = home();
    let options = VerifyOptions { artifacts: Some(home.path(".")), ..VerifyOptions::default() };
    let codes = || {
        let verification = home.trail().verify(&[], &options).unwrap();
        assert_verdict(&verification, Verdict::Verified);
        verification.findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(codes(), [""; 0]);
    fs::write(home.path("output/one/personas.json"), "forged").unwrap();
    fs::remove_file(home.path("output/two/provenance.intoto.json")).unwrap();
    assert_eq!(codes(), ["artifact-changed", "artifact-missing"]);
}

/// A pending closing for `id` that names `files` of the folder `output/forged`, signed by a stranger.
fn plant_pending(home: &Home, id: &str, files: &Value) {
    let body = json!({
        "audit_id": id,
        "kind": "generation.completed",
        "time": "2025-12-15T10:50:00.000000Z",
        "attestation": null,
        "output": {"files": files, "output_path": "output/forged/"},
    });
    let origin = home.verify().checkpoint.unwrap().origin;
    let folder = home.path("output/forged");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("personas.json"), "forged").unwrap();
    let body = json!({"v": 1, "origin": origin, "folder": folder, "event": body});
    let payload = persona_audit::to_canonical(&body).unwrap();
    let kind = "application/vnd.persona.pending+json";
    let signed =
        [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), &payload].concat();
    let envelope = json!({
        "payload": BASE64.encode(&payload),
        "payloadType": kind,
        "signatures": [{"keyid": "x", "sig": BASE64.encode(&stranger().sign(&signed))}],
    });
    fs::create_dir_all(home.path("state/pending")).unwrap();
    fs::write(home.path("state/pending").join(id), envelope.to_string()).unwrap();
}

#[test]
fn who_has_the_state_folder_cannot_have_a_closing_signed() {
    let forged = persona_audit::Digest::of(b"forged").to_hex();
    for files in [json!([]), json!([{"path": "personas.json", "sha256": forged}])] {
        let home = home();
        let open = home.recorder().start(&opening("left open")).unwrap();
        let id = open.audit_id().to_string();
        drop(open);
        plant_pending(&home, &id, &files);
        home.complete("next");
        assert_eq!(home.trail().get(&id).unwrap().status(), Status::Abandoned);
        plant_pending(&home, &id, &files);
        home.complete("next but one");
        assert_eq!(home.trail().get(&id).unwrap().status(), Status::Abandoned);
        assert_verdict(&home.verify(), Verdict::Verified);
    }
}

#[test]
fn who_has_the_state_folder_cannot_change_a_closing_that_waits() {
    for (from, to) in [("output/cut", "output/cat"), ("50 people", "90 people"), ("T10:", "T09:")] {
        let home = home();
        let open = home.recorder().start(&opening("cut")).unwrap();
        let id = open.audit_id().to_string();
        let folder = home.path("output/cut");
        let completion = write_output(&folder);
        drop(open.prepare(&completion, &folder).unwrap());
        drop(open);
        let path = home.path("state/pending").join(&id);
        let mut envelope: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let payload = BASE64.decode(envelope["payload"].as_str().unwrap().as_bytes()).unwrap();
        let changed = String::from_utf8(payload).unwrap().replace(from, to);
        envelope["payload"] = BASE64.encode(changed.as_bytes()).into();
        fs::write(&path, envelope.to_string()).unwrap();
        home.trail().repair().unwrap();
        assert_eq!(home.trail().get(&id).unwrap().status(), Status::Abandoned, "{from}");
    }
}

#[test]
fn a_closing_that_waits_for_another_log_is_left_alone() {
    let (home, other) = (home(), Home::new());
    other.complete("elsewhere");
    let open = other.recorder().start(&opening("cut")).unwrap();
    let id = open.audit_id().to_string();
    let folder = other.path("output/cut");
    let completion = write_output(&folder);
    drop(open.prepare(&completion, &folder).unwrap());
    drop(open);
    fs::create_dir_all(home.path("state/pending")).unwrap();
    let path = home.path("state/pending").join(&id);
    fs::copy(other.path("state/pending").join(&id), &path).unwrap();
    home.complete("next");
    assert!(path.exists());
}

#[test]
fn who_has_the_state_folder_cannot_stop_the_log() {
    let home = home();
    fs::create_dir_all(home.path("state/pending")).unwrap();
    let id = "0190f5a0-0000-7000-8000-000000000001";
    fs::write(home.path("state/pending").join(id), "no JSON").unwrap();
    let folder = "0190f5a0-0000-7000-8000-000000000002";
    fs::create_dir_all(home.path("state/pending").join(folder)).unwrap();
    home.complete("next");
    assert!(!home.path("state/pending").join(id).exists());
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn who_takes_store_and_mark_away_cannot_have_the_log_opened_a_second_time() {
    let home = home();
    fs::remove_dir_all(home.path("audit")).unwrap();
    for entry in fs::read_dir(home.path("state/logs")).unwrap() {
        fs::remove_file(entry.unwrap().path().join("mark")).unwrap();
    }
    assert_caught(&home, "log-rolled-back");
}

#[test]
fn who_has_the_output_folder_cannot_make_the_log_look_tampered_with() {
    let home = home();
    let origin = Forger::at(&home).origin.clone();
    let root = persona_audit::Digest::of(b"another tree");
    let note = Checkpoint { origin, size: 1, root }.sign(&stranger());
    fs::write(home.path("output/one/checkpoint"), note.to_text()).unwrap();
    let options = VerifyOptions { artifacts: Some(home.path(".")), ..VerifyOptions::default() };
    let verification = home.trail().verify(&[], &options).unwrap();
    assert_verdict(&verification, Verdict::Verified);
    let codes: Vec<_> = verification.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["artifact-changed"]);
}

#[test]
fn a_checkpoint_in_an_output_folder_witnesses_against_a_rewritten_log() {
    let home = home();
    let key = log_key(&home);
    let mut forger = Forger::at(&home);
    forger.truncate(3);
    for _ in 0..4 {
        forger.append("export.created", &json!({}), Some(&key), false);
    }
    drop(forger);
    fs::remove_dir_all(home.path("state")).unwrap();
    // The first run's folder still stands; its checkpoint is of the log as it was at size 3.
    let options = VerifyOptions { artifacts: Some(home.path(".")), ..VerifyOptions::default() };
    assert_verdict(&home.trail().verify(&[], &options).unwrap(), Verdict::Verified);
    let kept = fs::read(home.path("output/two/checkpoint")).unwrap();
    fs::write(home.path("output/one/checkpoint"), kept).unwrap();
    let verification = home.trail().verify(&[], &options).unwrap();
    assert_eq!(grave(&verification), ["log-forked"]);
}

#[test]
fn a_replaced_entry_is_not_shown() {
    let home = home();
    let forger = Forger::at(&home);
    let id = home.trail().get("@last").unwrap().audit_id().to_owned();
    let (index, public): (i64, Vec<u8>) = forger
        .database
        .query_row(
            "SELECT idx, public FROM entry WHERE audit_id = ?1 ORDER BY idx LIMIT 1",
            [&id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let mut event = Event::from_halves(&public, None).unwrap();
    event.members["generation"]["model"] = "another model".into();
    forger.put(&event, u64::try_from(index).unwrap());
    drop(forger);
    assert!(home.trail().get(&id).is_err());
    assert!(home.trail().list(&persona_audit::Query::default()).is_err());
    let verification = home.trail().verify(&[&id], &VerifyOptions::default()).unwrap();
    assert!(grave(&verification).contains(&"header-modified"), "{:#?}", verification.findings);
    assert!(grave(&home.verify()).contains(&"header-modified"));
}

#[test]
fn readers_never_mistake_a_growing_log_for_a_shrunken_one() {
    let home = home();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..20 {
                home.fail(&format!("round {round}"));
            }
        });
        while !writer.is_finished() {
            home.trail().list(&persona_audit::Query::default()).unwrap();
            home.trail().checkpoint().unwrap();
            assert_verdict(&home.verify(), Verdict::Verified);
        }
    });
    assert_verdict(&home.verify(), Verdict::Verified);
}
