//! When to try again: what the server asks for, else a random wait that grows, inside a budget.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use persona_core::provider::{ProviderError, TryOutcome};
use reqwest::header::{DATE, RETRY_AFTER};

use super::Reply;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);
/// An address where nobody ever answered is more often a slip of the pen than a server being started.
const MOST_AT_NOBODY: usize = 4;

/// Why a try failed that may go well another time.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    Unreachable(String),
    Cut(String),
    TimedOut(Duration),
    RateLimited(String),
    ServerFailed { status: u16, message: String },
}

impl Trouble {
    pub(crate) fn outcome(&self) -> TryOutcome {
        match self {
            Self::Unreachable(_) => TryOutcome::Unreachable,
            Self::Cut(_) => TryOutcome::Cut,
            Self::TimedOut(_) => TryOutcome::TimedOut,
            Self::RateLimited(_) => TryOutcome::RateLimited,
            Self::ServerFailed { .. } => TryOutcome::ServerFailed,
        }
    }

    pub(super) fn is_nobody(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// The error it is when no try is left.
    fn into_error(self, (name, address): (&str, &str), patience: &Patience) -> ProviderError {
        let provider = name.to_owned();
        let tries = patience.tries;
        match self {
            Self::Unreachable(reason) => {
                ProviderError::Unreachable { provider, address: address.to_owned(), reason }
            }
            Self::Cut(reason) => ProviderError::Cut { provider, reason },
            Self::TimedOut(limit) => {
                ProviderError::TimedOut { provider, seconds: whole_seconds(limit) }
            }
            Self::RateLimited(message) => {
                let seconds = patience.spent.as_secs();
                ProviderError::RateLimited { provider, tries, seconds, message }
            }
            Self::ServerFailed { status, message } => {
                ProviderError::ServerFailed { provider, tries, status, message }
            }
        }
    }

    /// Says beside the server's words why nothing was waited for.
    fn with_wish(self, wish: Duration, left: Duration) -> Self {
        let (wish, left) = (wish.as_secs(), left.as_secs());
        let said = |message: String| {
            format!("{message} (it asks for a wait of {wish} s; {left} s are left for retries)")
        };
        match self {
            Self::RateLimited(message) => Self::RateLimited(said(message)),
            Self::ServerFailed { status, message } => {
                Self::ServerFailed { status, message: said(message) }
            }
            other @ (Self::Unreachable(_) | Self::Cut(_) | Self::TimedOut(_)) => other,
        }
    }
}

/// What was spent on one question, and what may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    budget: Duration,
    spent: Duration,
    /// Tries so far.
    tries: usize,
    /// Tries in a row at an address where nobody ever answered.
    nobody: usize,
}

impl Patience {
    pub(super) fn new(budget: Duration) -> Self {
        Self { budget, spent: Duration::ZERO, tries: 0, nobody: 0 }
    }

    /// Counts a try that failed, `spent` after the first began.
    pub(super) fn after(self, spent: Duration) -> Self {
        Self { spent, tries: self.tries + 1, nobody: 0, ..self }
    }

    /// Counts a try at an address where nobody ever answered.
    pub(super) fn after_nobody(self, spent: Duration) -> Self {
        Self { nobody: self.nobody + 1, ..self.after(spent) }
    }

    /// How long to wait before the next try; the error when there is none.
    pub(super) fn next(
        &self,
        trouble: Trouble,
        wish: Option<Duration>,
        (chance, vendor): (f64, (&str, &str)),
    ) -> Result<Duration, ProviderError> {
        let left = self.budget.saturating_sub(self.spent);
        let wait = backoff(self.tries, chance).max(wish.unwrap_or_default());
        match wish.filter(|wish| left < *wish) {
            Some(wish) => Err(trouble.with_wish(wish, left).into_error(vendor, self)),
            None if left < wait || MOST_AT_NOBODY <= self.nobody => {
                Err(trouble.into_error(vendor, self))
            }
            None => Ok(wait),
        }
    }
}

/// What the server asks for: `retry-after-ms`, else `Retry-After` in seconds or as a date.
///
/// A date is measured against the server's own `Date`, so that no clock of ours is needed.
pub(super) fn wish(reply: &Reply) -> Option<Duration> {
    let milliseconds = number(reply.header("retry-after-ms")).map(|ms| ms / 1000.0);
    let after = reply.header(RETRY_AFTER.as_str());
    let seconds = milliseconds.or_else(|| number(after));
    if let Some(seconds) = seconds {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let wait = date(after?)?.duration_since(date(reply.header(DATE.as_str())?)?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

/// Half a second, then twice as long each time up to eight, of which any part may come (full jitter).
fn backoff(tries: usize, chance: f64) -> Duration {
    let doubled = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    FIRST.saturating_mul(1 << doubled).min(LONGEST).mul_f64(chance)
}

/// A limit below a second is not none.
fn whole_seconds(limit: Duration) -> u64 {
    limit.as_secs().max(1)
}

fn number(value: Option<&str>) -> Option<f64> {
    value?.trim().parse().ok().filter(|number: &f64| number.is_finite() && 0.0 <= *number)
}

/// RFC 9110, 5.6.7, in the form every server sends.
fn date(value: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(value.trim()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn wished(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        wish(&Reply { status: 429, headers: headers.collect::<HeaderMap>(), body: Vec::new() })
    }

    #[test]
    fn a_server_may_ask_for_a_wait_in_three_ways() {
        let date = ("date", "Mon, 23 Nov 2026 10:00:00 GMT");
        let later = ("retry-after", "Mon, 23 Nov 2026 10:01:30 GMT");
        let earlier = ("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT");
        let cases: [(&[_], _); 12] = [
            (&[("retry-after-ms", "1500"), ("retry-after", "9")], Some(1500)),
            (&[("retry-after", "9")], Some(9000)),
            (&[("retry-after", " 0.25 ")], Some(250)),
            (&[("retry-after", "0")], Some(0)),
            (&[date, later], Some(90_000)),
            (&[date, earlier], Some(0)),
            (&[later], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after-ms", "x"), ("retry-after", "2")], Some(2000)),
            (&[], None),
        ];
        for (headers, expected) in cases {
            assert_eq!(wished(headers), expected.map(Duration::from_millis), "{headers:?}");
        }
        assert_eq!(wished(&[("retry-after", "1e300")]), Some(Duration::MAX));
    }

    #[test]
    fn a_wait_grows_up_to_its_limit() {
        let full: Vec<_> = (1..=7).map(|tries| backoff(tries, 1.0).as_millis()).collect();
        assert_eq!(full, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(backoff(usize::MAX, 0.5), Duration::from_secs(4));
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }
}
