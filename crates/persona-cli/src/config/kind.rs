//! What values a key accepts, and how text or TOML becomes one. Nothing is guessed: `"true"` in quotes is no boolean.

use persona_audit::DatabaseUrl;
use toml_edit::Value as Toml;

use super::{base_url::BaseUrl, suggest, value::Value};

/// The values a key accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, both ends included.
    Integer { least: i64, most: i64 },
    /// One line of any text that is not empty.
    Text,
    /// One of the words of this version; those of later versions are refused by name.
    Choice { now: &'static [&'static str], later: &'static [&'static str] },
    /// A folder. Relative ones start where [`Base`] says.
    Folder(Base),
    /// `auto`, or how many.
    Count,
    /// Some of these words.
    Words(&'static [&'static str]),
    /// The name of a log: no space and no `+`, which separate it in a signed note.
    LogName,
    /// Where a provider answers.
    BaseUrl,
    /// A PostgreSQL database; it may hold a password.
    DatabaseUrl,
}

/// Where a relative folder starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The folder of the file that names it; for a variable or flag the current one.
    Namer,
    /// Always the current folder.
    Current,
}

/// Most personas one run may be asked for.
pub(super) const MOST_PERSONAS: i64 = 1000;

/// Why a value does not fit its key; fit for "`key` …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl Kind {
    /// Reads the notation of `config set`, variables and flags.
    pub(crate) fn parse(self, text: &str) -> Result<Value, Refusal> {
        match self {
            Self::Boolean => match text {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(refused(text, "neither true nor false")),
            },
            Self::Integer { least, most } => integer(text, least, most).map(Value::Integer),
            Self::Count if text == "auto" => Ok(Value::Text("auto".to_owned())),
            Self::Count => match integer(text, 1, MOST_PERSONAS) {
                Ok(count) => Ok(Value::Integer(count)),
                Err(refusal) => Err(Refusal(format!("{}; `auto` is possible too", refusal.0))),
            },
            Self::Words(known) => {
                let given = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                words(known, given.map(str::to_owned).collect())
            }
            Self::Text | Self::Folder(_) if text.trim().is_empty() => {
                Err(Refusal("must not be empty; `persona config unset` removes a value".to_owned()))
            }
            Self::Text | Self::Folder(_) if text.contains(char::is_control) => {
                Err(Refusal("must be one line without control characters".to_owned()))
            }
            Self::Text if is_api_key(text) => Err(Refusal(
                "looks like a provider's key, which is read from the environment only".to_owned(),
            )),
            Self::Text | Self::Folder(_) => Ok(Value::Text(text.to_owned())),
            Self::Choice { now, later } => choice(text, now, later),
            Self::LogName => log_name(text),
            Self::BaseUrl => match BaseUrl::parse(text) {
                Ok(url) => Ok(Value::Text(url.as_str().to_owned())),
                Err(error) => Err(Refusal(error.to_string())),
            },
            Self::DatabaseUrl => database_url(text),
        }
    }

    /// Reads a value of a file.
    pub(crate) fn read_toml(self, toml: &Toml) -> Result<Value, Refusal> {
        match (self, toml) {
            (Self::Boolean, Toml::Boolean(value)) => Ok(Value::Boolean(*value.value())),
            (Self::Integer { .. } | Self::Count, Toml::Integer(value)) => {
                self.parse(&value.value().to_string())
            }
            (Self::Words(known), Toml::Array(values)) => {
                let texts = values.iter().map(Toml::as_str).collect::<Option<Vec<_>>>();
                let texts =
                    texts.ok_or_else(|| Refusal("holds something that is no text".into()))?;
                words(known, texts.into_iter().map(str::to_owned).collect())
            }
            (Self::Count, Toml::String(text)) if text.value() == "auto" => self.parse("auto"),
            (Self::Words(_), Toml::String(text)) => match self.parse(text.value()) {
                Ok(value) => Err(Refusal(format!("is text; write {}", Toml::from(value)))),
                Err(refusal) => Err(refusal),
            },
            (Self::Boolean | Self::Integer { .. } | Self::Count, Toml::String(text)) => {
                match self.parse(text.value()) {
                    Ok(value) => Err(Refusal(format!("is text; write {value} without quotes"))),
                    Err(refusal) => Err(refusal),
                }
            }
            (_, Toml::String(text)) => self.parse(text.value()),
            (_, other) => Err(Refusal(format!(
                "is of type {}, but must be {}",
                other.type_name(),
                self.describe()
            ))),
        }
    }

    /// Says what is unwise about a value that is accepted.
    pub(crate) fn warning(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::BaseUrl, Value::Text(text)) => BaseUrl::parse(text).ok()?.warning(),
            _ => None,
        }
    }

    /// Says in words what is accepted.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { least, most } => format!("a whole number, {least} to {most}"),
            Self::Text => "a line of text".to_owned(),
            Self::Choice { now, .. } => match now {
                [more @ .., last] if !more.is_empty() => format!("{} or {last}", more.join(", ")),
                _ => now.concat(),
            },
            Self::Folder(_) => "a folder".to_owned(),
            Self::Count => format!("auto, or a whole number, 1 to {MOST_PERSONAS}"),
            Self::Words(words) => format!("a list of {}", words.join(", ")),
            Self::LogName => "a name without spaces and `+`".to_owned(),
            Self::BaseUrl => "a URL such as https://example.org/v1".to_owned(),
            Self::DatabaseUrl => "a URL such as postgresql://user@host/database".to_owned(),
        }
    }
}

