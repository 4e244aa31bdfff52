//! The address of a provider: http or https, without credentials, query or fragment.

use std::net::IpAddr;

use http::{Uri, uri::Scheme};
use serde::Deserialize;

/// The address that a provider's paths are appended to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct BaseUrl {
    text: String,
    /// Where it is neither encrypted nor on this machine.
    exposed_host: Option<String>,
}

/// Why a text is no address of a provider; fit for "`key` …". What may hold a secret is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BaseUrlError {
    #[error("is no URL that begins with http:// or https:// and names a host")]
    Malformed,
    #[error("holds a user name or a password: keys are read from the environment only")]
    Credentials,
    #[error("ends with a query or a fragment, where only a path may stand")]
    Query,
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What it must not hold, or that it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, BaseUrlError> {
        if text.contains('@') {
            return Err(BaseUrlError::Credentials);
        }
        if text.contains(['?', '#']) {
            return Err(BaseUrlError::Query);
        }
        let Ok(uri) = text.parse::<Uri>() else { return Err(BaseUrlError::Malformed) };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(BaseUrlError::Malformed)?;
        let exposed_host = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => None,
            Some(scheme) if *scheme == Scheme::HTTP => {
                (!is_this_machine(host)).then(|| host.to_owned())
            }
            Some(_) | None => return Err(BaseUrlError::Malformed),
        };
        // `host:` and `host:99999` parse, and name no port.
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        if authority.len() != host.len() && uri.port_u16().is_none() {
            return Err(BaseUrlError::Malformed);
        }
        Ok(Self { text: text.to_owned(), exposed_host })
    }

    /// Returns the text as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Says that anybody on the way can read what is sent, where that is so.
    pub(crate) fn warning(&self) -> Option<String> {
        let host = self.exposed_host.as_ref()?;
        Some(format!(
            "{} is not encrypted: the data and the key can be read on the way to {host}; use https",
            self.text
        ))
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare.parse::<IpAddr>().is_ok_and(|address| match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.to_canonical().is_loopback(),
    });
    is_loopback || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_http_with_a_host() {
        for text in ["https://api.openai.com/v1", "HTTPS://x", "http://localhost:8080/v1/"] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), text);
        }
        let wrong = [
            "",
            "api.openai.com",
            "localhost:8080",
            "/v1",
            "https://",
            "https:///v1",
            "ftp://x/",
            "file:///etc",
            "https://a b",
            "http://x:99999",
            "http://x:",
            "http://[::1",
            "https:x",
            "http://x\n",
            "http://:80",
        ];
        for text in wrong {
            assert_eq!(BaseUrl::parse(text), Err(BaseUrlError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn what_may_hold_a_secret_is_refused_and_not_repeated() {
        for text in
            ["https://me:sk-1@x/v1", "https://sk-1@x", "https://x/v1?key=sk-1", "https://x#sk-1"]
        {
            let refusal = BaseUrl::parse(text).unwrap_err();
            assert_ne!(refusal, BaseUrlError::Malformed);
            assert!(!refusal.to_string().contains("sk-1"), "{refusal}");
        }
    }

    #[test]
    fn only_what_leaves_this_machine_in_the_open_is_warned_of() {
        let quiet = [
            "https://example.org",
            "http://localhost",
            "http://LOCALHOST:1/v1",
            "http://127.0.0.1:80",
            "http://127.9.9.9",
            "http://[::1]:8080/v1",
            "http://[::ffff:127.0.0.1]",
        ];
        for text in quiet {
            assert_eq!(BaseUrl::parse(text).unwrap().warning(), None, "{text}");
        }
        for text in [
            "http://example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "http://0.0.0.0",
        ] {
            assert!(BaseUrl::parse(text).unwrap().warning().is_some(), "{text}");
        }
    }
}
