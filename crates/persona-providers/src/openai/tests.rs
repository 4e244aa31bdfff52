//! The whole client against a server that does what each test says.

mod encrypted;
mod tries;

use std::thread;

use persona_core::provider::{
    Answer, AnswerSchema, Message, ProviderError, Role, Sampling, TokenCount, Try, TryOutcome,
};
use persona_core::sha256_named;

use super::*;
use crate::testing::{Act, Quick, Seen, Server, http};

const KEY: &str = "sk-planted-0123456789abcdef";
const NO_FORM: &str = r#"{"error":{"message":"1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}","type":"internal_server_error","param":null,"code":null}}"#;

fn never() -> bool {
    false
}

fn settings(url: Url) -> OpenAiSettings {
    let timeouts = Timeouts { first_byte: Duration::from_secs(20), ..Timeouts::default() };
    OpenAiSettings {
        key: Some(Secret::new(KEY).unwrap()),
        timeouts,
        ..OpenAiSettings::new(url, "m")
    }
}

fn client(server: &Server, pace: Arc<dyn Pace>) -> OpenAi {
    OpenAi::with_pace(settings(server.url()), pace).unwrap()
}

fn ask_unless(client: &OpenAi, cancelled: &(dyn Fn() -> bool + Sync)) -> Exchange {
    let messages = [Message { role: Role::User, content: "Who?".to_owned() }];
    let schema = AnswerSchema { name: "persona", schema: json!({ "type": "object" }) };
    let question = Question { messages: &messages, schema: &schema, sampling: Sampling::default() };
    client.ask(&question, cancelled)
}

fn ask(client: &OpenAi) -> Exchange {
    ask_unless(client, &never)
}

/// Asks a server that plays `acts`, at a pace without waiting.
fn played(acts: Vec<Act>) -> (Exchange, Arc<Quick>, Server) {
    let (server, pace) = (Server::script(acts), Quick::new(0.5));
    let exchange = ask(&client(&server, Arc::<Quick>::clone(&pace)));
    (exchange, pace, server)
}

fn replies(status: u16, headers: &[&str], body: &str) -> Act {
    Act::Send(http(status, headers, body))
}

fn whole(text: &str) -> String {
    let message = json!({ "role": "assistant", "content": text, "refusal": null });
    finished("stop", &message)
}

