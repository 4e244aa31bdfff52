//! The one transport: bytes out, bytes in, bounded in size and time.
//!
//! Redirects are never followed, certificates are always checked, bodies are never decompressed, and
//! nothing is read from the environment. What is sent once is hashed once: the hash stands for the
//! exact bytes of the body.

mod cancel;
mod exchange;
mod fetch;
mod pace;
mod retry;
mod status;
mod tls;
mod words;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, NoProxy, Url, redirect, retry as resending};
use tokio::runtime::{Builder, Runtime};

pub(crate) use exchange::{Asker, Reading, Request, Vendor};
#[cfg(test)]
pub(crate) use fetch::MOST;
pub(crate) use fetch::Reply;
pub use pace::Pace;
pub(crate) use pace::SystemPace;
pub(crate) use retry::Trouble;
pub(crate) use status::{Standing, redirected};
pub(crate) use words::Words;

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, with the name looked up and TLS agreed.
    pub connect: Duration,
    /// From sending to the first byte of the answer; most APIs send none before the model is done.
    pub first_byte: Duration,
    /// From sending to the last byte of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 10 s, 5 min, 10 min.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_mins(5),
            total: Duration::from_mins(10),
        }
    }
}

/// A proxy for `https` addresses, as `HTTPS_PROXY` and `NO_PROXY` name it.
#[derive(Clone)]
pub struct Proxy {
    /// Where the proxy is; it may hold a name and a password, so it is never shown.
    pub url: Url,
    /// Hosts to reach without it, in the form of `NO_PROXY`.
    pub except: Option<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Proxy")
    }
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Only `http` and `https` are spoken.
    #[error("the address of an API begins with http:// or https://, not {scheme}:")]
    Scheme {
        /// What it begins with.
        scheme: String,
    },
    /// A name, a password, a query or a fragment would end up in the record with the address.
    #[error("the address of an API holds neither a name and password nor anything after ? or #")]
    MoreThanAnAddress,
    /// The vendor's own address is of no use without a key.
    #[error("{host} answers nobody without a key")]
    KeyMissing {
        /// The vendor's host.
        host: String,
    },
    /// The system's certificates cannot be used.
    #[error("no certificates to check {host} with")]
    Certificates {
        /// Host of the API.
        host: String,
        /// What the system says.
        #[source]
        source: rustls::Error,
    },
    /// The proxy, or the client itself.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// No thread to wait on.
    #[error("no thread can be started for the HTTP client")]
    Thread(#[source] io::Error),
}

/// One client and the thread it waits on; calls may come from several threads at once.
pub(crate) struct Transport {
    client: Client,
    /// There until the drop.
    runtime: Option<Runtime>,
    timeouts: Timeouts,
    /// Whether anybody ever answered.
    reached: AtomicBool,
}

impl Transport {
    pub(crate) fn new(
        address: &Url,
        timeouts: Timeouts,
        proxy: Option<&Proxy>,
    ) -> Result<Self, SetupError> {
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls::configuration(address)?)
            .https_only(address.scheme() == "https")
            .redirect(redirect::Policy::none())
            .retry(resending::never())
            .no_proxy()
            .connect_timeout(timeouts.connect)
            .user_agent(concat!("persona/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers());
        if let Some(proxy) = proxy {
            client = client.proxy(configured(proxy).map_err(SetupError::Client)?);
        }
        let client = client.build().map_err(|error| SetupError::Client(error.without_url()))?;
        let runtime = runtime().map_err(SetupError::Thread)?;
        Ok(Self { client, runtime: Some(runtime), timeouts, reached: AtomicBool::new(false) })
    }

    /// Whether a response has come in the life of this client.
    fn was_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Transport")
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

impl Drop for Transport {
    /// Waits for nothing: a name that is still being looked up must not hold the process.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What every request says: bytes as they are, so that the hash is over what was written.
fn headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))])
}

fn configured(proxy: &Proxy) -> Result<reqwest::Proxy, reqwest::Error> {
    let except = proxy.except.as_deref().and_then(NoProxy::from_string);
    let made = reqwest::Proxy::https(proxy.url.clone()).map_err(reqwest::Error::without_url)?;
    Ok(made.no_proxy(except))
}

/// One thread: the callers' threads wait, this one is told by the system what has come.
fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).max_blocking_threads(8).thread_name("persona-http");
    builder.enable_all().build()
}
