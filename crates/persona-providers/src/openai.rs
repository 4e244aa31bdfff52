//! Chat Completions as OpenAI defines them and many servers speak them.
//!
//! Relied on, as read on 2026-11-23: the vendor's API reference (`chat/create`) as its Python client
//! repeats it (`completion_create_params.py`: `max_tokens` is deprecated for `max_completion_tokens` and
//! not taken by its reasoning models; `seed` is best effort); its guide «Structured outputs», section
//! «Supported schemas», as kept at jsonschemaprofiles.unitvectorylabs.com (baseline 2026-02); its page of
//! error codes (429 `insufficient_quota`) and of `x-request-id`; llama.cpp's server manual for
//! `{"type":"json_object","schema":…}`. What a server of another make answers was tried with llama-cpp-python.

mod request;
mod response;
mod strict;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use persona_core::provider::{Exchange, Provider, Question};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::form::{Form, StructuredOutput};
use crate::http::{
    Asker, Pace, Proxy, Reading, Reply, Request, SetupError, SystemPace, Timeouts, Transport,
    Vendor, Words,
};
use crate::secret::Secret;
use request::{Shape, to_request};
use response::{Said, from_response};

const NAME: &str = "openai";
const HOST: &str = "api.openai.com";

/// What a client is made of. Every member has a default but address and model.
#[derive(Clone, Debug)]
pub struct OpenAiSettings {
    /// Where the API is, such as `https://api.openai.com/v1`; `chat/completions` is added.
    pub base_url: Url,
    /// May be absent where the server is not the vendor's own.
    pub key: Option<Secret>,
    /// The model to ask for.
    pub model: String,
    /// Which form of structured output to ask for.
    pub structured_output: StructuredOutput,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// No try of a question begins later than this after its first.
    pub retry_budget: Duration,
    /// How many questions may be open at once.
    pub concurrency: NonZeroUsize,
    /// For `https` addresses.
    pub proxy: Option<Proxy>,
}

impl OpenAiSettings {
    /// Without a key, in form `auto`, with retries for a minute and four questions at once.
    pub fn new(base_url: Url, model: impl Into<String>) -> Self {
        Self {
            base_url,
            key: None,
            model: model.into(),
            structured_output: StructuredOutput::Auto,
            timeouts: Timeouts::default(),
            retry_budget: Duration::from_mins(1),
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            proxy: None,
        }
    }
}

/// A model behind an API of OpenAI's kind.
pub struct OpenAi {
    settings: OpenAiSettings,
    address: String,
    endpoint: Url,
    headers: HeaderMap,
    transport: Transport,
    pace: Arc<dyn Pace>,
    /// Whether a server has said that it does not take `json_schema`.
    stepped_down: AtomicBool,
}

impl OpenAi {
    /// Makes a client; nothing is sent.
    ///
    /// # Errors
    /// When the address is not plain `http` or `https`, the vendor's own has no key, or the system has
    /// no certificates or no thread to give.
    pub fn new(settings: OpenAiSettings) -> Result<Self, SetupError> {
        Self::with_pace(settings, Arc::new(SystemPace::new()))
    }

    /// The same with time and chance given, for tests.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn with_pace(settings: OpenAiSettings, pace: Arc<dyn Pace>) -> Result<Self, SetupError> {
        let endpoint = endpoint(&settings.base_url)?;
        if settings.key.is_none() && is_vendors_own(&endpoint) {
            return Err(SetupError::KeyMissing { host: HOST.to_owned() });
        }
        let transport = Transport::new(&endpoint, settings.timeouts, settings.proxy.as_ref())?;
        Ok(Self {
            address: settings.base_url.to_string(),
            headers: headers(settings.key.as_ref()),
            stepped_down: AtomicBool::new(false),
            settings,
            endpoint,
            transport,
            pace,
        })
    }

    fn form(&self) -> Form {
        match self.settings.structured_output {
            StructuredOutput::Auto if self.stepped_down.load(Ordering::Relaxed) => Form::JsonObject,
            StructuredOutput::Auto | StructuredOutput::JsonSchema => Form::JsonSchema,
            StructuredOutput::JsonObject => Form::JsonObject,
            StructuredOutput::None => Form::None,
        }
    }

    /// Whether there is a form to ask for after this one was refused.
    fn has_other_form(&self, form: Form) -> bool {
        self.settings.structured_output == StructuredOutput::Auto && form == Form::JsonSchema
    }
}