/// Takes some of the words that are known.
fn words(known: &[&str], texts: Vec<String>) -> Result<Value, Refusal> {
    if let Some(unknown) = texts.iter().find(|text| !known.contains(&text.as_str())) {
        let meant = suggest::nearest(unknown, known);
        let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(refused(unknown, &format!("none of {}{meant}", known.join(", "))));
    }
    if texts.is_empty() {
        return Err(Refusal(format!("names none of {}", known.join(", "))));
    }
    Ok(Value::List(texts))
}

fn refused(text: &str, reason: &str) -> Refusal {
    Refusal(format!("is `{text}`, which is {reason}"))
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, Refusal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(text, "not a whole number"));
    }
    match text.parse::<i64>() {
        Ok(number) if number < least => Err(refused(text, &format!("below {least}, the least"))),
        Ok(number) if number <= most => Ok(number),
        // A number that does not parse is all digits here, so it is only too long.
        Err(_) if text.starts_with('-') => Err(refused(text, &format!("below {least}, the least"))),
        Ok(_) | Err(_) => Err(refused(text, &format!("above {most}, the most"))),
    }
}

fn choice(text: &str, now: &[&str], later: &[&str]) -> Result<Value, Refusal> {
    if now.contains(&text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let known = now.join(", ");
    if later.contains(&text) {
        return Err(refused(text, &format!("to come in a later version; this one knows {known}")));
    }
    match suggest::nearest(text, now) {
        Some(near) => Err(refused(text, &format!("not known; did you mean `{near}`?"))),
        None => Err(refused(text, &format!("not known; this version knows {known}"))),
    }
}

/// Whether a text has the form of a key that somebody pasted into the wrong place.
fn is_api_key(text: &str) -> bool {
    let long = text.len() >= 20 && !text.contains(char::is_whitespace);
    long && (text.starts_with("sk-") || text.starts_with("AIza"))
}

/// What is refused is not repeated: it may hold a password.
fn database_url(text: &str) -> Result<Value, Refusal> {
    let is_postgres =
        ["postgresql://", "postgres://"].iter().any(|scheme| text.starts_with(scheme));
    if !is_postgres || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        let reason = "is no URL that begins with postgresql:// and has no blanks in it";
        return Err(Refusal(reason.to_owned()));
    }
    match DatabaseUrl::new(text).fault() {
        Some(fault) => Err(Refusal(format!("does not read: {fault}"))),
        None => Ok(Value::Text(text.to_owned())),
    }
}

