//! Words made from answers, read as a researcher would.

use super::*;
use crate::profile::profiles;
use crate::segment::{Count, segment};
use crate::testing::{dataset, gazpacho, repository};
use crate::{Dataset, read};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

fn drafts(data: &Dataset, count: Count) -> Vec<Draft> {
    let found = segment(data, count, 0).unwrap();
    let profiles = profiles(data, &found);
    let brief = |(index, profile)| Brief { dataset: data, segmentation: &found, index, profile };
    profiles
        .iter()
        .enumerate()
        .map(|each| Extractive.extract(&brief(each), &|| false).unwrap())
        .collect()
}

fn lines(draft: &Draft) -> impl Iterator<Item = &Statement> {
    let headings =
        [&draft.goals, &draft.pain_points, &draft.behaviours, &draft.motivations, &draft.quotes];
    headings.into_iter().flatten()
}

#[test]
fn no_quote_stands_twice_and_every_span_slices() {
    let examples = ["interviews.csv", "interview.md", "focus-group.vtt", "feedback.jsonl"];
    let examples =
        examples.map(|name| read(&[repository(&format!("examples/{name}"))], &|| false).unwrap());
    for data in std::iter::once(gazpacho()).chain(examples) {
        for draft in drafts(&data, Count::Exactly(NonZeroUsize::new(3).unwrap())) {
            let mut seen = BTreeSet::new();
            for evidence in lines(&draft).flat_map(|line| &line.evidence) {
                let row = data.row_at(&evidence.source, evidence.record).unwrap();
                let text = data.column(&evidence.field).unwrap().text(row);
                assert_eq!(&text[evidence.span[0]..evidence.span[1]], evidence.quote);
                assert!(WORDS.contains(&evidence.quote.split_whitespace().count()));
                assert!(seen.insert((evidence.record, evidence.span)), "{}", evidence.quote);
            }
            assert!(
                !draft.title.is_empty() && !draft.title.contains('=') && !draft.caveats.is_empty()
            );
        }
    }
}

#[test]
fn the_survey_as_a_whole_is_one_group_with_its_doubt() {
    let draft = drafts(&gazpacho(), Count::Auto).remove(0);
    assert_eq!(draft.title, "All 50 answers, taken as one group");
    assert_eq!(draft.name, "Persona 1");
    assert!(draft.summary.contains("Political affiliation: most often Democrat (21 of 50)."));
    assert!(draft.caveats[0].contains("no groups beyond chance"), "{:?}", draft.caveats);
}

#[test]
fn the_example_says_what_sets_its_groups_apart() {
    let data = read(&[repository("examples/interviews.csv")], &|| false).unwrap();
    let titles: Vec<String> =
        drafts(&data, Count::Auto).into_iter().map(|draft| draft.title).collect();
    assert_eq!(titles.len(), 4, "{titles:?}");
    for (title, role) in titles.iter().zip(["Student", "Researcher", "Field engineer", "Team lead"])
    {
        assert!(title.starts_with(role), "{title}");
    }
}

#[test]
fn names_addresses_and_numbers_of_people_are_never_shown() {
    let row = |number: usize| {
        let member = ["yes", "no"][number % 2];
        let why = format!(
            "I want it to work; write to ann{number}@example.org please. I usually walk to work every \
             day number {number}."
        );
        format!("Ann{number} Lee,ann{number}@example.org,{member},\"{why}\"\n")
    };
    let rows = (0..12).map(row).collect::<Vec<_>>().concat();
    let data = dataset(&format!("Name,Mail,Member,Why\n{rows}"));
    for draft in drafts(&data, Count::Exactly(NonZeroUsize::new(2).unwrap())) {
        let shown = format!("{draft:?}");
        assert!(!shown.contains("Ann") && !shown.contains('@') && shown.contains("walk to work"));
    }
}

#[test]
fn without_words_counts_stand_under_behaviours() {
    let rows: String =
        (0..24).map(|row| if row < 12 { "red,big\n" } else { "blue,small\n" }).collect();
    let drafts = drafts(
        &dataset(&format!("colour,size\n{rows}")),
        Count::Exactly(NonZeroUsize::new(2).unwrap()),
    );
    assert_eq!(drafts[0].behaviours[0].text, "Colour: red for 12 of 12 (12 of 24 overall).");
    assert_eq!(drafts[0].behaviours[0].support, Support::Statistic);
}
