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
        let text = str::from_utf8(raw).map(ToOwned::to_owned);
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

/// Text for a column, which holds every character but U+0000: as in the rows of every store, U+FFFD stands
/// for that one.
pub(super) fn column_text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_another_type_are_none_that_an_honest_row_holds() {
        assert_eq!(Whole::from_sql(&Type::TEXT, b"7").unwrap().0, i64::MIN);
        assert_eq!(Whole::from_sql(&Type::INT4, &[0, 0, 0, 7]).unwrap().0, 7);
        assert_eq!(Text::from_sql(&Type::BYTEA, &[0xff]).unwrap().0.unwrap(), "\0ff");
    }
}
