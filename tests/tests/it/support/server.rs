//! A provider that says what a test tells it to: a scripted HTTP server on the loopback, one thread, one
//! request a connection. It keeps every request to the byte, and ends by itself.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// No test waits longer for a client that does not go on.
const PATIENCE: Duration = Duration::from_mins(1);
/// No request is longer.
const LONGEST: usize = 64 << 20;

/// What one request is answered with.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
    then: Then,
}

/// What follows the bytes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Close,
    /// Nothing, until the client leaves.
    Stall,
    /// The end of the answer, and what the client does about it is waited for.
    Farewell,
}

impl Answer {
    /// A whole answer. `Content-Length` and `Connection: close` are added, the first unless `headers`
    /// name it.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut lines = vec![format!("HTTP/1.1 {status} Scripted")];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        lines.push("Connection: close\r\n\r\n".to_owned());
        Self { bytes: [lines.join("\r\n").as_bytes(), body].concat(), then: Then::Close }
    }

    /// A whole answer of JSON, or of what claims to be.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::new(status, &[("Content-Type", "application/json")], body.as_bytes())
    }

    /// The connection is closed before a byte is said.
    pub(crate) fn closed() -> Self {
        Self { bytes: Vec::new(), then: Then::Close }
    }

    /// The connection is closed after so many bytes, head and body counted together.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.bytes.truncate(bytes);
        self
    }

    /// The connection is closed when so many bytes of the body are missing.
    pub(crate) fn cut_short_by(self, bytes: usize) -> Self {
        let kept = self.bytes.len().saturating_sub(bytes);
        self.cut_after(kept)
    }

    /// The end of the answer is told, and the client is to take note by leaving.
    pub(crate) fn seen_off(self) -> Self {
        Self { then: Then::Farewell, ..self }
    }

    /// Nothing more is said after the bytes, and the connection stays open until the client leaves.
    pub(crate) fn stalling(self) -> Self {
        Self { then: Then::Stall, ..self }
    }
}

/// What comes when the script is at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtTheEnd {
    /// The port is closed: connections are refused.
    Close,
    /// The last answer is given again, for ever.
    Repeat,
}

/// What has come in so far.
#[derive(Debug, Default)]
struct Seen {
    what: Mutex<What>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct What {
    requests: Vec<Vec<u8>>,
    /// Clients that left after the end of their answer.
    left: usize,
}

impl Seen {
    fn note(&self, change: impl FnOnce(&mut What)) {
        change(&mut self.what.lock().unwrap());
        self.news.notify_all();
    }

    fn wait(&self, until: impl Fn(&What) -> bool) {
        let what = self.what.lock().unwrap();
        let waited = self.news.wait_timeout_while(what, PATIENCE, |what| !until(what)).unwrap();
        assert!(!waited.1.timed_out(), "nobody came, or nobody left");
    }
}

/// A server that runs until its script is over, or it is asked for its requests.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers the first request with the first answer, and so on.
    pub(crate) fn start(answers: Vec<Answer>, end: AtTheEnd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, ending) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let serving = Serving { seen: Arc::clone(&seen), ending: Arc::clone(&ending) };
        let thread = thread::spawn(move || serving.run(&listener, &answers, end));
        Self { address, seen, ending, thread: Some(thread) }
    }

    /// What `--base-url` takes.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How many requests have come in whole so far.
    pub(crate) fn count(&self) -> usize {
        self.seen.what.lock().unwrap().requests.len()
    }

    /// Waits until so many requests have come in whole.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        self.seen.wait(|what| count <= what.requests.len());
    }

    /// Waits until so many clients have left after an answer that sees them off.
    pub(crate) fn wait_for_leaving(&self, count: usize) {
        self.seen.wait(|what| count <= what.left);
    }

    /// Ends the server and returns every request, to the byte, in the order of their coming.
    pub(crate) fn requests(mut self) -> Vec<Vec<u8>> {
        self.end();
        let mut seen = self.seen.what.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut seen.requests)
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.ending.store(true, Ordering::SeqCst);
        // Whoever waits for a connection gets one; who has ended refuses it.
        drop(TcpStream::connect(self.address));
        let ended = thread.join();
        assert!(ended.is_ok() || thread::panicking(), "the server's thread panicked");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The server's thread.
struct Serving {
    seen: Arc<Seen>,
    ending: Arc<AtomicBool>,
}

impl Serving {
    fn run(&self, listener: &TcpListener, answers: &[Answer], end: AtTheEnd) {
        let again = if end == AtTheEnd::Repeat { answers.last() } else { None };
        let mut script = answers.iter().chain(std::iter::repeat(again).map_while(|answer| answer));
        let mut next = script.next();
        while let Some(answer) = next {
            let Ok((stream, _)) = listener.accept() else { return };
            if self.is_ending() {
                return;
            }
            // A client that goes before it has asked takes no answer with it.
            if self.answer(stream, answer) {
                next = script.next();
            }
        }
    }

    /// Reads one request and answers it; returns whether there was one.
    fn answer(&self, mut stream: TcpStream, answer: &Answer) -> bool {
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let Some(request) = self.read_request(&mut stream) else { return false };
        self.seen.note(|what| what.requests.push(request));
        // A client may leave in the middle of an answer: that is its business.
        drop(stream.write_all(&answer.bytes));
        match answer.then {
            Then::Close => drop(stream.shutdown(Shutdown::Both)),
            Then::Stall => self.read_on(&mut stream),
            Then::Farewell => {
                drop(stream.shutdown(Shutdown::Write));
                self.read_on(&mut stream);
                self.seen.note(|what| what.left += 1);
            }
        }
        true
    }

