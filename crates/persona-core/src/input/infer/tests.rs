//! Columns and the kinds they are taken for.

use super::*;
use std::collections::BTreeMap;

fn infer(name: &str, cells: &[&str]) -> Column {
    let mut places = BTreeMap::new();
    let mut texts: Vec<Box<str>> = Vec::new();
    let mut codes = Codes::default();
    for cell in cells {
        codes.push(*places.entry(*cell).or_insert_with(|| {
            texts.push((*cell).into());
            crate::number::code(texts.len() - 1)
        }));
    }
    coded(name.to_owned(), texts, codes)
}

fn kind(name: &str, cells: &[&str]) -> ColumnKind {
    infer(name, cells).kind
}

#[test]
fn decimal_commas_are_numbers_and_no_options_to_tick() {
    let grades = infer("Note", &["2,5", "3,0", "4,5", "2,5", "1"]);
    assert_eq!(
        (grades.kind, grades.number(0), grades.number(4)),
        (ColumnKind::Numeric, Some(2.5), Some(1.0))
    );
    let pay = infer("Gehalt", &["2.101,10", "950,00", "1.200,50"]);
    assert_eq!((pay.kind, pay.number(0)), (ColumnKind::Numeric, Some(2101.1)));
    assert_eq!(infer("Paid", &["1,250", "2,500", "900"]).number(0), Some(1250.0));
}

#[test]
fn each_kind_by_its_rule() {
    use ColumnKind as Kind;
    let cases: [(&str, &[&str], Kind); 16] = [
        ("x", &["a", "a", "NA"], Kind::Constant),
        ("Name", &["Jo", "Al", "Bo"], Kind::LooksPersonal),
        ("contact", &["a@b.org", "c@d.net", "n/a"], Kind::LooksPersonal),
        ("Responder #", &["1", "2", "3"], Kind::Id),
        ("n", &["7", "8", "9", "10", "11"], Kind::Id),
        ("who", &["P01", "P02", "P03"], Kind::Id),
        ("owns", &["Yes", "no", "yes", ""], Kind::Boolean),
        ("spend", &["12.5", "40", "3", "12.5"], Kind::Numeric),
        ("Vote", &["4", "1", "5", "4"], Kind::Ordinal),
        ("when", &["2025-01-31", "2025-02-01 10:00", "2025-02-03"], Kind::Date),
        ("Age", &["25-34", "65+", "25-34"], Kind::Ordinal),
        ("often", &["Daily", "Weekly", "Prefer not to say", "Daily"], Kind::Ordinal),
        ("uses", &["a; b", "b", "a", "b; a"], Kind::MultiSelect),
        ("why", &["I like how it smells.", "It is far too dear for me."], Kind::FreeText),
        ("party", &["Red", "Blue", "Red", "Blue", "Green"], Kind::Nominal),
        ("town", &["Upper Hill", "Low Town", "Mid Way"], Kind::FreeText),
    ];
    for (name, cells, expected) in cases {
        assert_eq!(kind(name, cells), expected, "{name}");
    }
}

#[test]
fn ordinals_keep_their_order_and_non_answers_are_missing() {
    let ages = infer("Age", &["65+", "25-34", "Prefer not to say", "35-44"]);
    assert_eq!(ages.labels(), ["25-34", "35-44", "65+"]);
    assert_eq!([0, 1, 2].map(|row| ages.level(row)), [Some(2), Some(0), None]);
    let scale = infer("q1", &["5", "1", "3", ""]);
    assert_eq!(scale.labels(), ["1", "3", "5"]);
    assert!(scale.is_missing(3) && scale.level(3).is_none());
}

#[test]
fn options_are_sorted_and_told_apart() {
    let column = infer("uses", &["Sync; Offline", "Offline", "Sync", ""]);
    assert_eq!(column.labels(), ["Offline", "Sync"]);
    assert_eq!((column.options(0), column.options(3)), ([0, 1].as_slice(), [].as_slice()));
}
