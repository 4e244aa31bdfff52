//! JSON put together out of documents: what is left as it was stays a piece of their text.
//!
//! This is how halves become an event, events a record or a Statement, without a value of its own for
//! every number and word in them.

use std::borrow::Cow;

use crate::document::{Key, View, string};

/// A value, unfolded only where something in it was looked at or changed.
#[derive(Clone, Debug)]
pub(crate) enum Joined<'text> {
    /// As it stands in a document.
    As(View<'text>),
    /// Members in canonical order.
    Object(Vec<(Key<'text>, Self)>),
    /// Items.
    Array(Vec<Self>),
}

/// Which of two values stands, where two bodies set the same member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    First,
    Last,
}

impl<'text> Joined<'text> {
    /// Returns the members, where this is an object.
    pub(crate) fn members(&mut self) -> Option<&mut Vec<(Key<'text>, Self)>> {
        if let Self::As(view) = self {
            let mut members = Vec::with_capacity(12);
            members.extend(view.members()?.map(|(key, view)| (key, Self::As(view))));
            *self = Self::Object(members);
        }
        match self {
            Self::Object(members) => Some(members),
            Self::As(_) | Self::Array(_) => None,
        }
    }

    /// Returns the items, where this is an array.
    pub(crate) fn items(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::As(view) = self {
            *self = Self::Array(view.items()?.map(Self::As).collect());
        }
        match self {
            Self::Array(items) => Some(items),
            Self::As(_) | Self::Object(_) => None,
        }
    }

    /// Returns the member `name`, which needs no escape.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Self> {
        let members = self.members()?;
        members.iter_mut().find(|(key, _)| key.0 == name).map(|(_, member)| member)
    }

    /// Takes out the member `name`, which needs no escape.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Self> {
        let members = self.members()?;
        let place = members.iter().position(|(key, _)| key.0 == name)?;
        Some(members.remove(place).1)
    }

    /// Sets a member.
    pub(crate) fn set(&mut self, key: Key<'text>, value: Self) {
        let Some(members) = self.members() else { return };
        match members.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(place) => members.splice(place..=place, [(key, value)]).for_each(drop),
            Err(place) => members.insert(place, (key, value)),
        }
    }

    /// Puts a member back by JSON Pointer, as [`crate::identifying::put`] does: the parent must be
    /// there, and the place free.
    pub(crate) fn put(&mut self, pointer: &'text str, value: Self) -> Option<()> {
        let (parent, name) = pointer.rsplit_once('/')?;
        let mut place = self;
        let mut path = parent.split('/');
        if path.next() != Some("") {
            return None;
        }
        for part in path {
            place = place.step(part)?;
        }
        let (key, members) = (Key(name), place.members()?);
        let free = members.binary_search_by(|(other, _)| other.cmp(&key)).err()?;
        members.insert(free, (key, value));
        Some(())
    }

    /// Goes one part of a JSON Pointer (RFC 6901) down.
    fn step(&mut self, part: &str) -> Option<&mut Self> {
        let part = unescaped(part);
        if self.members().is_some() {
            return self.get(&part);
        }
        let plain = part.len() == 1 || !part.starts_with(['0', '+']);
        self.items()?.get_mut(part.parse::<usize>().ok().filter(|_| plain)?)
    }

    /// Takes out what a pattern of [`crate::identifying::IDENTIFYING`] names, but for nulls.
    pub(crate) fn strip(&mut self, path: &[&str]) {
        match path {
            ["*", rest @ ..] if self.items().is_some() => {
                for item in self.items().into_iter().flatten() {
                    item.strip(rest);
                }
            }
            [name] => {
                if self.get(name).is_some_and(|member| !member.is_null()) {
                    drop(self.remove(name));
                }
            }
            [name, rest @ ..] => {
                if let Some(member) = self.get(name) {
                    member.strip(rest);
                }
            }
            [] => {}
        }
    }

    /// Joins `other` into this, member by member.
    pub(crate) fn join(&mut self, mut other: Self, stands: Stands) {
        if self.members().is_none() || other.members().is_none() {
            if stands == Stands::Last {
                *self = other;
            }
            return;
        }
        let (Self::Object(ours), Self::Object(theirs)) = (self, other) else { return };
        let mut merged = Vec::with_capacity(ours.len() + theirs.len());
        let mut left = std::mem::take(ours).into_iter().peekable();
        for (key, theirs) in theirs {
            while let Some(before) = left.next_if(|(other, _)| *other < key) {
                merged.push(before);
            }
            match left.next_if(|(other, _)| *other == key) {
                Some((_, mut ours)) => {
                    ours.join(theirs, stands);
                    merged.push((key, ours));
                }
                None => merged.push((key, theirs)),
            }
        }
        merged.extend(left);
        *ours = merged;
    }

    /// Returns the pointers of members that this and another body set to different values.
    pub(crate) fn conflicts(&mut self, other: &mut Self) -> Vec<String> {
        let (Some(ours), Some(theirs)) = (self.members(), other.members()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut ours = ours.iter_mut().peekable();
        for (key, theirs) in theirs {
            while ours.next_if(|(other, _)| other < key).is_some() {}
            let Some((_, ours)) = ours.next_if(|(other, _)| other == key) else { continue };
            let name = key.name();
            if ours.members().is_some() && theirs.members().is_some() {
                let below = ours.conflicts(theirs);
                found.extend(below.into_iter().map(|pointer| format!("/{name}{pointer}")));
            } else if ours.text() != theirs.text() {
                found.push(format!("/{name}"));
            }
        }
        found
    }

    /// Whether this is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::As(view) if view.text() == "null")
    }

    /// Returns the text of a string.
    pub(crate) fn string(&self) -> Option<Cow<'text, str>> {
        match self {
            Self::As(view) => string(view.text()),
            Self::Object(_) | Self::Array(_) => None,
        }
    }

    /// Returns the canonical text.
    pub(crate) fn text(&self) -> Cow<'text, str> {
        match self {
            Self::As(view) => Cow::Borrowed(view.text()),
            Self::Object(_) | Self::Array(_) => {
                let mut text = String::new();
                self.write(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Adds the canonical text to `out`.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::As(view) => out.push_str(view.text()),
            Self::Object(members) => {
                out.push('{');
                for (place, (key, member)) in members.iter().enumerate() {
                    out.push_str(if place == 0 { "\"" } else { ",\"" });
                    out.push_str(key.0);
                    out.push_str("\":");
                    member.write(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
        }
    }
}

/// A part of a JSON Pointer (RFC 6901) as the name that it means.
fn unescaped(part: &str) -> Cow<'_, str> {
    if part.contains('~') {
        Cow::Owned(part.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(part)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::canonical::to_canonical;
    use crate::document::Document;
    use crate::identifying::{self, IDENTIFYING};
    use crate::record;

    /// Objects of few names, so that two of them meet.
    fn object() -> impl Strategy<Value = Map<String, Value>> {
        let leaf = prop_oneof![
            Just(Value::Null),
            (0..3_u8).prop_map(Value::from),
            "[é\"]".prop_map(Value::from)
        ];
        let name = "input|output|session|user|sources|path|reason|note|[a\\u{e000}\\u{1f600}\n/~]";
        let value = leaf.prop_recursive(4, 30, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map(name, inner, 0..5).prop_map(Value::from_iter),
            ]
        });
        proptest::collection::btree_map(name, value, 0..6).prop_map(Map::from_iter)
    }

    fn conflicts(one: &Map<String, Value>, other: &Map<String, Value>) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in other {
            match (one.get(name), value) {
                (Some(Value::Object(inner)), Value::Object(value)) => {
                    let below = conflicts(inner, value);
                    found.extend(below.into_iter().map(|pointer| format!("/{name}{pointer}")));
                }
                (Some(present), value) if present != value => found.push(format!("/{name}")),
                (Some(_) | None, _) => {}
            }
        }
        found
    }

    fn document(value: &Map<String, Value>) -> Document {
        Document::read(to_canonical(&Value::Object(value.clone())).unwrap()).unwrap()
    }

    fn read(joined: &Joined<'_>) -> Value {
        let text = joined.text();
        assert!(Document::read(text.as_bytes().to_vec()).is_some(), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn documents_join_and_part_as_values_do(one in object(), other in object()) {
            let (first, second) = (document(&one), document(&other));
            let pieces = || (Joined::As(first.root()), Joined::As(second.root()));
            let (mut a, mut b) = pieces();
            let mut conflicts = conflicts(&one, &other);
            conflicts.sort();
            let mut found = a.conflicts(&mut b);
            found.sort();
            prop_assert_eq!(found, conflicts);

            let (mut joined, b) = pieces();
            joined.join(b, Stands::First);
            let mut value = Value::Object(record::join(one, Some(other)));
            prop_assert_eq!(read(&joined), value.clone());

            drop(identifying::reference::take(&mut value));
            for pattern in IDENTIFYING {
                joined.strip(&pattern.split('/').skip(1).collect::<Vec<_>>());
            }
            prop_assert_eq!(read(&joined), value);
        }

        #[test]
        fn members_are_put_back_as_into_values(
            body in object(),
            pointers in proptest::collection::btree_map(
                "(/(input|session|sources|user|path|0|1|00|\\+0|a|~1|~0)){0,3}|a", 0..3_u8, 0..4),
        ) {
            let private = pointers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
            let (public, put) = (document(&body), document(&private));
            let mut joined = Joined::As(public.root());
            let fits = put.root().members().unwrap().all(|(key, view)| joined.put(key.0, Joined::As(view)).is_some());
            let mut value = Value::Object(body);
            prop_assert_eq!(fits, identifying::put(&mut value, private).is_ok());
            if fits {
                prop_assert_eq!(read(&joined), value);
            }
        }
    }
}
