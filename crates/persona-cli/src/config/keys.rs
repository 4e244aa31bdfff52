//! The table of configuration keys. Reading, checking, listing, suggesting and the reference page all follow from it.

use std::sync::LazyLock;

use persona_audit::DatabaseUrl;

use super::{
    kind::{Base, Kind},
    providers::PROVIDERS,
    suggest,
    value::Value,
};

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// Section and name, joined by dots.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) fallback: Fallback,
    /// One line for the reference page.
    pub(crate) about: &'static str,
}

/// What holds when no layer sets a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This value, in the notation of `config set`.
    Value(&'static str),
    /// What these words say.
    Unset(&'static str),
}

impl Key {
    /// Returns section and name; a section may have dots of its own.
    pub(crate) fn parts(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or((self.name, ""))
    }

    /// Returns whether a project's file may set the key: what redirects or silences the audit, or sends data and key
    /// elsewhere, is the user's alone.
    pub(crate) fn is_for_projects(&self) -> bool {
        match self.parts() {
            ("data" | "defaults", _) => true,
            (section, name) => section.starts_with("providers.") && name == "model",
        }
    }

    /// Returns a value as it may be shown: without a password.
    pub(crate) fn shown(&self, value: &Value) -> Value {
        match (self.kind, value) {
            (Kind::DatabaseUrl, Value::Text(text)) => {
                Value::Text(DatabaseUrl::new(text.as_str()).to_string())
            }
            _ => value.clone(),
        }
    }

    /// Returns the variable that sets the key.
    pub(crate) fn variable(&self) -> String {
        format!("PERSONA_{}", self.name.replace('.', "__").to_ascii_uppercase())
    }

    /// Finds a key by its name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Finds the key whose name is most like `name`, if one is like it at all.
    pub(crate) fn nearest(name: &str) -> Option<&'static Self> {
        if suggest::unknown_provider(name).is_some() {
            return None;
        }
        let likeness = |key: &Self| {
            let whole = suggest::likeness(key.name, name);
            let last = name.rsplit('.').next().unwrap_or(name);
            // A right name in the wrong section, or without one, is near too; the whole name wins a tie.
            let last = suggest::likeness(key.parts().1, last) * 0.99;
            (whole.max(last), whole)
        };
        let scored = KEYS.iter().map(|key| (likeness(key), key));
        let best = scored.max_by(|((one, tie), _), ((other, other_tie), _)| {
            one.total_cmp(other).then(tie.total_cmp(other_tie))
        });
        best.filter(|((likeness, _), _)| suggest::LEAST_LIKENESS <= *likeness).map(|(_, key)| key)
    }
}

const YES: Fallback = Fallback::Value("true");
const NO: Fallback = Fallback::Value("false");

/// Every key of this version, in the order of the reference page.
pub(crate) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let of_providers = PROVIDERS.iter().flat_map(super::providers::Provider::keys);
    OWN.iter().copied().chain(of_providers).collect()
});

