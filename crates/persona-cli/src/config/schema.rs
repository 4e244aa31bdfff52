//! The JSON Schema (2020-12) of a configuration file, made from the table of keys, for editors that complete and check.

use serde_json::{Map, Value as Json, json};

use super::{KEYS, Key, keys::Fallback, kind::Kind, layer::Role};

/// Returns the schema of the user's file or of a project's.
pub(crate) fn schema(role: Role) -> Json {
    let mut root = section();
    for key in KEYS.iter().filter(|key| role == Role::User || key.is_for_projects()) {
        insert(&mut root, key.name, property(key));
    }
    let (title, description) = match role {
        Role::User => (
            "Configuration of persona",
            "The user's config.toml. Keys of providers are read from the environment and have no place here.",
        ),
        Role::Project => (
            "Configuration of a project for persona",
            "A project's persona.toml, which must not touch the audit log or choose an address.",
        ),
    };
    let head = [
        ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ("title", title),
        ("description", description),
    ];
    root.extend(head.map(|(name, text)| (name.to_owned(), json!(text))));
    Json::Object(root)
}

/// An object that has the properties it names and no other.
fn section() -> Map<String, Json> {
    let members = [("type", json!("object")), ("additionalProperties", json!(false))];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Puts a property where the dots of its name lead.
fn insert(object: &mut Map<String, Json>, name: &str, property: Json) {
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    let Some(properties) = properties.as_object_mut() else { return };
    match name.split_once('.') {
        None => {
            properties.insert(name.to_owned(), property);
        }
        Some((first, rest)) => {
            let inner = properties.entry(first).or_insert_with(|| Json::Object(section()));
            if let Some(inner) = inner.as_object_mut() {
                insert(inner, rest, property);
            }
        }
    }
}

fn property(key: &Key) -> Json {
    let mut property = shape(key.kind);
    let Some(members) = property.as_object_mut() else { return property };
    let mut about = key.about.to_owned();
    match key.fallback {
        Fallback::Unset(words) => about = format!("{about} Without it: {words}."),
        Fallback::Value(text) => {
            let value = key.kind.parse(text).map_or(Json::Null, |value| json!(value));
            members.insert("default".to_owned(), value);
        }
    }
    members.insert("description".to_owned(), json!(about));
    property
}

/// What a file may hold, as [`Kind::read_toml`] takes it.
fn shape(kind: Kind) -> Json {
    match kind {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer { least, most } => integer(least, most),
        Kind::Text => json!({ "type": "string", "pattern": LINE, "not": { "pattern": API_KEY } }),
        Kind::Folder(_) => json!({ "type": "string", "pattern": LINE }),
        Kind::Choice { now, later: _ } => json!({ "enum": now }),
        Kind::Count => {
            json!({ "anyOf": [{ "const": "auto" }, integer(1, super::kind::MOST_PERSONAS)] })
        }
        Kind::Words(words) => {
            json!({ "type": "array", "items": { "enum": words }, "minItems": 1 })
        }
        Kind::LogName => {
            json!({ "type": "string", "pattern": r"^[^\s\p{Cc}+]+$", "maxLength": 200 })
        }
        Kind::DatabaseUrl => {
            json!({ "type": "string", "pattern": r"^postgres(ql)?://[^\s\p{Cc}]*$" })
        }
        Kind::BaseUrl => {
            json!({ "type": "string", "format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://[^\\s@?#/:][^\\s@?#]*$" })
        }
    }
}

/// One line with something in it.
const LINE: &str = r"^[^\p{Cc}]*[^\s\p{Cc}][^\p{Cc}]*$";

/// What looks like a provider's key.
const API_KEY: &str = r"^(sk-\S{17,}|AIza\S{16,})$";

fn integer(least: i64, most: i64) -> Json {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

#[cfg(test)]
mod tests;
