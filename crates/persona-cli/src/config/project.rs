//! The file a project keeps beside its data.

use std::path::PathBuf;

use crate::environment::Environment;

const NAME: &str = "persona.toml";

/// Finds the nearest `persona.toml`, from the current folder upwards.
pub(crate) fn project_file(environment: &Environment) -> Option<PathBuf> {
    let folders = environment.current_directory.ancestors();
    folders.map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

/// Returns where a project's first setting would be written.
pub(crate) fn new_project_file(environment: &Environment) -> PathBuf {
    environment.current_directory.join(NAME)
}
