//! Columns, answers and counts in words a reader expects.

use super::{Amount, Finding};
use crate::input::{Column, ColumnKind};
use crate::number::plain;

/// A header as a phrase: `ride_frequency` and `Ride Frequency` become `ride frequency`; a long question
/// stays as it is, in quotation marks.
pub(crate) fn label(header: &str) -> String {
    let spaced = header.replace(['_', '.'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.len() > 6 || header.trim_end().ends_with('?') {
        return format!("“{}”", header.trim());
    }
    let lower = words.iter().map(|word| {
        let acronym =
            word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_numeric());
        if acronym { (*word).to_owned() } else { word.to_lowercase() }
    });
    lower.collect::<Vec<_>>().join(" ").trim_end_matches(':').to_owned()
}

/// An answer that needs no column name beside it: `vote of 4 or 5`, `age range 35–44`, `Democrat`.
pub(super) fn phrase(column: &Column, value: &str) -> String {
    let label = label(&column.name);
    let shown = shown(value);
    let starts_with_digit = value.starts_with(|c: char| c.is_ascii_digit());
    match column.kind {
        ColumnKind::Boolean if value == "yes" => format!("yes to {}", quoted(&label)),
        ColumnKind::Boolean => format!("no to {}", quoted(&label)),
        ColumnKind::Numeric => format!("{label} {shown}"),
        ColumnKind::MultiSelect => format!("picks {}", quoted(&shown)),
        ColumnKind::Ordinal if is_scale(value) => format!("{label} of {shown}"),
        ColumnKind::Ordinal if starts_with_digit => format!("{label} {shown}"),
        ColumnKind::Ordinal => format!("{label} “{shown}”"),
        ColumnKind::Nominal
        | ColumnKind::Id
        | ColumnKind::Date
        | ColumnKind::FreeText
        | ColumnKind::Constant
        | ColumnKind::LooksPersonal => {
            let vague = value.chars().count() < 4 || value.to_lowercase().contains("other");
            if vague || starts_with_digit { format!("{shown} ({label})") } else { shown }
        }
    }
}

fn quoted(text: &str) -> String {
    if text.starts_with('“') { text.to_owned() } else { format!("“{text}”") }
}

fn is_scale(value: &str) -> bool {
    value.split(" or ").all(|part| part.parse::<u32>().is_ok())
}

/// A hyphen between digits is a dash in print.
pub(crate) fn shown(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut rest = value.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let range =
            c == '-' && before.is_ascii_digit() && rest.peek().is_some_and(char::is_ascii_digit);
        shown.push(if range { '–' } else { c });
        before = c;
    }
    shown
}

/// `Vote: 4 or 5 for 12 of 13 (15 of 50 overall).`; several answers of one column share the sentence.
pub(super) fn trait_fact(findings: &[&Finding]) -> String {
    let parts: Vec<String> = findings
        .iter()
        .map(|finding| {
            let Finding { shown: found, answered, base_n, base_answered, .. } = finding;
            let (value, n) = (shown(&found.value), found.n);
            format!("{value} for {n} of {answered} ({base_n} of {base_answered} overall)")
        })
        .collect();
    let field = findings.first().map_or("", |finding| finding.shown.field.as_str());
    format!("{}: {}.", capitalised(&label(field)), parts.join(", "))
}

/// `Rides per week: median 9, middle half 7 to 11 (all: 4, 2 to 7).`
pub(super) fn amount_fact(amount: &Amount) -> String {
    let label = capitalised(&label(&amount.field));
    let words =
        |q: &crate::statistics::Quartiles| (plain(q.median), plain(q.lower), plain(q.upper));
    let ((own, low, high), (all, all_low, all_high)) = (words(&amount.own), words(&amount.all));
    format!(
        "{label}: median {own}, middle half {low} to {high} (everybody: {all}, {all_low} to {all_high})."
    )
}

/// The text with a capital at its start.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + letters.as_str()
}

/// Whether a header speaks of who people are rather than what they think or do.
pub(crate) fn is_demographic(header: &str) -> bool {
    const WORDS: [&str; 26] = [
        "age",
        "gender",
        "sex",
        "race",
        "racial",
        "ethnic",
        "ethnicity",
        "education",
        "income",
        "country",
        "region",
        "state",
        "city",
        "political",
        "party",
        "occupation",
        "job",
        "role",
        "profession",
        "employment",
        "marital",
        "household",
        "children",
        "religion",
        "language",
        "nationality",
    ];
    let label = label(header);
    let words: Vec<&str> = label.split(' ').collect();
    words.len() <= 5 && words.iter().any(|word| WORDS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_phrases() {
        assert_eq!(label("ride_frequency"), "ride frequency");
        assert_eq!(label("Political Affiliation"), "political affiliation");
        assert_eq!(label("NPS score"), "NPS score");
        assert_eq!(label("Would you buy it?"), "“Would you buy it?”");
        assert!(is_demographic("Age Range") && !is_demographic("average spend"));
    }

    #[test]
    fn dashes_stand_between_numbers_only() {
        assert_eq!(shown("35-44 or 45-54"), "35–44 or 45–54");
        assert_eq!(shown("Non-binary"), "Non-binary");
    }
}
