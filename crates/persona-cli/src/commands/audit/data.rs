//! What `--data` names: a file by its content, a path as recorded, or a hash.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use persona_audit::{DataFilter, Digest};
use sha2::{Digest as _, Sha256};

use crate::{error::CliError, exit::Exit};

/// Returns the condition that `text` means. Relative paths start in `folder`.
///
/// # Errors
/// A folder, a file that cannot be read, and a hash that is none.
pub(super) fn filter(text: &str, folder: &Path) -> Result<DataFilter, CliError> {
    let path = folder.join(text);
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Err(is_folder(text)),
        Ok(_) => match digest(&path) {
            Ok(digest) => Ok(DataFilter::Hash(digest.to_string())),
            Err(error) => Err(unreadable(text, &error)),
        },
        Err(_) => recorded(text),
    }
}

fn recorded(text: &str) -> Result<DataFilter, CliError> {
    let Some(hex) = text.strip_prefix("sha256:") else {
        return Ok(DataFilter::Path(text.to_owned()));
    };
    match Digest::from_hex(&hex.to_ascii_lowercase()) {
        Some(digest) => Ok(DataFilter::Hash(digest.to_string())),
        None => Err(CliError::new(
            Exit::Usage,
            "usage",
            format!("invalid value '{text}' for '--data': `sha256:` takes 64 hex digits"),
        )
        .hint("`sha256sum FILE` prints them, and `persona audit list --json` as `data_hash`")),
    }
}

fn digest(path: &Path) -> io::Result<Digest> {
    let mut hashing = Hashing(Sha256::new());
    io::copy(&mut File::open(path)?, &mut hashing)?;
    Digest::from_slice(&hashing.0.finalize()).ok_or_else(|| io::Error::other("no digest"))
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_folder(text: &str) -> CliError {
    let message = format!("`{text}` is a folder, and only a file can be matched by its content");
    CliError::new(Exit::Usage, "data-is-folder", message)
        .hint("runs on a folder are found by `--data sha256:HEX`, the `data_hash` of `persona audit list --json`")
}

fn unreadable(text: &str, error: &io::Error) -> CliError {
    let mut failed =
        CliError::new(Exit::Input, "input-unreadable", format!("failed to read `{text}`"));
    failed.causes.push(error.to_string());
    failed.hint("see that the file may be read, or name its content: `--data sha256:HEX`")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write the files they need")]
mod tests {
    use super::*;

    /// The first 64 digits of `printf abc | sha256sum`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_that_exists_matches_by_content_and_anything_else_by_name() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.csv"), "abc").unwrap();
        let found = |text: &str| filter(text, home.path()).unwrap();
        assert_eq!(found("a.csv"), DataFilter::Hash(format!("sha256:{ABC}")));
        assert_eq!(found("gone/a.csv"), DataFilter::Path("gone/a.csv".into()));
        let upper = format!("sha256:{}", ABC.to_ascii_uppercase());
        assert_eq!(found(&upper), DataFilter::Hash(format!("sha256:{ABC}")));
    }

    #[test]
    fn folders_and_half_hashes_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let refused = |text: &str| filter(text, home.path()).unwrap_err();
        assert_eq!(refused(".").code, "data-is-folder");
        let error = refused("sha256:ba78");
        assert_eq!((error.exit, error.code), (Exit::Usage, "usage"));
        assert!(error.message.contains("64 hex digits"), "{}", error.message);
    }
}
