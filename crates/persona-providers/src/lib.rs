//! Language models behind persona-core's drafting: one client for each API, one transport below them.
//!
//! A client turns a [`persona_core::provider::Question`] into bytes and an answer's bytes into words;
//! both halves are pure. The transport hashes the exact bytes, bounds what it reads, waits and tries
//! again. Nothing here reads the environment; a key is never printed, and is sent to one host only.
//!
//! ```
//! use persona_core::provider::Provider as _;
//! use persona_providers::{OpenAi, OpenAiSettings, Url};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = OpenAiSettings::new(Url::parse("http://127.0.0.1:8081/v1")?, "smollm2");
//! let model = OpenAi::new(settings)?;
//! assert_eq!(model.settings()["structured_output"], "auto");
//! # Ok(())
//! # }
//! ```

mod form;
mod http;
pub mod openai;
mod secret;
#[cfg(test)]
mod testing;

pub use form::StructuredOutput;
pub use http::{Pace, Proxy, SetupError, Timeouts};
pub use openai::{OpenAi, OpenAiSettings};
/// The address of an API, parsed.
pub use reqwest::Url;
pub use secret::{Secret, SecretError};
