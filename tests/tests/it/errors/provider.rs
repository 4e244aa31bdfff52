//! Model providers that are not set up, cannot be reached, refuse, or answer what nobody can use.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{assert_closed, expect, expect_refused, run_with};
use crate::support::model::{choosing, error, good, saying};
use crate::support::server::{Answer, AtTheEnd, Server, body};
use crate::support::{Done, Machine};

mod kept;

const KEY: (&str, &str) = ("OPENAI_API_KEY", "sk-scripted-0123456789");
const BUDGET: &str = "PERSONA_PROVIDERS__OPENAI__RETRY_BUDGET_SECONDS";
/// No try after the first.
const ONCE: (&str, &str) = (BUDGET, "0");
/// The first wait is half a second at most, so there are two tries at least.
const A_SECOND: (&str, &str) = (BUDGET, "1");

fn machine() -> Machine {
    let machine = Machine::new();
    machine.small_survey();
    machine
}

/// Two groups, asked about one after the other.
fn asking(machine: &Machine, base_url: &str, more: &[&str]) -> Command {
    let words = ["generate", "small.csv", "-p", "openai", "-m", "m", "-n", "2"];
    let server = ["--base-url", base_url, "--concurrency", "1"];
    let mut command = machine.command(&[&words[..], &server, more].concat());
    command.envs([KEY]);
    command
}

/// The calls of the newest run.
fn calls(machine: &Machine) -> Vec<Value> {
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    record["reproducibility"]["calls"].as_array().unwrap().clone()
}

fn tries(calls: &[Value]) -> Vec<Value> {
    calls.iter().flat_map(|call| call["tries"].as_array().unwrap().clone()).collect()
}

/// The values of one member, in order.
fn each<'a>(of: &'a [Value], member: &str) -> Vec<&'a str> {
    of.iter().map(|one| one[member].as_str().unwrap()).collect()
}

/// Expects every request that was sent to be on record, and nothing else, by the hash of its bytes.
fn assert_all_on_record(calls: &[Value], requests: &[Vec<u8>]) {
    let tries = tries(calls);
    let received = tries.iter().filter(|one| one["outcome"] != "unreachable");
    let on_record: Vec<&str> = received.map(|one| one["request_hash"].as_str().unwrap()).collect();
    let sent: Vec<String> =
        requests.iter().map(|request| persona_core::sha256_named(body(request))).collect();
    assert_eq!(on_record, sent);
}

/// A run against a scripted server that ends without any persona.
struct Failing<'a> {
    answers: Vec<Answer>,
    end: AtTheEnd,
    words: &'a [&'a str],
    variables: &'a [(&'a str, &'a str)],
}

impl<'a> Failing<'a> {
    /// The server says the same for ever, and every question is asked once.
    fn on(answer: Answer) -> Self {
        Self { answers: vec![answer], end: AtTheEnd::Repeat, words: &[], variables: &[ONCE] }
    }

    fn with(self, variables: &'a [(&'a str, &'a str)]) -> Self {
        Self { variables, ..self }
    }

    /// Runs it, holds it against its row and its record, and hands over calls and requests.
    fn fails(self, test: &str, check: impl Fn(&[Value], &[Vec<u8>])) {
        expect(test, |more| {
            let machine = machine();
            let server = Server::start(self.answers.clone(), self.end);
            let mut run = asking(&machine, &server.base_url(), &[self.words, more].concat());
            let done = Done::of(&run.envs(self.variables.iter().copied()).output().unwrap());
            let requests = server.requests();
            assert_closed(&machine, "draft", "draft", "");
            let calls = calls(&machine);
            assert_all_on_record(&calls, &requests);
            check(&calls, &requests);
            done
        });
    }
}

#[test]
fn a_model_left_out() {
    let words = ["generate", "small.csv", "-p", "openai"];
    expect_refused("provider::a_model_left_out", &machine(), &words);
}

#[test]
fn a_key_left_out() {
    let words = ["generate", "small.csv", "-p", "openai", "-m", "m"];
    expect_refused("provider::a_key_left_out", &machine(), &words);
}

