//! A server that does to each connection what a test says, and a pace that waits for nothing.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use reqwest::Url;

use crate::http::Pace;

/// What the server does once it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes and closes the connection.
    Send(Vec<u8>),
    /// Writes these bytes and keeps the connection until the client leaves.
    Hold(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

type Play = dyn Fn(usize, &Seen) -> Act + Send + Sync;

/// A server on a free loopback port; every connection has one request.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    held: Arc<AtomicUsize>,
}

impl Server {
    /// Does these acts one after another, and the last of them for ever.
    pub(crate) fn script(acts: Vec<Act>) -> Self {
        Self::start(move |number, _| acts[number.min(acts.len() - 1)].clone())
    }

    pub(crate) fn start(play: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let held = Arc::new(AtomicUsize::new(0));
        let server = Self { address, seen, held };
        let play: Arc<Play> = Arc::new(play);
        let (seen, held) = (Arc::clone(&server.seen), Arc::clone(&server.held));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (play, seen, held) = (Arc::clone(&play), Arc::clone(&seen), Arc::clone(&held));
                thread::spawn(move || serve(stream, (&seen, &held), play.as_ref()));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}/v1", self.address)).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many connections were written to and are held, or were.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, (seen, held): (&Mutex<Vec<Seen>>, &AtomicUsize), play: &Play) {
    let Some(request) = read(&mut stream) else { return };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let (bytes, hold) = match play(number, &request) {
        Act::Send(bytes) => (bytes, false),
        Act::Hold(bytes) => (bytes, true),
    };
    // A client that had enough closes in the middle of a long body.
    let _left = stream.write_all(&bytes);
    if hold {
        held.fetch_add(1, Ordering::SeqCst);
        let _gone = stream.read(&mut [0]);
    }
    let _closed = stream.shutdown(Shutdown::Both);
}

/// Reads a whole request; none when the client leaves before its end.
pub(crate) fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).ok().filter(|count| 0 < *count)?;
        bytes.extend_from_slice(&part[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = bytes.split_off(end);
    let have = body.len();
    body.resize(length?.parse().unwrap(), 0);
    stream.read_exact(&mut body[have..]).ok()?;
    Some(Seen { head, body })
}

/// A whole response, with a length.
pub(crate) fn http(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len();
    let mut bytes =
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for header in headers {
        bytes += header;
        bytes += "\r\n";
    }
    let mut bytes = (bytes + "\r\n").into_bytes();
    bytes.extend_from_slice(body.as_ref());
    bytes
}

/// A pace at which every sleep is over at once and time passes only in sleep.
#[derive(Debug)]
pub(crate) struct Quick {
    slept: Mutex<Vec<Duration>>,
    chance: f64,
}

impl Quick {
    pub(crate) fn new(chance: f64) -> Arc<Self> {
        Arc::new(Self { slept: Mutex::new(Vec::new()), chance })
    }

    /// Each wait, in milliseconds.
    pub(crate) fn slept(&self) -> Vec<u128> {
        self.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Pace for Quick {
    fn elapsed(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn chance(&self) -> f64 {
        self.chance
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.slept.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }
}

/// A pace at which no sleep ends.
#[derive(Debug, Default)]
pub(crate) struct Endless {
    pub(crate) asleep: AtomicBool,
}

impl Pace for Endless {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn chance(&self) -> f64 {
        1.0
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.asleep.store(true, Ordering::SeqCst);
        Box::pin(std::future::pending())
    }
}
