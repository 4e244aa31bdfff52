//! A real language model between a test and the tool, or what it once said: requests are passed on to the
//! server that `PERSONA_TEST_LLM` names, or answered from a recording, matched by the exact bytes of their
//! bodies. With `PERSONA_TEST_LLM_RECORD` set, what a real model said becomes the recording.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use persona_core::sha256_hex;
use serde_json::{Value, json};

use super::server::{body, is_whole};

/// A model of a hundred million parameters on a busy machine.
const PATIENCE: Duration = Duration::from_mins(30);

/// One question and its answer, as they went over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// The head of the request, with its headers.
    pub(crate) head: String,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) response: Vec<u8>,
}

/// Listens on the loopback until it is dropped.
#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Who answers.
enum Behind {
    /// The server at this address.
    Model(String),
    Recording(Vec<Value>),
}

impl Relay {
    /// Stands before the model that the environment names, else before the recording at `path`.
    pub(crate) fn start(path: &Path) -> Self {
        let behind = match std::env::var("PERSONA_TEST_LLM") {
            Ok(base_url) => Behind::Model(host_of(&base_url)),
            Err(_unset) => Behind::Recording(recorded(path)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (exchanges, ending) =
            (Arc::<Mutex<Vec<Exchange>>>::default(), Arc::new(AtomicBool::new(false)));
        let (kept, ended) = (Arc::clone(&exchanges), Arc::clone(&ending));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                if let Some(exchange) = relayed(stream.unwrap(), &behind) {
                    kept.lock().unwrap().push(exchange);
                }
            }
        });
        Self { address, exchanges, ending, thread: Some(thread) }
    }

    /// What `--base-url` takes.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Everything that was said so far, in order.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }

    /// Keeps what was said where the environment asks for it.
    pub(crate) fn record(&self, path: &Path) {
        if std::env::var("PERSONA_TEST_LLM_RECORD").is_err() {
            return;
        }
        let exchanges: Vec<Value> = self.exchanges().iter().map(as_recorded).collect();
        let text = serde_json::to_string_pretty(&exchanges).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text + "\n").unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the relay's thread panicked");
        }
    }
}

/// Where recordings lie.
pub(crate) fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/recorded").join(name)
}

fn relayed(mut stream: TcpStream, behind: &Behind) -> Option<Exchange> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (head, request) = request(&mut stream)?;
    let (status, response) = match behind {
        Behind::Model(host) => asked(host, &head, &request),
        Behind::Recording(exchanges) => remembered(exchanges, &request),
    };
    let answer = format!(
        "HTTP/1.1 {status} Relayed\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        response.len()
    );
    // Whoever asked may have left.
    drop(stream.write_all(&[answer.as_bytes(), &response].concat()));
    Some(Exchange { head, request, status, response })
}

/// The head and the body of a request.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 16 * 1024]);
    while !is_whole(&bytes) {
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
    }
    let body = body(&bytes).to_vec();
    let head = String::from_utf8(bytes[..bytes.len() - body.len()].to_vec()).unwrap();
    Some((head, body))
}

/// Asks the model the same, to the byte, without the key.
fn asked(host: &str, head: &str, request: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let line = head.lines().next().unwrap();
    let asked = format!(
        "{line}\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        request.len()
    );
    stream.write_all(&[asked.as_bytes(), request].concat()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let said = body(&bytes).to_vec();
    let answer = String::from_utf8(bytes[..bytes.len() - said.len()].to_vec()).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    assert_eq!(header(&answer, "transfer-encoding"), None, "the body comes as it is");
    (status, said)
}

fn remembered(exchanges: &[Value], request: &[u8]) -> (u16, Vec<u8>) {
    let digest = sha256_hex(request);
    let found = exchanges.iter().find(|exchange| exchange["request_sha256"] == *digest);
    let Some(exchange) = found else {
        let message = "this question was not recorded: prompt, schema or grouping have changed; \
                       run `PERSONA_TEST_LLM_RECORD=1 cargo xtask llm -- a_small_real_model`";
        return (404, json!({"error": {"message": message}}).to_string().into_bytes());
    };
    let status = exchange["status"].as_u64().unwrap();
    (u16::try_from(status).unwrap(), exchange["response"].as_str().unwrap().into())
}

fn recorded(path: &Path) -> Vec<Value> {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn as_recorded(exchange: &Exchange) -> Value {
    json!({
        "request_sha256": sha256_hex(&exchange.request),
        "request": String::from_utf8(exchange.request.clone()).unwrap(),
        "status": exchange.status,
        "response": String::from_utf8(exchange.response.clone()).unwrap(),
    })
}

fn header<'head>(head: &'head str, name: &str) -> Option<&'head str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn host_of(base_url: &str) -> String {
    let host = base_url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    host.to_owned()
}