impl Provider for OpenAi {
    fn name(&self) -> &str {
        NAME
    }

    fn model(&self) -> &str {
        &self.settings.model
    }

    fn address(&self) -> &str {
        &self.address
    }

    fn settings(&self) -> Value {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let Timeouts { connect, first_byte, total } = self.settings.timeouts;
        json!({
            "structured_output": self.settings.structured_output.name(),
            "timeouts_ms": {
                "connect": milliseconds(connect),
                "first_byte": milliseconds(first_byte),
                "total": milliseconds(total),
            },
            "retry_budget_ms": milliseconds(self.settings.retry_budget),
        })
    }

    fn concurrency(&self) -> NonZeroUsize {
        self.settings.concurrency
    }

    fn ask(&self, question: &Question<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Exchange {
        let asker = Asker {
            transport: &self.transport,
            pace: self.pace.as_ref(),
            budget: self.settings.retry_budget,
            vendor: self,
            cancelled,
        };
        asker.ask(question)
    }
}

impl Vendor for OpenAi {
    fn called(&self) -> (&str, &str) {
        (NAME, &self.address)
    }

    fn request(&self, question: &Question<'_>) -> Request {
        let form = self.form();
        let shape = Shape {
            model: &self.settings.model,
            form,
            // Others copied the API before the newer name, and some refuse what they do not know.
            most_tokens: if is_vendors_own(&self.endpoint) {
                "max_completion_tokens"
            } else {
                "max_tokens"
            },
        };
        Request {
            url: self.endpoint.clone(),
            headers: self.headers.clone(),
            body: to_request(question, &shape).to_string().into_bytes(),
            form,
        }
    }

    fn read(&self, reply: &Reply, form: Form) -> Reading {
        let said = from_response(reply, self.words());
        if matches!(said, Said::FormRefused(_)) && self.has_other_form(form) {
            self.stepped_down.store(true, Ordering::Relaxed);
            return Reading::OtherForm;
        }
        said.into_reading(reply.status)
    }

    fn request_id(&self, reply: &Reply) -> Option<String> {
        let ids = ["x-request-id", "apim-request-id"];
        ids.iter().find_map(|name| reply.header(name)).map(|id| self.words().short(id))
    }

    fn words(&self) -> Words<'_> {
        Words { key: self.settings.key.as_ref() }
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenAi")
            .field("address", &self.address)
            .field("model", &self.settings.model)
            .field("settings", &self.settings())
            .finish_non_exhaustive()
    }
}

fn endpoint(base: &Url) -> Result<Url, SetupError> {
    if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
        return Err(SetupError::Scheme { scheme: base.scheme().to_owned() });
    }
    let named = !base.username().is_empty() || base.password().is_some();
    if named || base.query().is_some() || base.fragment().is_some() {
        return Err(SetupError::MoreThanAnAddress);
    }
    let mut endpoint = base.clone();
    if let Ok(mut path) = endpoint.path_segments_mut() {
        path.pop_if_empty().extend(["chat", "completions"]);
    }
    Ok(endpoint)
}

/// The vendor's host, or one of those it names after a region.
fn is_vendors_own(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == HOST || host.strip_suffix(HOST).is_some_and(|region| region.ends_with('.'))
}

fn headers(key: Option<&Secret>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(bearer) = key.and_then(Secret::bearer) {
        headers.insert(AUTHORIZATION, bearer);
    }
    headers
}

#[cfg(test)]
mod tests;
