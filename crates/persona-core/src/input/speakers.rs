//! Who speaks in an interview: labels such as `P3:` or `**Interviewer:**` at the beginning of lines,
//! what they say of a person, and how the person is called where the label is a name.

use std::collections::BTreeMap;

/// Words for the one who asks.
const ASKING: [&str; 22] = [
    "interviewer",
    "interviewerin",
    "interviewers",
    "moderator",
    "moderatorin",
    "mod",
    "researcher",
    "facilitator",
    "host",
    "int",
    "q",
    "question",
    "frage",
    "entrevistador",
    "entrevistadora",
    "intervistatore",
    "intervistatrice",
    "enquêteur",
    "enquêtrice",
    "forscher",
    "forscherin",
    "observer",
];

/// Words for one who answers, that name nobody.
const ANSWERING: [&str; 24] = [
    "participant",
    "respondent",
    "interviewee",
    "subject",
    "speaker",
    "user",
    "customer",
    "client",
    "patient",
    "guest",
    "student",
    "teacher",
    "person",
    "answer",
    "teilnehmer",
    "teilnehmerin",
    "befragte",
    "befragter",
    "antwort",
    "participante",
    "man",
    "woman",
    "female",
    "male",
];

/// Words that head a note and are no speaker.
const HEADINGS: [&str; 34] = [
    "note",
    "notes",
    "summary",
    "date",
    "time",
    "location",
    "place",
    "duration",
    "topic",
    "title",
    "source",
    "example",
    "examples",
    "goal",
    "goals",
    "pain",
    "pains",
    "need",
    "needs",
    "quote",
    "quotes",
    "background",
    "context",
    "warning",
    "important",
    "todo",
    "action",
    "age",
    "role",
    "job",
    "conclusion",
    "http",
    "https",
    "transcript",
];

/// Longest label, in characters and words.
const LETTERS: usize = 40;
const WORDS: usize = 4;

/// A line with what may be a speaker's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Labelled<'a> {
    pub(super) label: &'a str,
    pub(super) rest: &'a str,
}

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Asks: the words are no participant's.
    Asks,
    /// Answers, under a label that names nobody: `P3`, `Participant 2`.
    Answers,
    /// Somebody's name, or no speaker at all.
    Named,
}

/// Names given to people in place of theirs, the same for the same label in all sources.
#[derive(Debug, Default)]
pub(super) struct Speakers(BTreeMap<String, usize>);

impl Speakers {
    /// The speaker as shown: a label that names nobody as it stands, anybody else by a number.
    pub(super) fn shown(&mut self, label: &str) -> String {
        if part(label) == Part::Answers {
            return label.to_owned();
        }
        let next = self.0.len() + 1;
        let number = *self.0.entry(label.to_lowercase()).or_insert(next);
        format!("speaker {number}")
    }
}

/// Finds `Label: text`, `**Label:** text` and `[Label] text` at the beginning of a line.
pub(super) fn labelled(line: &str) -> Option<Labelled<'_>> {
    let marks: &[char] = &['*', '_'];
    let line = without_clock(line.trim());
    let bare = line.trim_start_matches(marks);
    let (label, rest) = match bare.strip_prefix('[') {
        Some(inner) => {
            inner.split_once(']').map(|(label, rest)| (label, rest.trim_start_matches(':')))?
        }
        None => bare.split_once(':')?,
    };
    let label = label.trim_matches(marks).trim();
    let rest = rest.trim_start_matches(marks);
    let spaced = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (spaced && could_be_label(label)).then(|| Labelled { label, rest: rest.trim() })
}

/// The labels of a text that are speakers, out of all that could be; sorted.
///
/// Labels that name nobody count at once. Where they and the labels that come back begin two fifths of
/// the passages or more, the text is a conversation, and every label but a heading's is a person: one
/// who speaks a single time has a name to hide, too.
pub(super) fn speaking<'a>(labels: &[&'a str], passages: usize) -> Vec<&'a str> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels {
        *uses.entry(label).or_default() += 1;
    }
    let known = |label: &str| part(label) != Part::Named;
    uses.retain(|label, _| known(label) || !is_heading(label));
    let sure = uses.iter().filter(|(label, count)| known(label) || **count > 1);
    let talked: usize = sure.map(|(_, count)| count).sum();
    let conversation = talked * 5 >= passages * 2;
    uses.into_keys().filter(|label| known(label) || conversation).collect()
}

fn is_heading(label: &str) -> bool {
    let first = words(label).into_iter().next().unwrap_or_default();
    HEADINGS.contains(&first.as_str())
}

