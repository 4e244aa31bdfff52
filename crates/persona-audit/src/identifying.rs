//! The one list of members that identify people or places, and so stand in the private half.
//!
//! Attestation, erasure and encryption follow this list (docs/audit-format.md repeats it, and a test
//! compares the two). The output folder holds none of `session`, no path and no licence; names of columns and
//! files stand in it, since personas cite them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::assembled::{Assembled, Members};

/// JSON Pointers, where `*` stands for every position of an array.
pub const IDENTIFYING: [&str; 19] = [
    "/session/user",
    "/session/host",
    "/session/command",
    "/session/directory",
    "/input/data_path",
    "/input/columns",
    "/input/sources/*/path",
    "/input/licence",
    "/input/source",
    "/generation/prompt_variables",
    "/generation/template_path",
    "/generation/parameters/base_url",
    "/output/output_path",
    "/quality/issues/*/message",
    "/quality/issues/*/source",
    "/error/message",
    "/reason",
    "/note",
    "/name",
];

/// Takes the identifying members out of `body` and returns them by JSON Pointer. Nulls stay: they
/// identify nobody.
pub(crate) fn take<'v>(body: &mut Assembled<'v>) -> Assembled<'v> {
    let mut taken = Members::new();
    for pattern in IDENTIFYING {
        take_at(body, pattern.trim_start_matches('/'), &mut String::new(), &mut taken);
    }
    Assembled::Object(taken)
}

/// Puts members back by JSON Pointer; returns the first pointer whose parent is not there, or whose
/// place is taken: the private half adds to the public one and changes nothing in it.
pub(crate) fn put(body: &mut Value, members: Map<String, Value>) -> Result<(), String> {
    for (pointer, member) in members {
        let place = pointer.rsplit_once('/').and_then(|(parent, name)| {
            body.pointer_mut(parent).and_then(Value::as_object_mut).map(|object| (object, name))
        });
        match place {
            Some((object, name)) if !object.contains_key(name) => {
                object.insert(name.to_owned(), member);
            }
            Some(_) | None => return Err(pointer),
        }
    }
    Ok(())
}

fn take_at<'v>(
    value: &mut Assembled<'v>,
    path: &str,
    pointer: &mut String,
    taken: &mut Members<'v>,
) {
    let Some((name, rest)) = path.split_once('/') else {
        if value.has(path)
            && let Some(member) = value.members_mut().and_then(|members| members.remove(path))
        {
            taken.insert(Cow::Owned(format!("{pointer}/{path}")), member);
        }
        return;
    };
    let length = pointer.len();
    if name == "*" {
        for (position, item) in value.items_mut().unwrap_or_default().iter_mut().enumerate() {
            pointer.push('/');
            pointer.push_str(&position.to_string());
            take_at(item, rest, pointer, taken);
            pointer.truncate(length);
        }
    } else if value.has(name)
        && let Some(member) = value.members_mut().and_then(|members| members.get_mut(name))
    {
        pointer.push('/');
        pointer.push_str(name);
        take_at(member, rest, pointer, taken);
        pointer.truncate(length);
    }
}

/// The same with values of their own: what [`take`] and others are compared with.
#[cfg(test)]
pub(crate) mod reference {
    use serde_json::{Map, Value};

    use super::IDENTIFYING;

    pub(crate) fn take(body: &mut Value) -> Map<String, Value> {
        let mut taken = Map::new();
        for pattern in IDENTIFYING {
            let path: Vec<&str> = pattern.split('/').skip(1).collect();
            take_at(body, &path, "", &mut taken);
        }
        taken
    }

    fn take_at(value: &mut Value, path: &[&str], pointer: &str, taken: &mut Map<String, Value>) {
        match (path, value) {
            (["*", rest @ ..], Value::Array(items)) => {
                for (position, item) in items.iter_mut().enumerate() {
                    take_at(item, rest, &format!("{pointer}/{position}"), taken);
                }
            }
            ([name], Value::Object(members)) => {
                if members.get(*name).is_some_and(|member| !member.is_null())
                    && let Some(member) = members.remove(*name)
                {
                    taken.insert(format!("{pointer}/{name}"), member);
                }
            }
            ([name, rest @ ..], Value::Object(members)) => {
                if let Some(member) = members.get_mut(*name) {
                    take_at(member, rest, &format!("{pointer}/{name}"), taken);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            Just(json!("text")),
            Just(json!(7)),
            Just(json!([{"path": "a", "message": "b", "source": null}, {"path": null}, [], "c"])),
        ];
        let name = prop_oneof![
            Just("session"),
            Just("input"),
            Just("sources"),
            Just("quality"),
            Just("issues"),
            Just("user"),
            Just("columns"),
            Just("path"),
            Just("name"),
            Just("note"),
            Just("error"),
            Just("message"),
            Just("é/~"),
        ];
        leaf.prop_recursive(4, 64, 8, move |inner| {
            prop_oneof![
                proptest::collection::btree_map(name.clone(), inner.clone(), 0..8)
                    .prop_map(|members| json!(members)),
                proptest::collection::vec(inner, 0..3).prop_map(Value::Array),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_the_reference_takes(value in body()) {
            let mut assembled = Assembled::As(&value);
            let taken = serde_json::to_value(take(&mut assembled)).unwrap();
            let mut rest = value.clone();
            let expected = reference::take(&mut rest);
            prop_assert_eq!(taken, Value::Object(expected));
            prop_assert_eq!(serde_json::to_value(assembled).unwrap(), rest);
        }
    }
}
