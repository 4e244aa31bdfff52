//! What can be wrong with a configuration. A [`Place`] says where; the command line itself has none.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{KEYS, Key, secret, suggest};

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{place}unknown configuration key `{name}`")]
    UnknownKey { place: Place, name: String },
    #[error("{place}`{key}` {reason}")]
    InvalidValue { place: Place, key: &'static str, reason: String },
    #[error("{place}`{key}` cannot be set by a project file")]
    NotForProject { place: Place, key: &'static str },
    /// The value is not kept: nobody must see it.
    #[error(
        "{place}`{name}` looks like a key or password, which is never kept in the configuration"
    )]
    Secret { place: Place, name: String },
    #[error("{flag} is nothing that the provider `{provider}` takes")]
    NotOfProvider { flag: &'static str, provider: String },
    #[error("{place}not TOML: {detail}")]
    Syntax { place: Place, detail: String },
    #[error("failed to read the configuration file {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("failed to write the configuration file {}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("the variable {name} sets no configuration key")]
    Misspelt { name: String, nearest: Option<&'static Key> },
    #[error("the variable {name} is not Unicode")]
    NotUnicode { name: String },
    #[error("failed to join the layers of the configuration")]
    Layers(#[source] config::ConfigError),
}

impl ConfigError {
    /// Returns what a name that is no key is refused with.
    pub(crate) fn unknown(place: Place, name: &str) -> Self {
        let name = name.to_owned();
        if secret::is_secret(&name) {
            return Self::Secret { place, name };
        }
        Self::UnknownKey { place, name }
    }

    /// Returns what to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { name, .. } => Some(suggest::instead_of(name)),
            Self::Secret { name, .. } => Some(secret::hint(name)),
            Self::NotOfProvider { .. } => {
                Some("name the provider it is meant for with `-p`".to_owned())
            }
            Self::InvalidValue { key, .. } => {
                let key = KEYS.iter().find(|known| known.name == *key)?;
                Some(format!("`{}` takes {}", key.name, key.kind.describe()))
            }
            Self::NotForProject { key, .. } => Some(format!(
                "a project must not redirect or silence the audit, or send your key elsewhere: set it for yourself with `persona config set {key} VALUE`"
            )),
            Self::Misspelt { nearest, .. } => Some(match nearest {
                Some(key) => format!("did you mean {}?", key.variable()),
                None => "variables are named PERSONA_SECTION__NAME; `persona config list` shows every key".to_owned(),
            }),
            Self::Syntax { .. } => Some("mend the file by hand; nothing was changed".to_owned()),
            Self::Unreadable { source, .. } => Some(unreadable_hint(source.kind()).to_owned()),
            Self::Unwritable { .. } => {
                Some("see that the file and its folder can be written and have room".to_owned())
            }
            Self::NotUnicode { .. } => Some("set it to UTF-8 text, or unset it".to_owned()),
            Self::Layers(_) => Some("`persona config list` shows every key".to_owned()),
        }
    }
}

fn unreadable_hint(kind: io::ErrorKind) -> &'static str {
    if kind == io::ErrorKind::PermissionDenied {
        return "see that you may read it, or name a folder of your own in PERSONA_HOME";
    }
    if kind == io::ErrorKind::NotADirectory {
        return "a folder of this path is none; PERSONA_HOME names yours";
    }
    if kind == io::ErrorKind::InvalidData {
        return "save it as UTF-8 text";
    }
    "the configuration is one TOML file; move away what is in its place"
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the arguments of `persona config`, which the user has before their eyes.
    Argument,
    /// Built in, or taken from the system.
    Default,
    /// In a line of a file, counted from 1.
    Line {
        path: PathBuf,
        line: usize,
    },
    Variable(String),
    /// A flag of the command, with its dashes.
    Flag(&'static str),
}

impl Place {
    /// Returns the file, where the value stands in one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Line { path, .. } => Some(path),
            Self::Argument | Self::Default | Self::Variable(_) | Self::Flag(_) => None,
        }
    }

    /// Returns how `config list` names the place.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Argument => String::new(),
            Self::Default => "default".to_owned(),
            Self::Line { path, line } => format!("{}:{line}", path.display()),
            Self::Variable(name) => format!("env {name}"),
            Self::Flag(name) => format!("flag {name}"),
        }
    }
}

/// The beginning of a message about the place.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => Ok(()),
            Self::Default | Self::Line { .. } | Self::Variable(_) | Self::Flag(_) => {
                write!(formatter, "{}: ", self.origin())
            }
        }
    }
}
