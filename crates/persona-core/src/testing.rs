//! Data for tests of this crate.

use crate::input::{Dataset, read};
use std::path::PathBuf;

/// A dataset from delimited text.
pub(crate) fn dataset(text: &str) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::File::create(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .unwrap();
    read(&[path], &|| false).unwrap()
}

/// A file of the repository's test data.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The survey every claim about honesty is tried on.
pub(crate) fn gazpacho() -> Dataset {
    read(&[repository("tests/data/bottled-gazpacho-survey.csv")], &|| false).unwrap()
}
