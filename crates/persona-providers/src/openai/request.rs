//! A question as the body of a request.

use persona_core::provider::{AnswerSchema, Question};
use serde_json::{Map, Value, json};

use super::strict::strict;
use crate::form::Form;

/// What shapes a request beside the question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub(super) model: &'a str,
    pub(super) form: Form,
    /// The name this server has for the most tokens of an answer.
    pub(super) most_tokens: &'static str,
}

/// Returns the whole body; what is not set is not in it.
pub(super) fn to_request(question: &Question<'_>, shape: &Shape<'_>) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), shape.model.into());
    body.insert("messages".to_owned(), json!(question.messages));
    let sampling = question.sampling;
    let optional = [
        ("response_format", response_format(question.schema, shape.form)),
        ("temperature", sampling.temperature.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        (shape.most_tokens, sampling.max_tokens.map(Value::from)),
    ];
    let set = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    body.extend(set);
    Value::Object(body)
}

fn response_format(schema: &AnswerSchema, form: Form) -> Option<Value> {
    let AnswerSchema { name, schema } = schema;
    match form {
        Form::JsonSchema => Some(json!({
            "type": "json_schema",
            "json_schema": { "name": name, "strict": true, "schema": strict(schema) },
        })),
        Form::JsonObject => Some(json!({ "type": "json_object", "schema": schema })),
        Form::None => None,
    }
}

#[cfg(test)]
mod tests {
    use persona_core::provider::{Message, Role, Sampling};

    use super::*;

    fn body(form: Form, sampling: Sampling) -> Value {
        let messages = [
            Message { role: Role::System, content: "Be brief.".to_owned() },
            Message { role: Role::User, content: "Who?".to_owned() },
        ];
        let schema = json!({ "type": "object", "minProperties": 1 });
        let schema = AnswerSchema { name: "persona", schema };
        let question = Question { messages: &messages, schema: &schema, sampling };
        to_request(&question, &Shape { model: "m", form, most_tokens: "max_tokens" })
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        let expected = json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "Who?" },
            ],
        });
        assert_eq!(body(Form::None, Sampling::default()), expected);
    }

    #[test]
    fn sampling_is_sent_when_set() {
        let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(9), seed: Some(7) };
        let body = body(Form::None, sampling);
        assert_eq!((&body["temperature"], &body["seed"]), (&json!(0.5), &json!(7)));
        assert_eq!(body["max_tokens"], 9);
    }

    #[test]
    fn the_strict_form_leaves_keywords_out_and_the_older_one_none() {
        let schema = body(Form::JsonSchema, Sampling::default());
        let format = json!({
            "type": "json_schema",
            "json_schema": { "name": "persona", "strict": true, "schema": { "type": "object" } },
        });
        assert_eq!(schema["response_format"], format);
        let object = body(Form::JsonObject, Sampling::default());
        let format = json!({
            "type": "json_object",
            "schema": { "type": "object", "minProperties": 1 },
        });
        assert_eq!(object["response_format"], format);
    }
}
