//! `cargo xtask tidy`: the rules of the project that no compiler knows. Each rule returns what it found; all are told.

mod documents;
mod layers;
mod manifests;
mod sources;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::run::{Failure, Outcome, root, say};

pub(crate) fn run() -> Outcome {
    let tree = Tree::read(&root())?;
    let mut findings = sources::check(&tree);
    findings.extend(manifests::check(&tree));
    findings.extend(documents::check(&tree));
    findings.extend(layers::check()?);
    for finding in &findings {
        say(&format!("tidy: {finding}"));
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::new(format!("tidy found {count} thing(s) to mend"))),
    }
}

/// The text files of the work tree, read once.
struct Tree {
    root: PathBuf,
    files: Vec<TextFile>,
}

struct TextFile {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

impl Tree {
    const LEFT_OUT: [&str; 4] = ["target", ".git", "output", ".venv"];
    const KINDS: [&str; 3] = ["rs", "toml", "md"];

    fn read(root: &Path) -> Result<Self, Failure> {
        let mut tree = Self { root: root.to_path_buf(), files: Vec::new() };
        tree.visit(root)?;
        tree.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    fn visit(&mut self, folder: &Path) -> Outcome {
        let unreadable =
            |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !Self::LEFT_OUT.contains(&name.as_str()) {
                    self.visit(&path)?;
                }
            } else if Self::KINDS.iter().any(|kind| path.extension().is_some_and(|e| e == *kind)) {
                let text = fs::read_to_string(&path).map_err(unreadable)?;
                let relative = path.strip_prefix(&self.root).unwrap_or(&path);
                self.files.push(TextFile { path: relative.to_string_lossy().into_owned(), text });
            }
        }
        Ok(())
    }

    fn ending<'tree>(&'tree self, end: &'tree str) -> impl Iterator<Item = &'tree TextFile> {
        self.files.iter().filter(move |file| file.path.ends_with(end))
    }
}
