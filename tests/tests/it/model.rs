//! A small real model writes personas of the gazpacho survey. `cargo xtask llm -- model` asks it; the default run
//! replays what it once said, and asserts the same.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::grounding::{assert_quotes_are_slices, parse};
use crate::support::relay::{Exchange, Relay, recording};
use crate::support::{Done, Machine, assert_fits_schema, survey};

const KEY: &str = "sk-planted-7f3a9c51e2d84b06";
const GROUPS: usize = 3;

/// One run with a model behind it, and everything that was said.
struct Asked {
    machine: Machine,
    done: Done,
    exchanges: Vec<Exchange>,
}

fn asked() -> Asked {
    let path = recording("smollm2-gazpacho.json");
    let (machine, relay) = (Machine::new(), Relay::start(&path));
    let (data, base_url) = (survey(), relay.base_url());
    let mut words = vec!["generate", data.to_str().unwrap(), "--json", "-v", "-n", "3"];
    words.extend(["-p", "openai", "-m", "smollm2", "--base-url", &base_url]);
    words.extend([
        "--temperature",
        "0",
        "--seed",
        "1",
        "--max-tokens",
        "3000",
        "--concurrency",
        "1",
    ]);
    let mut command = machine.command(&words);
    command.env("OPENAI_API_KEY", KEY);
    command.env("PERSONA_PROVIDERS__OPENAI__REQUEST_TIMEOUT_SECONDS", "1800");
    let done = Done::of(&command.output().unwrap());
    relay.record(&path);
    let exchanges = relay.exchanges();
    Asked { machine, done, exchanges }
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Every quote that the model claimed in an answer of the right form.
fn claimed(exchanges: &[Exchange]) -> Vec<String> {
    let contents = exchanges.iter().filter_map(|exchange| {
        let response: Value = serde_json::from_slice(&exchange.response).ok()?;
        serde_json::from_str::<Value>(response.pointer("/choices/0/message/content")?.as_str()?)
            .ok()
    });
    let headings = ["goals", "pain_points", "behaviours", "motivations", "quotes"];
    let lists = contents.flat_map(|content| {
        headings.map(|heading| content[heading].as_array().cloned().unwrap_or_default())
    });
    let quotes = lists.flatten().filter_map(|item| Some(item["quote"].as_str()?.to_owned()));
    quotes.collect()
}

fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// What the model made up is in no persona, and each piece is reported.
fn assert_invented_is_absent(asked: &Asked, document: &Value, personas: &Value) {
    let rows = fs::read_to_string(survey()).unwrap();
    let cells: Vec<String> = parse(&rows).iter().flatten().map(|cell| words(cell)).collect();
    let stands = |quote: &str| cells.iter().any(|cell| cell.contains(&words(quote)));
    let invented: Vec<String> =
        claimed(&asked.exchanges).into_iter().filter(|quote| !stands(quote)).collect();
    assert!(!invented.is_empty(), "a model of this size makes things up");
    let shown = personas.to_string();
    let findings = document["findings"].as_array().unwrap();
    let accepted: Vec<&str> = personas["personas"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|persona| {
            let quotes = persona["quotes"].as_array().unwrap().iter();
            let verbatim = quotes.filter(|quote| quote["support"] == "verbatim");
            verbatim.filter_map(|quote| quote["text"].as_str())
        })
        .collect();
    for quote in &invented {
        assert!(!accepted.contains(&quote.as_str()), "{quote} is shown as said");
        let as_evidence = format!("\"quote\":{}", Value::from(quote.as_str()));
        assert!(!shown.contains(&as_evidence), "{quote} is shown as evidence");
        let told = |finding: &Value| {
            let code = finding["code"].as_str().unwrap();
            code.starts_with("quote-")
                && finding["message"].as_str().unwrap().contains(quote.as_str())
        };
        let of_persona = findings.iter().any(told);
        let failed = findings.iter().any(|finding| finding["code"] == "segment-failed");
        assert!(of_persona || failed, "{quote} is not reported");
    }
}

fn assert_every_call_is_on_record(asked: &Asked) {
    let record = asked.machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    let calls = record["reproducibility"]["calls"].as_array().unwrap();
    let tries: Vec<&Value> =
        calls.iter().flat_map(|call| call["tries"].as_array().unwrap()).collect();
    let hash = |bytes: &[u8]| format!("sha256:{}", persona_core::sha256_hex(bytes));
    let on_record: Vec<(String, String)> = tries
        .iter()
        .map(|one| {
            ["request_hash", "response_hash"].map(|name| one[name].as_str().unwrap().to_owned())
        })
        .map(|[request, response]| (request, response))
        .collect();
    let on_the_wire: Vec<(String, String)> =
        asked.exchanges.iter().map(|one| (hash(&one.request), hash(&one.response))).collect();
    assert_eq!(on_record, on_the_wire);
    assert_eq!(tries[0]["outcome"], "structured-output-refused", "json_schema is not taken there");
    assert!(tries.iter().skip(1).all(|one| one["structured_output"] == "json_object"));
    assert_eq!(record["generation"]["model_version"], "smollm2");
    let tokens: u64 = calls.iter().map(|call| call["tokens"]["output"].as_u64().unwrap()).sum();
    assert!(tokens > 0 && record["output"]["tokens"]["output"] == tokens);
}

fn assert_key_is_nowhere(asked: &Asked) {
    assert!(asked.exchanges.iter().all(|one| one.head.contains(KEY)), "the key was sent");
    assert!(!asked.done.stdout.contains(KEY) && !asked.done.stderr.contains(KEY));
    let mut folders = vec![asked.machine.home(), asked.machine.work()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                let found = bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes());
                assert!(!found, "the key is in {}", path.display());
            }
        }
    }
}

#[test]
fn a_small_real_model_writes_personas_and_what_it_makes_up_is_found() {
    let asked = asked();
    let document = asked.done.json();
    let failed = |finding: &&Value| finding["code"] == "segment-failed";
    let failed = document["findings"].as_array().unwrap().iter().filter(failed).count();
    assert_eq!(asked.done.code, Some(if failed == 0 { 0 } else { 4 }), "{}", asked.done.stderr);
    let folder = asked.machine.work().join(document["output_path"].as_str().unwrap());
    let personas = read(&folder.join("personas.json"));
    let made = personas["personas"].as_array().unwrap();
    assert_eq!(made.len() + failed, GROUPS);
    assert_fits_schema(&personas);
    assert_quotes_are_slices(&personas, &survey());
    assert_invented_is_absent(&asked, &document, &personas);
    assert_every_call_is_on_record(&asked);
    assert_key_is_nowhere(&asked);
    let markdown = fs::read_to_string(
        folder.join("personas").join(format!("{}.md", made[0]["id"].as_str().unwrap())),
    );
    assert!(markdown.unwrap().contains("AI-generated"));
    asked.machine.run(&["audit", "verify", "--artifacts", "--strict"]).exits(0);
}
