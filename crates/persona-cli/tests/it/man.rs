//! `persona man`: one page on standard output, or all of them in a folder.

#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use std::fs;

use crate::process::World;

#[test]
fn a_page_is_printed_and_all_are_written() {
    let world = World::new();
    let page = world.run(&["man", "audit", "show"]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(page.stdout.starts_with(".TH persona-audit-show 1 "), "{}", page.stdout);
    let written = world.run(&["man", "--dir", "new/man1"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let folder = world.folder().join("new/man1");
    assert_eq!(fs::read_to_string(folder.join("persona-audit-show.1")).unwrap(), page.stdout);
    let again = world.run(&["man", "--dir", "new/man1"]);
    assert_eq!(again.code, Some(0), "an update replaces its pages");
}

#[test]
fn what_is_no_command_or_no_folder_is_refused() {
    let world = World::new();
    let unknown = world.run(&["man", "audit", "nothing"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert!(unknown.stderr.contains("`audit nothing`\nHint: "), "{}", unknown.stderr);
    fs::write(world.folder().join("file"), "").unwrap();
    let below_a_file = world.run(&["man", "--dir", "file/man"]);
    assert_eq!(below_a_file.code, Some(1));
    assert!(below_a_file.stderr.contains("\nHint: "), "{}", below_a_file.stderr);
}
