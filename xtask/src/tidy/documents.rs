//! Documents that guide through the tree name paths that exist.

use std::path::Path;

use super::Tree;

const GUIDES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
const KINDS: [&str; 6] = [".rs", ".md", ".toml", ".json", ".sql", ".csv"];
const FOLDERS: [&str; 6] = ["crates/", "tests/", "xtask/", "docs/", "examples/", ".ci/"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    GUIDES.iter().flat_map(|guide| check_guide(tree, guide)).collect()
}

fn check_guide(tree: &Tree, guide: &str) -> Vec<String> {
    let Some(file) = tree.files.iter().find(|file| file.path == guide) else {
        return vec![format!("{guide}: the file is missing")];
    };
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for path in named_paths(line) {
            if !exists(tree, path) {
                findings.push(format!("{guide}:{}: `{path}` does not exist", number + 1));
            }
        }
    }
    findings
}

/// Yields what stands between backticks and reads as a path of the work tree.
fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|word| {
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
        let whole = KINDS.iter().any(|kind| word.ends_with(kind) && word.len() != kind.len());
        plain && (whole || FOLDERS.iter().any(|folder| word.starts_with(folder)))
    })
}

/// A bare file name may stand for a file in any folder, a path only for itself.
fn exists(tree: &Tree, path: &str) -> bool {
    let anywhere = || {
        let files = tree.files.iter().filter_map(|file| Path::new(&file.path).file_name());
        files.into_iter().any(|name| name == path)
    };
    tree.root.join(path).exists() || (!path.contains('/') && anywhere())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_tree_are_taken_for_paths() {
        let line = "`crates/a/src/lib.rs`, `store.rs`, `audit/audit.db`, `cargo tree -i`, `crates/a` and `.rs`";
        let found: Vec<_> = named_paths(line).collect();
        assert_eq!(found, ["crates/a/src/lib.rs", "store.rs", "crates/a"]);
    }

    #[test]
    fn this_file_is_found_by_name_and_by_path() {
        let tree = Tree::read(&crate::run::root()).unwrap();
        assert!(exists(&tree, "documents.rs"));
        assert!(exists(&tree, "xtask/src/tidy/documents.rs"));
        assert!(!exists(&tree, "src/tidy/documents.rs"));
    }
}