/// A key that is none: nothing is sent, made or recorded, and the key is not said.
fn key_refused(test: &str, key: &str) {
    let (machine, server) = (machine(), Server::start(Vec::new(), AtTheEnd::Close));
    let before = machine.snapshot();
    expect(test, |more| {
        let mut run = asking(&machine, &server.base_url(), more);
        let done = Done::of(&run.env(KEY.0, key).output().unwrap());
        assert!(!done.stderr.contains("sk-"), "{}", done.stderr);
        done
    });
    assert_eq!((machine.snapshot(), server.count()), (before, 0));
}

#[test]
fn a_key_that_holds_a_space() {
    key_refused("provider::a_key_that_holds_a_space", "sk-two words");
}

#[test]
fn a_key_that_is_empty() {
    key_refused("provider::a_key_that_is_empty", " ");
}

#[test]
fn a_temperature_without_a_model() {
    let words = ["generate", "small.csv", "--temperature", "0.5"];
    expect_refused("provider::a_temperature_without_a_model", &machine(), &words);
}

#[test]
fn an_address_without_a_model() {
    let words = ["generate", "small.csv", "--base-url", "http://127.0.0.1:1/v1"];
    expect_refused("provider::an_address_without_a_model", &machine(), &words);
}

#[test]
fn an_address_that_is_none() {
    let words = ["generate", "small.csv", "-p", "openai", "-m", "m", "--base-url", "localhost"];
    expect_refused("provider::an_address_that_is_none", &machine(), &words);
}

#[test]
fn an_address_that_holds_a_password() {
    let test = "provider::an_address_that_holds_a_password";
    let address = "http://ada:pass@127.0.0.1:1/v1";
    let words = ["generate", "small.csv", "-p", "openai", "-m", "m", "--base-url", address];
    expect_refused(test, &machine(), &words);
    assert!(!machine().run(&words).stderr.contains("pass@"));
}

#[test]
fn a_proxy_that_is_none() {
    let machine = machine();
    let before = machine.snapshot();
    expect("provider::a_proxy_that_is_none", |more| {
        let words = ["generate", "small.csv", "-p", "openai", "-m", "m"];
        run_with(&machine, &[KEY, ("HTTPS_PROXY", "ada:pass")], &[&words, more].concat())
    });
    assert_eq!(machine.snapshot(), before);
}

#[test]
fn a_provider_that_is_down() {
    let nobody = Failing {
        answers: Vec::new(),
        end: AtTheEnd::Close,
        ..Failing::on(Answer::closed()).with(&[A_SECOND])
    };
    nobody.fails("provider::a_provider_that_is_down", |calls, _| {
        // The second group is not asked about: it would be in vain.
        assert_eq!(each(calls, "outcome"), ["failed"]);
        let tries = tries(calls);
        assert!(tries.len() >= 2 && each(&tries, "outcome").iter().all(|it| *it == "unreachable"));
    });
}

#[test]
fn a_key_that_is_refused() {
    for status in [401, 403] {
        let refusal = error(status, "Incorrect API key provided.");
        Failing::on(refusal).with(&[]).fails("provider::a_key_that_is_refused", |calls, sent| {
            assert_eq!((sent.len(), each(calls, "outcome")), (1, vec!["failed"]));
            assert_eq!(each(&tries(calls), "outcome"), ["key-refused"]);
        });
    }
}

#[test]
fn too_many_requests_for_ever() {
    for header in ["Retry-After", "retry-after-ms"] {
        let body = "{\"error\":{\"message\":\"Slow down.\"}}";
        let limited = Answer::new(429, &[(header, "0")], body.as_bytes());
        Failing::on(limited).with(&[A_SECOND]).fails(
            "provider::too_many_requests_for_ever",
            |calls, sent| {
                let tries = tries(calls);
                // Two groups, two tries at least.
                assert!(sent.len() >= 4);
                assert!(each(&tries, "outcome").iter().all(|it| *it == "rate-limited"));
                assert_eq!(tries.iter().filter(|one| one["waited_ms"].is_null()).count(), 2);
            },
        );
    }
}