fn log_name(text: &str) -> Result<Value, Refusal> {
    let separates = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if text.is_empty() || text.contains(separates) {
        return Err(refused(text, "not a name without spaces and `+`"));
    }
    Ok(Value::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: Kind = Kind::Integer { least: 0, most: 36_500 };

    fn reason(kind: Kind, text: &str) -> String {
        kind.parse(text).unwrap_err().0
    }

    fn toml(kind: Kind, text: &str) -> Result<Value, Refusal> {
        kind.read_toml(&text.parse().unwrap())
    }

    #[test]
    fn numbers_outside_their_range_are_refused_with_the_reason() {
        assert_eq!(DAYS.parse("90"), Ok(Value::Integer(90)));
        assert_eq!(reason(DAYS, "ninety"), "is `ninety`, which is not a whole number");
        assert_eq!(reason(DAYS, "-1"), "is `-1`, which is below 0, the least");
        assert_eq!(reason(DAYS, "36501"), "is `36501`, which is above 36500, the most");
        let huge = "99999999999999999999";
        assert_eq!(reason(DAYS, huge), format!("is `{huge}`, which is above 36500, the most"));
        assert!(reason(DAYS, &format!("-{huge}")).ends_with("below 0, the least"));
        for text in ["", "-", "1.5", "1e3", " 1", "0x10", "٣"] {
            assert!(reason(DAYS, text).ends_with("not a whole number"), "{text:?}");
        }
    }

    #[test]
    fn quotes_make_no_boolean_and_no_number() {
        assert_eq!(toml(Kind::Boolean, "true"), Ok(Value::Boolean(true)));
        let refusal = toml(Kind::Boolean, "\"true\"").unwrap_err();
        assert_eq!(refusal.0, "is text; write true without quotes");
        assert_eq!(toml(DAYS, "\"90\"").unwrap_err().0, "is text; write 90 without quotes");
        let refusal = toml(DAYS, "1.5").unwrap_err();
        assert_eq!(refusal.0, "is of type float, but must be a whole number, 0 to 36500");
    }

    #[test]
    fn a_choice_of_a_later_version_is_refused_by_name() {
        let provider = Kind::Choice { now: &["embedded"], later: &["gemini"] };
        let wanted = "is `gemini`, which is to come in a later version; this one knows embedded";
        assert_eq!(reason(provider, "gemini"), wanted);
        assert!(reason(provider, "oracle").contains("not known"));
    }

    #[test]
    fn a_count_is_auto_or_a_number() {
        assert_eq!(Kind::Count.parse("auto"), Ok(Value::Text("auto".into())));
        assert_eq!(Kind::Count.parse("05"), Ok(Value::Integer(5)));
        assert_eq!(toml(Kind::Count, "5"), Ok(Value::Integer(5)));
        assert!(toml(Kind::Count, "\"5\"").unwrap_err().0.ends_with("without quotes"));
        assert!(reason(Kind::Count, "0").ends_with("the least; `auto` is possible too"));
        assert!(reason(Kind::Count, "Auto").contains("not a whole number"));
    }

    #[test]
    fn lists_come_with_commas_or_as_arrays() {
        let words = Kind::Words(&["json", "md"]);
        let both = Ok(Value::List(vec!["json".into(), "md".into()]));
        assert_eq!(words.parse("json, md"), both);
        assert_eq!(toml(words, "[\"json\", \"md\"]"), both);
        assert!(reason(words, "json,pdf").starts_with("is `pdf`"));
        assert!(reason(words, ",").starts_with("names none"));
        assert!(toml(words, "[1]").is_err());
        let refusal = toml(words, "\"json,md\"").unwrap_err();
        assert_eq!(refusal.0, "is text; write [\"json\", \"md\"]");
    }

    #[test]
    fn text_is_one_line_that_no_terminal_obeys() {
        assert!(Kind::Text.parse("CC BY 4.0, ©").is_ok());
        for text in ["a\nb", "\u{1b}[31m", "a\u{9b}b", "\0"] {
            assert!(reason(Kind::Text, text).contains("control characters"), "{text:?}");
            assert!(Kind::Folder(Base::Current).parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_is_refused_and_not_repeated() {
        let key = "sk-proj-0123456789abcdef";
        let refusal = reason(Kind::Text, key);
        assert!(refusal.contains("environment only") && !refusal.contains(key), "{refusal}");
        assert!(Kind::Text.parse("sk-small").is_ok());
    }

    #[test]
    fn a_slip_in_a_choice_is_told_what_was_meant() {
        let choice = Kind::Choice { now: &["auto", "json_schema"], later: &[] };
        assert!(reason(choice, "json-schema").ends_with("did you mean `json_schema`?"));
        assert!(reason(Kind::Words(&["json", "md"]), "jsn").ends_with("did you mean `json`?"));
        assert_eq!(choice.describe(), "auto or json_schema");
    }

    #[test]
    fn what_is_no_database_is_refused_and_not_repeated() {
        for text in ["postgres://u:secret@h/d", "postgresql:///d?host=/run&password=secret"] {
            assert!(Kind::DatabaseUrl.parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "secret",
            "mysql://u:secret@h/d",
            "postgres://u:secret @h",
            "host=h password=secret",
            "postgres://u:secret@h:99999/d",
            "postgres://u:p@secret@h/d",
            "postgres://u:secret@h/d?zork=1",
            "postgres://u:secret@h/d?sslmode=zork",
            "postgres://u:secret@/d",
        ] {
            assert!(!reason(Kind::DatabaseUrl, text).contains("secret"), "{text:?}");
        }
    }

    #[test]
    fn a_log_name_keeps_out_what_separates_it_in_a_note() {
        assert!(Kind::LogName.parse("example.org/lab").is_ok());
        for text in ["", "a b", "a+b", "a\nb"] {
            assert!(Kind::LogName.parse(text).is_err(), "{text:?}");
        }
    }
}
