//! The only file that reads the world of the process: arguments, variables, folders, names,
//! terminals. Time and randomness are in [`Hooks`](crate::Hooks).

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// What one process was started with, read once.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The command line, the program's name first.
    pub arguments: Vec<OsString>,
    /// The variables; those whose name is not Unicode are left out, for nobody asks for them.
    pub variables: BTreeMap<String, OsString>,
    /// The folder that relative paths start from.
    pub current_directory: PathBuf,
    /// The user's home folder, where it is known.
    pub home: Option<PathBuf>,
    /// Whether results go to a person.
    pub stdout_is_terminal: bool,
    /// Whether messages go to a person.
    pub stderr_is_terminal: bool,
    /// Who runs this, and where.
    pub names: Names,
}

/// Names that cost time to look up, and are looked up when first asked for.
#[derive(Debug, Clone, Default)]
pub struct Names {
    user: OnceLock<String>,
    host: OnceLock<String>,
}

impl Environment {
    /// Reads the world of this process.
    pub fn capture() -> Self {
        let variables =
            env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self {
            arguments: env::args_os().collect(),
            variables: variables.collect(),
            // A folder that was removed has no name; relative paths then fail one by one, by name.
            current_directory: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            home: env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            ..Self::default()
        }
    }

    /// Returns a variable; one that is set to nothing counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns the path a variable names, taken from the current folder when it is relative.
    pub(crate) fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(|value| self.current_directory.join(Path::new(value)))
    }
}

impl Names {
    /// Takes these names instead of the machine's.
    pub fn given(user: &str, host: &str) -> Self {
        Self { user: user.to_owned().into(), host: host.to_owned().into() }
    }

    /// Returns the login name.
    pub fn user(&self) -> &str {
        self.user.get_or_init(|| whoami::fallible::username().unwrap_or_else(|_| "unknown".into()))
    }

    /// Returns the name of the machine.
    pub fn host(&self) -> &str {
        self.host.get_or_init(|| whoami::fallible::hostname().unwrap_or_else(|_| "unknown".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_to_nothing_counts_as_not_set() {
        let mut environment = Environment::default();
        environment.variables.insert("PERSONA_HOME".into(), "".into());
        assert_eq!(environment.variable("PERSONA_HOME"), None);
    }

    #[test]
    fn the_real_world_has_a_folder_and_names() {
        let environment = Environment::capture();
        assert!(environment.current_directory.is_absolute());
        assert!(!environment.names.user().is_empty() && !environment.names.host().is_empty());
    }

    #[test]
    fn given_names_replace_the_real_ones() {
        let names = Names::given("ada", "engine");
        assert_eq!((names.user(), names.host()), ("ada", "engine"));
    }
}
