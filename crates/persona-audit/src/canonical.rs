//! Canonical JSON (RFC 8785) within I-JSON: the only spelling that is ever hashed or signed.
//!
//! Reading refuses what has another spelling, duplicate keys, and integers beyond 2^53-1, because a
//! canonicaliser would round those silently and give two different records one digest.

use std::{fmt, io};

use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::ser::Formatter;
use serde_json::{Map, Number, Value};

use crate::assembled::Assembled;
use crate::document::is_canonical;

/// The largest integer that every JSON reader keeps exact: 2^53-1.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Why bytes are not canonical JSON, or a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The bytes are not JSON, repeat a key, or hold an integer beyond 2^53-1.
    #[error("not I-JSON")]
    Json(#[source] serde_json::Error),
    /// The bytes are JSON in another spelling than RFC 8785 gives.
    #[error("not in canonical form")]
    Spelling,
    /// The value holds an integer beyond 2^53-1, which no canonical form keeps exact.
    #[error("the integer {0} is beyond 2^53-1")]
    Integer(String),
}

/// Returns the canonical bytes of `value`.
///
/// # Errors
/// [`CanonicalError::Integer`] where an integer beyond 2^53-1 stands; [`tame`] turns such integers
/// into strings beforehand.
pub fn to_canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    spell(value, is_plain(value)?)
}

/// Returns the canonical bytes of what is assembled.
pub(crate) fn assembled_to_canonical(value: &Assembled<'_>) -> Result<Vec<u8>, CanonicalError> {
    spell(value, is_assembled_plain(value)?)
}

fn spell(value: &impl Serialize, plain: bool) -> Result<Vec<u8>, CanonicalError> {
    if !plain {
        return serde_json_canonicalizer::to_vec(value).map_err(CanonicalError::Json);
    }
    let mut bytes = Vec::with_capacity(TYPICAL);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Plain);
    value.serialize(&mut serializer).map_err(CanonicalError::Json)?;
    Ok(bytes)
}

/// Most bodies are shorter.
const TYPICAL: usize = 2048;

/// Whether every key is ASCII, as in nearly all a log holds: then objects are sorted by byte already and
/// only floats are spelled otherwise than `serde_json` would, whose writer is several times faster.
fn is_plain(value: &Value) -> Result<bool, CanonicalError> {
    let mut plain = true;
    match value {
        Value::Number(number) if !is_safe(number) => {
            return Err(CanonicalError::Integer(number.to_string()));
        }
        Value::Array(items) => {
            for item in items {
                plain &= is_plain(item)?;
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                plain &= key.is_ascii() & is_plain(member)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(plain)
}

/// The same of what is assembled.
fn is_assembled_plain(value: &Assembled<'_>) -> Result<bool, CanonicalError> {
    let mut plain = true;
    match value {
        Assembled::As(value) => return is_plain(value),
        Assembled::Text(_) => {}
        Assembled::Object(members) => {
            for (key, member) in members {
                plain &= key.is_ascii() & is_assembled_plain(member)?;
            }
        }
        Assembled::Array(items) => {
            for item in items {
                plain &= is_assembled_plain(item)?;
            }
        }
    }
    Ok(plain)
}

/// Writes floats as RFC 8785 does, all else as it comes.
struct Plain;

impl Formatter for Plain {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(&serde_json_canonicalizer::to_vec(&value)?)
    }
}

/// Returns the value that `bytes` spell canonically.
///
/// # Errors
/// Every other spelling, a duplicate key, a lone surrogate, trailing bytes, an integer beyond
/// 2^53-1 without exponent.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, CanonicalError> {
    if is_canonical(bytes) {
        return serde_json::from_slice(bytes).map_err(CanonicalError::Json);
    }
    parse_by_reference(bytes)
}

/// Whether the reference takes `bytes`.
pub(crate) fn is_canonical_by_reference(bytes: &[u8]) -> bool {
    parse_by_reference(bytes).is_ok()
}

/// What [`is_canonical`] must agree with, and what says why bytes are refused: they are canonical when
/// writing what was read gives them back.
fn parse_by_reference(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value = parse_strict(bytes)?;
    if to_canonical(&value)? == bytes { Ok(value) } else { Err(CanonicalError::Spelling) }
}

/// Returns the value of I-JSON `bytes` in any spelling, refusing duplicate keys.
///
/// # Errors
/// What is not JSON, or repeats a key.
pub(crate) fn parse_strict(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(CanonicalError::Json)?;
    Ok(value)
}

/// Makes any value storable: integers beyond 2^53-1 become decimal strings.
pub fn tame(mut value: Value) -> Value {
    tame_in_place(&mut value);
    value
}

fn tame_in_place(value: &mut Value) {
    match value {
        Value::Number(number) if !is_safe(number) => *value = Value::String(decimal(number)),
        Value::Array(items) => items.iter_mut().for_each(tame_in_place),
        Value::Object(members) => members.values_mut().for_each(tame_in_place),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// All the digits of a whole number, however it was held.
fn decimal(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// Whether RFC 8785 keeps the number exact: it prints floats below 1e21 without exponent, where
/// they look like integers, so a whole float there is held to the same limit.
fn is_safe(number: &Number) -> bool {
    if let Some(integer) = number.as_i64() {
        return integer.unsigned_abs() <= MAX_SAFE_INTEGER;
    }
    if number.is_u64() {
        return false;
    }
    number.as_f64().is_some_and(|float| {
        float.abs() <= 9_007_199_254_740_991.0 || float.abs() >= 1e21 || float.fract() != 0.0
    })
}

/// A JSON value read without forgiving duplicate keys.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            let Strict(member) = members.next_value()?;
            object.insert(key, member);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_floats_are_held_to_the_limit_of_integers() {
        assert!(parse_canonical(b"1e+21").is_ok());
        assert!(parse_canonical(b"9007199254740991").is_ok());
        assert!(parse_canonical(b"9007199254740992").is_err());
        assert!(parse_canonical(b"18446744073709552000").is_err());
        assert!(parse_canonical(b"-9007199254740992").is_err());
    }

    #[test]
    fn tame_keeps_big_integers_as_text() {
        let tamed = tame(json!({"a": [u64::MAX, 7], "b": 1e20}));
        assert_eq!(tamed, json!({"a": ["18446744073709551615", 7], "b": "100000000000000000000"}));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(float in any::<f64>(), text in any::<String>(), whole in any::<i64>()) {
            let value = tame(json!({"f": float, "t": text, "i": whole}));
            let bytes = to_canonical(&value).unwrap();
            let read = parse_canonical(&bytes).unwrap();
            prop_assert_eq!(to_canonical(&read).unwrap(), bytes);
        }

        #[test]
        fn the_fast_spelling_is_the_canonical_one(
            text in any::<String>(), key in "[ -~\\x00-\\x1f\\x7f]{0,9}", whole in -9_007_199_254_740_991..9_007_199_254_740_991_i64,
            float in any::<f64>(),
        ) {
            let value = tame(json!({key: [text, whole, null, true], "a": {"b": whole, "c": float}, "A": text}));
            prop_assert!(is_plain(&value).unwrap());
            let slow = serde_json_canonicalizer::to_vec(&value).unwrap();
            prop_assert_eq!(&to_canonical(&value).unwrap(), &slow);
            let mut assembled = Assembled::As(&value);
            prop_assert!(assembled.members_mut().is_some());
            prop_assert_eq!(assembled_to_canonical(&assembled).unwrap(), slow);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(parse_canonical(&bytes));
        }
    }
}
