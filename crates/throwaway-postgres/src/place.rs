//! Where a server's folder goes: a short path, since a socket's name has little room, which the server's user can walk.

use std::{
    fs::{self, Permissions},
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{account::Account, error::ClusterError};

/// Room for a socket's path everywhere, with the zero at its end.
const LONGEST: usize = 100;
/// What is appended to the folder chosen here, at its longest.
const TAIL: &str = "/pg-123456/socket/.s.PGSQL.65535";

/// Makes a folder of the caller's, which the account may walk through but not change.
pub(crate) fn make(
    below: Option<PathBuf>,
    account: Option<Account>,
) -> Result<TempDir, ClusterError> {
    let tried = below.map_or_else(
        // The caller's TMPDIR may be private, or long: then the system's own.
        || vec![std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")],
        |below| vec![below],
    );
    let whole = tried.iter().filter_map(|path| fs::canonicalize(path).ok());
    let fit = whole.filter(|path| is_short(path) && (account.is_none() || is_open(path)));
    let mode = Permissions::from_mode(account.map_or(0o700, |_| 0o711));
    let make = |path: PathBuf| {
        tempfile::Builder::new().prefix("pg-").permissions(mode.clone()).tempdir_in(path).ok()
    };
    let made = fit.into_iter().find_map(make);
    made.ok_or(ClusterError::NoPlace { tried })
}

fn is_short(path: &Path) -> bool {
    path.as_os_str().as_bytes().len() + TAIL.len() < LONGEST
}

/// Whether every user may walk to this path.
pub(crate) fn is_open(path: &Path) -> bool {
    let mode = |path: &Path| fs::metadata(path).map(|it| it.permissions().mode());
    path.ancestors().all(|folder| mode(folder).is_ok_and(|mode| mode & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOMEBODY: Option<Account> = Some(Account { uid: 1, gid: 1 });

    #[test]
    fn a_private_folder_is_no_place_for_another_user() {
        let mode = Permissions::from_mode(0o700);
        let private = tempfile::Builder::new().permissions(mode).tempdir_in("/tmp").unwrap();
        assert!(!is_open(private.path()));
        let below = Some(private.path().to_path_buf());
        assert!(matches!(make(below.clone(), SOMEBODY), Err(ClusterError::NoPlace { .. })));
        assert!(make(below, None).unwrap().path().starts_with(private.path()));
    }

    #[test]
    fn a_long_path_is_no_place() {
        let long = tempfile::Builder::new().prefix(&"x".repeat(80)).tempdir_in("/tmp").unwrap();
        let refused = make(Some(long.path().to_path_buf()), None);
        assert!(refused.unwrap_err().to_string().contains("short path"));
    }
}
