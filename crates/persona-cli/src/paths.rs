//! Where things lie: the folder of the user's persona and the folder of its state.

use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// The folders of one user. Nothing here is created before it is written to.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    home: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// Finds `$PERSONA_HOME` (else `~/.persona`) and the state folder (`$PERSONA_HOME/state`, else
    /// `$XDG_STATE_HOME/persona`, else `~/.local/state/persona`).
    ///
    /// # Errors
    /// When neither `PERSONA_HOME` nor a home folder is known.
    pub(crate) fn find(environment: &Environment) -> Result<Self, PathsError> {
        if let Some(home) = environment.path_variable("PERSONA_HOME") {
            return Ok(Self { state: home.join("state"), home });
        }
        let user = environment.home.as_ref().ok_or(PathsError::NoHome)?;
        // The XDG specification asks to ignore a relative path.
        let state = environment.variable("XDG_STATE_HOME").map(Path::new);
        let state = state.filter(|path| path.is_absolute()).map(Path::to_path_buf);
        let state = state.unwrap_or_else(|| user.join(".local/state"));
        Ok(Self { home: user.join(".persona"), state: state.join("persona") })
    }

    /// Returns the folder that holds everything but the state.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the user's configuration file.
    pub(crate) fn user_configuration(&self) -> PathBuf {
        self.home.join("config.toml")
    }

    /// Returns the folder of pins, marks and pending bodies.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }
}

/// Why the folders cannot be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathsError {
    /// The system knows no home folder for this user.
    #[error("no home folder is known for this user")]
    NoHome,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> (String, String) {
        let environment = Environment {
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            current_directory: "/work".into(),
            home: Some("/home/ada".into()),
            ..Environment::default()
        };
        let paths = Paths::find(&environment).unwrap();
        (paths.home().display().to_string(), paths.state().display().to_string())
    }

    fn both(home: &str, state: &str) -> (String, String) {
        (home.to_owned(), state.to_owned())
    }

    #[test]
    fn the_home_folder_is_the_default() {
        assert_eq!(found(&[]), both("/home/ada/.persona", "/home/ada/.local/state/persona"));
    }

    #[test]
    fn xdg_moves_the_state_only() {
        let moved = found(&[("XDG_STATE_HOME", "/var/s")]);
        assert_eq!(moved, both("/home/ada/.persona", "/var/s/persona"));
        assert_eq!(found(&[("XDG_STATE_HOME", "relative")]), found(&[]));
    }

    #[test]
    fn persona_home_moves_both() {
        let variables = [("PERSONA_HOME", "p"), ("XDG_STATE_HOME", "/var/s")];
        assert_eq!(found(&variables), both("/work/p", "/work/p/state"));
    }

    #[test]
    fn without_any_home_the_error_says_so() {
        let error = Paths::find(&Environment::default()).unwrap_err();
        assert_eq!(error.to_string(), "no home folder is known for this user");
    }
}