/// The keys that belong to no provider.
const OWN: &[Key] = &[
    Key {
        name: "audit.enabled",
        kind: Kind::Boolean,
        fallback: YES,
        about: "Record every run in the audit log. `--audit` and `--no-audit` decide for one run.",
    },
    Key {
        name: "audit.store",
        kind: Kind::Choice { now: &["sqlite", "json", "postgres"], later: &[] },
        fallback: Fallback::Value("sqlite"),
        about: "What holds the log: one SQLite file; a folder of JSON files, for up to 10,000 records; a PostgreSQL \
                database, for many users and machines.",
    },
    Key {
        name: "audit.store_path",
        kind: Kind::Folder(Base::Namer),
        fallback: Fallback::Value("audit"),
        about: "The folder of the log, unless it lies in a database.",
    },
    Key {
        name: "audit.database_url",
        kind: Kind::DatabaseUrl,
        fallback: Fallback::Unset("not set"),
        about: "The PostgreSQL database of `audit.store = \"postgres\"`. Its password, which may stand in `PGPASSWORD` \
                instead, is never shown and in no record; commands can be seen by other users, so the variable is the \
                better place for it.",
    },
    Key {
        name: "audit.log",
        kind: Kind::LogName,
        fallback: Fallback::Value("default"),
        about: "Which of the logs in the database it is.",
    },
    Key {
        name: "audit.retention_days",
        kind: Kind::Integer { least: 0, most: 36_500 },
        fallback: Fallback::Value("180"),
        about: "How many days a record is kept at least; 0 keeps it for ever.",
    },
    Key {
        name: "audit.retention_floor",
        kind: Kind::Choice { now: &["calendar", "none"], later: &[] },
        fallback: Fallback::Value("calendar"),
        about: "`calendar` keeps records for six calendar months even where `audit.retention_days` is shorter; \
                180 days alone fall short of the six months of the EU AI Act, Art. 19 and 26(6).",
    },
    Key {
        name: "audit.include_prompts",
        kind: Kind::Boolean,
        fallback: YES,
        about: "Keep the text of prompts sent to a model; off keeps their hashes only. The embedded drafter sends none.",
    },
    Key {
        name: "audit.include_outputs",
        kind: Kind::Boolean,
        fallback: NO,
        about: "Keep the text of a model's answers; off keeps their hashes only. The embedded drafter asks none.",
    },
    Key {
        name: "audit.user",
        kind: Kind::Text,
        fallback: Fallback::Unset("`$PERSONA_USER`, else the login name"),
        about: "Who is recorded as the user.",
    },
    Key {
        name: "audit.key_path",
        kind: Kind::Folder(Base::Namer),
        fallback: Fallback::Value("keys"),
        about: "The folder of the signing keys.",
    },
    Key {
        name: "audit.sign_records",
        kind: Kind::Boolean,
        fallback: YES,
        about: "Sign checkpoints and attestations. Where the log so far does otherwise, the next run first appends a \
                `signing.changed` event, whose checkpoint is signed in both directions, and goes on as set here.",
    },
    Key {
        name: "audit.origin",
        kind: Kind::LogName,
        fallback: Fallback::Unset("`persona/` and 32 random digits"),
        about: "The public name of a log that is opened now; it never changes, so let it name no person.",
    },
    Key {
        name: "audit.attest_identity",
        kind: Kind::Boolean,
        fallback: NO,
        about: "Name user, host, command line and absolute paths in the output folder and its attestation.",
    },
    Key {
        name: "data.licence",
        kind: Kind::Text,
        fallback: Fallback::Unset("not recorded"),
        about: "The licence or consent the data is used under, as recorded with a run.",
    },
    Key {
        name: "data.source",
        kind: Kind::Text,
        fallback: Fallback::Unset("not recorded"),
        about: "Where the data comes from, as recorded with a run.",
    },
    Key {
        name: "defaults.provider",
        kind: Kind::Choice {
            now: &["embedded", "openai"],
            later: &["anthropic", "gemini", "ollama"],
        },
        fallback: Fallback::Value("embedded"),
        about: "Who writes the personas; `embedded` needs no key and no network.",
    },
    Key {
        name: "defaults.model",
        kind: Kind::Text,
        fallback: Fallback::Unset("not set"),
        about: "The model of the provider that `defaults.provider` names where this is written; where that is \
                `embedded`, of any other. `-m` and `providers.NAME.model` come first.",
    },
    Key {
        name: "defaults.count",
        kind: Kind::Count,
        fallback: Fallback::Value("auto"),
        about: "How many personas; `auto` lets the data decide.",
    },
    Key {
        name: "defaults.format",
        kind: Kind::Words(&["json", "md"]),
        fallback: Fallback::Value("json,md"),
        about: "The forms each persona is written in; `personas.json` is always written.",
    },
    Key {
        name: "defaults.output",
        kind: Kind::Folder(Base::Current),
        fallback: Fallback::Value("output"),
        about: "The folder that gets one new folder for each run.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(name: &str) -> Option<&'static str> {
        Key::nearest(name).map(|key| key.name)
    }

    #[test]
    fn a_slip_finds_its_key() {
        assert_eq!(nearest("audit.retenton_days"), Some("audit.retention_days"));
        assert_eq!(nearest("audit.retention-days"), Some("audit.retention_days"));
        assert_eq!(nearest("retention_days"), Some("audit.retention_days"));
        assert_eq!(nearest("data.model"), Some("defaults.model"));
        assert_eq!(nearest("Audit.Enabled"), Some("audit.enabled"));
        assert_eq!(nearest("providers.opnai.model"), Some("providers.openai.model"));
        assert_eq!(nearest("openai.base_url"), Some("providers.openai.base_url"));
    }

    #[test]
    fn what_is_like_nothing_finds_nothing() {
        assert_eq!(nearest("zzz"), None);
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn every_key_has_a_section_a_fitting_default_and_a_variable() {
        for key in KEYS.iter() {
            assert!(!key.parts().1.is_empty(), "{}", key.name);
            assert_eq!(Key::find(key.name), Some(key));
            if let Fallback::Value(text) = key.fallback {
                assert!(key.kind.parse(text).is_ok(), "{}", key.name);
            }
        }
        let key = Key::find("audit.retention_days").unwrap();
        assert_eq!(key.variable(), "PERSONA_AUDIT__RETENTION_DAYS");
    }
}