/// What a label says of who speaks.
pub(super) fn part(label: &str) -> Part {
    let words = words(label);
    let (first, rest) = match words.as_slice() {
        [first, rest @ ..] => (first.as_str(), rest),
        [] => return Part::Named,
    };
    let numbered = rest.iter().all(|word| is_number(word));
    if numbered && ASKING.contains(&first) || (label == "I" || label == "IV") {
        Part::Asks
    } else if numbered && (ANSWERING.contains(&first) || is_code(first, rest)) {
        Part::Answers
    } else {
        Part::Named
    }
}

/// `p3`, `r`, `a`, `s 12`, `17`
fn is_code(first: &str, rest: &[String]) -> bool {
    let letters = first.chars().take_while(|c| c.is_alphabetic()).count();
    let digits = first.chars().count() - letters;
    let digits_only = first.chars().skip(letters).all(|c| c.is_ascii_digit());
    digits_only
        && letters <= 3
        && (1..=4).contains(&(digits + rest.len() + usize::from(letters == 1)))
        && (digits > 0 || !rest.is_empty() || letters == 1)
}

/// A number, or the single letter that counts as one.
fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit()) || word.chars().count() == 1
}

fn could_be_label(label: &str) -> bool {
    let letters = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '\'' | '’' | '#' | '(' | ')')
    };
    let capital = |word: &str| word.starts_with(|c: char| !c.is_lowercase());
    let few = label.chars().count() <= LETTERS && label.split_whitespace().count() <= WORDS;
    few && label.starts_with(char::is_alphanumeric)
        && label.chars().all(letters)
        && (part(label) != Part::Named || label.split_whitespace().all(capital))
        && label.chars().any(|c| c.is_alphabetic() || c.is_ascii_digit())
}

/// The line without `[00:12:03]`, `(0:12)` or `00:12:03` before it.
fn without_clock(line: &str) -> &str {
    let inner = line.trim_start_matches(['[', '(']);
    let end = inner
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(inner.len());
    let (clock, rest) = inner.split_at(end);
    let is_clock = clock.matches(':').count() >= 1
        && clock.split([':', '.', ',']).all(|part| (1..=3).contains(&part.len()));
    if is_clock { rest.trim_start_matches([']', ')', ' ', '-', '–']) } else { line }
}

fn words(label: &str) -> Vec<String> {
    let parts = label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<(&str, &str)> {
        labelled(line).map(|found| (found.label, found.rest))
    }

    #[test]
    fn labels_are_found_in_the_ways_people_write_them() {
        assert_eq!(found("P3: I lose them."), Some(("P3", "I lose them.")));
        assert_eq!(found("**Interviewer:** Why?"), Some(("Interviewer", "Why?")));
        assert_eq!(found("**Interviewer**: Why?"), Some(("Interviewer", "Why?")));
        assert_eq!(found("[00:12:03] Ana María: Yes"), Some(("Ana María", "Yes")));
        assert_eq!(found("[P1] Yes"), Some(("P1", "Yes")));
        assert_eq!(found("Moderator:"), Some(("Moderator", "")));
        for prose in
            ["https://a.example", "What I mean: this", "At 10:30 we met", "So: well", "No label"]
        {
            assert!(found(prose).is_none_or(|(label, _)| part(label) == Part::Named), "{prose}");
        }
        assert_eq!(found("What I mean: this"), None);
    }

    #[test]
    fn a_label_says_who_asks_and_who_is_named() {
        for label in ["Interviewer", "INTERVIEWER 2", "Moderator", "Q", "I"] {
            assert_eq!(part(label), Part::Asks, "{label}");
        }
        for label in ["P3", "Participant 2", "Speaker A", "R", "A", "U_07", "12", "Respondent"] {
            assert_eq!(part(label), Part::Answers, "{label}");
        }
        for label in ["Maria", "Ana María Pérez", "MK", "Dr. Lee", "Interviewer Jones", "Note"] {
            assert_eq!(part(label), Part::Named, "{label}");
        }
    }

    #[test]
    fn names_count_as_speakers_in_conversations_alone() {
        assert_eq!(speaking(&["Maria", "Jo", "Maria", "Jo"], 5), ["Jo", "Maria"]);
        assert!(speaking(&["Maria", "Maria"], 20).is_empty());
        assert!(speaking(&["Note", "Note", "Once"], 3).is_empty());
        assert_eq!(speaking(&["P1"], 20), ["P1"]);
        assert_eq!(speaking(&["Maria", "Q", "Maria", "Tom", "Date"], 5), ["Maria", "Q", "Tom"]);
    }

    #[test]
    fn names_are_not_shown() {
        let mut speakers = Speakers::default();
        let shown: Vec<String> =
            ["Maria", "P3", "Jo", "MARIA"].iter().map(|label| speakers.shown(label)).collect();
        assert_eq!(shown, ["speaker 1", "P3", "speaker 2", "speaker 1"]);
    }
}
