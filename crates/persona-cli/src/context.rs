//! What every command is given.

use crate::{
    config::{Configuration, Flag},
    environment::Environment,
    error::CliError,
    hooks::Hooks,
    paths::Paths,
    ui::Ui,
};

/// The world of one command.
#[derive(Debug)]
pub(crate) struct Context<'run> {
    pub(crate) environment: &'run Environment,
    pub(crate) hooks: &'run Hooks,
    pub(crate) ui: &'run mut Ui,
}

impl Context<'_> {
    /// Finds the folders of this user.
    pub(crate) fn paths(&self) -> Result<Paths, CliError> {
        Ok(Paths::find(self.environment)?)
    }

    /// Reads all layers of the configuration; `flags` are those the command was given.
    pub(crate) fn configuration(&self, flags: &[Flag<'_>]) -> Result<Configuration, CliError> {
        Ok(Configuration::load(self.environment, &self.paths()?, flags)?)
    }
}
