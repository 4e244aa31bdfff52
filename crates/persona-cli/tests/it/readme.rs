//! What the README says of the process, held against the code.

use persona_cli::Exit;

const README: &str = include_str!("../../../../README.md");
const SOURCE: &str = include_str!("../../src/exit.rs");

#[test]
fn the_readme_lists_every_exit_code() {
    let variants = SOURCE.split("pub enum Exit {").nth(1).and_then(|rest| rest.split('}').next());
    let variants = variants.unwrap_or_default().lines().filter(|line| !line.contains("///"));
    let variants = variants.filter(|line| line.ends_with(',')).count();
    assert_eq!(variants, Exit::ALL.len(), "`Exit::ALL` lacks a variant");
    let section = README.split("\n## ").find(|section| section.starts_with("Exit codes\n"));
    let rows = section.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| "));
    let listed: Vec<u8> = rows.filter_map(|row| row.split(' ').next()?.parse().ok()).collect();
    assert_eq!(listed, Exit::ALL.map(Exit::code));
}
