//! One request and what came of it, kept also when it came in part.

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Request, Response};
use tokio::time::timeout;

use super::Transport;

/// The most bytes read of a body; an answer of a model is a thousandth of that.
pub(crate) const MOST: usize = 8 * 1024 * 1024;

/// What came back, whole or in part.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// At most [`MOST`] bytes.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header's value, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    TooLarge,
    Unreachable(String),
    Cut(String),
    TimedOut(Duration),
    /// What came is no HTTP.
    Garbled(String),
    Cancelled,
}

impl Transport {
    /// Sends one request and waits for its end; there is a reply once there was a status line.
    pub(super) fn send(
        &self,
        request: Request,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> (Option<Reply>, End) {
        let mut reply = None;
        let end = self.wait(self.fetch(request, &mut reply), cancelled);
        (reply, end.unwrap_or(End::Cancelled))
    }

    async fn fetch(&self, request: Request, reply: &mut Option<Reply>) -> End {
        let total = self.timeouts.total;
        let received = timeout(total, self.receive(request, reply)).await;
        match received {
            Ok(Ok(())) => End::Whole,
            Ok(Err(end)) => end,
            Err(_elapsed) => End::TimedOut(total),
        }
    }

    async fn receive(&self, request: Request, reply: &mut Option<Reply>) -> Result<(), End> {
        let first_byte = self.timeouts.first_byte;
        let response = timeout(first_byte, self.client.execute(request)).await;
        let response = match response {
            Ok(response) => response.map_err(|error| self.end(&error))?,
            Err(_elapsed) => return Err(End::TimedOut(first_byte)),
        };
        self.reached.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let reply = reply.insert(Reply { status, headers, body: Vec::new() });
        self.read(response, &mut reply.body).await
    }

    async fn read(&self, mut response: Response, body: &mut Vec<u8>) -> Result<(), End> {
        while let Some(bytes) = response.chunk().await.map_err(|error| self.end(&error))? {
            let room = MOST - body.len();
            if let Some(first) = bytes.get(..room).filter(|first| first.len() < bytes.len()) {
                body.extend_from_slice(first);
                return Err(End::TooLarge);
            }
            body.extend_from_slice(&bytes);
        }
        Ok(())
    }

    fn end(&self, error: &reqwest::Error) -> End {
        let reason = root(error).to_string();
        if error.is_connect() && error.is_timeout() {
            return End::Unreachable(format!("no connection in {:?}", self.timeouts.connect));
        }
        if error.is_connect() {
            return End::Unreachable(reason);
        }
        let garbled = causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
        if garbled.clone().any(hyper::Error::is_parse) {
            return End::Garbled(reason);
        }
        End::Cut(reason)
    }
}

/// The innermost cause: the ones above it name the address or say only that something failed.
fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> + Clone {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
