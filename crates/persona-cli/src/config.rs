//! The configuration a run really uses. Layers, lowest first: built-in defaults, the user's `config.toml`, the nearest
//! `persona.toml`, `PERSONA_*` variables, flags. Every value keeps the place it came from.

mod edit;
mod error;
mod keys;
mod kind;
mod layer;
mod project;
mod reference;
mod settings;
mod value;

use std::collections::BTreeMap;

use config::Source as _;

use crate::{environment::Environment, paths::Paths};

pub(crate) use edit::{Audience, ConfigFile, Found};
pub(crate) use error::{ConfigError, Place};
pub(crate) use keys::{KEYS, Key};
pub(crate) use layer::Flag;
pub(crate) use project::{new_project_file, project_file};
pub(crate) use reference::reference;
pub(crate) use settings::{
    AuditSettings, Count, OutputFormat, RetentionFloor, Settings, StoreName,
};
pub(crate) use value::Value;

use layer::{Layer, Role};

/// All layers joined.
#[derive(Debug)]
pub(crate) struct Configuration {
    settings: Settings,
    resolved: BTreeMap<String, Resolved>,
}

/// A value and the place it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) value: Value,
    pub(crate) origin: String,
}

impl Configuration {
    /// Reads every layer and joins them.
    ///
    /// # Errors
    /// When a layer cannot be read, or holds an unknown key or a value that does not fit its key.
    pub(crate) fn load(
        environment: &Environment,
        paths: &Paths,
        flags: &[Flag<'_>],
    ) -> Result<Self, ConfigError> {
        let mut layers = vec![
            Layer::defaults(environment, paths.home())?,
            Layer::file(&paths.user_configuration(), Role::User, environment)?,
        ];
        if let Some(file) = project_file(environment) {
            layers.push(Layer::file(&file, Role::Project, environment)?);
        }
        layers.push(Layer::variables(environment)?);
        layers.push(Layer::flags(flags, environment)?);
        Self::join(layers).map_err(ConfigError::Layers)
    }

    /// Returns all values with their types.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the value of one key, or none where it is not set and has no default.
    pub(crate) fn resolved(&self, key: &Key) -> Option<&Resolved> {
        self.resolved.get(key.name)
    }

    fn join(layers: Vec<Layer>) -> Result<Self, config::ConfigError> {
        let sources = layers.into_iter().fold(
            config::Config::builder(),
            config::ConfigBuilder::<config::builder::DefaultState>::add_source,
        );
        let joined = sources.build()?;
        let mut resolved = BTreeMap::new();
        let sections = joined.collect()?;
        for key in KEYS {
            let (section, name) = key.parts();
            let Some(section) = sections.get(section) else { continue };
            if let Some(value) = section.clone().into_table()?.remove(name) {
                let origin = value.origin().unwrap_or_default().to_owned();
                let value = Value::from_layers(value.kind);
                resolved.insert(key.name.to_owned(), Resolved { value, origin });
            }
        }
        Ok(Self { settings: joined.try_deserialize()?, resolved })
    }
}

#[cfg(test)]
mod tests;
