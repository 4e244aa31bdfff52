//! Which heading a sentence belongs under: stated English phrases, counted. A sentence that matches none
//! belongs under none; of equal counts the earlier heading wins.

use serde_json::{Value, json};
use std::sync::OnceLock;

/// The headings of a persona that are filled from sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heading {
    PainPoints,
    Goals,
    Behaviours,
    Motivations,
}

/// Phrases by heading, matched in lower case between word ends; `*` at the end takes any ending.
const PATTERNS: [(Heading, &[&str]); 4] = [
    (
        Heading::PainPoints,
        &[
            "don't like",
            "do not like",
            "dont like",
            "didn't like",
            "hate",
            "not a fan",
            "not a big",
            "can't",
            "cannot",
            "couldn't",
            "too expensive",
            "too much",
            "too many",
            "too long",
            "too hard",
            "too slow",
            "worr*",
            "concern*",
            "annoy*",
            "frustrat*",
            "irritat*",
            "difficult",
            "hard to",
            "problem*",
            "doesn't appeal",
            "not interested",
            "disgust*",
            "weird",
            "strange",
            "never buy",
            "never purchase",
            "never use",
            "lost",
            "lose",
            "losing",
            "slow",
            "confus*",
            "crash*",
            "broke*",
            "missing",
            "unfortunately",
            "struggl*",
            "waste*",
            "afraid",
            "scar*",
            "stress*",
            "not worth",
            "don't care for",
            "does not seem",
            "doesn't seem",
            "doesn't work",
            "didn't work",
            "would not buy",
            "would never",
            "wouldn't buy",
            "not buy",
            "not purchase",
            "gave up",
            "give up",
            "forget",
            "tired of",
            "nightmare",
            "mess",
            "painful",
            "unreliable",
            "nothing happens",
            "doesn't stand out",
            "odd",
            "unlikely",
            "highly unlikely",
            "can't get used to",
            "don't trust",
            "worst",
            "hard part",
            "forgotten",
            "disappear*",
            "costs me",
        ],
    ),
    (
        Heading::Goals,
        &[
            "i want",
            "i'd want",
            "i would want",
            "i'd like",
            "i would like",
            "i wish",
            "i need",
            "i hope",
            "hoping",
            "looking for",
            "would love",
            "i'd love",
            "would be great",
            "would be nice",
            "ideally",
            "as long as",
            "depend* on",
            "depending on",
            "if it",
            "if the",
            "if i knew",
            "i'd pay",
            "i would pay",
            "i'm trying to",
            "i am trying to",
            "always wanted",
            "so that i",
            "right price",
            "would try",
            "would definitely try",
            "willing to",
            "my goal",
            "i'd rather",
            "all i want",
        ],
    ),
    (
        Heading::Behaviours,
        &[
            "i usually",
            "usually",
            "i often",
            "i always",
            "every day",
            "every morning",
            "every evening",
            "every week",
            "every time",
            "times a week",
            "a week",
            "i use",
            "i go",
            "i ride",
            "i've had",
            "i have had",
            "have had",
            "normally",
            "on weekends",
            "at weekends",
            "i keep",
            "i work",
            "i make",
            "i take",
            "i write",
            "i check",
            "i buy",
            "i end up",
            "i started",
            "i switched",
            "i carry",
            "on a regular basis",
            "most days",
            "in the morning",
            "after work",
            "for my family",
            "i tend to",
            "i just",
            "i copy",
            "i open",
            "i only",
            "buy often",
            "buy it often",
        ],
    ),
    (
        Heading::Motivations,
        &[
            "because",
            "the reason",
            "reason*",
            "healthy",
            "convenien*",
            "love",
            "enjoy*",
            "important to me",
            "matters",
            "matter to me",
            "easy",
            "easier",
            "saves",
            "save time",
            "like the idea",
            "curious",
            "i like",
            "sounds",
            "delicious",
            "fresh",
            "quick",
            "perfect",
            "fun",
            "proud",
            "helps me",
            "peace of mind",
            "never tried",
            "never had",
            "never have tried",
            "fantastic",
        ],
    ),
];

/// Phrases that turn a complaint's words around.
const NOT_PAIN: [&str; 9] = [
    "solved a problem",
    "i would buy",
    "don't have to",
    "do not have to",
    "not worr*",
    "no longer",
    "no problem",
    "never lost",
    "not hard to",
];

/// The heading a sentence belongs under, and how many of its phrases the sentence holds; the sentence in
/// its normal form.
pub(super) fn heading(text: &str) -> Option<(Heading, usize)> {
    let counts = PHRASES.get_or_init(Phrases::new).counts(text);
    let mut best: Option<(Heading, usize)> = None;
    for ((heading, _), mut found) in PATTERNS.iter().zip(counts.held) {
        if *heading == Heading::PainPoints {
            found = found.saturating_sub(2 * counts.not_pain);
        }
        if *heading == Heading::Behaviours && !is_first_person(text) {
            found = 0;
        }
        if found > best.map_or(0, |(_, most)| most) {
            best = Some((*heading, found));
        }
    }
    best
}

static PHRASES: OnceLock<Phrases> = OnceLock::new();

