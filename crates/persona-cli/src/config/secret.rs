//! Names that promise a secret. The configuration keeps none: keys of providers are read from the environment only.

use super::providers::Provider;

/// Returns whether a name that is no key asks for something that must not be stored.
pub(super) fn is_secret(name: &str) -> bool {
    let (section, last) = name.rsplit_once('.').unwrap_or(("", name));
    let bare = |text: &str| text.to_ascii_lowercase().replace(['_', '-', '"'], "");
    let (section, last) = (bare(section), bare(last));
    let anywhere = ["apikey", "secret", "secretkey", "password", "passwd", "passphrase"];
    let of_provider =
        ["key", "token", "auth", "authorization", "bearer", "credential", "credentials"];
    anywhere.iter().any(|ending| last.ends_with(ending))
        || (section.starts_with("provider") && of_provider.iter().any(|end| last.ends_with(end)))
}

/// Says where the key is read from instead.
pub(super) fn hint(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace("persona_", "").replace("__", ".");
    let variable =
        Provider::of_key(&name).map_or("OPENAI_API_KEY", |provider| provider.key_variable);
    format!(
        "keys are read from the environment only, such as {variable}; one that stood in a command or a file should be \
         revoked"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;

    #[test]
    fn what_promises_a_secret_is_seen_in_every_spelling() {
        let secrets = [
            "providers.openai.api_key",
            "providers.openai.apikey",
            "providers.openai.API-Key",
            "providers.openai.key",
            "providers.openai.token",
            "providers.x.auth.bearer",
            "api_key",
            "openai_api_key",
            "OPENAI_API_KEY",
            "providers.openai.client_secret",
            "audit.password",
        ];
        for name in secrets {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn no_key_of_this_version_and_no_slip_of_one_promises_a_secret() {
        for key in KEYS.iter() {
            assert!(!is_secret(key.name), "{}", key.name);
        }
        for name in ["audit.key", "audit.keypath", "providers.openai.context_token_count"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn the_hint_names_the_providers_own_variable() {
        assert!(hint("providers.openai.api_key").contains("OPENAI_API_KEY"));
    }
}
