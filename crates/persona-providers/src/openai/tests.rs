//! The whole client against a server that does what each test says.

use std::net::TcpListener;
use std::sync::atomic::AtomicUsize;
use std::thread;

use persona_core::provider::{
    Answer, AnswerSchema, Message, ProviderError, Role, Sampling, TokenCount, Try, TryOutcome,
};
use persona_core::sha256_named;

use super::*;
use crate::http::MOST;
use crate::testing::{Act, Endless, Quick, Seen, Server, http};

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
fn what_passes_is_tried_again_after_the_wait_asked_for() {
    let busy = |status, header: &str| replies(status, &[header], "{}");
    let (exchange, pace, server) = played(vec![
        busy(429, "Retry-After: 7"),
        busy(503, "retry-after-ms: 250"),
        busy(500, "X: y"),
        Act::Send(http(
            429,
            &["Date: Mon, 23 Nov 2026 10:00:00 GMT", "Retry-After: Mon, 23 Nov 2026 10:00:20 GMT"],
            "",
        )),
        busy(408, "X: y"),
        busy(409, "X: y"),
        succeeds(),
    ]);
    assert!(exchange.answer.is_ok(), "{exchange:?}");
    // Half of 0.5, 1, 2, 4, 8 and 8 s by chance, unless the server asks for more.
    assert_eq!(pace.slept(), [7000, 500, 1000, 20_000, 4000, 4000]);
    let waited: Vec<_> = exchange.tries.iter().map(|made| made.waited_ms).collect();
    let expected = [7000, 500, 1000, 20_000, 4000, 4000].map(Some);
    assert_eq!(waited, [&expected[..], &[None]].concat());
    let failed = TryOutcome::ServerFailed;
    let limited = TryOutcome::RateLimited;
    let expected = [limited, failed, failed, limited, failed, failed, TryOutcome::Answered];
    assert_eq!(outcomes(&exchange), expected);
    let hashes: Vec<_> = exchange.tries.iter().map(|made| made.request_hash.clone()).collect();
    assert!(server.seen().iter().map(|seen| sha256_named(&seen.body)).eq(hashes));
}

#[test]
fn retries_end_with_the_budget() {
    let message = r#"{"error":{"message":"Slow down"}}"#;
    let (exchange, pace, _server) = played(vec![replies(429, &["Retry-After: 25"], message)]);
    assert_eq!(pace.slept(), [25_000, 25_000]);
    let error = exchange.answer.unwrap_err();
    let said = "openai answered \"too many requests\" 3 times in 50 s: Slow down \
                (it asks for a wait of 25 s; 10 s are left for retries)";
    assert_eq!(error.to_string(), said);

    let (exchange, pace, _server) = played(vec![replies(500, &[], "")]);
    assert!(pace.slept().iter().sum::<u128>() <= 60_000);
    let tries = exchange.tries.len();
    let said = format!("openai failed {tries} times (HTTP 500): it gives no reason");
    assert_eq!(exchange.answer.unwrap_err().to_string(), said);
    assert!(12 < tries, "{tries}");
}

#[test]
fn a_wait_beyond_the_budget_is_not_begun() {
    let (exchange, pace, _server) = played(vec![replies(503, &["Retry-After: 3600"], "later")]);
    assert!(pace.slept().is_empty());
    let said = "openai failed 1 times (HTTP 503): later \
                (it asks for a wait of 3600 s; 60 s are left for retries)";
    assert_eq!(exchange.answer.unwrap_err().to_string(), said);
    assert_eq!(exchange.tries[0].waited_ms, None);
}

