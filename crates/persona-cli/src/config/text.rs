//! The text of a configuration file, bounded: whatever lies in its place, nobody waits and memory stays small.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

/// Far more than any configuration, and read in no time.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a file, or none where there is none.
///
/// # Errors
/// When something lies there that is no text file of at most 1 MiB.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        // Opening a pipe would wait for a writer.
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return absent(path),
        Err(error) => return Err(error),
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if MOST_BYTES < u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let position = error.utf8_error().valid_up_to();
            let line = super::layer::line_of(error.as_bytes(), position);
            let text = format!("not UTF-8 text, from line {line} on");
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        }
    }
}

/// A link to nothing is no absence: its owner meant something.
fn absent(path: &Path) -> io::Result<Option<String>> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "a link to a file that is not there"));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use tempfile::TempDir;

    use super::*;

    fn refusal(prepare: impl Fn(&Path)) -> String {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("config.toml");
        prepare(&path);
        read(&path).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_there_is_no_error() {
        let folder = TempDir::new().unwrap();
        assert_eq!(read(&folder.path().join("no/config.toml")).unwrap(), None);
    }

    #[test]
    fn only_a_text_file_of_a_sensible_size_is_read() {
        let made = |path: &Path, bytes: &[u8]| fs::write(path, bytes).unwrap();
        assert_eq!(refusal(|path| made(path, &vec![b'#'; (1 << 20) + 1])), "larger than 1 MiB");
        assert_eq!(refusal(|path| made(path, b"a = 1\n\xff")), "not UTF-8 text, from line 2 on");
        assert_eq!(refusal(|path| fs::create_dir(path).unwrap()), "not a regular file");
        let pipe = |path: &Path| mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(refusal(pipe), "not a regular file");
        assert_eq!(refusal(|path| symlink("/dev/zero", path).unwrap()), "not a regular file");
        let to_nothing = |path: &Path| symlink("nothing", path).unwrap();
        assert_eq!(refusal(to_nothing), "a link to a file that is not there");
        let to_itself = |path: &Path| symlink("config.toml", path).unwrap();
        assert!(refusal(to_itself).contains("symbolic links"));
    }

    #[test]
    fn a_path_below_a_file_is_an_error() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("f"), "").unwrap();
        assert!(read(&folder.path().join("f/config.toml")).is_err());
    }
}
