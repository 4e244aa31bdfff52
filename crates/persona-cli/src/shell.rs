//! Words of a command that is printed to be run: a log may have any name.

/// Writes a word as a POSIX shell takes it.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/+=._:-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(word("persona/0a+1b+AQ=="), "persona/0a+1b+AQ==");
        assert_eq!(word("$(rm)"), "'$(rm)'");
        assert_eq!(word("my'log"), r"'my'\''log'");
        assert_eq!(word(""), "''");
    }
}
