//! Tries: which are repeated and when, what breaks, what is too long or too late, and calling off.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::http::MOST;
use crate::testing::{Endless, read};

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
fn real_time_passes_between_tries() {
    let server = Server::script(vec![replies(429, &["retry-after-ms: 1"], "{}"), succeeds()]);
    let exchange = ask(&OpenAi::new(settings(server.url())).unwrap());
    assert!(exchange.answer.is_ok(), "{exchange:?}");
    assert!(exchange.tries[0].waited_ms.is_some());
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
    let said = "openai failed once (HTTP 503): later \
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
    let said = "the answer of openai cannot be understood: more than 8388608 bytes";
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
fn a_server_that_went_away_gets_the_whole_budget() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        // Closing with bytes unread would take the answer back.
        read(&mut stream).unwrap();
        stream.write_all(&http(500, &[], "")).unwrap();
    });
    let client = OpenAi::with_pace(settings(url), Quick::new(1.0)).unwrap();
    let exchange = ask(&client);
    serving.join().unwrap();
    // 0.5, 1, 2, 4 and six times 8 s are within a minute.
    assert_eq!(exchange.tries.len(), 11);
    assert!(matches!(exchange.answer, Err(ProviderError::Unreachable { .. })), "{exchange:?}");
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
