//! A folder that appears whole or not at all.
//!
//! Files are written under `PARENT/.persona-RANDOM/files/`, and the folder `files` is renamed to
//! `PARENT/NAME` in the end. The rename refuses a name that anything has, so nothing is ever replaced
//! and no reader ever sees a folder that is not whole. A lock on the file `lock` tells a running build
//! from the leftover of a killed one, which the next run in the same parent removes; no hidden name is
//! ever used twice, so whoever holds a lock knows which folder it is of.
//!
//! Nothing in the hidden folder has to outlive a power cut, so files and folders are synced together,
//! just before the rename: every byte is on the disk before the final name exists.

mod hashed;
mod leftovers;
mod parents;
mod together;

use parents::Parents;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use tempfile::Builder;

/// What the hidden folders' names begin with.
const PREFIX: &str = ".persona-";
const LOCK: &str = "lock";
const FILES: &str = "files";
/// Names tried before giving up.
const NAMES: usize = 10_000;
/// Files written and kept open until they are synced; far below what a process may have open.
const OPEN: usize = 64;

/// How often the parent is made again when a run that failed takes it away.
const PARENTS: usize = 100;

/// An output folder under construction; removed when dropped unpublished, with the parents made for it.
#[derive(Debug)]
pub struct Staging {
    parent: PathBuf,
    wanted: String,
    name: String,
    hidden: PathBuf,
    /// Held for as long as it is open.
    _lock: File,
    files: BTreeMap<String, String>,
    /// Written and not known to be on the disk yet.
    unsynced: Vec<(PathBuf, File)>,
    /// What the disk lost: such a folder is never published.
    lost: Option<PathBuf>,
    /// Dropped last, when the hidden folder is gone.
    _parents: Parents,
}

/// Why an output folder could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The operating system refused.
    #[error("{} cannot be written", path.display())]
    Io {
        /// What was being made.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// Something took the final name while the folder was being built.
    #[error("{} came into being meanwhile", path.display())]
    NameTaken {
        /// The final path.
        path: PathBuf,
    },
    /// A name that would lead out of the folder.
    #[error("\"{name}\" is no file name for the output folder")]
    BadName {
        /// As given.
        name: String,
    },
    /// No name with a number behind it was free.
    #[error("{} and every numbered name after it are taken", path.display())]
    NoFreeName {
        /// The path wanted.
        path: PathBuf,
    },
    /// A value that JSON cannot hold.
    #[error("{name} cannot be written as JSON")]
    Unserializable {
        /// The file.
        name: String,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
}

/// A folder that could not be published, handed back whole.
#[derive(Debug, thiserror::Error)]
#[error("the output folder could not be published")]
pub struct Unpublished {
    /// To try again with [`Staging::rename`], or to drop.
    pub staging: Box<Staging>,
    /// The reason.
    #[source]
    pub source: OutputError,
}

impl Staging {
    /// Opens a folder to be published as `parent/wanted`, or `wanted-2`, `wanted-3` … if that is taken.
    ///
    /// The parent is made if needed, and taken away again if nothing is published; leftovers of killed runs in
    /// it are removed.
    ///
    /// # Errors
    /// [`OutputError`] when the name is no file name or the parent cannot be written.
    pub fn create(parent: &Path, wanted: &str) -> Result<Self, OutputError> {
        check_name(wanted, 1)?;
        let claimed = claim(parent).map_err(|source| io_error(parent, source))?;
        let (parents, hidden, lock) = claimed;
        let name = free_name(parent, wanted)?;
        let (parent, wanted) = (parent.to_path_buf(), wanted.to_owned());
        let staging = Self {
            parent,
            wanted,
            name,
            hidden,
            _lock: lock,
            files: BTreeMap::new(),
            unsynced: Vec::new(),
            lost: None,
            _parents: parents,
        };
        let folder = staging.folder();
        private_dir(&folder).map_err(|source| io_error(&folder, source))?;
        Ok(staging)
    }

    /// Where the folder will be published.
    pub fn final_path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// Where its files are until then.
    pub fn folder(&self) -> PathBuf {
        self.hidden.join(FILES)
    }

    /// Writes a file (`name` or `folder/name`) and returns its SHA-256; [`Staging::publish`] makes it
    /// durable.
    ///
    /// # Errors
    /// [`OutputError`] when the name leads elsewhere, exists already, or the disk refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<String, OutputError> {
        self.write_by(name, |file| file.write_all(bytes))
    }

    /// The same for a file that is not held in memory: `fill` writes it.
    ///
    /// # Errors
    /// As [`Staging::write`], and what `fill` fails with; a file that failed is not part of the folder.
    pub fn write_by(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<String, OutputError> {
        check_name(name, 2)?;
        let path = self.folder().join(name);
        let filled = create_new(&path).and_then(|file| hashed::fill(file, fill));
        let (file, digest) = filled.map_err(|source| io_error(&path, source))?;
        self.files.insert(name.to_owned(), digest.clone());
        self.unsynced.push((path, file));
        if self.unsynced.len() >= OPEN {
            self.sync_files()?;
        }
        Ok(digest)
    }

    /// Takes a file out again, so that it can be written anew.
    ///
    /// # Errors
    /// [`OutputError::Io`] when the file is not there or the disk refuses.
    pub fn discard(&mut self, name: &str) -> Result<(), OutputError> {
        check_name(name, 2)?;
        let path = self.folder().join(name);
        fs::remove_file(&path).map_err(|source| io_error(&path, source))?;
        self.files.remove(name);
        self.unsynced.retain(|(written, _)| *written != path);
        Ok(())
    }

    /// Path and SHA-256 of the files written so far, in bytewise order of the paths.
    pub fn files(&self) -> Vec<(String, String)> {
        self.files.iter().map(|(path, digest)| (path.clone(), digest.clone())).collect()
    }

    /// Chooses another final name, after [`OutputError::NameTaken`].
    ///
    /// # Errors
    /// [`OutputError::NoFreeName`].
    pub fn rename(&mut self) -> Result<PathBuf, OutputError> {
        self.name = free_name(&self.parent, &self.wanted)?;
        Ok(self.final_path())
    }

    /// Makes all of the folder durable, puts it in its place and returns the path.
    ///
    /// # Errors
    /// [`Unpublished`] with the folder as it was; its source is [`OutputError::NameTaken`] when the name
    /// was taken meanwhile.
    pub fn publish(mut self) -> Result<PathBuf, Unpublished> {
        match self.move_into_place() {
            // Dropping removes what is left of the hidden folder.
            Ok(path) => Ok(path),
            Err(source) => Err(Unpublished { staging: Box::new(self), source }),
        }
    }

    fn move_into_place(&mut self) -> Result<PathBuf, OutputError> {
        for folder in self.folders() {
            let opened = File::open(&folder).map_err(|source| io_error(&folder, source))?;
            self.unsynced.push((folder, opened));
        }
        self.sync_files()?;
        let (from, to) = (self.folder(), self.final_path());
        let fail = |source| io_error(&to, source);
        match rename_to_new(&from, &to) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OutputError::NameTaken { path: to });
            }
            Err(source) => return Err(fail(source)),
        }
        File::open(&self.parent).and_then(|parent| parent.sync_all()).map_err(fail)?;
        Ok(to)
    }

    /// Waits until what was written is on the disk. The system reports a lost write only once, so a
    /// failure is remembered: a second sync that goes well would prove nothing.
    fn sync_files(&mut self) -> Result<(), OutputError> {
        if let Some(path) = &self.lost {
            return Err(io_error(path, io::Error::other("what was written is lost")));
        }
        together::sync(&self.unsynced).map_err(|(path, source)| {
            self.lost = Some(path.clone());
            io_error(&path, source)
        })?;
        self.unsynced.clear();
        Ok(())
    }

    /// The folder and its subfolders.
    fn folders(&self) -> Vec<PathBuf> {
        let top = self.folder();
        let inner = self.files.keys().filter_map(|name| name.split_once('/'));
        let mut folders: Vec<PathBuf> = inner.map(|(folder, _)| top.join(folder)).collect();
        folders.dedup();
        folders.push(top);
        folders
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        leftovers::discard(&self.hidden);
    }
}

