//! Questions and answers, without a model.

use super::*;
use crate::persona::Support;
use crate::profile::profiles;
use crate::segment::{Count, segment};
use crate::testing::{Scripted, answer, dataset, gazpacho};
use crate::{Dataset, ground::ground};

/// Drafts the first of two groups.
fn drafted(data: &Dataset, llm: &Llm) -> Drafting {
    with_brief(data, |brief| llm.draft(brief, &|| false))
}

fn with_brief<T>(data: &Dataset, work: impl Fn(&Brief<'_>) -> T) -> T {
    let segmentation = segment(data, Count::Exactly(NonZeroUsize::new(2).unwrap()), 0).unwrap();
    let profiles = profiles(data, &segmentation);
    let brief =
        Brief { dataset: data, segmentation: &segmentation, index: 0, profile: &profiles[0] };
    work(&brief)
}

fn people() -> Dataset {
    let ages = ["18-24", "25-34", "35-44", "45-54"].into_iter().cycle().take(20);
    let rows = ages.enumerate().map(|(at, age)| {
        let why = format!("I keep list number {at} on the fridge because I forget things.");
        format!("Ann Lee{at},ann{at}@example.org,{age},{why}\n")
    });
    dataset(&format!("Name,Email,Age,Why\n{}", rows.collect::<String>()))
}

#[test]
fn the_prompt_holds_counts_and_rows_and_nobody_s_name() {
    let (prompts, data) = (Prompts::new(LlmSettings::default()).unwrap(), people());
    let prompt = with_brief(&data, |brief| prompts.prompt(brief)).unwrap();
    let Prompt { messages, pack, canonical } = &prompt;
    assert_eq!(serde_json::from_slice::<Value>(canonical).unwrap(), json!(messages));
    assert!(prompt.bytes() < canonical.len() && prompt.estimated_tokens() > prompt.bytes() / 4);
    let [system, user] = messages.as_slice() else { panic!("{messages:?}") };
    assert!(system.content.contains("word for word") && !system.content.contains("{%"));
    assert!(user.content.contains("on the fridge"), "{}", user.content);
    assert!(!user.content.contains("Ann Lee") && !user.content.contains("example.org"));
    assert_eq!(pack.withheld, ["Name", "Email"]);
    assert_eq!(pack.left_out, 0);
}

#[test]
fn a_pack_keeps_to_its_room_and_says_what_it_leaves_out() {
    let data = gazpacho();
    for context_tokens in [3600, 4000, 6000, 20_000] {
        let settings = LlmSettings { context_tokens, ..LlmSettings::default() };
        let prompts = Prompts::new(settings).unwrap();
        let Prompt { pack, .. } = with_brief(&data, |brief| prompts.prompt(brief)).unwrap();
        let shown: usize = pack.rows.iter().map(|row| row.line().len() + 1).sum();
        assert!(shown <= prompts.evidence_bytes() || pack.rows.len() == 1, "{context_tokens}");
        let members = with_brief(&data, |brief| brief.segment().unwrap().members.len());
        assert_eq!(pack.rows.len() + pack.left_out, members);
        assert!(pack.rows.windows(2).all(|pair| pair[0].row < pair[1].row));
    }
}

#[test]
fn an_answer_in_a_fence_is_read_and_other_talk_is_not() {
    let form = AnswerForm::new().unwrap();
    let good = answer(1, "words from a row");
    assert!(form.read(&good).is_ok());
    assert!(form.read(&format!("```json\n{good}\n```\n")).is_ok());
    assert!(!form.read(&format!("Sure! {good}")).unwrap_err().is_json);
    let misfit = form.read("{\"title\": 3}").unwrap_err();
    assert!(
        misfit.is_json && misfit.problems.iter().any(|problem| problem.contains("/title")),
        "{misfit:?}"
    );
    let odd =
        good.replacen("\"row\":1", "\"row\":1.0", 1).replacen("\"row\":1}", "\"row\":1e40}", 1);
    assert!(form.read(&odd).is_ok(), "{odd}");
    let extra = good.replace("\"pain_points\"", "\"income\": 1, \"pain_points\"");
    assert!(form.read(&extra).unwrap_err().problems[0].contains("income"));
    assert!(form.read(&format!("\"{}\"", "x".repeat(300_000))).is_err());
}

#[test]
fn one_repair_shows_the_model_what_is_wrong() {
    let provider = Scripted::new([Ok("{\"title\": 3}".to_owned()), Ok(answer(1, "on the fridge"))]);
    let asked = std::sync::Arc::clone(&provider.asked);
    let drafting = drafted(&people(), &provider.drafter());
    assert!(drafting.draft.is_ok());
    let asked = asked.lock().unwrap();
    assert_eq!((asked[0].len(), asked[1].len()), (2, 4));
    assert_eq!(asked[1][2].content, "{\"title\": 3}");
    assert!(asked[1][3].content.contains("/title"), "{}", asked[1][3].content);
    let outcomes: Vec<_> = drafting.calls.iter().map(|call| (call.purpose, call.outcome)).collect();
    let wanted =
        [(Purpose::Draft, CallOutcome::SchemaViolation), (Purpose::Repair, CallOutcome::Completed)];
    assert_eq!(outcomes, wanted);
}

#[test]
fn a_truncated_answer_is_no_short_persona() {
    let tokens = crate::provider::TokenCount { input: 90, output: 9 };
    let part = crate::provider::Answer { tokens, ..Default::default() };
    let truncated = ProviderError::Truncated { part: Box::new(part) };
    let drafting = drafted(&people(), &Scripted::new([Err(truncated)]).drafter());
    assert!(matches!(drafting.draft, Err(DraftError::Provider { .. })));
    assert_eq!(drafting.calls[0].outcome, CallOutcome::Truncated);
    assert_eq!(drafting.calls[0].tokens, tokens, "what was paid for is on record");
}

#[test]
fn quotes_of_a_model_are_looked_up_wherever_they_stand_in_the_row() {
    let data = people();
    let judged = |row: usize, quote: &str| {
        let drafting = drafted(&data, &Scripted::new([Ok(answer(row, quote))]).drafter());
        let members = with_brief(&data, |brief| brief.segment().unwrap().members.clone());
        ground(&data, &members, &[], drafting.draft.unwrap())
    };
    let first = with_brief(&data, |brief| brief.segment().unwrap().members.first().unwrap());
    let words = format!("I keep list number {first} on the fridge");
    let found = judged(first + 1, &words);
    let quote = &found.draft.quotes[0];
    assert_eq!((quote.support, quote.evidence[0].field.as_str()), (Support::Verbatim, "Why"));
    assert_eq!(found.draft.goals[0].support, Support::Paraphrase);
    let moved = judged(99_999, &words);
    assert_eq!(moved.draft.quotes[0].evidence, quote.evidence, "the row named does not exist");
    for invented in ["the fridge", "I love soup more than anything", "Ann Lee0"] {
        let found = judged(first + 1, invented);
        assert_eq!(found.draft.quotes, [], "{invented}");
        assert_eq!(found.draft.goals[0].support, Support::Unsupported, "{invented}");
        assert_eq!(found.issues.len(), 3, "{invented}: {:?}", found.issues);
    }
}
