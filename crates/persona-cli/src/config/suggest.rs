//! What was perhaps meant: the nearest of the words that would have been right.

use super::{
    KEYS, Key,
    providers::{PROVIDERS, Provider},
};

/// Below this a suggestion confuses more than it helps.
pub(super) const LEAST_LIKENESS: f64 = 0.5;

/// Says what to write instead of a name that is no key.
pub(super) fn instead_of(name: &str) -> String {
    if is_section(name) {
        return format!(
            "`{name}` is a section: its keys stand below `[{name}]`, and in `persona config list`"
        );
    }
    if Key::find(name).is_some() {
        return format!("write `{name}` without quotes, where dots separate");
    }
    if let Some(stranger) = unknown_provider(name) {
        let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        return format!("`{stranger}` has no settings in this version; {} has", known.join(", "));
    }
    let sections: Vec<&str> = KEYS.iter().map(|key| key.parts().0).collect();
    match (Key::nearest(name), nearest(name, &sections)) {
        (_, Some(section)) if !name.contains('.') || section.matches('.').eq(name.matches('.')) => {
            format!("did you mean the section `{section}`?")
        }
        (Some(key), _) => format!("did you mean `{}`?", key.name),
        (None, _) => "`persona config list` shows every key".to_owned(),
    }
}

/// Returns the word most like `text`, if one is like it at all. Capitals make no difference.
pub(super) fn nearest<'word>(text: &str, words: &[&'word str]) -> Option<&'word str> {
    let text = text.to_ascii_lowercase();
    let scored = words.iter().map(|word| (likeness(word, &text), *word));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(likeness, _)| LEAST_LIKENESS < *likeness).map(|(_, word)| word)
}

/// Returns how alike two names are, from 0 to 1. Names beyond any key's length are like none.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    const LONGEST: usize = 200;
    if LONGEST < other.len() {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(one, other)
}

/// Returns the provider in the name of a setting, where it is none of this version and no slip of one.
pub(super) fn unknown_provider(name: &str) -> Option<&str> {
    let provider = name.strip_prefix("providers.")?.split('.').next()?;
    let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
    let is_known = Provider::find(provider).is_some() || nearest(provider, &known).is_some();
    (!is_known).then_some(provider)
}

/// Returns whether keys stand below a name.
pub(super) fn is_section(name: &str) -> bool {
    let inside = format!("{name}.");
    KEYS.iter().any(|key| key.name.starts_with(&inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sections_and_providers_are_told_apart() {
        let cases = [
            ("audit.retenton_days", "did you mean `audit.retention_days`?"),
            ("retention_days", "did you mean `audit.retention_days`?"),
            ("audti", "did you mean the section `audit`?"),
            ("Defaults", "did you mean the section `defaults`?"),
            ("audti.enabled", "did you mean `audit.enabled`?"),
            (
                "audit",
                "`audit` is a section: its keys stand below `[audit]`, and in `persona config list`",
            ),
            (
                "providers",
                "`providers` is a section: its keys stand below `[providers]`, and in `persona config list`",
            ),
            ("providers.opnai", "did you mean the section `providers.openai`?"),
            ("providers.opnai.model", "did you mean `providers.openai.model`?"),
            ("provider.openai.model", "did you mean `providers.openai.model`?"),
            (
                "providers.anthropic.model",
                "`anthropic` has no settings in this version; openai has",
            ),
            ("zzz", "`persona config list` shows every key"),
        ];
        for (name, hint) in cases {
            assert_eq!(instead_of(name), hint, "{name}");
        }
    }

    #[test]
    fn a_name_of_a_megabyte_is_like_nothing_and_takes_no_time() {
        assert_eq!(instead_of(&"x.".repeat(500_000)), "`persona config list` shows every key");
    }
}
