//! Quotes that are almost right: other case, other marks, a word changed.

use std::ops::Range;

/// Share of words that must match, in order, for a near match.
const NEAR_PERCENT: usize = 80;
/// Fewest words of a quote that may match nearly; shorter ones match exactly or up to case and marks.
const FEWEST: usize = 5;

/// Words in lower case, one blank between them, quotes and dashes dropped.
pub(super) fn normal(text: &str) -> String {
    words(text).into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// The stretch of the text nearest to the quote, if it is near enough to be a paraphrase.
///
/// Every stretch of as many words as the quote has is compared; the longest common subsequence of words
/// must cover four fifths of them. Equal up to case and marks is near for any length.
pub(super) fn find_near(text: &str, quote: &str) -> Option<Range<usize>> {
    let (text, quote) = (words(text), words(quote));
    if quote.is_empty() {
        return None;
    }
    let needed =
        if quote.len() < FEWEST { quote.len() } else { (quote.len() * NEAR_PERCENT).div_ceil(100) };
    let mut best: Option<(usize, Range<usize>)> = None;
    for window in text.windows(quote.len().min(text.len()).max(1)) {
        let common = common(window, &quote);
        if common >= needed && best.as_ref().is_none_or(|(most, _)| common > *most) {
            let ends = window.first().zip(window.last());
            best = ends.map(|((first, _), (last, _))| (common, first.start..last.end));
        }
    }
    best.map(|(_, range)| range)
}

/// Where each word stands, and its normal form.
fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_alphanumeric() || matches!(c, '\'' | '’') {
            continue;
        }
        if let Some(word) = text.get(start..at).filter(|word| word.contains(char::is_alphanumeric))
        {
            let normal: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
            found.push((start..at, normal.to_lowercase()));
        }
        start = at + c.len_utf8();
    }
    found
}

/// Length of the longest common subsequence.
fn common(left: &[(Range<usize>, String)], right: &[(Range<usize>, String)]) -> usize {
    let mut line = vec![0; right.len() + 1];
    for (_, word) in left {
        let mut diagonal = 0;
        let mut before = 0;
        for (place, (_, other)) in line.iter_mut().skip(1).zip(right) {
            let above = *place;
            *place = if word == other { diagonal + 1 } else { above.max(before) };
            (diagonal, before) = (above, *place);
        }
    }
    line.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_means_most_words_in_order() {
        let text = "Well, I don’t like COLD soup at all, really.";
        let near = |quote: &str| find_near(text, quote).map(|range| &text[range]);
        assert_eq!(near("I dont like cold soup at all"), Some("I don’t like COLD soup at all"));
        assert_eq!(near("I don't like hot soup at all"), Some("I don’t like COLD soup at all"));
        assert_eq!(near("cold soup"), Some("COLD soup"));
        assert_eq!(near("hot soup"), None);
        assert_eq!(near("I love every soup there is"), None);
        assert_eq!(near("…"), None);
    }
}
