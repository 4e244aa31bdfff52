//! The file a project keeps beside its data.

use std::{fs, path::PathBuf};

use crate::environment::Environment;

const NAME: &str = "persona.toml";

/// Finds the nearest `persona.toml`, from the current folder upwards, whatever it is: what cannot be read is for whoever
/// reads it to refuse, and no reason to look further up.
pub(crate) fn project_file(environment: &Environment) -> Option<PathBuf> {
    let folders = environment.current_directory.ancestors();
    folders.map(|folder| folder.join(NAME)).find(|file| fs::symlink_metadata(file).is_ok())
}

/// Returns where a project's first setting would be written.
pub(crate) fn new_project_file(environment: &Environment) -> PathBuf {
    environment.current_directory.join(NAME)
}
