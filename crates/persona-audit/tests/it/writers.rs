//! Several machines on one log: each with its own state and keys, all on one store.

use std::fs;

use persona_audit::{
    Admission, AuditError, Checkpoint, ExportFormat, KeyError, Origin, PublicKey, Query, RestsOn,
    SignedCheckpoint, Verdict, VerifyOptions,
};
use serde_json::{Value, json};

use crate::forger::{Forger, log_key, stranger};
use crate::support::{Home, assert_verdict, grave, opening};

/// A machine of its own on the store of `first`.
pub(crate) fn beside(first: &Home) -> Home {
    let mut home = Home::new();
    home.config.store_path.clone_from(&first.config.store_path);
    home
}

pub(crate) fn vkeys(home: &Home) -> [String; 2] {
    let keys = home.trail().keys().unwrap();
    [0, 1].map(|at: usize| keys[at].vkey.clone().unwrap())
}

pub(crate) fn named(vkey: &str) -> (Origin, PublicKey) {
    let (name, key) = PublicKey::from_vkey(vkey).unwrap();
    (Origin::parse(&name).unwrap(), key)
}

pub(crate) fn trust(home: &Home, first: &Home) {
    let vkey = &vkeys(first)[0];
    let (origin, key) = named(vkey);
    home.trail().trust(&origin, &key).unwrap();
}

pub(crate) fn admit(first: &Home, home: &Home, name: Option<&str>) -> String {
    let [log, attest] = vkeys(home);
    first.trail().admit(&Admission::from_vkeys(&log, &attest, name).unwrap()).unwrap()
}

/// Two machines that write to one log: entries 0 to 2 are the first one's, entry 3 admits the second,
/// entries 4 and 5 are that one's.
pub(crate) fn two() -> (Home, Home) {
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
pub(crate) fn assert_caught(homes: &[&Home], code: &str) {
    for home in homes {
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Tampered);
        assert!(grave(&verification).contains(&code), "{code}: {:#?}", verification.findings);
        assert!(home.recorder().start(&opening("next")).is_err(), "a writer appended: {code}");
    }
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
fn machines_write_at_the_same_time() {
    let (first, second) = two();
    std::thread::scope(|scope| {
        for home in [&first, &second] {
            scope.spawn(move || {
                for round in 0..10 {
                    home.complete(&format!("round {round}"));
                }
            });
        }
    });
    for home in [&first, &second] {
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Verified);
        assert_eq!(verification.findings, [], "{:#?}", verification.findings);
        assert_eq!(verification.checked.records, 22);
    }
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
    let (_, key) = named(&vkeys(&first)[0]);
    let options = VerifyOptions { keys: vec![key], ..VerifyOptions::default() };
    assert_verdict(&third.trail().verify(&[], &options).unwrap(), Verdict::Verified);
    let (_, key) = named(&vkeys(&second)[0]);
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
    let (origin, key) = named(&log);
    let third = beside(&first);
    let refused = third.trail().trust(&origin, &key);
    assert!(matches!(refused, Err(AuditError::KeyOfAnotherLog { .. })), "{refused:?}");
    assert!(!third.path("state").exists() && !third.path("keys").exists());
}

#[test]
fn only_the_first_key_is_a_reason_to_trust() {
    let (first, second) = two();
    let third = beside(&first);
    let (origin, _) = named(&vkeys(&first)[0]);
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
    let (origin, key) = named(&vkeys(&first)[0]);
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
    let (origin, key) = named(&vkeys_of_files(&first));
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
fn a_successor_is_trusted_anew() {
    let (first, second) = two();
    fs::remove_dir_all(first.path("audit")).unwrap();
    first.trail().open_successor("the disk was lost").unwrap();
    assert_caught(&[&second], "log-replaced");
    trust(&second, &first);
    admit(&first, &second, None);
    second.complete("after");
    for home in [&first, &second] {
        assert_verdict(&home.verify(), Verdict::Verified);
    }
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
