//! The providers of this version and the settings each of them has. A further provider is a row of [`PROVIDERS`].

use super::{
    keys::{Fallback, Key},
    kind::Kind,
};

/// A provider that is asked over the network.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// Its name in `defaults.provider` and in `providers.NAME.*`.
    pub(crate) name: &'static str,
    /// Where its vendor answers.
    pub(crate) base_url: &'static str,
    /// The only place its key is read from.
    pub(crate) key_variable: &'static str,
}

/// Every provider of this version but the embedded one, which has no settings.
pub(crate) const PROVIDERS: &[Provider] = &[Provider {
    name: "openai",
    base_url: "https://api.openai.com/v1",
    key_variable: "OPENAI_API_KEY",
}];

/// The provider that needs no key and no network.
pub(crate) const EMBEDDED: &str = "embedded";

impl Provider {
    /// Finds a provider by its name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name == name)
    }

    /// Returns the provider a key belongs to, where it belongs to one.
    pub(crate) fn of_key(name: &str) -> Option<&'static Self> {
        name.strip_prefix("providers.")?.split('.').next().and_then(Self::find)
    }

    /// Returns the keys of this provider. They are asked for once and live as long as the process.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        SETTINGS.iter().map(|setting| Key {
            name: format!("providers.{}.{}", self.name, setting.name).leak(),
            kind: setting.kind,
            fallback: match setting.fallback {
                Fallback::Value("") => Fallback::Value(self.base_url),
                fallback @ (Fallback::Value(_) | Fallback::Unset(_)) => fallback,
            },
            about: setting.about,
        })
    }
}

/// A setting that each provider has.
struct Setting {
    name: &'static str,
    kind: Kind,
    /// An empty value stands for the provider's own.
    fallback: Fallback,
    about: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "base_url",
        kind: Kind::BaseUrl,
        fallback: Fallback::Value(""),
        about: "Where the provider answers. Anything that speaks its protocol may stand here; the key goes there too.",
    },
    Setting {
        name: "model",
        kind: Kind::Text,
        fallback: Fallback::Unset("`defaults.model`"),
        about: "The model that is asked, unless `-m` names one.",
    },
    Setting {
        name: "structured_output",
        kind: Kind::Choice { now: &["auto", "json_schema", "json_object", "none"], later: &[] },
        fallback: Fallback::Value("auto"),
        about: "How the form of an answer is asked for. `auto` begins with `json_schema` and steps down where that is \
                refused. Every answer is checked here in any case.",
    },
    Setting {
        name: "context_tokens",
        kind: Kind::Integer { least: 1024, most: 10_000_000 },
        fallback: Fallback::Unset("counted as 8192"),
        about: "How many tokens of prompt and answer the model takes at once; the evidence of a call is cut to fit.",
    },
    Setting {
        name: "request_timeout_seconds",
        kind: Kind::Integer { least: 1, most: 3600 },
        fallback: Fallback::Value("120"),
        about: "How many seconds one request may take.",
    },
    Setting {
        name: "retry_budget_seconds",
        kind: Kind::Integer { least: 0, most: 86_400 },
        fallback: Fallback::Value("300"),
        about: "How many seconds one call may take with its waits and repeats; 0 repeats nothing.",
    },
    Setting {
        name: "concurrency",
        kind: Kind::Integer { least: 1, most: 64 },
        fallback: Fallback::Value("4"),
        about: "How many requests run at once.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_can_be_chosen_and_has_all_settings() {
        let key = Key::find("defaults.provider").unwrap();
        for provider in PROVIDERS {
            assert!(key.kind.parse(provider.name).is_ok(), "{}", provider.name);
            for setting in SETTINGS {
                let name = format!("providers.{}.{}", provider.name, setting.name);
                assert_eq!(Provider::of_key(&name), Some(provider));
                assert!(Key::find(&name).is_some(), "{name}");
            }
        }
        assert_eq!(Provider::of_key("providers.other.model"), None);
    }
}
