//! Columns that look like they name people. Wrongly hiding one costs a trait; wrongly showing one
//! costs somebody's privacy, so the rules lean towards hiding.

/// Whether a header of at most three words says that its cells identify people.
pub(super) fn header_names_people(header: &str) -> bool {
    const PERSONAL: [&str; 17] = [
        "name",
        "names",
        "firstname",
        "lastname",
        "surname",
        "fullname",
        "email",
        "mail",
        "phone",
        "telephone",
        "mobile",
        "address",
        "ssn",
        "dob",
        "birthdate",
        "ip",
        "username",
    ];
    const THINGS: [&str; 13] = [
        "product", "brand", "company", "app", "model", "file", "city", "store", "event", "plan",
        "team", "feature", "project",
    ];
    let words = words(header);
    words.len() <= 3
        && words.iter().any(|word| PERSONAL.contains(&word.as_str()))
        && !words.iter().any(|word| THINGS.contains(&word.as_str()))
}

/// The words of a header: split at anything but letters and digits and at `camelCase` humps.
pub(super) fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in header.chars() {
        let splits = !c.is_alphanumeric() || (was_lower && c.is_uppercase());
        if splits {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a word of the text is an e-mail address.
pub(crate) fn holds_email(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty()
                && host
                    .split_once('.')
                    .is_some_and(|(name, end)| !name.is_empty() && end.len() >= 2)
        })
    })
}

/// Whether the text holds what looks like a telephone number: nine digits or more, or seven with the
/// signs numbers are grouped by, in one run.
pub(crate) fn holds_phone(text: &str) -> bool {
    let is_part =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '.' | '/' | ' ');
    text.split(|c: char| !is_part(c)).any(|run| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let grouped = run.trim().chars().any(|c| matches!(c, '+' | '(' | '-' | ' '));
        (9..=15).contains(&digits) && (grouped || digits >= 10)
            || (digits >= 7 && run.contains('+'))
    })
}

/// Whether the text is shaped like a person's name: two to four capitalised words.
pub(super) fn looks_like_a_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|word| {
            let mut letters = word.chars();
            letters.next().is_some_and(char::is_uppercase)
                && letters.all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_name_people() {
        for header in ["Name", "first_name", "Participant name", "E-Mail", "phone", "emailAddress"]
        {
            assert!(header_names_people(header), "{header}");
        }
        for header in
            ["Product name", "What name would you give it?", "Age", "Username policy of the firm"]
        {
            assert!(!header_names_people(header), "{header}");
        }
    }

    #[test]
    fn values_that_reach_people() {
        assert!(holds_email("write to <jo.b@example.org>.") && !holds_email("me@home, 3 @ 4"));
        assert!(holds_phone("+49 30 1234567") && holds_phone("(555) 123-45678"));
        assert!(!holds_phone("under $2 in 2024") && !holds_phone("1234567"));
        assert!(looks_like_a_name("Ana María Pérez") && !looks_like_a_name("Great Idea!"));
    }
}