#[test]
fn what_another_try_would_not_change_is_sent_once() {
    let words = r#"{"error":{"message":"No such model","code":"model_not_found"}}"#;
    let quota = r#"{"error":{"message":"No credit left","type":"insufficient_quota"}}"#;
    let refused = "openai refused the request";
    let cases = [
        (401, words, TryOutcome::KeyRefused, "openai refused the key (HTTP 401): No such model"),
        (403, "", TryOutcome::KeyRefused, "openai refused the key (HTTP 403): it gives no reason"),
        (404, words, TryOutcome::Rejected, "openai refused the request (HTTP 404): No such model"),
        (400, "[1]", TryOutcome::Rejected, "openai refused the request (HTTP 400): [1]"),
        (
            413,
            "<p>\u{1b}[2J",
            TryOutcome::Rejected,
            "openai refused the request (HTTP 413): <p>[2J",
        ),
        (422, words, TryOutcome::Rejected, refused),
        (501, words, TryOutcome::Rejected, refused),
        (505, words, TryOutcome::Rejected, refused),
        (429, quota, TryOutcome::Rejected, "openai refused the request (HTTP 429): No credit left"),
    ];
    for (status, body, outcome, said) in cases {
        let (exchange, pace, server) = played(vec![replies(status, &[], body), succeeds()]);
        assert_eq!(outcomes(&exchange), [outcome], "{status}");
        assert_eq!((pace.slept().len(), server.seen().len()), (0, 1), "{status}");
        assert_eq!(exchange.tries[0].status, Some(status));
        assert_eq!(exchange.tries[0].response_hash, Some(sha256_named(body.as_bytes())));
        let error = exchange.answer.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
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
        let reason = error.split_once("of its API: ").map(|(_, reason)| reason);
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
            "the model's answer was cut off after 34 tokens (length)",
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

#[test]
fn a_cut_connection_is_tried_again_and_what_came_is_hashed() {
    let body = whole("{}");
    let reply = http(200, &[], &body);
    let start = reply.len() - body.len();
    let cuts = [0, 9, start - 7, start, start + 1, reply.len() - 1];
    for cut in cuts {
        let (exchange, ..) = played(vec![Act::Send(reply[..cut].to_vec()), succeeds()]);
        assert!(exchange.answer.is_ok(), "{cut}");
        assert_eq!(outcomes(&exchange), [TryOutcome::Cut, TryOutcome::Answered], "{cut}");
        let came = reply.get(start..cut).map(sha256_named);
        assert_eq!(exchange.tries[0].response_hash, came, "{cut}");
        assert_eq!(exchange.tries[0].status, came.map(|_| 200), "{cut}");
    }
    let (exchange, ..) = played(vec![Act::Send(Vec::new())]);
    let error = exchange.answer.unwrap_err().to_string();
    assert!(error.starts_with("the connection to openai broke: "), "{error}");
}

#[test]
fn an_error_whose_body_is_cut_is_still_that_error() {
    let reply = http(401, &[], r#"{"error":{"message":"No"}}"#);
    let (exchange, ..) = played(vec![Act::Send(reply[..reply.len() - 3].to_vec())]);
    assert_eq!(outcomes(&exchange), [TryOutcome::KeyRefused]);
}

#[test]
fn what_is_no_http_is_sent_once() {
    let garbage: [&[u8]; 3] =
        [b"SSH-2.0-OpenSSH_9\r\n", b"\x16\x03\x01\x02\0\x01", b"HTTP/9 x\r\n\r\n"];
    for garbage in garbage {
        let (exchange, ..) = played(vec![Act::Send(garbage.to_vec()), succeeds()]);
        assert_eq!(outcomes(&exchange), [TryOutcome::Unintelligible], "{garbage:?}");
        assert_eq!(exchange.tries[0].response_hash, None);
    }
}

#[test]
fn no_more_than_the_limit_is_read() {
    let body = "a".repeat(MOST + 1);
    let (exchange, ..) = played(vec![replies(200, &[], &body), succeeds()]);
    assert_eq!(outcomes(&exchange), [TryOutcome::Unintelligible]);
    let kept = sha256_named(&body.as_bytes()[..MOST]);
    assert_eq!(exchange.tries[0].response_hash, Some(kept));
    let said =
        "openai answered with something that is no answer of its API: more than 8388608 bytes";
    assert_eq!(exchange.answer.unwrap_err().to_string(), said);
    let whole = "a".repeat(MOST);
    let (exchange, ..) = played(vec![replies(200, &[], &whole)]);
    assert_eq!(exchange.tries[0].response_hash, Some(sha256_named(whole.as_bytes())));
}

#[test]
fn a_server_that_stalls_is_left() {
    let part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"id".to_vec();
    let (short, long) = (Duration::from_millis(60), Duration::from_millis(300));
    let first_byte = Timeouts { first_byte: short, ..Timeouts::default() };
    let total = Timeouts { total: long, ..Timeouts::default() };
    for (held, timeouts, status) in [(Vec::new(), first_byte, None), (part, total, Some(200))] {
        let server = Server::script(vec![Act::Hold(held)]);
        let retry_budget = Duration::ZERO;
        let settings = OpenAiSettings { timeouts, retry_budget, ..settings(server.url()) };
        let exchange = ask(&OpenAi::with_pace(settings, Quick::new(1.0)).unwrap());
        assert_eq!(outcomes(&exchange), [TryOutcome::TimedOut]);
        assert_eq!(exchange.tries[0].status, status);
        let part = status.map(|_| sha256_named(b"{\"id"));
        assert_eq!(exchange.tries[0].response_hash, part);
        let error = exchange.answer.unwrap_err();
        assert!(matches!(error, ProviderError::TimedOut { seconds: 1, .. }), "{error}");
    }
}

#[test]
fn a_server_that_did_not_answer_in_time_is_asked_again() {
    let server = Server::script(vec![Act::Hold(Vec::new()), succeeds()]);
    let short = Duration::from_millis(60);
    let timeouts = Timeouts { first_byte: short, ..Timeouts::default() };
    let settings = OpenAiSettings { timeouts, ..settings(server.url()) };
    let exchange = ask(&OpenAi::with_pace(settings, Quick::new(1.0)).unwrap());
    assert!(exchange.answer.is_ok(), "{exchange:?}");
    assert_eq!(exchange.tries[0].outcome, TryOutcome::TimedOut);
    assert_eq!(exchange.tries[0].waited_ms, Some(500));
}

#[test]
fn where_nobody_listens_four_tries_are_enough() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let pace = Quick::new(1.0);
    let client = OpenAi::with_pace(settings(url.clone()), Arc::<Quick>::clone(&pace)).unwrap();
    let exchange = ask(&client);
    assert_eq!(outcomes(&exchange), [TryOutcome::Unreachable; 4]);
    assert_eq!(pace.slept(), [500, 1000, 2000]);
    let error = exchange.answer.unwrap_err().to_string();
    assert!(error.starts_with(&format!("openai cannot be reached at {url}: ")), "{error}");
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::script(vec![succeeds()]);
    for status in [301, 302, 303, 307, 308] {
        let place = format!("Location: {}", other.url());
        let (exchange, ..) = played(vec![replies(status, &[&place], ""), succeeds()]);
        assert_eq!(outcomes(&exchange), [TryOutcome::Rejected]);
        let error = exchange.answer.unwrap_err().to_string();
        assert!(error.contains("it redirects to 127.0.0.1, which is not followed"), "{error}");
    }
    assert!(other.seen().is_empty());
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
fn a_question_is_called_off_before_it_is_sent() {
    let server = Server::script(vec![succeeds()]);
    let exchange = ask_unless(&client(&server, Quick::new(1.0)), &|| true);
    assert_eq!(exchange.answer, Err(ProviderError::Cancelled));
    assert!(exchange.tries.is_empty() && server.seen().is_empty());
}

#[test]
fn a_question_is_called_off_while_bytes_are_awaited() {
    let part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"id".to_vec();
    for held in [Vec::new(), part] {
        let server = Server::script(vec![Act::Hold(held.clone())]);
        let asked = AtomicUsize::new(0);
        // Two turns after it was written, so that it has come.
        let cancelled = || 0 < server.held() && 1 < asked.fetch_add(1, Ordering::SeqCst);
        let exchange = ask_unless(&client(&server, Quick::new(1.0)), &cancelled);
        assert_eq!(exchange.answer, Err(ProviderError::Cancelled));
        assert_eq!(outcomes(&exchange), [TryOutcome::Cancelled]);
        let came = (!held.is_empty()).then(|| sha256_named(b"{\"id"));
        assert_eq!(exchange.tries[0].response_hash, came);
        assert_eq!(exchange.tries[0].request_hash, sha256_named(&server.seen()[0].body));
    }
}

#[test]
fn a_question_is_called_off_between_two_tries() {
    let server = Server::script(vec![replies(500, &[], "")]);
    let pace = Arc::new(Endless::default());
    let client = client(&server, Arc::<Endless>::clone(&pace));
    let exchange = ask_unless(&client, &|| pace.asleep.load(Ordering::SeqCst));
    assert_eq!(exchange.answer, Err(ProviderError::Cancelled));
    assert_eq!(outcomes(&exchange), [TryOutcome::ServerFailed]);
    assert_eq!(exchange.tries[0].waited_ms, None);
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
