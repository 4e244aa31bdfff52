//! Which disk a store lies on: file locks and syncs mean what they should on a disk of this machine
//! alone.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::statfs;

use crate::store::StoreError;

/// The numbers by which Linux tells network file systems (`statfs(2)`), and their names.
const NETWORK: [(i64, &str); 8] = [
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x517b, "SMB"),
    (0x5346_414f, "AFS"),
    (0x7375_7245, "Coda"),
    (0x00c3_6400, "Ceph"),
    (0x0102_1997, "9P"),
];

/// Refuses a folder on a network file system; `folder` exists.
pub(crate) fn check_local(folder: &Path, place: &str) -> Result<(), StoreError> {
    // A file system that does not say what it is is taken for a disk.
    let Ok(stat) = statfs(folder) else { return Ok(()) };
    match network_name(stat.f_type) {
        Some(name) => Err(StoreError::Network { place: place.to_owned(), name }),
        None => Ok(()),
    }
}

/// The path without links, also where its last parts do not exist yet.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (fs::canonicalize(&path), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        (Err(_), ..) => path,
    }
}

fn network_name(kind: i64) -> Option<&'static str> {
    NETWORK.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_of_this_machine_is_accepted_and_a_network_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_local(folder.path(), "here").is_ok());
        assert_eq!(network_name(0x6969), Some("NFS"));
        assert_eq!(network_name(0xef53), None, "ext4");
    }
}