fn finished(reason: &str, message: &Value) -> String {
    json!({
        "id": "chatcmpl-1",
        "model": "m-2026",
        "system_fingerprint": "fp_1",
        "choices": [{ "index": 0, "message": message, "finish_reason": reason }],
        "usage": { "prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46 },
    })
    .to_string()
}

fn succeeds() -> Act {
    replies(200, &[], &whole("{}"))
}

fn outcomes(exchange: &Exchange) -> Vec<TryOutcome> {
    exchange.tries.iter().map(|made| made.outcome).collect()
}

#[test]
fn an_answer_comes_with_all_that_identifies_it() {
    let body = whole("{\"title\":\"é\"}");
    let (exchange, pace, server) = played(vec![replies(200, &["x-request-id: req-1"], &body)]);
    let answer = Answer {
        text: "{\"title\":\"é\"}".to_owned(),
        id: Some("chatcmpl-1".to_owned()),
        model: Some("m-2026".to_owned()),
        fingerprint: Some("fp_1".to_owned()),
        finish_reason: Some("stop".to_owned()),
        tokens: TokenCount { input: 12, output: 34 },
    };
    assert_eq!(exchange.answer.unwrap(), answer);
    let seen = &server.seen()[0];
    let made = Try {
        request_hash: sha256_named(&seen.body),
        response_hash: Some(sha256_named(body.as_bytes())),
        status: Some(200),
        request_id: Some("req-1".to_owned()),
        structured_output: "json_schema",
        outcome: TryOutcome::Answered,
        latency_ms: 0,
        waited_ms: None,
    };
    assert_eq!(exchange.tries, [made]);
    assert!(seen.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", seen.head);
    for header in ["accept-encoding: identity", "content-type: application/json"] {
        assert!(seen.head.contains(&format!("{header}\r\n")), "{}", seen.head);
    }
    assert!(seen.head.contains(&format!("authorization: Bearer {KEY}\r\n")));
    assert!(pace.slept().is_empty());
}

#[test]
fn without_a_key_none_is_sent() {
    let server = Server::script(vec![succeeds()]);
    let settings = OpenAiSettings::new(server.url(), "m");
    assert!(ask(&OpenAi::new(settings).unwrap()).answer.is_ok());
    assert!(!server.seen()[0].head.contains("authorization"));
}

#[test]
fn what_is_no_answer_of_the_api_is_sent_once() {
    let message = |message: Value| finished("stop", &message);
    let calls = json!({ "content": null, "tool_calls": [{ "id": "1" }] });
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"{\"id\":".to_vec(), "no JSON (EOF while parsing"),
        (b"".to_vec(), "no JSON ("),
        (
            b"<!DOCTYPE html>\n<title>Hi".to_vec(),
            "a page instead of JSON: <!DOCTYPE html> <title>Hi",
        ),
        (b"{\"id\":\"\xff\"}".to_vec(), "it is not UTF-8"),
        (b"\x1f\x8b\x08".to_vec(), "it is not UTF-8"),
        (b"[]".to_vec(), "there is no choices[0] in it"),
        (b"{\"choices\":[]}".to_vec(), "there is no choices[0] in it"),
        (b"{\"choices\":[{}]}".to_vec(), "there is no choices[0].message in it"),
        (b"{\"error\":{\"message\":\"No\"}}".to_vec(), "an error in the place of an answer: No"),
        (message(calls).into(), "it calls a tool, and none was offered"),
        (message(json!({ "content": null })).into(), "there is no text in choices[0].message"),
        (message(json!({ "content": [{}] })).into(), "there is no text in choices[0].message"),
        (whole(" \n").into(), "its text is empty"),
        ("[".repeat(100_000).into(), "no JSON (recursion limit exceeded"),
    ];
    for (body, expected) in cases {
        let (exchange, _, server) = played(vec![Act::Send(http(200, &[], &body)), succeeds()]);
        assert_eq!(outcomes(&exchange), [TryOutcome::Unintelligible], "{expected}");
        assert_eq!(exchange.tries[0].response_hash, Some(sha256_named(&body)));
        assert_eq!(server.seen().len(), 1);
        let error = exchange.answer.unwrap_err().to_string();
        let reason = error.split_once("cannot be understood: ").map(|(_, reason)| reason);
        assert!(reason.is_some_and(|reason| reason.starts_with(expected)), "{error}");
    }
}

