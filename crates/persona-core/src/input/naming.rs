//! How a source is called in the output: the shortest tail of its path that no other source shares.

use std::path::{Component, Path};

/// One name per path: the file name, or as many parent folders as it takes to tell equals apart.
pub(super) fn shortest_tails(paths: &[&Path]) -> Vec<String> {
    let parts: Vec<Vec<String>> = paths.iter().map(|path| normal_parts(path)).collect();
    parts.iter().enumerate().map(|(at, own)| shortest_tail(at, own, &parts)).collect()
}

fn shortest_tail(at: usize, own: &[String], all: &[Vec<String>]) -> String {
    (1..=own.len())
        .map(|length| tail(own, length))
        .find(|wanted| {
            let length = wanted.len();
            all.iter()
                .enumerate()
                .all(|(other, parts)| other == at || tail(parts, length) != *wanted)
        })
        .unwrap_or(own)
        .join("/")
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

    #[test]
    fn equal_file_names_get_the_folder_that_tells_them_apart() {
        let paths = ["a/2024/x.csv", "a/2025/x.csv", "y.csv"].map(Path::new);
        assert_eq!(shortest_tails(&paths), ["2024/x.csv", "2025/x.csv", "y.csv"]);
        assert_eq!(shortest_tails(&[Path::new("/home/me/y.csv")]), ["y.csv"]);
        assert_eq!(shortest_tails(&["x.csv", "a/x.csv"].map(Path::new)), ["x.csv", "a/x.csv"]);
    }
}
