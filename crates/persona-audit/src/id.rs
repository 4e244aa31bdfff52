//! The ids of runs and of logs.

use std::fmt;

use data_encoding::HEXLOWER;
use uuid::{Builder, Uuid};

use crate::time::Time;

/// The id of one run: a `UUIDv7` (RFC 9562), lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditId(String);

impl AuditId {
    /// Makes the id of a run opened at `time`.
    pub fn new(time: Time, random: [u8; 10]) -> Self {
        let uuid = Builder::from_unix_timestamp_millis(time.unix_milliseconds(), &random);
        Self(uuid.into_uuid().hyphenated().to_string())
    }

    /// Reads an id in full: hyphenated, lower case, version 7.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |(place, byte): (usize, u8)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'7',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        };
        (text.len() == 36 && text.bytes().enumerate().all(fits)).then(|| Self(text.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as a number; ids sort alike as numbers and as text.
    pub(crate) fn to_number(&self) -> u128 {
        Uuid::try_parse(&self.0).map_or(0, |uuid| uuid.as_u128())
    }

    /// Returns the id of this number.
    pub(crate) fn of_number(number: u128) -> Self {
        Self(Uuid::from_u128(number).hyphenated().to_string())
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a log, drawn when it is opened; it never changes and names nobody.
///
/// It is the first line of every checkpoint and the key name of every signature, so it holds no
/// white space, no control characters and no `+` (C2SP signed-note).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Makes a random origin: `persona/` and 32 hex digits.
    pub fn random(random: [u8; 16]) -> Self {
        Self(format!("persona/{}", HEXLOWER.encode(&random)))
    }

    /// Takes 1 to 200 bytes fit for a key name.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        (!text.is_empty() && text.len() <= 200 && text.chars().all(fits))
            .then(|| Self(text.to_owned()))
    }

    /// Returns the origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let time = |text| Time::parse(text).unwrap();
        let first = AuditId::new(time("2025-12-15T10:30:00.000000Z"), [255; 10]);
        let second = AuditId::new(time("2025-12-15T10:30:00.001000Z"), [0; 10]);
        assert!(first < second && first.to_number() < second.to_number());
        assert_eq!(AuditId::of_number(first.to_number()), first);
        assert_eq!(AuditId::parse(first.as_str()), Some(first));
    }

    #[test]
    fn other_spellings_are_no_ids() {
        for text in ["", "0190f5a0000070008000000000000001", "0190F5A0-0000-7000-8000-000000000001"]
        {
            assert_eq!(AuditId::parse(text), None, "{text}");
        }
        assert_eq!(AuditId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8"), None, "version 4");
    }

    #[test]
    fn origins_are_fit_for_key_names() {
        assert!(Origin::parse("example.org/personas").is_some());
        for text in ["", "two words", "a+b", "line\nbreak"] {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }
}