/// Renames a folder onto a name that nothing has, in one step; `AlreadyExists` where something has it.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            // This file system cannot: an empty folder holds the name for a moment, and a rename onto
            // one that somebody has filled since fails.
            fs::create_dir(to)?;
            fs::rename(from, to).map_err(|source| match fs::remove_dir(to) {
                Ok(()) => source,
                Err(_filled) => io::ErrorKind::AlreadyExists.into(),
            })
        }
        renamed => Ok(renamed?),
    }
}

/// Finds a name that nothing has at this moment.
fn free_name(parent: &Path, wanted: &str) -> Result<String, OutputError> {
    (1..=NAMES)
        .map(|number| if number == 1 { wanted.to_owned() } else { format!("{wanted}-{number}") })
        .find(|name| fs::symlink_metadata(parent.join(name)).is_err())
        .ok_or_else(|| OutputError::NoFreeName { path: parent.join(wanted) })
}

/// Makes the parent and a hidden folder in it. Another run that fails may take the parent that it made
/// away in between, which is tried again.
fn claim(parent: &Path) -> io::Result<(Parents, PathBuf, File)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let made = Parents::make(parent)?;
        leftovers::remove(parent);
        match hidden_folder(parent) {
            Ok((hidden, lock)) => return Ok((made, hidden, lock)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries < PARENTS => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes a new private folder with a lock held in it. A run that cleans up may take the folder away in
/// the moment before the lock is held, which shows and is tried again.
fn hidden_folder(parent: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let folder = Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?
            .keep();
        let lock_path = folder.join(LOCK);
        let locked = private_file(&lock_path).and_then(|file| file.lock().map(|()| file));
        match locked {
            Ok(file) if lock_path.exists() => return Ok((folder, file)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}

fn check_name(name: &str, depth: usize) -> Result<(), OutputError> {
    let parts: Vec<Component<'_>> = Path::new(name).components().collect();
    let normal = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    let plain = !name.starts_with('.') && !name.ends_with('/') && !name.contains(['\\', '\0']);
    if normal
        && plain
        && (1..=depth).contains(&parts.len())
        && parts.len() == name.split('/').count()
    {
        Ok(())
    } else {
        Err(OutputError::BadName { name: name.to_owned() })
    }
}

/// A new file, in a new folder where it needs one.
fn create_new(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        private_dir(folder)?;
    }
    private_file(path)
}

/// Created by this call, for the owner alone.
fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Created by this call, for the owner alone.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn io_error(path: &Path, source: io::Error) -> OutputError {
    OutputError::Io { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests;