#[test]
fn a_wait_that_nobody_has_time_for() {
    let limited = Answer::new(429, &[("Retry-After", "3600")], b"Come back later.");
    Failing::on(limited).with(&[]).fails(
        "provider::a_wait_that_nobody_has_time_for",
        |calls, sent| {
            assert_eq!((sent.len(), calls.len()), (2, 2));
        },
    );
}

#[test]
fn an_account_without_credit() {
    let spent =
        "{\"error\":{\"message\":\"You exceeded your quota.\",\"code\":\"insufficient_quota\"}}";
    let spent = Answer::json(429, spent);
    Failing::on(spent).with(&[]).fails("provider::an_account_without_credit", |calls, _| {
        assert_eq!(each(&tries(calls), "outcome"), ["rejected", "rejected"]);
    });
}

#[test]
fn a_server_that_fails_for_ever() {
    let broken = error(500, "The engine is on fire.");
    Failing::on(broken).with(&[A_SECOND]).fails(
        "provider::a_server_that_fails_for_ever",
        |calls, sent| {
            assert!(sent.len() >= 4);
            assert!(each(&tries(calls), "outcome").iter().all(|it| *it == "server-failed"));
        },
    );
}

#[test]
fn a_connection_closed_without_a_word() {
    Failing::on(Answer::closed()).fails(
        "provider::a_connection_closed_without_a_word",
        |calls, _| {
            assert_eq!(each(&tries(calls), "outcome"), ["cut", "cut"]);
        },
    );
}

#[test]
fn an_answer_that_breaks_off() {
    let part = good("Half of a persona").cut_short_by(100);
    Failing::on(part).fails("provider::an_answer_that_breaks_off", |calls, _| {
        let tries = tries(calls);
        assert_eq!(each(&tries, "outcome"), ["cut", "cut"]);
        assert!(tries.iter().all(|one| one["response_hash"].is_string()));
    });
}

#[test]
fn an_answer_that_never_ends() {
    let stall = good("Half of a persona").cut_short_by(100).stalling();
    let second = ("PERSONA_PROVIDERS__OPENAI__REQUEST_TIMEOUT_SECONDS", "1");
    Failing::on(stall).with(&[ONCE, second]).fails(
        "provider::an_answer_that_never_ends",
        |calls, _| {
            assert_eq!(each(&tries(calls), "outcome"), ["timed-out", "timed-out"]);
        },
    );
}

/// An answer of no use, which is asked for once: another would be the same.
fn unintelligible(test: &str, answer: Answer) {
    Failing::on(answer).with(&[]).fails(test, |calls, sent| {
        assert_eq!(sent.len(), 2);
        assert_eq!(each(&tries(calls), "outcome"), ["unintelligible", "unintelligible"]);
    });
}

#[test]
fn a_page_in_the_place_of_an_answer() {
    let page = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n";
    let page = Answer::new(200, &[("Content-Type", "text/html")], page);
    unintelligible("provider::a_page_in_the_place_of_an_answer", page);
}

#[test]
fn an_answer_of_another_api() {
    unintelligible("provider::an_answer_of_another_api", Answer::json(200, "{\"answer\":42}"));
}

#[test]
fn an_answer_without_text() {
    unintelligible("provider::an_answer_without_text", saying("  "));
}

#[test]
fn an_answer_beyond_all_measure() {
    let endless = Answer::json(200, &" ".repeat((8 << 20) + 1));
    unintelligible("provider::an_answer_beyond_all_measure", endless);
}

#[test]
fn prose_twice() {
    let prose = saying("Sure! Here is a persona: Ada, who keeps notes.");
    Failing::on(prose).with(&[]).fails("provider::prose_twice", |calls, _| {
        assert_eq!(each(calls, "purpose"), ["draft", "repair", "draft", "repair"]);
        assert!(each(calls, "outcome").iter().all(|it| *it == "invalid-json"));
    });
}