#[test]
fn a_refusal_and_half_an_answer_are_no_answers() {
    let content = json!({ "content": "{\"title\":" });
    let no = json!({ "content": null, "refusal": "I cannot help with that." });
    let filter = "the model declined to answer: the provider's content filter stopped it";
    let cases = [
        (
            "length",
            &content,
            TryOutcome::Truncated,
            "the model's answer was cut off after 34 tokens",
        ),
        (
            "length",
            &json!({ "content": null }),
            TryOutcome::Truncated,
            "the model's answer was cut off",
        ),
        ("content_filter", &content, TryOutcome::Refused, filter),
        (
            "stop",
            &no,
            TryOutcome::Refused,
            "the model declined to answer: I cannot help with that.",
        ),
    ];
    for (reason, message, outcome, said) in cases {
        let (exchange, ..) = played(vec![replies(200, &[], &finished(reason, message))]);
        assert_eq!(outcomes(&exchange), [outcome]);
        let error = exchange.answer.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

/// Takes `json_object` alone, as llama-cpp-python does.
fn takes_objects_only() -> Server {
    Server::start(|_, seen| match form_of(seen).as_str() {
        "json_object" => succeeds(),
        _ => replies(500, &[], NO_FORM),
    })
}

fn form_of(seen: &Seen) -> String {
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    body["response_format"]["type"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn a_form_that_is_not_taken_is_asked_for_once() {
    let (server, pace) = (takes_objects_only(), Quick::new(1.0));
    let client = client(&server, Arc::<Quick>::clone(&pace));
    let first = ask(&client);
    assert!(first.answer.is_ok());
    assert_eq!(outcomes(&first), [TryOutcome::StructuredOutputRefused, TryOutcome::Answered]);
    let forms: Vec<_> = first.tries.iter().map(|made| made.structured_output).collect();
    assert_eq!(forms, ["json_schema", "json_object"]);
    assert_eq!(first.tries[0].response_hash, Some(sha256_named(NO_FORM.as_bytes())));
    assert_eq!(outcomes(&ask(&client)), [TryOutcome::Answered]);
    let sent: Vec<_> = server.seen().iter().map(form_of).collect();
    assert_eq!(sent, ["json_schema", "json_object", "json_object"]);
    assert!(pace.slept().is_empty());
    assert_eq!(client.settings()["structured_output"], "auto");
}

#[test]
fn errors_of_any_make_may_name_the_form() {
    let cases = [
        (400, r#"{"error":{"message":"Unknown parameter","param":"response_format"}}"#),
        (422, r#"{"detail":[{"loc":["body","response_format","type"],"msg":"Input should be"}]}"#),
        (404, "json_schema is not supported"),
    ];
    for (status, body) in cases {
        let (exchange, ..) = played(vec![replies(status, &[], body), succeeds()]);
        let expected = [TryOutcome::StructuredOutputRefused, TryOutcome::Answered];
        assert_eq!(outcomes(&exchange), expected, "{body}");
    }
}

#[test]
fn another_error_does_not_change_the_form() {
    let error = r#"{"error":{"message":"out of memory","type":"internal_server_error"}}"#;
    let (exchange, _, server) = played(vec![replies(500, &[], error), succeeds()]);
    assert_eq!(outcomes(&exchange), [TryOutcome::ServerFailed, TryOutcome::Answered]);
    assert_eq!(server.seen().iter().map(form_of).collect::<Vec<_>>(), ["json_schema"; 2]);
    let named = r#"{"error":{"message":"slow down, response_format"}}"#;
    let (exchange, ..) = played(vec![replies(429, &[], named), succeeds()]);
    assert_eq!(outcomes(&exchange), [TryOutcome::RateLimited, TryOutcome::Answered]);
}

#[test]
fn a_form_that_was_chosen_is_the_only_one() {
    let forms = [
        (StructuredOutput::JsonSchema, "json_schema", TryOutcome::Rejected),
        (StructuredOutput::JsonObject, "json_object", TryOutcome::Answered),
        (StructuredOutput::None, "none", TryOutcome::Rejected),
    ];
    for (structured_output, sent, outcome) in forms {
        let server = takes_objects_only();
        let settings = OpenAiSettings { structured_output, ..settings(server.url()) };
        let exchange = ask(&OpenAi::with_pace(settings, Quick::new(1.0)).unwrap());
        assert_eq!(outcomes(&exchange), [outcome], "{sent}");
        assert_eq!(server.seen().iter().map(form_of).collect::<Vec<_>>(), [sent]);
        assert_eq!(exchange.tries[0].structured_output, sent);
    }
}

#[test]
fn several_threads_ask_at_once() {
    const COUNT: usize = 6;
    let arrived = Arc::new(std::sync::Barrier::new(COUNT));
    // Nobody is answered before all have asked; those who stepped down need not wait again.
    let server = Server::start(move |_, seen| {
        if form_of(seen) == "json_object" {
            return succeeds();
        }
        arrived.wait();
        replies(500, &[], NO_FORM)
    });
    let client = client(&server, Quick::new(1.0));
    thread::scope(|scope| {
        let asking: Vec<_> = (0..COUNT).map(|_| scope.spawn(|| ask(&client))).collect();
        for asked in asking {
            let exchange = asked.join().unwrap();
            assert!(exchange.answer.is_ok(), "{exchange:?}");
            assert_eq!(exchange.tries.len(), 2);
        }
    });
}

#[test]
fn the_key_is_in_nothing_that_leaves_the_client() {
    let echo = format!(r#"{{"error":{{"message":"bad key {KEY}"}}}}"#);
    let header = format!("x-request-id: {KEY}");
    let answer = finished(KEY, &json!({ "content": format!("I saw {KEY}.") }));
    let refusal = finished("stop", &json!({ "refusal": KEY }));
    let cases = [
        replies(401, &[&header], &echo),
        replies(400, &[&header], KEY),
        replies(429, &[], &echo),
        replies(500, &[], &echo),
        replies(302, &[&format!("Location: http://{KEY}.example/")], ""),
        replies(200, &[&header], &answer),
        replies(200, &[], &refusal),
        replies(200, &[], &echo),
        replies(200, &[], KEY),
        Act::Send(format!("{KEY}\r\n\r\n").into()),
        Act::Send(Vec::new()),
    ];
    for act in cases {
        let server = Server::script(vec![act]);
        let client = client(&server, Quick::new(1.0));
        let exchange = ask(&client);
        let tries = serde_json::to_string(&exchange.tries).unwrap();
        let error = exchange.answer.as_ref().err().map(ToString::to_string);
        let shown = format!("{exchange:?} {tries} {error:?} {client:?} {:?}", client.settings);
        let described = format!("{} {} {}", client.settings(), client.address(), client.name());
        let all = (shown + &described).to_lowercase();
        assert!(!all.contains(&KEY.to_lowercase()), "{all}");
        assert!(server.seen()[0].head.contains(KEY));
    }
}

#[test]
fn an_address_holds_nothing_but_an_address() {
    let made = |address: &str| OpenAi::new(OpenAiSettings::new(Url::parse(address).unwrap(), "m"));
    for wrong in ["http://me@h/v1", "http://me:pw@h/v1", "http://h/v1?key=pw", "http://h/v1#pw"] {
        let error = made(wrong).unwrap_err();
        assert!(matches!(error, SetupError::MoreThanAnAddress), "{error}");
        assert!(!format!("{error:?}").contains("pw"));
    }
    assert!(matches!(made("ftp://h/v1"), Err(SetupError::Scheme { .. })));
    assert!(matches!(made("https://api.openai.com/v1"), Err(SetupError::KeyMissing { .. })));
    assert!(matches!(made("https://eu.api.openai.com/v1"), Err(SetupError::KeyMissing { .. })));
    for (base, whole) in [
        ("http://h", "http://h/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
    ] {
        assert_eq!(made(base).unwrap().endpoint.as_str(), whole);
    }
}

#[test]
fn only_the_vendor_knows_the_newer_name_for_the_most_tokens() {
    let hosts = [
        ("https://api.openai.com/v1", true),
        ("https://eu.api.openai.com/v1", true),
        ("https://notapi.openai.com.example/v1", false),
        ("https://myapi.openai.com/v1", false),
        ("http://127.0.0.1:8081/v1", false),
    ];
    for (address, own) in hosts {
        assert_eq!(is_vendors_own(&Url::parse(address).unwrap()), own, "{address}");
    }
}

#[test]
fn settings_say_how_but_not_where() {
    let server = Server::script(vec![succeeds()]);
    let expected = json!({
        "structured_output": "auto",
        "timeouts_ms": { "connect": 10_000, "first_byte": 20_000, "total": 600_000 },
        "retry_budget_ms": 60_000,
    });
    assert_eq!(client(&server, Quick::new(1.0)).settings(), expected);
}
