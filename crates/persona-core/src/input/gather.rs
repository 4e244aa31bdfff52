//! From the paths that were named to the files that are read: folders are walked, in byte order,
//! and what is left out of them is said.

use super::error::InputError;
use super::format;
use super::naming::{self, Called};
use super::open::unreadable;
use super::path_text;
use crate::issue::{Issue, IssueCode, Severity};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Files of one folder, and levels below it.
const MOST: usize = 10_000;
const DEPTH: usize = 32;
/// Files left out that are named one by one.
const NAMED: usize = 10;

/// One file to read.
pub(super) struct Found {
    /// Where it lies; `-` is standard input.
    pub(super) place: PathBuf,
    /// For the record and its hash: as given, or relative to the folder named.
    pub(super) path: String,
    /// For personas and findings.
    pub(super) name: String,
}

/// The files to read and what is to be said of the others.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) files: Vec<Found>,
    pub(super) left_out: Vec<Issue>,
}

/// A file before it has a name.
struct Candidate {
    place: PathBuf,
    relative: PathBuf,
    /// How many parts of the path its name has at least.
    least: usize,
    /// Met in a folder, not named.
    linked: bool,
}

/// Looks at every path; files come in the order of their path bytes.
pub(super) fn gather(paths: &[PathBuf]) -> Result<Gathered, InputError> {
    if paths.is_empty() {
        return Err(InputError::NoPaths);
    }
    let (mut candidates, mut left_out) = (Vec::new(), Vec::new());
    for path in paths {
        if path.as_os_str() != "-" && path.metadata().is_ok_and(|found| found.is_dir()) {
            let mut walk = Walk {
                root: path,
                found: Vec::new(),
                hidden: 0,
                foreign: Vec::new(),
                outside: Vec::new(),
            };
            walk.visit(path, 0)?;
            if walk.found.is_empty() {
                return Err(InputError::EmptyFolder { path: path.clone() });
            }
            left_out.extend(walk.issues());
            candidates.append(&mut walk.found);
        } else {
            let (place, relative) = (path.clone(), path.clone());
            candidates.push(Candidate { place, relative, least: 1, linked: false });
        }
    }
    let files = named(without_twins(candidates)?);
    Ok(Gathered { files, left_out })
}

/// The same file by another path is an error when it was named, and one file when it was met.
fn without_twins(mut candidates: Vec<Candidate>) -> Result<Vec<Candidate>, InputError> {
    let bytes = |candidate: &Candidate| {
        (candidate.relative.as_os_str().as_bytes().to_vec(), candidate.place.clone())
    };
    candidates.sort_by_cached_key(|candidate| (candidate.linked, bytes(candidate)));
    let mut known = BTreeSet::new();
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let identity = match candidate.place.metadata() {
            Ok(found) if candidate.place.as_os_str() != "-" => {
                (Some((found.dev(), found.ino())), None)
            }
            Ok(_) | Err(_) => (None, Some(candidate.place.clone())),
        };
        let linked = candidate.linked;
        match (known.insert(identity), linked) {
            (true, _) => kept.push(candidate),
            (false, true) => {}
            (false, false) => return Err(InputError::RepeatedPath { path: candidate.place }),
        }
    }
    kept.sort_by_cached_key(bytes);
    Ok(kept)
}

fn named(candidates: Vec<Candidate>) -> Vec<Found> {
    let called: Vec<Called<'_>> = candidates
        .iter()
        .map(|candidate| Called { path: &candidate.place, least: candidate.least })
        .collect();
    let names = naming::shortest_tails(&called);
    candidates
        .into_iter()
        .zip(names)
        .map(|(Candidate { place, relative, .. }, name)| Found {
            place,
            path: path_text(&relative),
            name,
        })
        .collect()
}

/// One folder and all below it.
struct Walk<'a> {
    root: &'a Path,
    found: Vec<Candidate>,
    hidden: usize,
    foreign: Vec<String>,
    /// Links that lead nowhere or out of the folder: whoever made the folder chose them, not who reads it.
    outside: Vec<String>,
}

impl Walk<'_> {
    fn visit(&mut self, folder: &Path, depth: usize) -> Result<(), InputError> {
        let failed = |source| unreadable(folder, source);
        let entries = fs::read_dir(folder).map_err(failed)?;
        let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type().map_err(failed)?;
            let path = entry.path();
            if entry.file_name().as_bytes().starts_with(b".") {
                self.hidden += 1;
            } else if kind.is_dir() {
                self.check(depth < DEPTH)?;
                self.visit(&path, depth + 1)?;
            } else {
                self.meet(path, kind.is_symlink())?;
            }
        }
        Ok(())
    }

    fn meet(&mut self, place: PathBuf, linked: bool) -> Result<(), InputError> {
        let relative = place.strip_prefix(self.root).unwrap_or(&place).to_path_buf();
        let known = place.extension().and_then(|end| end.to_str()).and_then(format::of_extension);
        if linked && !self.leads_inside(&place) {
            self.outside.push(path_text(&relative));
            return Ok(());
        }
        if known.is_some() && place.metadata().is_ok_and(|found| found.is_file()) {
            let least = relative.components().count();
            self.found.push(Candidate { place, relative, least, linked });
            self.check(self.found.len() <= MOST)
        } else {
            self.foreign.push(path_text(&relative));
            Ok(())
        }
    }

    /// Whether a link ends below the folder that was named.
    fn leads_inside(&self, link: &Path) -> bool {
        let ends = link.canonicalize().and_then(|target| Ok((target, self.root.canonicalize()?)));
        ends.is_ok_and(|(target, root)| target.starts_with(root))
    }

    fn check(&self, fits: bool) -> Result<(), InputError> {
        let path = self.root.to_path_buf();
        if fits {
            Ok(())
        } else {
            Err(InputError::FolderTooLarge { path, most: MOST, depth: DEPTH })
        }
    }

    /// What the folder holds and is not read.
    fn issues(&self) -> Vec<Issue> {
        let folder = self.root.file_name().unwrap_or(self.root.as_os_str());
        let folder = path_text(Path::new(folder));
        let mut issues = Vec::new();
        let mut say = |severity, message| {
            issues.push(Issue::new(IssueCode::FileSkipped, severity, message));
        };
        for path in self.foreign.iter().take(NAMED) {
            let message =
                format!("{path} of the folder {folder} is no format that is read; it was left out");
            say(Severity::Warning, message);
        }
        if self.foreign.len() > NAMED {
            let (more, all) = (self.foreign.len() - NAMED, self.foreign.len());
            let message =
                format!("{more} more files of the folder {folder} were left out ({all} in all)");
            say(Severity::Warning, message);
        }
        for path in self.outside.iter().take(NAMED) {
            let message = format!(
                "{path} of the folder {folder} is a link that leads nowhere or out of the folder; it was left out"
            );
            say(Severity::Warning, message);
        }
        if self.outside.len() > NAMED {
            let message = format!(
                "{} more links out of the folder {folder} were left out",
                self.outside.len() - NAMED
            );
            say(Severity::Warning, message);
        }
        if self.hidden > 0 {
            let message =
                format!("{} hidden entries of the folder {folder} were left out", self.hidden);
            say(Severity::Info, message);
        }
        issues
    }
}

#[cfg(test)]
mod tests;
