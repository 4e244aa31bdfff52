//! A JSON Schema without the keywords that strict mode does not take.
//!
//! What is left out here, such as `maxLength`, is still checked by whoever reads the answer. That every
//! property is required and no other is allowed, which strict mode wants too, is for the schema to say.

use serde_json::{Map, Value};

/// Keywords whose value is kept as it is.
const PLAIN: [&str; 15] = [
    "type",
    "required",
    "enum",
    "const",
    "$ref",
    "title",
    "description",
    "pattern",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
];
/// Keywords that hold a schema, a list of schemas, or `true` or `false`.
const SCHEMAS: [&str; 3] = ["items", "anyOf", "additionalProperties"];
/// Keywords that hold schemas by name.
const NAMED: [&str; 3] = ["properties", "$defs", "definitions"];
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// Returns the part of `schema` that strict mode takes.
pub(super) fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let kept = keywords.iter().filter_map(|(name, value)| keyword(name, value));
            Value::Object(kept.collect())
        }
        Value::Array(schemas) => schemas.iter().map(strict).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn keyword(name: &str, value: &Value) -> Option<(String, Value)> {
    let kept = if PLAIN.contains(&name) {
        value.clone()
    } else if SCHEMAS.contains(&name) {
        strict(value)
    } else if NAMED.contains(&name) {
        let named = value.as_object()?.iter();
        Value::Object(
            named.map(|(name, schema)| (name.clone(), strict(schema))).collect::<Map<_, _>>(),
        )
    } else if name == "format" && value.as_str().is_some_and(|format| FORMATS.contains(&format)) {
        value.clone()
    } else {
        return None;
    };
    Some((name.to_owned(), kept))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keywords_go_and_names_stay() {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["maxLength", "goals"],
            "minProperties": 2,
            "properties": {
                "maxLength": { "type": "string", "maxLength": 9, "minLength": 1, "format": "uri" },
                "goals": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 4,
                    "uniqueItems": true,
                    "items": { "$ref": "#/$defs/goal" },
                },
            },
            "$defs": {
                "goal": { "anyOf": [
                    { "type": "integer", "minimum": 1, "default": 1 },
                    { "enum": [{ "maxLength": 1 }], "not": {} },
                    { "type": "string", "format": "date" },
                ] },
            },
        });
        let expected = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["maxLength", "goals"],
            "properties": {
                "maxLength": { "type": "string" },
                "goals": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 4,
                    "items": { "$ref": "#/$defs/goal" },
                },
            },
            "$defs": {
                "goal": { "anyOf": [
                    { "type": "integer", "minimum": 1 },
                    { "enum": [{ "maxLength": 1 }] },
                    { "type": "string", "format": "date" },
                ] },
            },
        });
        assert_eq!(strict(&whole), expected);
        assert_eq!(strict(&expected), expected);
    }
}
