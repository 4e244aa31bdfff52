//! One question with all its tries, until there is an answer, a final refusal, or no time left.

use std::time::Duration;

use persona_core::provider::{Answer, Exchange, ProviderError, Question, Try, TryOutcome};
use persona_core::sha256_named;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use super::fetch::{End, MOST};
use super::retry::{Patience, wish};
use super::{Pace, Reply, Standing, Transport, Trouble, Words};
use crate::form::Form;

/// What differs from one API to the next.
pub(crate) trait Vendor {
    /// Name in the record, and address for people.
    fn called(&self) -> (&str, &str);

    /// The next request for a question.
    fn request(&self, question: &Question<'_>) -> Request;

    /// What a reply says. Its body may be a part when its status is an error.
    fn read(&self, reply: &Reply, form: Form) -> Reading;

    /// The vendor's id of a request.
    fn request_id(&self, reply: &Reply) -> Option<String>;

    /// How to clean what others say.
    fn words(&self) -> Words<'_>;
}

/// A request, not sent yet.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) form: Form,
}

/// What a reply says.
#[derive(Debug)]
pub(crate) enum Reading {
    Answer(Answer),
    /// Nothing that another try would change.
    Final(ProviderError),
    /// This form of structured output is not taken; the next request asks for another.
    OtherForm,
    Later(Trouble),
}

/// One question's way through the tries.
pub(crate) struct Asker<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) pace: &'a dyn Pace,
    /// No try begins later than this after the first.
    pub(crate) budget: Duration,
    pub(crate) vendor: &'a dyn Vendor,
    pub(crate) cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Asker<'_> {
    pub(crate) fn ask(&self, question: &Question<'_>) -> Exchange {
        let mut tries = Vec::new();
        let answer = self.until_settled(question, &mut tries);
        Exchange { tries, answer }
    }

    fn until_settled(
        &self,
        question: &Question<'_>,
        tries: &mut Vec<Try>,
    ) -> Result<Answer, ProviderError> {
        let mut begun = self.pace.elapsed();
        let mut patience = Patience::new(self.budget);
        while !(self.cancelled)() {
            let (made, reading, wish) = self.attempt(question);
            tries.push(made);
            let trouble = match reading {
                Reading::Answer(answer) => return Ok(answer),
                Reading::Final(error) => return Err(error),
                Reading::OtherForm => {
                    // What was learned about the server is not held against the question.
                    (begun, patience) = (self.pace.elapsed(), Patience::new(self.budget));
                    continue;
                }
                Reading::Later(trouble) => trouble,
            };
            let spent = self.pace.elapsed().saturating_sub(begun);
            let nobody = trouble.is_nobody() && !self.transport.was_reached();
            patience = if nobody { patience.after_nobody(spent) } else { patience.after(spent) };
            let circumstances = (self.pace.chance(), self.vendor.called());
            let wait = patience.next(trouble, wish, circumstances)?;
            let waited = self.transport.wait(self.pace.sleep(wait), self.cancelled);
            if let (Some(()), Some(last)) = (waited, tries.last_mut()) {
                last.waited_ms = Some(milliseconds(wait));
            }
        }
        Err(ProviderError::Cancelled)
    }

    /// Sends one request and says what came of it.
    fn attempt(&self, question: &Question<'_>) -> (Try, Reading, Option<Duration>) {
        let request = self.vendor.request(question);
        let form = request.form;
        let request_hash = sha256_named(&request.body);
        let begun = self.pace.elapsed();
        let (reply, end) = self.transport.send(request.into_http(), self.cancelled);
        let latency = self.pace.elapsed().saturating_sub(begun);
        let reading = self.read(reply.as_ref(), end, form);
        let reply = reply.as_ref();
        let made = Try {
            request_hash,
            response_hash: reply.map(|reply| sha256_named(&reply.body)),
            status: reply.map(|reply| reply.status),
            request_id: reply.and_then(|reply| self.vendor.request_id(reply)),
            structured_output: form.name(),
            outcome: outcome(&reading),
            latency_ms: milliseconds(latency),
            waited_ms: None,
        };
        (made, reading, reply.and_then(wish))
    }

    /// A status that is an error tells more than how its body ended.
    fn read(&self, reply: Option<&Reply>, end: End, form: Form) -> Reading {
        let words = self.vendor.words();
        match (end, reply) {
            (End::Cancelled, _) => Reading::Final(ProviderError::Cancelled),
            (End::Whole, Some(reply)) => self.vendor.read(reply, form),
            (_, Some(reply)) if Standing::of(reply.status) != Standing::Success => {
                self.vendor.read(reply, form)
            }
            (End::Whole, None) => self.unintelligible("nothing at all"),
            (End::TooLarge, _) => self.unintelligible(&format!("more than {MOST} bytes")),
            (End::Garbled(reason), _) => self.unintelligible(&words.short(&reason)),
            (End::Unreachable(reason), _) => {
                Reading::Later(Trouble::Unreachable(words.short(&reason)))
            }
            (End::Cut(reason), _) => Reading::Later(Trouble::Cut(words.short(&reason))),
            (End::TimedOut(limit), _) => Reading::Later(Trouble::TimedOut(limit)),
        }
    }

    fn unintelligible(&self, reason: &str) -> Reading {
        let provider = self.vendor.called().0.to_owned();
        Reading::Final(ProviderError::Unintelligible { provider, reason: reason.to_owned() })
    }
}

impl Request {
    fn into_http(self) -> reqwest::Request {
        let mut request = reqwest::Request::new(Method::POST, self.url);
        *request.headers_mut() = self.headers;
        *request.body_mut() = Some(self.body.into());
        request
    }
}

fn outcome(reading: &Reading) -> TryOutcome {
    let error = match reading {
        Reading::Answer(_) => return TryOutcome::Answered,
        Reading::OtherForm => return TryOutcome::StructuredOutputRefused,
        Reading::Later(trouble) => return trouble.outcome(),
        Reading::Final(error) => error,
    };
    match error {
        ProviderError::Unreachable { .. } => TryOutcome::Unreachable,
        ProviderError::Cut { .. } => TryOutcome::Cut,
        ProviderError::TimedOut { .. } => TryOutcome::TimedOut,
        ProviderError::KeyRefused { .. } => TryOutcome::KeyRefused,
        ProviderError::RateLimited { .. } => TryOutcome::RateLimited,
        ProviderError::Rejected { .. } => TryOutcome::Rejected,
        ProviderError::ServerFailed { .. } => TryOutcome::ServerFailed,
        ProviderError::Unintelligible { .. } => TryOutcome::Unintelligible,
        ProviderError::Truncated { .. } => TryOutcome::Truncated,
        ProviderError::Refused { .. } => TryOutcome::Refused,
        ProviderError::Cancelled => TryOutcome::Cancelled,
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
