//! What the README says of the process, held against the code.

use persona_cli::Exit;

const README: &str = include_str!("../../../../README.md");
const SOURCE: &str = include_str!("../../src/exit.rs");

const ALL: [Exit; 10] = [
    Exit::Done,
    Exit::Failed,
    Exit::Usage,
    Exit::Input,
    Exit::Provider,
    Exit::Audit,
    Exit::Findings,
    Exit::Tampered,
    Exit::Undecided,
    Exit::Cancelled,
];

#[test]
fn the_readme_lists_every_exit_code() {
    let variants = SOURCE.lines().filter(|line| line.contains("Self::") && line.contains("=> "));
    assert_eq!(variants.count(), ALL.len(), "`ALL` here lacks a variant of `Exit`");
    let section = README.split("\n## ").find(|section| section.starts_with("Exit codes\n"));
    let rows = section.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| "));
    let listed: Vec<u8> = rows.filter_map(|row| row.split(' ').next()?.parse().ok()).collect();
    assert_eq!(listed, ALL.map(Exit::code));
}