#[test]
fn another_form_twice() {
    let other = saying("{\"title\": 7}");
    Failing::on(other).with(&[]).fails("provider::another_form_twice", |calls, _| {
        assert_eq!(each(calls, "purpose"), ["draft", "repair", "draft", "repair"]);
        assert!(each(calls, "outcome").iter().all(|it| *it == "schema-violation"));
    });
}

#[test]
fn an_answer_cut_off_at_the_limit() {
    let part = choosing(&json!({"role": "assistant", "content": "{\"title\": \"Peo"}), "length");
    let run = Failing { words: &["--max-tokens", "16"], ..Failing::on(part) };
    run.fails("provider::an_answer_cut_off_at_the_limit", |calls, _| {
        assert_eq!(each(calls, "outcome"), ["truncated", "truncated"]);
        assert_eq!(calls[0]["tokens"], json!({"input": 100, "output": 16}));
    });
}

#[test]
fn a_model_that_declines() {
    let refusal =
        json!({"role": "assistant", "content": null, "refusal": "I cannot help with that."});
    let run = Failing::on(choosing(&refusal, "stop"));
    run.fails("provider::a_model_that_declines", |calls, _| {
        assert_eq!(each(calls, "outcome"), ["refused", "refused"]);
    });
}

#[test]
fn a_filter_that_stops_the_answer() {
    let message = json!({"role": "assistant", "content": "{"});
    let run = Failing::on(choosing(&message, "content_filter"));
    run.fails("provider::a_filter_that_stops_the_answer", |calls, _| {
        assert_eq!(each(calls, "outcome"), ["refused", "refused"]);
    });
}

#[test]
fn a_redirect() {
    let elsewhere = Server::start(vec![good("Somewhere else")], AtTheEnd::Repeat);
    let place = format!("{}/chat/completions", elsewhere.base_url());
    for status in [301, 302, 307, 308] {
        let redirect = Answer::new(status, &[("Location", &place)], b"");
        Failing::on(redirect).with(&[]).fails("provider::a_redirect", |calls, _| {
            assert_eq!(each(&tries(calls), "outcome"), ["rejected", "rejected"]);
        });
    }
    assert_eq!(elsewhere.requests(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_model_the_provider_does_not_know() {
    let run = Failing::on(error(400, "The model `m` does not exist.")).with(&[]);
    run.fails("provider::a_model_the_provider_does_not_know", |calls, _| {
        assert_eq!(each(&tries(calls), "outcome"), ["rejected", "rejected"]);
    });
}

#[test]
fn an_address_that_nothing_answers_at() {
    let run = Failing::on(error(404, "Not found.")).with(&[]);
    run.fails("provider::an_address_that_nothing_answers_at", |_, _| {});
}

/// Ctrl-C as soon as `until` returns; the record holds the call, which was called off.
fn interrupted(test: &str, answer: &Answer, until: impl Fn(&Server), outcome: &str) {
    expect(test, |more| {
        let machine = machine();
        let server = Server::start(vec![answer.clone()], AtTheEnd::Repeat);
        let mut run = asking(&machine, &server.base_url(), more);
        let child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until(&server);
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let done = Done::of(&child.wait_with_output().unwrap());
        let requests = server.requests();
        assert_closed(&machine, "cancelled", "draft", "cancelled");
        let calls = calls(&machine);
        assert_all_on_record(&calls, &requests);
        assert_eq!((requests.len(), each(&calls, "outcome")), (1, vec!["cancelled"]));
        assert_eq!(each(&tries(&calls), "outcome"), [outcome]);
        done
    });
}

#[test]
fn ctrl_c_while_a_call_is_open() {
    let silent = Answer::closed().stalling();
    let test = "provider::ctrl_c_while_a_call_is_open";
    interrupted(test, &silent, |server| server.wait_for_requests(1), "cancelled");
}

#[test]
fn ctrl_c_between_two_tries() {
    let later = Answer::new(503, &[("Retry-After", "60")], b"later").seen_off();
    let test = "provider::ctrl_c_between_two_tries";
    interrupted(test, &later, |server| server.wait_for_leaving(1), "server-failed");
}
