//! Which way the crates point: `cargo tree` must not find the forbidden ones below a crate.

use crate::run::{Failure, cargo, output};

/// A crate and the name beginnings of packages that must not be anywhere below it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "persona-core",
        &["rusqlite", "tokio", "reqwest", "hyper", "persona-cli", "persona-providers"],
    ),
    ("persona-audit", &["reqwest", "hyper", "persona-", "throwaway-"]),
    ("persona-providers", &["rusqlite", "persona-cli"]),
    ("persona-bench", &["reqwest", "hyper"]),
    ("persona-cli", &["throwaway-"]),
    ("throwaway-postgres", &["persona-", "reqwest", "hyper", "tokio"]),
    ("xtask", &["persona-", "reqwest", "hyper", "tokio"]),
];

pub(super) fn check() -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for (krate, forbidden) in FORBIDDEN {
        // The forward tree: `-i` fails on a package the graph does not know, which is the good case here.
        let tree = output(&mut cargo(&[
            "tree",
            "--package",
            krate,
            "--all-features",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]))?;
        findings.extend(below(krate, &tree, forbidden));
    }
    Ok(findings)
}

fn below(krate: &str, tree: &str, forbidden: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    let named = names.into_iter().filter(|name| *name != krate);
    let found = named.filter(|name| forbidden.iter().any(|begin| name.starts_with(begin)));
    found.map(|name| format!("{krate} must not depend on {name}, even through others")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_package_is_found_at_any_depth_once() {
        let tree =
            "persona-audit v0.1.0 (/x)\nserde v1.0.0\nreqwest v0.12.0\nreqwest v0.12.0 (*)\n";
        assert_eq!(below("persona-audit", tree, &["reqwest", "persona-"]).len(), 1);
        assert!(below("persona-audit", "persona-audit v0.1.0\n", &["persona-"]).is_empty());
    }
}
