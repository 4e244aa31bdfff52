//! Title, summary and doubts, from the numbers of the group.

use crate::draft::Brief;
use crate::input::ColumnKind;
use crate::profile::{Finding, Profile, Term, capitalised, label, stem};

/// Counts a summary gives; the others stand among the traits.
const FACTS: usize = 5;

/// What sets the group apart: at most two answers, who they are before what they do, and a word.
pub(super) fn title(brief: &Brief<'_>) -> String {
    let profile = brief.profile;
    if brief.segmentation.segments.len() == 1 {
        return format!("All {} answers, taken as one group", profile.size);
    }
    let mut leading: Vec<&Finding> = Vec::new();
    for finding in &profile.traits {
        if leading.len() < 2 && leading.iter().all(|known| known.shown.field != finding.shown.field)
        {
            leading.push(finding);
        }
    }
    leading.sort_by_key(|finding| finding.kind != ColumnKind::Nominal);
    let mut parts: Vec<String> = leading.into_iter().map(part).collect();
    let said = parts.concat().to_lowercase();
    if let Some(term) = profile.terms.iter().find(|term| !said.contains(&stem(&term.word))) {
        parts.push(format!("writes of “{}”", term.word));
    }
    match parts.as_slice() {
        [] => format!("{} answers that nothing sets apart", profile.size),
        [only] => format!("{}; nothing else sets them apart", capitalised(only)),
        several => capitalised(&several.join(", ")),
    }
}

/// How many of the group an answer holds for, in a word.
fn part(finding: &Finding) -> String {
    let phrase = &finding.phrase;
    if finding.shown.n == finding.answered {
        phrase.clone()
    } else if finding.shown.share.value() >= 0.5 {
        format!("mostly {phrase}")
    } else {
        format!("often {phrase}")
    }
}

/// The group in sentences; every count with its base.
pub(super) fn summary(brief: &Brief<'_>) -> String {
    let profile = brief.profile;
    let mut sentences = vec![format!("{}.", capitalised(&profile.base()))];
    if brief.segmentation.segments.len() == 1 {
        sentences.extend(commonest(brief));
    } else {
        sentences.extend(profile.facts().into_iter().take(FACTS));
        sentences.extend(profile.terms.iter().map(term_sentence));
        sentences.extend(leanings(profile));
        if profile.traits.is_empty() {
            sentences.push("No answer sets this group apart by more than chance gives.".to_owned());
        }
    }
    sentences.join(" ")
}

fn term_sentence(term: &Term) -> String {
    let Term { word, n, answered, base_n, base_answered, .. } = term;
    format!("{n} of {answered} write of “{word}” ({base_n} of {base_answered} overall).")
}

fn leanings(profile: &Profile) -> Option<String> {
    let parts: Vec<String> = profile
        .leanings
        .iter()
        .map(|finding| {
            let Finding { phrase, answered, base_n, base_answered, shown, .. } = finding;
            format!("{phrase} for {} of {answered} ({base_n} of {base_answered} overall)", shown.n)
        })
        .collect();
    let (verb, noun) =
        if parts.len() == 1 { ("is", "a difference") } else { ("are", "differences") };
    (!parts.is_empty()).then(|| {
        format!(
            "{}: {noun} of this size {verb} common by chance.",
            capitalised(&parts.join(" and "))
        )
    })
}

/// The most common answer of each column that has answers to count.
fn commonest(brief: &Brief<'_>) -> Vec<String> {
    let counted = brief.dataset.columns.iter().filter(|column| !column.labels().is_empty());
    let line = |column: &crate::input::Column| {
        let mut counts = vec![0_usize; column.labels().len()];
        let mut answered = 0_usize;
        for (code, &rows) in column.counts().iter().enumerate() {
            let levels = column.level_of(code);
            let options = column.options_of(code).iter().copied().chain(levels);
            let mut any = false;
            for level in options {
                any = true;
                if let Some(count) = counts.get_mut(level) {
                    *count += rows;
                }
            }
            answered += if any { rows } else { 0 };
        }
        let most = column.labels().iter().zip(&counts).rev().max_by_key(|(_, count)| **count)?;
        let name = capitalised(&label(&column.name));
        Some(format!("{name}: most often {} ({} of {answered}).", most.0, most.1))
    };
    counted.filter_map(line).take(6).collect()
}

/// What a reader must know before using the persona.
pub(super) fn caveats(brief: &Brief<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    let size = brief.profile.size;
    if size < 30 {
        let people = if size == 1 { "person" } else { "people" };
        doubts.push(format!("{size} {people}: read counts, not percentages."));
    }
    let alone = brief.segmentation.segments.len() == 1;
    let tested = brief.segmentation.structure.map(|test| (test, test.is_claimed()));
    doubts.push(match tested {
        Some((test, true)) if !alone => format!(
            "The data show groups beyond chance (p = {:.3}, {} column shuffles); where one ends and the \
             next begins is still a choice.",
            test.p_value, test.permutations
        ),
        Some((test, false)) => format!(
            "The data as a whole show no groups beyond chance (p = {:.3}, {} column shuffles): read this \
             as {}, not as a type of person.",
            test.p_value,
            test.permutations,
            if alone { "an overview" } else { "one way to sort the answers" }
        ),
        Some((_, true)) => "One persona was asked for, so differences between groups do not show.".to_owned(),
        None => "The data have too little to tell groups apart by.".to_owned(),
    });
    if !alone && !brief.profile.traits.is_empty() {
        doubts.push(
            "Groups are made from the answers counted here, so the counts describe them and prove nothing."
                .to_owned(),
        );
    }
    doubts
}
