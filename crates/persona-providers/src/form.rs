//! Structured output: which form of it to ask for, and which one a try asked for.

/// Which form of structured output to ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StructuredOutput {
    /// `json_schema`, and `json_object` once a server has said that it does not take the first.
    #[default]
    Auto,
    /// The vendor's own: the schema is enforced.
    JsonSchema,
    /// The older one, with the schema beside it, as llama.cpp takes it.
    JsonObject,
    /// None: the words of the question have to do.
    None,
}

impl StructuredOutput {
    /// Its name in settings and in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::JsonSchema => "json_schema",
            Self::JsonObject => "json_object",
            Self::None => "none",
        }
    }
}

/// What one try asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    JsonSchema,
    JsonObject,
    None,
}

impl Form {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::JsonSchema => "json_schema",
            Self::JsonObject => "json_object",
            Self::None => "none",
        }
    }
}
