//! Folders with everything in them that a folder may hold.

use super::*;
use std::os::unix::fs::symlink;

fn file(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    drop(fs::File::create(path).unwrap());
}

fn names(gathered: &Gathered) -> Vec<(&str, &str)> {
    gathered.files.iter().map(|found| (found.path.as_str(), found.name.as_str())).collect()
}

#[test]
fn a_folder_gives_its_data_and_says_what_it_leaves_out() {
    let home = tempfile::tempdir().unwrap();
    let study = home.path().join("study");
    for name in ["b.csv", "2024/p1.md", "2024/P2.VTT", ".hidden.csv", ".git/x.csv", "2024/scan.pdf"]
    {
        file(&study.join(name));
    }
    file(&home.path().join("elsewhere/x.csv"));
    symlink(home.path().join("elsewhere"), study.join("followed")).unwrap();
    symlink(study.join("b.csv"), study.join("latest.csv")).unwrap();
    symlink(home.path().join("elsewhere/x.csv"), study.join("theirs.csv")).unwrap();
    symlink("nowhere.csv", study.join("broken.csv")).unwrap();
    let gathered = gather(std::slice::from_ref(&study)).unwrap();
    let found = [("2024/P2.VTT", "2024/P2.VTT"), ("2024/p1.md", "2024/p1.md"), ("b.csv", "b.csv")];
    assert_eq!(names(&gathered), found);
    let said: Vec<&str> = gathered.left_out.iter().map(|issue| issue.message.as_str()).collect();
    let expected = [
        "2024/scan.pdf of the folder study is no format that is read; it was left out",
        "broken.csv of the folder study is a link that leads nowhere or out of the folder; it was left out",
        "followed of the folder study is a link that leads nowhere or out of the folder; it was left out",
        "theirs.csv of the folder study is a link that leads nowhere or out of the folder; it was left out",
        "2 hidden entries of the folder study were left out",
    ];
    assert_eq!(said, expected);
    assert_eq!(gathered.left_out[4].severity, Severity::Info);
}

#[test]
fn files_and_folders_mix_and_equal_names_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    for name in ["one/x.csv", "two/x.csv", "y.csv"] {
        file(&at(name));
    }
    let gathered = gather(&[at("two"), at("y.csv"), at("one"), "-".into()]).unwrap();
    let y = at("y.csv").display().to_string();
    let expected =
        [("-", "-"), (y.as_str(), "y.csv"), ("x.csv", "one/x.csv"), ("x.csv", "two/x.csv")];
    assert_eq!(names(&gathered), expected);
    let twice = gather(&[at("two"), at("two/x.csv")]);
    assert!(matches!(twice, Err(InputError::RepeatedPath { .. })));
    let stdin_twice = gather(&["-".into(), "-".into()]);
    assert!(matches!(stdin_twice, Err(InputError::RepeatedPath { .. })));
}

#[test]
fn folders_without_data_or_without_end_are_refused() {
    let home = tempfile::tempdir().unwrap();
    file(&home.path().join("picture.png"));
    let refused = |path: &Path| gather(&[path.into()]).err().unwrap();
    assert!(matches!(refused(home.path()), InputError::EmptyFolder { .. }));
    let deep = home.path().join("d/".repeat(DEPTH + 1));
    file(&deep.join("x.csv"));
    assert!(matches!(refused(home.path()), InputError::FolderTooLarge { .. }));
}
