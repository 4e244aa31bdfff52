//! Opening what is to be read: regular files only, and standard input by way of a file.

use super::error::InputError;
use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

/// What `-` stands for, as the caller has it.
///
/// A read that ends as [`io::ErrorKind::WouldBlock`] is tried again after the caller was asked whether
/// to go on, so a reader that waits in small steps can be called off.
#[derive(Clone, Default)]
pub struct StandardInput(Option<Opener>);

type Opener = Arc<dyn Fn() -> Box<dyn Read> + Send + Sync>;

impl StandardInput {
    /// Has none: `-` is an error.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads what `open` opens, once a run.
    pub fn from_reader(open: impl Fn() -> Box<dyn Read> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(open)))
    }

    /// Copies it to a file that has no name and mode 0600, so that it can be read twice.
    pub(super) fn spool(&self, cancelled: &dyn Fn() -> bool) -> Result<File, InputError> {
        let mut reader = self.0.as_ref().ok_or(InputError::NoStandardInput)?();
        let unreadable = |source| InputError::Unreadable { path: "-".into(), source };
        let mut file = tempfile::tempfile().map_err(unreadable)?;
        // It has no name; the mode closes the way through /proc.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(unreadable)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if cancelled() {
                return Err(InputError::Cancelled);
            }
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    file.write_all(buffer.get(..count).unwrap_or_default()).map_err(unreadable)?;
                }
                Err(error) if may_go_on(&error) => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
        file.rewind().map_err(unreadable)?;
        Ok(file)
    }
}

impl fmt::Debug for StandardInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StandardInput").field(&self.0.is_some()).finish()
    }
}

fn may_go_on(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Opens a regular file; whatever else lies there is refused without waiting for it.
pub(super) fn open(path: &Path, shown: &Path) -> Result<File, InputError> {
    let failed = |source| unreadable(shown, source);
    // A pipe would keep an ordinary opening waiting for its other end.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let found = path.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(InputError::NotAFile { path: shown.into() });
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(InputError::NotAFile { path: shown.into() });
    }
    Ok(file)
}

/// Nothing there, or not for us.
pub(super) fn unreadable(path: &Path, source: io::Error) -> InputError {
    if source.kind() == io::ErrorKind::NotFound {
        InputError::Missing { path: path.into() }
    } else {
        InputError::Unreadable { path: path.into(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn standard_input_lies_where_nobody_else_reads_it() {
        let stdin = StandardInput::from_reader(|| Box::new(b"a\n1\n".as_slice()));
        let mut file = stdin.spool(&|| false).unwrap();
        let found = file.metadata().unwrap();
        assert_eq!((found.mode() & 0o777, found.nlink()), (0o600, 0));
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\n1\n");
    }

    #[test]
    fn a_pipe_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        assert!(matches!(open(&path, &path), Err(InputError::NotAFile { .. })));
    }
}
