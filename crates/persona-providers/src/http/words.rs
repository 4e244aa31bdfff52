//! Others' words, made fit for a record and a terminal: short, one line, without the key.

use crate::secret::Secret;

const LONGEST: usize = 300;

/// Cleans what a server or the system says about a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) key: Option<&'a Secret>,
}

impl Words<'_> {
    /// At most 300 characters on one line.
    pub(crate) fn short(self, text: &str) -> String {
        let line = one_line(text);
        let line = self.key.map_or_else(|| line.clone(), |key| key.taken_out_of(&line));
        if line.chars().count() <= LONGEST {
            return line;
        }
        line.chars().take(LONGEST - 1).chain(['…']).collect()
    }

    /// What a model wrote, as long as it is.
    pub(crate) fn answer(self, text: String) -> String {
        match self.key {
            Some(key) => key.taken_out_of_answer(text),
            None => text,
        }
    }
}

/// White space becomes one space; what a terminal would obey, or not show, goes.
fn one_line(text: &str) -> String {
    let shown: String = text.chars().filter(|c| c.is_whitespace() || !is_hidden(*c)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, and those that hide or turn round the characters beside them.
fn is_hidden(c: char) -> bool {
    let turning =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    c.is_control() || turning || c == '\u{feff}' || c == '\u{ad}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_short_and_on_one_line() {
        let words = Words { key: None };
        assert_eq!(words.short("no\r\n  such\t\u{1b}[31mmodel\u{202e}\u{7}"), "no such [31mmodel");
        let long = words.short(&"é".repeat(400));
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with("é…"));
    }

    #[test]
    fn a_key_is_taken_out_before_the_text_is_shortened() {
        let key = Secret::new("sk-planted-key-1").unwrap();
        let words = Words { key: Some(&key) };
        let text = words.short(&format!("{}sk-planted-\u{200b}key-1", "a".repeat(293)));
        assert!(!text.contains("sk-"), "{text}");
    }
}
