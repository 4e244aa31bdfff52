//! Where an export goes, and what became of writing there.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{error::CliError, exit::Exit};

/// A file to be. A regular one is written beside its place and renamed into it; a device or pipe is written to.
pub(super) enum Target {
    /// A new file under a temporary name.
    Whole { file: BufWriter<NamedTempFile>, place: PathBuf },
    /// What is no regular file.
    Stream(BufWriter<File>),
}

impl Target {
    /// Opens the way to `path`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // A link stays a link: what it points to is replaced.
        let place = fs::canonicalize(path).unwrap_or_else(|_new| path.to_owned());
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                Ok(Self::Stream(BufWriter::new(File::options().write(true).open(&place)?)))
            }
            Ok(_) | Err(_) => {
                let folder = place.parent().unwrap_or(Path::new("."));
                // The system names a missing folder better than a failed temporary file in it does.
                fs::metadata(folder)?;
                let file = tempfile::Builder::new().prefix(".tmp-export-").tempfile_in(folder);
                let file = file.map_err(|error| io::Error::from(error.kind()))?;
                Ok(Self::Whole { file: BufWriter::new(file), place })
            }
        }
    }

    pub(super) fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Whole { file, .. } => file,
            Self::Stream(file) => file,
        }
    }

    /// Gives the finished file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Whole { file, place } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&place).map(drop).map_err(|error| error.error)
            }
            Self::Stream(mut file) => file.flush(),
        }
    }
}

/// A writer that remembers why it failed: not every library in between says so.
pub(super) struct Watched<'out> {
    inner: &'out mut dyn Write,
    failure: Option<io::Error>,
}

impl<'out> Watched<'out> {
    pub(super) fn new(inner: &'out mut dyn Write) -> Self {
        Self { inner, failure: None }
    }

    /// Returns why writing failed first, if it did.
    pub(super) fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.failure.get_or_insert(error);
            kind.into()
        })
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        self.watch(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.watch(flushed)
    }
}

/// Says that a file cannot be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> CliError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return CliError::output(error);
    }
    let message = format!("failed to write {}", path.display());
    let mut failed = CliError::new(Exit::Failed, "output-unwritable", message);
    failed.causes.push(error.to_string());
    if error.kind() == io::ErrorKind::NotFound {
        return failed.hint("make its folder first");
    }
    if error.kind() == io::ErrorKind::IsADirectory {
        return failed.hint("name a file in it");
    }
    failed.hint("name another file with `-o`, or see that its folder can be written and has room")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write the files they need")]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        fs::write(&path, "old").unwrap();
        let mut target = Target::open(&path).unwrap();
        target.writer().write_all(b"half").unwrap();
        drop(target);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let mut target = Target::open(&path).unwrap();
        target.writer().write_all(b"whole").unwrap();
        target.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    }

    #[test]
    fn folders_are_refused_and_devices_stay() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |path: &Path| Target::open(path).err().map(|error| error.kind());
        assert_eq!(kind(folder.path()), Some(io::ErrorKind::IsADirectory));
        assert_eq!(kind(&folder.path().join("no/out.json")), Some(io::ErrorKind::NotFound));
        assert!(matches!(Target::open(Path::new("/dev/null")), Ok(Target::Stream(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        Target::open(&link).unwrap().finish().unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn the_first_failure_is_remembered_with_its_kind() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut gone = Gone;
        let mut watched = Watched::new(&mut gone);
        assert!(watched.write_all(b"x").is_err());
        assert_eq!(watched.failure().map(|error| error.kind()), Some(io::ErrorKind::BrokenPipe));
    }
}
