//! How a source is called in the output: the shortest tail of its path that no other source shares.

use std::collections::BTreeMap;
use std::path::{Component, Path};

/// A path that needs a name of `least` parts or more.
pub(super) struct Called<'a> {
    pub(super) path: &'a Path,
    pub(super) least: usize,
}

/// One name per path: its last `least` parts, or as many more as it takes to tell equals apart.
pub(super) fn shortest_tails(called: &[Called<'_>]) -> Vec<String> {
    let parts: Vec<Vec<String>> = called.iter().map(|called| normal_parts(called.path)).collect();
    let mut ends: BTreeMap<&[String], usize> = BTreeMap::new();
    for own in &parts {
        for length in 1..=own.len() {
            *ends.entry(tail(own, length)).or_default() += 1;
        }
    }
    let unique = |own: &[String], least: usize| {
        let lengths = least.min(own.len())..=own.len();
        let found = lengths.map(|length| tail(own, length)).find(|end| ends.get(end) == Some(&1));
        found.unwrap_or(own).join("/")
    };
    parts.iter().zip(called).map(|(own, called)| unique(own, called.least)).collect()
}

fn tail(parts: &[String], length: usize) -> &[String] {
    parts.get(parts.len().saturating_sub(length)..).unwrap_or(parts)
}

fn normal_parts(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::ParentDir => Some("..".to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[(&str, usize)]) -> Vec<String> {
        let called = |&(path, least)| Called { path: Path::new(path), least };
        shortest_tails(&paths.iter().map(called).collect::<Vec<_>>())
    }

    #[test]
    fn equal_file_names_get_the_folder_that_tells_them_apart() {
        assert_eq!(
            names(&[("a/2024/x.csv", 1), ("a/2025/x.csv", 1), ("y.csv", 1)]),
            ["2024/x.csv", "2025/x.csv", "y.csv"]
        );
        assert_eq!(names(&[("/home/me/y.csv", 1)]), ["y.csv"]);
        assert_eq!(names(&[("x.csv", 1), ("a/x.csv", 1)]), ["x.csv", "a/x.csv"]);
    }

    #[test]
    fn what_lies_in_a_folder_keeps_its_path_there() {
        assert_eq!(names(&[("study/2024/x.csv", 2), ("study/y.csv", 1)]), ["2024/x.csv", "y.csv"]);
        assert_eq!(names(&[("one/y.csv", 1), ("two/y.csv", 1)]), ["one/y.csv", "two/y.csv"]);
        assert_eq!(names(&[("-", 1)]), ["-"]);
    }
}
