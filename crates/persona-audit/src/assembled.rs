//! JSON assembled from values that stand elsewhere: what is left out, added or joined copies none of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Members by name, in the order in which objects are written.
pub(crate) type Members<'v> = BTreeMap<Cow<'v, str>, Assembled<'v>>;

/// A JSON value, of which those parts are taken apart that are not as they stood.
#[derive(Clone, Debug)]
pub(crate) enum Assembled<'v> {
    /// A value as it stands.
    As(&'v Value),
    /// A text.
    Text(Cow<'v, str>),
    /// An object taken apart.
    Object(Members<'v>),
    /// An array taken apart.
    Array(Vec<Self>),
}

impl<'v> Assembled<'v> {
    /// Assembles an object of members that stand by themselves.
    pub(crate) fn of_members(members: &'v Map<String, Value>) -> Self {
        Self::Object(borrowed(members))
    }

    /// Whether it is an object with a member `name` that is not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::As(value) => value.get(name).is_some_and(|member| !member.is_null()),
            Self::Object(members) => members.get(name).is_some_and(|member| !member.is_null()),
            Self::Text(_) | Self::Array(_) => false,
        }
    }

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::As(Value::Null))
    }

    /// Takes an object apart and returns its members; nothing else has any.
    pub(crate) fn members_mut(&mut self) -> Option<&mut Members<'v>> {
        if let Self::As(Value::Object(members)) = self {
            *self = Self::of_members(members);
        }
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// Takes an array apart and returns its items; nothing else has any.
    pub(crate) fn items_mut(&mut self) -> Option<&mut [Self]> {
        if let Self::As(Value::Array(items)) = self {
            *self = Self::Array(items.iter().map(Assembled::As).collect());
        }
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// Sets a member of an object.
    pub(crate) fn set(&mut self, name: &'v str, member: impl Into<Self>) {
        if let Some(members) = self.members_mut() {
            members.insert(Cow::Borrowed(name), member.into());
        }
    }

    /// Joins the members of another object to this one's; what this one sets, stands.
    pub(crate) fn join(&mut self, other: Self) {
        let theirs = match other {
            Self::As(Value::Object(members)) => borrowed(members),
            Self::Object(members) => members,
            Self::As(_) | Self::Text(_) | Self::Array(_) => return,
        };
        let Some(members) = self.members_mut() else { return };
        for (name, member) in theirs {
            match members.entry(name) {
                Entry::Vacant(place) => drop(place.insert(member)),
                Entry::Occupied(mut place) => place.get_mut().join(member),
            }
        }
    }
}

impl Serialize for Assembled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::As(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Object(members) => serializer.collect_map(members),
            Self::Array(items) => serializer.collect_seq(items),
        }
    }
}

impl<'v> From<&'v str> for Assembled<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Assembled<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'v, const N: usize> From<[(&'v str, Self); N]> for Assembled<'v> {
    fn from(members: [(&'v str, Self); N]) -> Self {
        Self::Object(
            members.into_iter().map(|(name, member)| (Cow::Borrowed(name), member)).collect(),
        )
    }
}

/// Null, where something is missing.
impl<T: Into<Self>> From<Option<T>> for Assembled<'_> {
    fn from(given: Option<T>) -> Self {
        given.map_or(Self::As(&Value::Null), Into::into)
    }
}

impl<'v> From<&'v Value> for Assembled<'v> {
    fn from(value: &'v Value) -> Self {
        Self::As(value)
    }
}

fn borrowed(members: &Map<String, Value>) -> Members<'_> {
    members.iter().map(member).collect()
}

/// Returns a member as it stands.
pub(crate) fn member<'v>((name, member): (&'v String, &'v Value)) -> (Cow<'v, str>, Assembled<'v>) {
    (Cow::Borrowed(name), Assembled::As(member))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record;

    #[test]
    fn joined_members_are_those_of_copies() {
        let one = json!({"a": {"x": 1, "y": null, "z": [1]}, "b": 2, "c": {"d": {"e": 1}}});
        let two = json!({"a": {"x": 2, "y": 3, "w": {}}, "b": {}, "c": {"d": {"f": 2}}, "n": null});
        for (first, second) in [(&one, &two), (&two, &one), (&one, &one)] {
            let mut joined = Assembled::As(first);
            joined.join(Assembled::As(second));
            let members = |value: &Value| value.as_object().unwrap().clone();
            let copied = record::join(members(first), Some(members(second)));
            assert_eq!(serde_json::to_value(joined).unwrap(), Value::Object(copied));
        }
    }

    #[test]
    fn what_is_taken_apart_stays_what_it_was() {
        let value = json!({"a": [{"b": 1}, "c", null], "d": {"e": 1.5}});
        let mut taken = Assembled::As(&value);
        for member in taken.members_mut().unwrap().values_mut() {
            if let Some(items) = member.items_mut() {
                assert!(items.iter_mut().filter_map(Assembled::members_mut).count() == 1);
            } else {
                assert!(member.has("e") && member.members_mut().is_some());
            }
        }
        assert_eq!(serde_json::to_string(&taken).unwrap(), value.to_string());
    }
}
