//! A configuration value, whatever layer or notation it came from.

use std::fmt;

use config::ValueKind;
use serde::Serialize;

/// One value. Its [`Kind`](super::kind::Kind) says which form it takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)] // written, never read: JSON output shows the bare value
pub(crate) enum Value {
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<String>),
}

impl Value {
    /// Takes back a value that a layer was given; layers hold no other kinds.
    pub(super) fn from_layers(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Boolean(value) => Self::Boolean(value),
            ValueKind::I64(value) => Self::Integer(value),
            ValueKind::Array(values) => {
                Self::List(values.into_iter().map(|value| value.to_string()).collect())
            }
            other @ (ValueKind::Nil
            | ValueKind::I128(_)
            | ValueKind::U64(_)
            | ValueKind::U128(_)
            | ValueKind::Float(_)
            | ValueKind::String(_)
            | ValueKind::Table(_)) => Self::Text(other.to_string()),
        }
    }
}

impl From<Value> for ValueKind {
    fn from(value: Value) -> Self {
        match value {
            Value::Boolean(value) => value.into(),
            Value::Integer(value) => value.into(),
            Value::Text(value) => value.into(),
            Value::List(values) => values.into(),
        }
    }
}

impl From<Value> for toml_edit::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Boolean(value) => value.into(),
            Value::Integer(value) => value.into(),
            Value::Text(value) => value.into(),
            Value::List(values) => values.into_iter().collect(),
        }
    }
}

/// The notation that `config set` and the environment accept.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Text(value) => value.fmt(formatter),
            Self::List(values) => values.join(",").fmt(formatter),
        }
    }
}
