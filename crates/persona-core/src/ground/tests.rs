//! Drafts that lie, and what is left of them.

use super::*;
use crate::testing::dataset;
use proptest::prelude::*;

const TEXT: &str = "Too dear for me – I’d buy it at half the price.";

fn data() -> Dataset {
    dataset(&format!(
        "Name,Why\nAnn Lee,\"{TEXT}\"\nBo Day,\"It tastes like nothing I know at all.\"\n"
    ))
}

fn statement(record: u64, quote: &str, span: [usize; 2]) -> Statement {
    let (source, field) = ("data.csv".to_owned(), "Why".to_owned());
    let evidence = vec![Evidence { source, record, field, quote: quote.to_owned(), span }];
    Statement { text: quote.to_owned(), evidence, support: Support::Verbatim }
}

fn grounded(statement: Statement) -> Grounded {
    let draft = Draft { quotes: vec![statement], ..Draft::default() };
    ground(&data(), &[0, 1].into_iter().collect(), &[], draft)
}

fn codes(grounded: &Grounded) -> Vec<IssueCode> {
    grounded.issues.iter().map(|issue| issue.code).collect()
}

#[test]
fn a_true_quote_stays_as_it_is() {
    let found = grounded(statement(1, "Too dear for me", [0, 15]));
    assert_eq!(found.draft.quotes, [statement(1, "Too dear for me", [0, 15])]);
    assert_eq!((found.drafted, found.located, codes(&found)), (1, 1, vec![]));
}

#[test]
fn wrong_spans_and_spans_inside_a_character_are_mended() {
    for span in [[3, 9], [16, 17], [90, 400], [9, 3], [usize::MAX, 0]] {
        let found = grounded(statement(1, "I’d buy it", span));
        let evidence = &found.draft.quotes[0].evidence[0];
        assert_eq!(&TEXT[evidence.span[0]..evidence.span[1]], "I’d buy it");
        assert_eq!(found.draft.quotes[0].support, Support::Verbatim);
    }
}

#[test]
fn a_wrong_record_is_put_right_when_the_words_stand_in_the_group() {
    for record in [2, 0, 77] {
        let found = grounded(statement(record, "Too dear for me", [0, 15]));
        assert_eq!(found.draft.quotes[0].evidence[0].record, 1);
    }
}

#[test]
fn near_quotes_are_paraphrases_and_show_the_rows_own_words() {
    let found = grounded(statement(1, "I'd buy it for half the price", [0, 5]));
    let quote = &found.draft.quotes[0];
    assert_eq!(
        (quote.support, codes(&found)),
        (Support::Paraphrase, vec![IssueCode::QuoteParaphrased])
    );
    assert_eq!(quote.evidence[0].quote, "I’d buy it at half the price");
    assert_eq!(quote.text, quote.evidence[0].quote, "people are quoted in their own words");
}

#[test]
fn words_put_into_people_s_mouths_inside_a_statement_are_found() {
    let judged = |text: &str| {
        let goal = Statement { text: text.to_owned(), ..statement(1, "Too dear for me", [0, 15]) };
        let draft = Draft { goals: vec![goal], ..Draft::default() };
        ground(&data(), &[0, 1].into_iter().collect(), &[], draft)
    };
    let honest = judged("They say “I’d buy it at half the price” and mean it.");
    assert_eq!((honest.draft.goals[0].support, codes(&honest)), (Support::Paraphrase, vec![]));
    let invented = judged("As one said: \"I always dreamed of soup\".");
    let goal = &invented.draft.goals[0];
    assert_eq!((goal.support, goal.evidence.as_slice()), (Support::Unsupported, &[][..]));
    assert!(codes(&invented).contains(&IssueCode::QuoteNotInData));
}

#[test]
fn invented_quotes_are_removed_and_reported() {
    let found = grounded(statement(1, "I am a busy professional who values quality", [0, 5]));
    assert!(found.draft.quotes.is_empty());
    assert_eq!(codes(&found), [IssueCode::QuoteNotInData]);
    assert_eq!((found.drafted, found.located), (1, 0));
}

#[test]
fn personal_columns_are_no_evidence() {
    let mut claim = statement(1, "Ann Lee", [0, 7]);
    claim.evidence[0].field = "Name".to_owned();
    assert!(grounded(claim).draft.quotes.is_empty());
}

#[test]
fn only_counts_of_the_profile_are_statistics() {
    let count =
        |text: &str| Statement { text: text.into(), evidence: vec![], support: Support::Statistic };
    let draft = Draft { goals: vec![count("3 of 4."), count("99 %.")], ..Draft::default() };
    let found = ground(&data(), &[0, 1].into_iter().collect(), &["3 of 4.".to_owned()], draft);
    let supports: Vec<Support> = found.draft.goals.iter().map(|goal| goal.support).collect();
    assert_eq!(supports, [Support::Statistic, Support::Unsupported]);
    assert_eq!(codes(&found), [IssueCode::StatementUnsupported]);
}

proptest! {
    #[test]
    fn what_is_left_always_slices(record in 0_u64..4, quote in "[a-zI’ ]{0,20}|Too dear.{0,5}", start in 0_usize..60, end in 0_usize..60) {
        let data = data();
        let draft = Draft { quotes: vec![statement(record, &quote, [start, end])], ..Draft::default() };
        for kept in ground(&data, &[0, 1].into_iter().collect(), &[], draft).draft.quotes {
            for evidence in kept.evidence {
                let row = data.row_at(&evidence.source, evidence.record).unwrap();
                let text = data.column(&evidence.field).unwrap().text(row);
                prop_assert_eq!(text.get(evidence.span[0]..evidence.span[1]), Some(evidence.quote.as_str()));
            }
        }
    }
}