/// All phrases, found by their first words.
struct Phrases {
    all: Vec<Phrase>,
    /// First word and phrase, sorted.
    whole: Vec<(&'static str, usize)>,
    /// What a first word begins with, and phrase.
    begun: Vec<(&'static str, usize)>,
}

struct Phrase {
    /// Index into [`PATTERNS`]; behind them stands [`NOT_PAIN`].
    list: usize,
    words: Vec<&'static str>,
}

/// How many phrases of each list a sentence holds.
struct Counts {
    held: [usize; PATTERNS.len()],
    not_pain: usize,
}

impl Phrases {
    fn new() -> Self {
        let lists = PATTERNS.iter().map(|(_, phrases)| *phrases).chain([NOT_PAIN.as_slice()]);
        let all: Vec<Phrase> = lists
            .enumerate()
            .flat_map(|(list, phrases)| {
                phrases
                    .iter()
                    .map(move |phrase| Phrase { list, words: phrase.split(' ').collect() })
            })
            .collect();
        let (mut whole, mut begun) = (Vec::new(), Vec::new());
        for (at, phrase) in all.iter().enumerate() {
            let Some(first) = phrase.words.first() else { continue };
            match first.strip_suffix('*') {
                Some(stem) => begun.push((stem, at)),
                None => whole.push((*first, at)),
            }
        }
        whole.sort_unstable();
        Self { all, whole, begun }
    }

    fn counts(&self, text: &str) -> Counts {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let mut held: Vec<usize> = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let rest = words.get(place..).unwrap_or_default();
            let from = self.whole.partition_point(|(first, _)| first < word);
            let same = self.whole.iter().skip(from).take_while(|(first, _)| first == word);
            let begun = self.begun.iter().filter(|(stem, _)| word.starts_with(stem));
            let fits =
                |at: &usize| self.all.get(*at).is_some_and(|phrase| begins(rest, &phrase.words));
            held.extend(same.chain(begun).map(|(_, at)| *at).filter(fits));
        }
        held.sort_unstable();
        held.dedup();
        let mut counts = Counts { held: [0; PATTERNS.len()], not_pain: 0 };
        for phrase in held.into_iter().filter_map(|at| self.all.get(at)) {
            *counts.held.get_mut(phrase.list).unwrap_or(&mut counts.not_pain) += 1;
        }
        counts
    }
}

/// What somebody does is told in the first person.
fn is_first_person(text: &str) -> bool {
    let own = |word: &str| {
        matches!(word, "i" | "we" | "my" | "me" | "our")
            || word.starts_with("i'")
            || word.starts_with("we'")
    };
    text.split_ascii_whitespace().any(own)
}

/// Whether a counted line speaks of what people do.
pub(super) fn is_about_doing(fact: &str) -> bool {
    const WORDS: [&str; 21] = [
        "often",
        "frequency",
        "usage",
        "use",
        "uses",
        "used",
        "times",
        "week",
        "month",
        "day",
        "hours",
        "trips",
        "rides",
        "visits",
        "sessions",
        "purchases",
        "orders",
        "spend",
        "spent",
        "device*",
        "habit*",
    ];
    let text = normal(fact.split(':').next().unwrap_or(fact));
    WORDS.iter().any(|word| holds(&text, word))
}

/// The patterns as they go into the settings digest.
pub(super) fn listing() -> Value {
    let lists: Vec<&[&str]> = PATTERNS.iter().map(|(_, phrases)| *phrases).collect();
    json!({"pain_points, goals, behaviours, motivations": lists, "not pain": NOT_PAIN})
}

/// Lower case, words apart by one blank.
pub(super) fn normal(text: &str) -> String {
    crate::profile::words(text).collect::<Vec<_>>().join(" ")
}

/// Whether the words of a phrase follow each other in the text.
fn holds(text: &str, phrase: &str) -> bool {
    let pattern: Vec<&str> = phrase.split(' ').collect();
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words.windows(pattern.len()).any(|window| begins(window, &pattern))
}

/// Whether the text begins with the words of a phrase.
fn begins(text: &[&str], phrase: &[&str]) -> bool {
    text.len() >= phrase.len()
        && text.iter().zip(phrase).all(|(word, wanted)| match wanted.strip_suffix('*') {
            Some(stem) => word.starts_with(stem),
            None => word == wanted,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_find_their_heading() {
        let cases = [
            ("I don’t like cold soup and it sounds disgusting.", Some(Heading::PainPoints)),
            ("I'd want something without preservatives.", Some(Heading::Goals)),
            ("I usually buy it every week on the way home.", Some(Heading::Behaviours)),
            ("Because it is healthy and convenient.", Some(Heading::Motivations)),
            ("You don't have to worry about a bowl.", None),
            ("Gazpacho comes from Spain.", None),
        ];
        for (sentence, expected) in cases {
            assert_eq!(heading(&normal(sentence)).map(|(found, _)| found), expected, "{sentence}");
        }
    }

    #[test]
    fn a_price_is_no_frustration() {
        let found = heading(&normal("Yes I would try it if the price were under $2 a can."));
        assert_eq!(found.map(|(heading, _)| heading), Some(Heading::Goals));
    }
}
