//! Values as they lie in the database, whatever type a column has been given.

use std::error::Error;

use data_encoding::HEXLOWER;
use tokio_postgres::types::{FromSql, Type};

/// What is taken for the bytes of a value; a value of another type comes back as bytes that no hash fits.
#[derive(Debug)]
pub(super) struct Bytes(pub(super) Option<Vec<u8>>);

/// A value as text; bytes that are none come back in a spelling that no honest row holds.
#[derive(Debug)]
pub(super) struct Text(pub(super) Option<String>);

/// A value as a whole number; what is none becomes the least, which no honest row holds.
#[derive(Debug)]
pub(super) struct Whole(pub(super) i64);

type Unreadable = Box<dyn Error + Sync + Send>;

impl<'a> FromSql<'a> for Bytes {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Unreadable> {
        Ok(Self(Some(raw.to_vec())))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Unreadable> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl<'a> FromSql<'a> for Text {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Unreadable> {
        let text = str::from_utf8(raw).map(unescaped);
        Ok(Self(Some(text.unwrap_or_else(|_| format!("\0{}", HEXLOWER.encode(raw))))))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Unreadable> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl<'a> FromSql<'a> for Whole {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Unreadable> {
        let number = match *kind {
            Type::INT8 => raw.try_into().map(i64::from_be_bytes).ok(),
            Type::INT4 => raw.try_into().map(|raw| i64::from(i32::from_be_bytes(raw))).ok(),
            Type::INT2 => raw.try_into().map(|raw| i64::from(i16::from_be_bytes(raw))).ok(),
            _ => None,
        };
        Ok(Self(number.unwrap_or(i64::MIN)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Unreadable> {
        Ok(Self(i64::MIN))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Spells text for a column: PostgreSQL's text holds every character but U+0000, so that one is written
/// as U+001A and `0`, and U+001A twice.
pub(super) fn escaped(text: &str) -> String {
    if text.contains(['\0', '\u{1a}']) {
        text.replace('\u{1a}', "\u{1a}\u{1a}").replace('\0', "\u{1a}0")
    } else {
        text.to_owned()
    }
}

/// Undoes [`escaped`]; what it would not have written stays as it lies.
fn unescaped(text: &str) -> String {
    if !text.contains('\u{1a}') {
        return text.to_owned();
    }
    let mut read = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, characters.as_str().chars().next()) {
            ('\u{1a}', Some(next @ ('0' | '\u{1a}'))) => {
                read.push(if next == '0' { '\0' } else { next });
                characters.next();
            }
            (other, _) => read.push(other),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[\\x00\\x1a0a\u{2028}é]{0,12}") {
            let stored = escaped(&text);
            prop_assert!(!stored.contains('\0'));
            prop_assert_eq!(unescaped(&stored), text);
        }
    }

    #[test]
    fn values_of_another_type_are_none_that_an_honest_row_holds() {
        assert_eq!(Whole::from_sql(&Type::TEXT, b"7").unwrap().0, i64::MIN);
        assert_eq!(Whole::from_sql(&Type::INT4, &[0, 0, 0, 7]).unwrap().0, 7);
        assert_eq!(Text::from_sql(&Type::BYTEA, &[0xff]).unwrap().0.unwrap(), "\0ff");
    }
}
