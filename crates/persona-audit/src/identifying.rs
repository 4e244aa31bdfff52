//! The one list of members that identify people or places, and so stand in the private half.
//!
//! Attestation, erasure and encryption follow this list (docs/audit-format.md repeats it, and a test
//! compares the two). The output folder holds none of `session`, no path and no licence; names of columns and
//! files stand in it, since personas cite them.

use serde_json::{Map, Value};

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
pub(crate) fn take(body: &mut Value) -> Map<String, Value> {
    let mut taken = Map::new();
    for pattern in IDENTIFYING {
        let path: Vec<&str> = pattern.split('/').skip(1).collect();
        take_at(body, &path, "", &mut taken);
    }
    taken
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
