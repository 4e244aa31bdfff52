//! Cells that hold several options: `Offline; Sync`, `red, blue`.

use std::collections::BTreeMap;

/// Most options a column can have and still be a question with boxes to tick.
const OPTIONS: usize = 40;

/// Splits every text if the column is multi-select: one of `;`, `|`, `,` splits a fifth of the
/// answers or more, options are short, come back, and are fewer than the answers.
pub(super) fn split<'a>(answers: &[(&'a str, usize)]) -> Option<Vec<Vec<&'a str>>> {
    [';', '|', ','].into_iter().find_map(|separator| {
        let cells: Vec<Vec<&str>> =
            answers.iter().map(|(text, _)| parts(text, separator)).collect();
        let longest = if separator == ',' { 30 } else { 60 };
        is_multi(answers, &cells, longest).then_some(cells)
    })
}

fn parts(text: &str, separator: char) -> Vec<&str> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn is_multi(answers: &[(&str, usize)], cells: &[Vec<&str>], longest: usize) -> bool {
    let weighted = || cells.iter().zip(answers.iter().map(|(_, count)| count));
    let all: usize = answers.iter().map(|(_, count)| count).sum();
    let split: usize = weighted().filter(|(cell, _)| cell.len() > 1).map(|(_, count)| count).sum();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (cell, count) in weighted() {
        for option in cell {
            *uses.entry(option).or_default() += count;
        }
    }
    let fits =
        |option: &&str| option.chars().count() <= longest && !option.ends_with(['.', '!', '?']);
    let repeated = uses.values().filter(|&&count| count > 1).count();
    split * 5 >= all
        && uses.len() >= 2
        && uses.len() <= OPTIONS
        && uses.len() < all
        && uses.keys().all(fits)
        && repeated * 2 >= uses.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_options_but_not_prose() {
        let ticks = [("red; blue", 2), ("blue", 3), ("green;red", 1)];
        assert_eq!(split(&ticks).unwrap()[0], ["red", "blue"]);
        let commas = [("car, bus", 2), ("bus", 1), ("bus, walking", 4)];
        assert_eq!(split(&commas).unwrap()[2], ["bus", "walking"]);
        let prose = [("Well, it depends on the day, I think.", 1), ("No, never.", 1), ("Yes", 1)];
        assert_eq!(split(&prose), None);
    }
}
