//! The schema and the tool agree about every key and every form of value.

use jsonschema::Validator;
use toml_edit::{DocumentMut, Item, Value as Toml};

use super::*;

fn validator(role: Role) -> Validator {
    jsonschema::draft202012::new(&schema(role)).unwrap()
}

fn document(text: &str) -> Json {
    let document: DocumentMut = text.parse().unwrap();
    table(document.as_table().iter())
}

fn table<'file>(entries: impl Iterator<Item = (&'file str, &'file Item)>) -> Json {
    let entries = entries.map(|(name, item)| {
        let value = match item.as_table_like() {
            Some(inner) => table(inner.iter()),
            None => value(item.as_value().unwrap()),
        };
        (name.to_owned(), value)
    });
    Json::Object(entries.collect())
}

fn value(toml: &Toml) -> Json {
    match toml {
        Toml::String(text) => json!(text.value()),
        Toml::Integer(number) => json!(number.value()),
        Toml::Float(number) => json!(number.value()),
        Toml::Boolean(value) => json!(value.value()),
        Toml::Datetime(time) => json!({ "a time": time.value().to_string() }),
        Toml::Array(values) => values.iter().map(value).collect(),
        Toml::InlineTable(_) => unreachable!("is table-like"),
    }
}

#[test]
fn the_schemas_in_docs_are_these() {
    let written = [
        (include_str!("../../../../../docs/schemas/config.schema.json"), Role::User),
        (include_str!("../../../../../docs/schemas/project.schema.json"), Role::Project),
    ];
    for (text, role) in written {
        let written: Json = serde_json::from_str(text).unwrap();
        assert_eq!(written, schema(role), "write it with `cargo xtask codegen`");
    }
}

#[test]
fn the_schemas_are_schemas() {
    for role in [Role::User, Role::Project] {
        assert!(jsonschema::meta::is_valid(&schema(role)));
    }
}

/// Values of every type, at and beyond every bound.
const VALUES: &[&str] = &[
    "true",
    "\"true\"",
    "0",
    "1",
    "4",
    "64",
    "65",
    "1000",
    "1001",
    "1023",
    "1024",
    "3600",
    "3601",
    "36500",
    "36501",
    "86400",
    "86401",
    "10000000",
    "10000001",
    "-1",
    "1.5",
    "nan",
    "\"5\"",
    "\"auto\"",
    "\"Auto\"",
    "\"\"",
    "\"  \"",
    "\"text\"",
    "\"two words\"",
    "\"a+b\"",
    "\"a\\nb\"",
    "\"\\u001b[31m\"",
    "\"sqlite\"",
    "\"postgres\"",
    "\"calendar\"",
    "\"none\"",
    "\"json_schema\"",
    "\"json-schema\"",
    "\"embedded\"",
    "\"openai\"",
    "\"gemini\"",
    "[]",
    "[\"json\"]",
    "[\"json\", \"md\"]",
    "[\"md\", \"pdf\"]",
    "[1]",
    "\"json\"",
    "\"json,md\"",
    "{ x = 1 }",
    "1979-05-27",
    "\"https://example.org/v1\"",
    "\"HTTP://localhost:8080\"",
    "\"https://\"",
    "\"https:///v1\"",
    "\"https://a@b\"",
    "\"https://a?b\"",
    "\"https://a#b\"",
    "\"sk-proj-0123456789abcdef\"",
    "\"sk-small\"",
    "\"ftp://a\"",
    "\"https://a b\"",
    "\"example.org\"",
    "\"postgres://u:p@h/d\"",
    "\"postgresql:///d?host=/run\"",
    "\"postgresql://a b\"",
    "\"mysql://h/d\"",
];

#[test]
fn the_schema_takes_a_value_exactly_where_the_tool_does() {
    let validator = validator(Role::User);
    for key in KEYS.iter() {
        let mut taken = 0;
        for text in VALUES {
            let toml: Toml = text.parse().unwrap();
            let by_tool = key.kind.read_toml(&toml);
            let file = format!("{} = {text}\n", key.name);
            let by_schema = validator.is_valid(&document(&file));
            assert_eq!(by_schema, by_tool.is_ok(), "{file} {by_tool:?}");
            taken += usize::from(by_schema);
        }
        assert!(0 < taken && taken < VALUES.len(), "{}", key.name);
    }
}

#[test]
fn what_is_no_key_is_refused_and_every_notation_is_taken() {
    let refused = [
        "x = 1",
        "[x]",
        "[audit]\nx = 1",
        "audit = 3",
        "[[audit]]",
        "providers = 3",
        "[providers.anthropic]",
        "[providers.openai]\napi_key = \"sk-1\"",
        "\"audit.enabled\" = false",
        "[audit.enabled]",
    ];
    let user = validator(Role::User);
    for text in refused {
        let document = match text {
            "[[audit]]" => json!({ "audit": [{}] }),
            text => document(text),
        };
        assert!(!user.is_valid(&document), "{text}");
    }
    let taken = [
        "",
        "[audit]\n",
        "[providers]\n",
        "#:schema ./config.schema.json\n[defaults]\ncount = 5\n",
        "providers = { openai = { concurrency = 3, model = \"m\" } }",
        "[providers]\nopenai.concurrency = 3",
    ];
    for text in taken {
        assert!(user.is_valid(&document(text)), "{text}");
    }
}

#[test]
fn the_schema_of_a_project_knows_its_limits() {
    let project = validator(Role::Project);
    for text in ["data.licence = \"CC0\"", "defaults.count = 3", "providers.openai.model = \"m\""] {
        assert!(project.is_valid(&document(text)), "{text}");
    }
    for text in ["audit.enabled = false", "providers.openai.base_url = \"https://example.org\""] {
        assert!(!project.is_valid(&document(text)), "{text}");
    }
}
