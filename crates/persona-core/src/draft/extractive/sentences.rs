//! Sentences of an answer, as byte ranges into it. Nothing is ever cut inside a sentence.

use std::ops::Range;

/// Words a full stop follows without ending the sentence.
const ABBREVIATIONS: [&str; 14] = [
    "e.g", "i.e", "etc", "vs", "mr", "mrs", "ms", "dr", "st", "approx", "incl", "min", "max", "no",
];

/// The sentences of a text, without the blanks around them.
///
/// A sentence ends at `.`, `!`, `?` or `…` (with the closing marks behind it) before a blank, at a line
/// break, and at the end. It does not end behind an abbreviation or an initial, nor at an ellipsis that
/// goes on in lower case.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let mut end = at + c.len_utf8();
        if !is_stop(c) && c != '\n' {
            continue;
        }
        while let Some((next, c)) = letters.next_if(|(_, c)| is_stop(*c) || is_closing(*c)) {
            end = next + c.len_utf8();
        }
        let (before, after) = (text.get(start..at).unwrap_or(""), text.get(end..).unwrap_or(""));
        let stops = text.get(at..end).unwrap_or("");
        if c == '\n' || ends(before, stops, after) {
            found.extend(trimmed(text, start..end));
            start = end;
        }
    }
    found.extend(trimmed(text, start..text.len()));
    found
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '»')
}

fn ends(before: &str, stops: &str, after: &str) -> bool {
    if !after.is_empty() && !after.starts_with(char::is_whitespace) {
        return false;
    }
    let goes_on = after.trim_start().starts_with(char::is_lowercase);
    if goes_on && (stops.starts_with("..") || stops.starts_with('…')) {
        return false;
    }
    let word =
        before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("").to_lowercase();
    let initial = word.chars().count() == 1 && word != "i" && word.chars().all(char::is_alphabetic);
    let abbreviated =
        ABBREVIATIONS.contains(&word.as_str()) && (goes_on || word != "etc" && word != "no");
    !(stops.starts_with('.') && (initial || abbreviated))
}

fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let slice = text.get(range.clone())?;
    let start = range.start + (slice.len() - slice.trim_start().len());
    let length = slice.trim().len();
    (length > 0).then_some(start..start + length)
}

/// Quotable pieces: each sentence, the short ones together with a neighbour of the same line.
pub(super) fn units(text: &str, words: &std::ops::RangeInclusive<usize>) -> Vec<Range<usize>> {
    let sentences = sentences(text);
    let mut units = Vec::new();
    let mut rest = sentences.into_iter().peekable();
    while let Some(mut unit) = rest.next() {
        while count(text, &unit) < *words.start() {
            let joined = rest.peek().map(|next| unit.start..next.end);
            let Some(joined) = joined.filter(|joined| fits(text, joined, *words.end())) else {
                break;
            };
            unit = joined;
            rest.next();
        }
        if words.contains(&count(text, &unit)) {
            units.push(unit);
        }
    }
    units
}

fn fits(text: &str, range: &Range<usize>, most: usize) -> bool {
    let slice = text.get(range.clone()).unwrap_or("\n");
    !slice.contains('\n') && slice.split_whitespace().count() <= most
}

fn count(text: &str, range: &Range<usize>) -> usize {
    text.get(range.clone()).map_or(0, |slice| slice.split_whitespace().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        let text = "I HATE soup.  Cold, e.g. from a can, is worse… way worse! \"Why?\" he asked\nNo. 3, ok";
        let expected = [
            "I HATE soup.",
            "Cold, e.g. from a can, is worse… way worse!",
            "\"Why?\"",
            "he asked",
            "No.",
            "3, ok",
        ];
        assert_eq!(split(text), expected);
        assert_eq!(
            split("Costs 2.50 at J. Smith etc. and more"),
            ["Costs 2.50 at J. Smith etc. and more"]
        );
        assert_eq!(split(" ... "), ["..."]);
    }

    #[test]
    fn short_sentences_stay_with_their_neighbour() {
        let text = "I HATE soup.  Cold soup would be worse. I really would never buy this one.";
        let found: Vec<&str> =
            units(text, &(6..=40)).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            found,
            ["I HATE soup.  Cold soup would be worse.", "I really would never buy this one."]
        );
        assert!(units("Too short.", &(6..=40)).is_empty());
    }

    proptest! {
        #[test]
        fn every_span_slices_and_no_word_is_lost(text in "[a-zA-Zäß.!?… \n\"’)]{0,80}") {
            let found = split(&text).concat().split_whitespace().collect::<String>();
            prop_assert_eq!(found, text.split_whitespace().collect::<String>());
            for range in units(&text, &(2..=5)) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
