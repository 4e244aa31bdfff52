//! The unprivileged user a server runs as when its caller is root.

use std::{fs, os::unix::fs::chown, path::Path};

use crate::error::ClusterError;

/// Tried in this order; both exist on most systems, and neither owns anything of the caller.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// A user by numbers, since a command takes no names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Nobody else when the caller is not root: the server is then the caller's own.
    pub(crate) fn for_caller() -> Result<Option<Self>, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let path = "/etc/passwd";
        let users = fs::read_to_string(path).map_err(ClusterError::file(path))?;
        let found = NAMES.iter().find_map(|name| Self::named(name, &users));
        found.map(Some).ok_or(ClusterError::NoAccount)
    }

    fn named(name: &str, users: &str) -> Option<Self> {
        let mut fields = users.lines().map(|line| line.split(':'));
        let mut fields = fields.find(|fields| fields.clone().next() == Some(name))?.skip(2);
        let account = Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? };
        (account.uid != 0).then_some(account)
    }

    pub(crate) fn own(self, path: &Path) -> Result<(), ClusterError> {
        chown(path, Some(self.uid), Some(self.gid)).map_err(ClusterError::file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\nnobody2:x:7:8::/:/bin/sh\nnobody:x:65534:65533:n:/:/bin/sh\n";
        assert_eq!(Account::named("nobody", users), Some(Account { uid: 65534, gid: 65533 }));
        assert_eq!(Account::named("postgres", users), None);
    }

    #[test]
    fn root_by_another_name_is_refused() {
        assert_eq!(Account::named("postgres", "postgres:x:0:0::/:/bin/sh\n"), None);
        assert_eq!(Account::named("postgres", "postgres:x:no\n"), None);
    }
}
