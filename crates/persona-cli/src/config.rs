//! The configuration a run really uses. Layers, lowest first: built-in defaults, the user's `config.toml`, the nearest
//! `persona.toml`, `PERSONA_*` variables, flags. Every value keeps the place it came from.

mod base_url;
mod choice;
mod edit;
mod error;
mod keys;
mod kind;
mod layer;
mod project;
mod providers;
mod reference;
mod schema;
mod secret;
mod settings;
mod suggest;
mod text;
mod value;

use std::{collections::BTreeMap, ffi::OsStr};

use config::Source as _;

use crate::{environment::Environment, paths::Paths};

pub(crate) use edit::{Audience, ConfigFile, Found};
pub(crate) use error::{ConfigError, Place};
pub(crate) use keys::{KEYS, Key};
pub(crate) use kind::Kind;
pub(crate) use layer::{Flag, Role};
pub(crate) use project::{new_project_file, project_file};
pub(crate) use providers::{EMBEDDED, PROVIDERS, Provider};
pub(crate) use reference::reference;
pub(crate) use schema::schema;
pub(crate) use settings::{
    AuditSettings, Count, OutputFormat, ProviderSettings, RetentionFloor, Settings, StoreName,
    StructuredOutput,
};
pub(crate) use value::Value;

use choice::Choice;
use layer::Layer;

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
        let project = project_file(environment);
        if let Some(file) = &project {
            layers.push(Layer::file(file, Role::Project, environment)?);
        }
        layers.push(Layer::variables(environment)?);
        let below = Choice::of(&layers);
        layers.push(Layer::flags(flags, below.provider(), environment)?);
        let choice = Choice::of(&layers);
        let mut configuration = Self::join(layers).map_err(ConfigError::Layers)?;
        let settings = &mut configuration.settings;
        let own = settings.provider(choice.provider()).and_then(|own| own.model.as_deref());
        settings.model = choice.model(own);
        let password = environment.variable("PGPASSWORD").and_then(OsStr::to_str);
        settings.audit.database_url = match (settings.audit.database_url.take(), password) {
            (Some(url), Some(password)) => Some(url.or_password(password)),
            (url, _) => url,
        };
        settings.provider_from_project = choice
            .place()
            .filter(|place| project.is_some() && place.file() == project.as_deref())
            .map(Place::origin);
        Ok(configuration)
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
        let root = config::Value::from(joined.collect()?);
        for key in KEYS.iter() {
            if let Some(value) = at(&root, key.name)? {
                let origin = value.origin().unwrap_or_default().to_owned();
                let value = Value::from_layers(value.kind);
                resolved.insert(key.name.to_owned(), Resolved { value, origin });
            }
        }
        Ok(Self { settings: joined.try_deserialize()?, resolved })
    }
}

/// Follows the dots of a name.
fn at(root: &config::Value, name: &str) -> Result<Option<config::Value>, config::ConfigError> {
    let mut value = root.clone();
    for part in name.split('.') {
        match value.into_table()?.remove(part) {
            Some(inner) => value = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests;
