//! YAML as people write it, and as people who mean harm do.

use crate::input::tests::Folder;
use crate::input::{Dataset, InputError};

fn yaml(text: &str) -> Result<Dataset, InputError> {
    Folder::new().read("x.yaml", text.as_bytes())
}

fn row(data: &Dataset, row: usize) -> Vec<(&str, &str)> {
    data.columns.iter().map(|column| (column.name.as_str(), column.text(row))).collect()
}

#[test]
fn mappings_are_records_with_scalars_as_written() {
    let text = "# answers\n- age: 041\n  home: {town: Ulm, floor: ~}\n  uses: [Search, 'Export']\n  says: |\n    I lose\n    notes.\n- age: 1.50\n  would: True\n";
    let data = yaml(text).unwrap();
    let expected = [
        ("age", "041"),
        ("home.town", "Ulm"),
        ("home.floor", ""),
        ("uses", "Search; Export"),
        ("says", "I lose\nnotes.\n"),
        ("would", ""),
    ];
    assert_eq!(row(&data, 0), expected);
    assert_eq!((row(&data, 1)[0], row(&data, 1)[5]), (("age", "1.50"), ("would", "true")));
}

#[test]
fn lists_are_found_in_mappings_and_documents() {
    for text in ["meta: 1\nstudy:\n  data:\n  - a: 1\n  - a: 2\n", "---\n- a: 1\n---\n- a: 2\n"] {
        let data = yaml(text).unwrap();
        assert_eq!((data.rows(), data.column("a").unwrap().text(1)), (2, "2"), "{text}");
    }
    let base = yaml("- &b\n  a: 1\n  c: 2\n- <<: *b\n  a: 3\n").unwrap();
    assert_eq!(row(&base, 1), [("a", "3"), ("c", "2")]);
}

#[test]
fn what_is_no_list_of_mappings_says_so() {
    let found = |text: &str| yaml(text).unwrap_err().to_string().replace('\n', " ");
    assert!(found("a: 1\n").ends_with("holds no list of mappings; one list of records is needed"));
    assert!(
        found("- 1\n- 2\n").ends_with("holds no list of mappings; one list of records is needed")
    );
    assert!(found("a: [{x: 1}]\nb: [{x: 1}]\n").contains("several lists"));
    assert!(found("- a: 1\n b: [\n").contains("is not valid YAML"));
    assert!(found("- ? [1]\n  : 2\n").contains("a key that is no text"));
    assert!(found("[]").ends_with("holds no data records"));
    let bad = yaml("- a: 1\n- a: 2\n- 3\n- a: 4\n  a: 5\n- a: 6\n").unwrap();
    let said: Vec<&str> = bad.skipped.iter().map(|issue| issue.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "row 3 of x.yaml (line 3) is no mapping; it was left out",
            "row 4 of x.yaml (line 4) has two values named \"a\"; it was left out"
        ]
    );
}

#[test]
fn bombs_are_defused() {
    let mut laughs = "- &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for at in 1..12 {
        let aliases = vec![format!("*a{}", at - 1); 10].join(", ");
        laughs = format!("{laughs}- &a{at} [{aliases}]\n");
    }
    assert!(matches!(yaml(&laughs), Err(InputError::Bomb { .. })));
    for open in ["[", "{a: ", "- "] {
        let deep = open.repeat(5000);
        assert!(
            matches!(yaml(&format!("x: \n  {deep}")), Err(InputError::Malformed { .. })),
            "{open}"
        );
    }
    assert!(matches!(yaml("- &a [*a]\n"), Err(InputError::Malformed { .. })));
}
