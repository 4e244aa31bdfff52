//! Runs that end with personas although something went wrong, and a key that is kept nowhere.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{ONCE, asking, assert_all_on_record, calls, each, machine, tries};
use crate::errors::assert_verifies;
use crate::support::model::{choosing, error, good, persona, saying};
use crate::support::server::{Answer, AtTheEnd, Server, body};
use crate::support::{Done, Machine};

/// Runs against a scripted server; every request is on record, whatever became of it.
fn run(machine: &Machine, answers: Vec<Answer>, more: &[&str]) -> (Done, Vec<Vec<u8>>) {
    let server = Server::start(answers, AtTheEnd::Repeat);
    let mut command = asking(machine, &server.base_url(), more);
    let done = Done::of(&command.output().unwrap());
    let requests = server.requests();
    assert_all_on_record(&calls(machine), &requests);
    assert_verifies(machine);
    (done, requests)
}

#[test]
fn a_group_that_failed_costs_one_persona() {
    let machine = machine();
    let server =
        Server::start(vec![good("Keepers of notes"), error(500, "boom")], AtTheEnd::Repeat);
    let done =
        Done::of(&asking(&machine, &server.base_url(), &["--json"]).envs([ONCE]).output().unwrap());
    let document = done.exits(4).json();
    assert_eq!(
        (document["status"].as_str(), document["persona_count"].as_u64()),
        (Some("completed"), Some(1))
    );
    let findings = document["findings"].as_array().unwrap();
    let failed: Vec<&Value> =
        findings.iter().filter(|finding| finding["code"] == "segment-failed").collect();
    let said = "no persona was made of group 2: openai failed once (HTTP 500): boom";
    assert_eq!((failed.len(), failed[0]["message"].as_str()), (1, Some(said)));
    let folder = machine.work().join(document["output_path"].as_str().unwrap());
    assert_eq!(
        fs::read_dir(folder.join("personas")).unwrap().count(),
        2,
        "JSON and Markdown of one"
    );
    assert_assigned(&fs::read_to_string(folder.join("assignments.csv")).unwrap(), &document);
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    assert_eq!(record["status"], "completed");
    assert_all_on_record(&calls(&machine), &server.requests());
    assert_verifies(&machine);
}

/// Every row is there once, with the persona that was made, or with none.
fn assert_assigned(assignments: &str, document: &Value) {
    let rows: Vec<&str> = assignments.lines().skip(1).collect();
    let named: Vec<&str> = rows.iter().map(|row| row.split(',').nth(2).unwrap()).collect();
    let made = document["personas"][0]["id"].as_str().unwrap();
    assert!(named.iter().all(|name| name.is_empty() || *name == made), "{assignments}");
    let of = |wanted: &str| named.iter().filter(|name| **name == wanted).count();
    assert_eq!((rows.len(), of(made), of("")), (6, 3, 3), "{assignments}");
}

#[test]
fn one_refusal_for_now_costs_nothing() {
    let machine = machine();
    let later = Answer::new(429, &[("Retry-After", "0")], b"Slow down.");
    let (done, requests) = run(&machine, vec![later, good("Keepers of notes")], &[]);
    done.exits(0);
    assert_eq!(requests.len(), 3);
    let calls = calls(&machine);
    assert_eq!(each(&calls, "outcome"), ["completed", "completed"]);
    assert_eq!(each(&tries(&calls), "outcome"), ["rate-limited", "answered", "answered"]);
    assert_eq!(body(&requests[0]), body(&requests[1]));
}

#[test]
fn a_server_without_schemas_is_asked_in_the_older_form() {
    let machine = machine();
    let refusal = error(500, "unsupported response_format: json_schema");
    let (done, requests) = run(&machine, vec![refusal, good("Keepers of notes")], &[]);
    done.exits(0);
    let calls = calls(&machine);
    let tries = tries(&calls);
    assert_eq!(each(&tries, "outcome"), ["structured-output-refused", "answered", "answered"]);
    let forms = ["json_schema", "json_object", "json_object"];
    assert_eq!(each(&tries, "structured_output"), forms);
    let asked = requests.iter().map(|request| {
        let question: Value = serde_json::from_slice(body(request)).unwrap();
        question["response_format"]["type"].as_str().unwrap().to_owned()
    });
    assert_eq!(asked.collect::<Vec<_>>(), forms);
}

#[test]
fn prose_once_is_repaired() {
    let machine = machine();
    let (done, _) = run(&machine, vec![saying("Sure!"), good("Keepers of notes")], &[]);
    done.exits(0);
    let calls = calls(&machine);
    assert_eq!(each(&calls, "purpose"), ["draft", "repair", "draft"]);
    assert_eq!(each(&calls, "outcome"), ["invalid-json", "completed", "completed"]);
}

