//! One layer of the configuration: checked values, each with its place. The `config` crate lays them over each other.

mod file;

use std::path::{Path, PathBuf};

use config::{Map, Source};

use super::{
    KEYS, Key, Value,
    error::{ConfigError, Place},
    keys::Fallback,
    kind::{Base, Kind},
    secret::is_secret,
};
use crate::environment::Environment;

pub(crate) use file::Role;
pub(super) use file::line_of;

/// Values of one source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layer {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: &'static Key,
    value: Value,
    place: Place,
}

/// A flag of a command that sets a key for this run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag<'run> {
    /// The flag as documented, with its dashes.
    pub(crate) name: &'static str,
    /// The key it sets; `providers.*.NAME` is a key of the provider that the run asks.
    pub(crate) key: &'static str,
    pub(crate) text: &'run str,
}

impl Layer {
    /// What holds when nobody says anything.
    pub(super) fn defaults(environment: &Environment, home: &Path) -> Result<Self, ConfigError> {
        let mut layer = Self::default();
        let bases = Bases { namer: home, environment };
        for key in KEYS.iter() {
            if let Fallback::Value(text) = key.fallback {
                layer.add_text(key, text, Place::Default, bases)?;
            }
        }
        let (name, place) = match environment.variable("PERSONA_USER") {
            Some(_) => {
                (unicode(environment, "PERSONA_USER")?, Place::Variable("PERSONA_USER".into()))
            }
            None => (environment.names.user(), Place::Default),
        };
        if let Some(key) = Key::find("audit.user") {
            layer.add_text(key, name, place, bases)?;
        }
        Ok(layer)
    }

    /// Every `PERSONA_SECTION__NAME`. Other `PERSONA_*` variables mean other things, unless only an underscore is missing.
    pub(super) fn variables(environment: &Environment) -> Result<Self, ConfigError> {
        let mut layer = Self::default();
        let bases = Bases { namer: &environment.current_directory, environment };
        for name in environment.variables.keys() {
            let Some(rest) = name.strip_prefix("PERSONA_") else { continue };
            if environment.variable(name).is_none() {
                continue;
            }
            if let Some(key) = KEYS.iter().find(|key| key.variable() == *name) {
                let text = unicode(environment, name)?;
                layer.add_text(key, text, Place::Variable(name.clone()), bases)?;
            } else if is_secret(&dotted(rest)) {
                let (place, name) = (Place::Variable(name.clone()), dotted(rest));
                return Err(ConfigError::Secret { place, name });
            } else if rest.contains("__") {
                let nearest = Key::nearest(&dotted(rest));
                return Err(ConfigError::Misspelt { name: name.clone(), nearest });
            } else if let Some(key) =
                KEYS.iter().find(|key| key.variable().replace("__", "_") == *name)
            {
                return Err(ConfigError::Misspelt { name: name.clone(), nearest: Some(key) });
            }
        }
        Ok(layer)
    }

    /// The flags of this run. Where they name no provider, those of a provider are for the one of the layers below.
    pub(super) fn flags(
        flags: &[Flag<'_>],
        below: &str,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let mut layer = Self::default();
        let bases = Bases { namer: &environment.current_directory, environment };
        let named = flags.iter().rfind(|flag| flag.key == "defaults.provider");
        let provider = named.map_or(below, |flag| flag.text);
        let (general, particular): (Vec<&Flag<'_>>, _) =
            flags.iter().partition(|flag| !flag.key.contains('*'));
        for flag in general.into_iter().chain(particular) {
            let name = flag.key.replace('*', provider);
            let key = Key::find(&name).ok_or_else(|| ConfigError::NotOfProvider {
                flag: flag.name,
                provider: provider.to_owned(),
            })?;
            layer.add_text(key, flag.text, Place::Flag(flag.name), bases)?;
        }
        Ok(layer)
    }

    /// Returns the value of a key and its place, where this layer has one; of several the last counts.
    pub(super) fn get(&self, key: &Key) -> Option<(&Value, &Place)> {
        let entry = self.entries.iter().rfind(|entry| entry.key == key)?;
        Some((&entry.value, &entry.place))
    }

    fn add_text(
        &mut self,
        key: &'static Key,
        text: &str,
        place: Place,
        bases: Bases<'_>,
    ) -> Result<(), ConfigError> {
        match key.kind.parse(text) {
            Ok(value) => self.add(key, value, place, bases),
            Err(refusal) => {
                Err(ConfigError::InvalidValue { place, key: key.name, reason: refusal.0 })
            }
        }
    }

    fn add(
        &mut self,
        key: &'static Key,
        value: Value,
        place: Place,
        bases: Bases<'_>,
    ) -> Result<(), ConfigError> {
        let value = match (key.kind, value) {
            (Kind::Folder(base), Value::Text(text)) => {
                let folder = bases.folder(base, &text).into_os_string().into_string();
                // Half a name would be another folder.
                let Ok(folder) = folder else {
                    let reason = "lies in a folder whose name is not Unicode".to_owned();
                    return Err(ConfigError::InvalidValue { place, key: key.name, reason });
                };
                Value::Text(folder)
            }
            (_, value) => value,
        };
        self.entries.push(Entry { key, value, place });
        Ok(())
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, config::ConfigError> {
        let entries = self.entries.iter().map(|entry| {
            let value = config::Value::new(Some(&entry.place.origin()), entry.value.clone());
            (entry.key.name.to_owned(), value)
        });
        Ok(entries.collect())
    }
}

/// What relative folders and `~` start from.
#[derive(Clone, Copy)]
struct Bases<'run> {
    namer: &'run Path,
    environment: &'run Environment,
}

impl Bases<'_> {
    fn folder(self, base: Base, text: &str) -> PathBuf {
        let beside = match (text.strip_prefix('~'), &self.environment.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ => PathBuf::from(text),
        };
        match base {
            Base::Namer => self.namer.join(beside),
            Base::Current => beside,
        }
    }
}

/// Turns the end of a variable's name into that of a key.
fn dotted(rest: &str) -> String {
    rest.replace("__", ".").to_ascii_lowercase()
}

fn unicode<'run>(environment: &'run Environment, name: &str) -> Result<&'run str, ConfigError> {
    let value = environment.variable(name).unwrap_or_default();
    value.to_str().ok_or_else(|| ConfigError::NotUnicode { name: name.to_owned() })
}
