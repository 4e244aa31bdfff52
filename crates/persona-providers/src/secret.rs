//! A key for an API: wiped on drop, never shown, and taken out of whatever others say.

use std::fmt;

use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

/// What stands in the place of a key.
const SHOWN: &str = "[key]";
/// A shorter key, such as the `none` some local servers want, is also a word of ordinary text.
const LEAST_IN_ANSWERS: usize = 12;

/// A key for an API.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a key as given; white space around it is no part of it.
    ///
    /// # Errors
    /// When the key is empty, or has characters that no key has.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretError::Unprintable);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// `Bearer KEY`, marked so that nothing below prints it; none for a key that no header can hold.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes the key out of words about a request.
    pub(crate) fn taken_out_of(&self, words: &str) -> String {
        words.replace(self.0.as_str(), SHOWN)
    }

    /// Takes the key out of what a model wrote, where it cannot be there by chance.
    pub(crate) fn taken_out_of_answer(&self, text: String) -> String {
        let certain = LEAST_IN_ANSWERS <= self.0.len();
        if !certain {
            return text;
        }
        let spelt_out = unescaped(&text);
        let hidden = spelt_out.contains(self.0.as_str()) && !text.contains(self.0.as_str());
        self.taken_out_of(if hidden { &spelt_out } else { &text })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SHOWN)
    }
}

/// JSON with every character as itself that need not be escaped: a key written as `\\u006b…` is a key to
/// whoever reads the JSON.
fn unescaped(json: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(json.len()), json);
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let length = if escape.starts_with('u') { 5 } else { 1 };
        let (name, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        match spelt_out(name) {
            Some(character) => plain.push(character),
            None => plain.extend(["\\", name]),
        }
        rest = after;
    }
    plain + rest
}

/// The printable ASCII character that an escape stands for, but for the two that have to be escaped.
fn spelt_out(escape: &str) -> Option<char> {
    if escape == "/" {
        return Some('/');
    }
    let code = u8::from_str_radix(escape.strip_prefix("u00")?, 16).ok()?;
    let character = char::from(code);
    (character.is_ascii_graphic() && !matches!(character, '"' | '\\')).then_some(character)
}

/// Why a text is no key. No variant holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing, or only white space.
    #[error("it is empty")]
    Empty,
    /// White space within it, control characters, or letters outside ASCII.
    #[error("it has characters that no key has, such as a space or a line break")]
    Unprintable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_nowhere() {
        let key = Secret::new("  sk-planted-key-1\n").unwrap();
        assert_eq!(format!("{key:?}"), "[key]");
        assert_eq!(key.taken_out_of("Bearer sk-planted-key-1!"), "Bearer [key]!");
        assert_eq!(format!("{:?}", key.bearer().unwrap()), "Sensitive");
    }

    #[test]
    fn a_short_key_spoils_no_answer() {
        let key = Secret::new("none").unwrap();
        assert_eq!(key.taken_out_of_answer("none of it".to_owned()), "none of it");
        assert_eq!(key.taken_out_of("the key none"), "the key [key]");
    }

    #[test]
    fn a_key_that_json_spells_otherwise_is_found() {
        let key = Secret::new("sk-planted/key-1").unwrap();
        let taken = |text: &str| key.taken_out_of_answer(text.to_owned());
        assert_eq!(taken(r#"{"a":"s\u006b-planted\/key-1"}"#), r#"{"a":"[key]"}"#);
        assert_eq!(taken(r"\u0073\u006B-planted/key\u002d1\"), r"[key]\");
        // Without a key nothing is touched, and what must stay escaped stays so.
        let other = r#"\u0022 \\u006b \" \u00 \u006"#;
        assert_eq!((taken(other), unescaped(other)), (other.to_owned(), other.to_owned()));
        assert_eq!(unescaped("\\ué…"), "\\ué…");
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        assert_eq!(Secret::new(" \n").unwrap_err(), SecretError::Empty);
        for text in ["two words", "line\nbreak", "schlüssel", "nul\0"] {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::Unprintable);
        }
    }
}