const PLANTED: &str = "sk-planted-7f3a9c1e5b2d";

/// Every way in which a server can say the key it was sent, and the exit code that follows.
fn echoes() -> Vec<(Answer, i32)> {
    let title = format!("Keepers of {PLANTED}");
    // JSON inside JSON: only who reads both finds the key.
    let hidden = persona("Keepers of notes")
        .to_string()
        .replace("notes", &PLANTED.replace("sk-", "s\\u006b-"));
    let header = [("x-request-id", PLANTED), ("Content-Type", "application/json")];
    let refused = format!("{{\"error\":{{\"message\":\"Incorrect API key: {PLANTED}.\"}}}}");
    let declined = json!({"role": "assistant", "refusal": format!("Not with {PLANTED}.")});
    vec![
        (good("Keepers of notes"), 0),
        (good(&title), 0),
        (saying(&hidden), 0),
        (choosing(&json!({"content": persona(&title).to_string()}), PLANTED), 0),
        (Answer::new(401, &header, refused.as_bytes()), 4),
        (Answer::new(401, &header, format!("Bearer {PLANTED} is no key").as_bytes()), 4),
        (saying(&format!("Sure! Your key is {PLANTED}.")), 4),
        (saying(&format!("{{\"{PLANTED}\": \"{PLANTED}\"}}")), 4),
        (choosing(&declined, "stop"), 4),
        (Answer::new(307, &[("Location", &format!("http://{PLANTED}.example.org/"))], b""), 4),
    ]
}

#[test]
fn a_key_is_found_nowhere() {
    let machine = machine();
    let mut said = Vec::new();
    let mut keep = |command: &mut Command, code: Option<i32>| {
        let output = command.env("OPENAI_API_KEY", PLANTED).output().unwrap();
        let done = Done::of(&output);
        assert!(code.is_none_or(|code| done.code == Some(code)), "{}{}", done.stdout, done.stderr);
        said.extend([output.stdout, output.stderr]);
    };
    for (answer, code) in echoes() {
        for more in [["-v"], ["--json"]] {
            let server = Server::start(vec![answer.clone()], AtTheEnd::Repeat);
            keep(&mut asking(&machine, &server.base_url(), &more), Some(code));
            // It was sent, so there was something to keep quiet about.
            let sent = server.requests();
            assert!(sent.iter().all(|request| holds(request, PLANTED)) && !sent.is_empty());
            keep(&mut machine.command(&["audit", "show", "@last", "--json"]), Some(0));
        }
    }
    for format in ["json", "jsonl", "csv"] {
        keep(&mut machine.command(&["audit", "export", "--format", format]), Some(0));
    }
    for words in [vec!["config", "list"], vec!["doctor"], vec!["audit", "list", "--json"]] {
        keep(&mut machine.command(&words), None);
    }
    assert!(said.iter().all(|bytes| !holds(bytes, PLANTED)), "the key was printed");
    assert_eq!(machine.files_holding(PLANTED), Vec::<std::path::PathBuf>::new());
    // The search finds what is there.
    assert!(!machine.files_holding("scripted-1").is_empty());
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn what_a_model_makes_up_is_told_briefly_and_steers_no_terminal() {
    let machine = machine();
    let invented = |at: usize| json!({"row": 1, "quote": format!("\u{202e}I never said number {at}\u{1b}[2J")});
    let claim = |at: usize| json!({"text": "They \u{1b}]0;own\u{7} terminals.", "row": 2, "quote": format!("made up {at} times")});
    let mut answer = persona("\u{202e}\u{1b}[31m<script>alert(1)</script> **bold**");
    answer["quotes"] = (0..3).map(invented).collect();
    answer["goals"] = (0..3).map(claim).collect();
    answer["pain_points"] = (3..6).map(claim).collect();
    let (done, _) = run(&machine, vec![saying(&answer.to_string())], &[]);
    let done = done.exits(0);
    for said in [&done.stdout, &done.stderr] {
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
    }
    // Nine inventions in each of two groups.
    assert_eq!(done.stderr.matches("stands in no row").count(), 5, "{}", done.stderr);
    assert!(done.stderr.contains("13 more findings `quote-not-in-data`"), "{}", done.stderr);
    let (all, _) = run(&machine, vec![saying(&answer.to_string())], &["-v"]);
    assert_eq!(all.exits(0).stderr.matches("stands in no row").count(), 18);
    let folder = machine.visible_outputs().remove(0);
    let page = fs::read_to_string(folder.join("personas/persona-001.md")).unwrap();
    assert!(page.contains(r"\<script>") && page.contains(r"\*\*bold"), "{page}");
    assert!(!page.contains("never said") && page.contains("no evidence in the data"), "{page}");
}
