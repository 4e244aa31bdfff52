//! Runs from opening to record.

use std::path::PathBuf;

use persona_audit::{
    DataFilter, ExportFormat, Query, RestsOn, Scope, Status, Verdict, VerifyOptions,
};

use crate::support::{Home, assert_verdict, opening, write_output};

#[test]
fn a_completed_run_is_on_record_and_verifies() {
    let home = Home::new();
    let receipt = home.complete("interviews");
    let record = home.trail().get(receipt.audit_id.as_str()).unwrap();
    assert_eq!(record.status(), Status::Completed);
    assert_eq!(record.text("/session/user"), Some("researcher@example.com"));
    assert_eq!(record.text("/generation/model"), Some("extractive-1"));
    assert_eq!(record.text("/retention/not_before"), Some("2026-06-15T10:00:01.123456Z"));
    assert_eq!(record.text("/quality/issues/0/message"), Some("50 people"));
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.checked.entries, 3);
    assert_eq!(verification.checked.records, 1);
    assert_eq!(verification.rests_on, [RestsOn::SelfAttested, RestsOn::LocalMark]);
    assert_eq!(verification.findings, []);
    let options = VerifyOptions { artifacts: Some(home.path(".")), ..VerifyOptions::default() };
    let one = home.trail().verify(&["@last"], &options).unwrap();
    assert_verdict(&one, Verdict::Verified);
    assert_eq!((one.scope, one.findings), (Scope::Record, vec![]));
}

#[test]
fn a_failed_run_says_why() {
    let home = Home::new();
    let receipt = home.fail("interviews");
    let record = home.trail().get(receipt.audit_id.as_str()).unwrap();
    assert_eq!(record.status(), Status::Failed);
    assert_eq!(record.text("/error/stage"), Some("write"));
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn a_run_left_open_is_shown_as_abandoned_and_closed_by_the_next() {
    let home = Home::new();
    drop(home.recorder().start(&opening("lost")).unwrap());
    let records = home.trail().query(&Query::default()).unwrap();
    assert_eq!(records[0].status(), Status::Abandoned);
    assert_verdict(&home.verify(), Verdict::Verified);
    home.complete("next");
    let abandoned = Query { status: Some(Status::Abandoned), ..Query::default() };
    let records = home.trail().query(&abandoned).unwrap();
    assert_eq!(records[0].text("/error/code"), Some("abandoned"));
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.checked.entries, 1 + 1 + 1 + 2);
}

#[test]
fn a_run_that_is_going_on_is_shown_as_started() {
    let home = Home::new();
    let open = home.recorder().start(&opening("slow")).unwrap();
    assert_eq!(home.trail().get("@last").unwrap().status(), Status::Started);
    let codes: Vec<_> = home.verify().findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["run-open"]);
    drop(open);
}

/// Leaves a run whose folder stands and whose closing is pending.
fn cut_before_its_closing(home: &Home) -> PathBuf {
    let open = home.recorder().start(&opening("cut")).unwrap();
    let folder = home.path("output/cut");
    let completion = write_output(&folder);
    drop(open.prepare(&completion, &folder).unwrap());
    folder
}

#[test]
fn a_finished_run_whose_closing_was_lost_is_completed_by_repair() {
    let home = Home::new();
    let folder = cut_before_its_closing(&home);
    assert!(folder.exists());
    assert_eq!(home.trail().get("@last").unwrap().status(), Status::Abandoned);
    assert_eq!(home.trail().repair().unwrap(), 1);
    assert_eq!(home.trail().get("@last").unwrap().status(), Status::Completed);
    assert_eq!(home.trail().repair().unwrap(), 0);
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn a_pending_closing_whose_output_was_changed_is_not_believed() {
    let home = Home::new();
    let folder = cut_before_its_closing(&home);
    std::fs::write(folder.join("personas.json"), "forged").unwrap();
    home.complete("next");
    let status = Query { status: Some(Status::Abandoned), ..Query::default() };
    assert_eq!(home.trail().query(&status).unwrap().len(), 1);
    assert_verdict(&home.verify(), Verdict::Verified);
}

#[test]
fn every_filter_finds_what_it_should() {
    let home = Home::new();
    home.complete("one");
    home.complete("two");
    home.fail("three");
    let count = |query: Query| home.trail().query(&query).unwrap().len();
    assert_eq!(count(Query::default()), 3);
    assert_eq!(count(Query { limit: Some(2), ..Query::default() }), 2);
    assert_eq!(count(Query { model: Some("extractive-1".into()), ..Query::default() }), 3);
    assert_eq!(count(Query { provider: Some("other".into()), ..Query::default() }), 0);
    assert_eq!(count(Query { status: Some(Status::Failed), ..Query::default() }), 1);
    let path = DataFilter::Path("two.csv".into());
    assert_eq!(count(Query { data: Some(path), ..Query::default() }), 1);
    let all = home.trail().list(&Query::default()).unwrap();
    assert_eq!(all[0].data_path.as_deref(), Some("three.csv"), "newest first");
    let after = Query { cursor: Some(all[0].audit_id.clone()), ..Query::default() };
    assert_eq!(home.trail().list(&after).unwrap(), all[1..]);
    let middle = home.trail().get(&all[1].audit_id).unwrap();
    let since = Query { since: middle.time(), ..Query::default() };
    assert_eq!(count(since), 2);
    assert_eq!(count(Query { before: middle.time(), ..Query::default() }), 1);
    assert_eq!(count(Query { user: Some("nobody".into()), ..Query::default() }), 0);
}

#[test]
fn exports_are_whole_documents() {
    let home = Home::new();
    let export = |format| {
        let mut bytes = Vec::new();
        home.trail().export(&Query::default(), format, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&export(ExportFormat::Json)).unwrap();
    assert_eq!(json["records"], serde_json::json!([]));
    assert!(export(ExportFormat::Csv).starts_with("audit_id,timestamp,status,"));
    home.complete("one");
    home.fail("two");
    let json: serde_json::Value = serde_json::from_str(&export(ExportFormat::Json)).unwrap();
    assert_eq!(json["records"].as_array().unwrap().len(), 2);
    assert_eq!(json["log"]["size"], 5);
    assert_eq!(json["log"]["public_keys"][0]["purpose"], "log");
    assert_eq!(export(ExportFormat::Jsonl).lines().count(), 2);
    assert_eq!(export(ExportFormat::Csv).lines().count(), 3);
}

#[test]
fn signing_may_be_off_and_changed_later() {
    let mut home = Home::new();
    home.config.sign_records = false;
    home.complete("unsigned");
    let verification = home.verify();
    assert_verdict(&verification, Verdict::Verified);
    assert_eq!(verification.checked.signatures, 0);
    home.config.sign_records = true;
    home.complete("signed");
    home.config.sign_records = false;
    home.complete("unsigned again");
    assert_verdict(&home.verify(), Verdict::Verified);
    assert_eq!(home.trail().query(&Query::default()).unwrap().len(), 3);
}
