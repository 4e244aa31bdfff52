//! Numbers and ranges of numbers as people write them: `1,250`, `€ 12.50`, `25-34`, `65+`, `under 18`.

use std::cmp::Ordering;

/// A plain number; a thousands separator, a currency sign and a percent sign are allowed.
pub(super) fn number(text: &str) -> Option<f64> {
    let bare = text.trim().trim_start_matches(['$', '€', '£']).trim_end_matches(['%', '€']).trim();
    let grouped = bare.replace(',', "");
    let bare = if is_grouped(bare) { grouped.as_str() } else { bare };
    let first = bare.trim_start_matches(['-', '+', '.']).chars().next()?;
    if !first.is_ascii_digit() {
        return None; // `inf` and `nan` are words here
    }
    bare.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_grouped(text: &str) -> bool {
    let whole = text.trim_start_matches(['-', '+']).split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    (1..=3).contains(&first.len())
        && rest.peek().is_some()
        && rest.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A number with a decimal comma, its thousands separated by points: `2,5`, `2.101,10`.
pub(super) fn decimal_comma(text: &str) -> Option<f64> {
    let bare = text.trim().trim_start_matches(['$', '€', '£']).trim_end_matches(['%', '€']).trim();
    let (whole, part) = bare.split_once(',').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = whole.trim_start_matches(['-', '+']);
    let grouped = is_grouped(&whole.replace('.', ",")) && !whole.contains(',');
    if !digits(part) || !(digits(plain) || grouped) {
        return None;
    }
    format!("{}.{part}", whole.replace('.', "")).parse().ok()
}

/// Where a range begins, and whether it is open below: `(18, false)` for `18-24`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    start: f64,
    open_below: bool,
}

impl Range {
    /// Orders ranges by where they begin; `under 18` stands before `18-24`.
    pub(super) fn order(self, other: Self) -> Ordering {
        self.start.total_cmp(&other.start).then(other.open_below.cmp(&self.open_below))
    }
}

/// A range with at most a unit behind it (`25-34`, `1 to 3 years`, `$50k+`, `less than 5`).
pub(super) fn range(text: &str) -> Option<Range> {
    let lower = text.trim().to_lowercase().replace(['–', '—'], "-").replace(['$', '€', '£'], "");
    let below = ["under ", "less than ", "below ", "up to ", "younger than ", "<"];
    let above = ["over ", "more than ", "above ", "at least ", "older than ", ">"];
    let strip = |words: &[&str]| words.iter().find_map(|word| lower.strip_prefix(word));
    if let Some(rest) = strip(&below) {
        return leading(rest).map(|(start, _)| Range { start, open_below: true });
    }
    if let Some(rest) = strip(&above) {
        return leading(rest).map(|(start, _)| Range { start: start + 0.5, open_below: false });
    }
    let (start, rest) = leading(&lower)?;
    let rest = rest.trim_start();
    let open_above = ["+", "or more", "or older", "and over", "and older", "or over"];
    let bounded = rest.strip_prefix('-').or_else(|| rest.strip_prefix("to ")).and_then(leading);
    let is_range = bounded.is_some() || open_above.iter().any(|end| rest.starts_with(end));
    is_range.then_some(Range { start, open_below: false })
}

/// The number a text begins with (`k` for thousands) and what follows it.
fn leading(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start().trim_start_matches('=').trim_start();
    let end =
        text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let value: f64 = digits.replace(',', "").parse().ok()?;
    let thousands = rest.strip_prefix('k').filter(|rest| !rest.starts_with(char::is_alphabetic));
    Some(thousands.map_or((value, rest), |rest| (value * 1000.0, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_people_write_them() {
        let numbers = ["1,250", "€ 12.50", "-3", "40%", "1e3", "inf", "1,2", "25-34", "", "12 km"];
        let read: Vec<_> = numbers.iter().map(|text| number(text)).collect();
        let expected = [Some(1250.0), Some(12.5), Some(-3.0), Some(40.0), Some(1000.0)];
        assert_eq!(read, [expected.as_slice(), &[None; 5]].concat());
    }

    #[test]
    fn reads_decimal_commas() {
        let texts = ["2,5", "2.101,10", "-3", "€ 12,50", "1.234.567", "2,5,6", "2.5", "a,5", ",5"];
        let read: Vec<_> = texts.iter().map(|text| decimal_comma(text)).collect();
        let expected = [2.5, 2101.1, -3.0, 12.5, 1_234_567.0].map(Some);
        assert_eq!(read, [expected.as_slice(), &[None; 4]].concat());
    }

    #[test]
    fn orders_ranges() {
        let mut ages = ["65+", "25-34", "under 18", "18–24", "over 70", "35 to 64"];
        ages.sort_by(|a, b| range(a).unwrap().order(range(b).unwrap()));
        assert_eq!(ages, ["under 18", "18–24", "25-34", "35 to 64", "65+", "over 70"]);
        assert!(range("$50k-100k").unwrap().order(range("$100k+").unwrap()).is_lt());
        assert!(
            ["-5", "12", "2024-05", "a-b", "5 stars"].iter().filter(|t| range(t).is_some()).count()
                <= 1
        );
    }
}