    /// Reads until the client leaves.
    fn read_on(&self, stream: &mut TcpStream) {
        let mut rest = [0; 1024];
        while self.read(stream, &mut rest) > 0 {}
    }

    fn read_request(&self, stream: &mut TcpStream) -> Option<Vec<u8>> {
        let mut request = Vec::new();
        let mut part = [0; 16 * 1024];
        while !is_whole(&request) {
            let length = self.read(stream, &mut part);
            if length == 0 || request.len() > LONGEST {
                return None;
            }
            request.extend_from_slice(&part[..length]);
        }
        Some(request)
    }

    /// Reads some bytes; none when the client has gone, the server is to end, or all patience is.
    fn read(&self, stream: &mut TcpStream, part: &mut [u8]) -> usize {
        let mut waits = PATIENCE.as_millis() / 50;
        loop {
            match stream.read(part) {
                Ok(length) => return length,
                Err(error) if is_wait(error.kind()) && waits > 0 && !self.is_ending() => waits -= 1,
                Err(_gone) => return 0,
            }
        }
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Whether head and body have arrived, the body by its length or in chunks.
pub(crate) fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let body = &request[end + 4..];
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let value = |name: &str| {
        head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
    };
    match (value("transfer-encoding"), value("content-length")) {
        (Some("chunked"), _) => body.ends_with(b"0\r\n\r\n"),
        (_, Some(length)) => body.len() >= length.parse().unwrap_or(0),
        (_, None) => true,
    }
}

/// The body of a request whose length its head tells.
pub(crate) fn body(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &request[end + 4..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: &[u8] = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";

    fn connect(server: &Server) -> TcpStream {
        TcpStream::connect(server.address).unwrap()
    }

    /// Sends bytes and reads all that comes back.
    fn ask(server: &Server, bytes: &[u8]) -> String {
        let mut stream = connect(server);
        stream.write_all(bytes).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    }

    #[test]
    fn the_script_is_followed_and_requests_are_kept_to_the_byte() {
        let busy = Answer::new(429, &[("Retry-After", "0")], b"later");
        let server = Server::start(vec![busy, Answer::json(200, "{}")], AtTheEnd::Close);
        assert!(server.base_url().starts_with("http://127.0.0.1:"));
        let first = ask(&server, ASK);
        assert!(first.starts_with("HTTP/1.1 429 ") && first.contains("\r\nRetry-After: 0\r\n"));
        assert!(first.contains("\r\nContent-Length: 5\r\n") && first.ends_with("\r\n\r\nlater"));
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n";
        assert!(ask(&server, chunked).ends_with("\r\n\r\n{}"));
        assert_eq!((server.count(), server.requests()), (2, vec![ASK.to_vec(), chunked.to_vec()]));
    }

    #[test]
    fn a_request_may_come_in_pieces() {
        let server = Server::start(vec![Answer::json(200, "{}")], AtTheEnd::Close);
        let mut stream = connect(&server);
        for byte in ASK {
            stream.write_all(&[*byte]).unwrap();
        }
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.ends_with("{}"));
        assert_eq!(server.requests(), [ASK]);
    }

    #[test]
    fn at_its_end_the_port_is_closed_or_the_last_answer_repeated() {
        let mut server = Server::start(vec![Answer::closed()], AtTheEnd::Close);
        assert_eq!(ask(&server, ASK), "");
        server.thread.take().unwrap().join().unwrap();
        assert!(TcpStream::connect(server.address).is_err());
        let answers = vec![Answer::json(500, "one"), Answer::json(429, "two")];
        let server = Server::start(answers, AtTheEnd::Repeat);
        let said: Vec<String> = (0..4).map(|_| ask(&server, ASK)).collect();
        assert!(said[0].ends_with("one") && said[1..].iter().all(|said| said.ends_with("two")));
        assert_eq!(server.requests().len(), 4);
    }

    #[test]
    fn answers_are_cut_where_the_test_says() {
        let whole = Answer::json(200, "0123456789");
        let length = whole.bytes.len();
        let answers = vec![whole.clone().cut_after(12), whole.clone().cut_short_by(4), whole];
        let server = Server::start(answers, AtTheEnd::Close);
        assert_eq!(ask(&server, ASK), "HTTP/1.1 200");
        assert!(ask(&server, ASK).ends_with("\r\n\r\n012345"));
        assert_eq!(ask(&server, ASK).len(), length);
    }

    #[test]
    fn a_stall_lasts_until_the_client_leaves_or_the_server_ends() {
        let stall = Answer::json(200, "{}").cut_short_by(1).stalling();
        let server = Server::start(vec![stall.clone(), stall], AtTheEnd::Close);
        for _ in 0..2 {
            let mut stream = connect(&server);
            stream.write_all(ASK).unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
        }
        assert_eq!(server.requests().len(), 2);
    }

    #[test]
    fn comings_and_leavings_can_be_waited_for() {
        let server = Server::start(vec![Answer::json(200, "{}").seen_off()], AtTheEnd::Close);
        assert!(ask(&server, ASK).ends_with("{}"));
        server.wait_for_requests(1);
        server.wait_for_leaving(1);
        assert_eq!(body(&server.requests()[0]), b"abc");
    }

    #[test]
    fn who_goes_before_asking_takes_no_answer() {
        let server = Server::start(vec![Answer::json(200, "{}")], AtTheEnd::Close);
        drop(connect(&server));
        assert!(ask(&server, ASK).ends_with("{}"));
        assert_eq!(server.requests(), [ASK]);
    }

    #[test]
    fn a_server_that_nobody_asks_ends() {
        drop(Server::start(vec![Answer::closed()], AtTheEnd::Repeat));
        assert!(Server::start(Vec::new(), AtTheEnd::Repeat).requests().is_empty());
    }
}
