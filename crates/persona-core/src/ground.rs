//! Every claim looked up in the rows. A drafter is not trusted: its `support` is ignored, its spans
//! are checked, and what stands in no row is removed and reported.

mod nearness;

use crate::draft::Draft;
use crate::input::{ColumnKind, Dataset};
use crate::issue::{Issue, IssueCode, Severity};
use crate::persona::{Evidence, Statement, Support};
use crate::segment::Members;
use nearness::{find_near, normal};

/// Fewest words of a quote that is not a whole answer.
const FEWEST_WORDS: usize = 3;

/// A draft whose every quote stands in the data.
#[derive(Clone, Debug, Default)]
pub struct Grounded {
    /// The draft with supports set, spans right, and without what could not be found.
    pub draft: Draft,
    /// Statements the drafter made.
    pub drafted: usize,
    /// Of them, those with evidence that holds: words in a row, or a count of the profile.
    pub located: usize,
    /// What was changed or removed.
    pub issues: Vec<Issue>,
}

/// Grounds a draft in the rows of `members`; `facts` are the counts a statement may rest on.
pub fn ground(dataset: &Dataset, members: &Members, facts: &[String], draft: Draft) -> Grounded {
    let mut grounder =
        Grounder { dataset, members, facts, drafted: 0, located: 0, issues: Vec::new() };
    let draft = Draft {
        goals: grounder.heading(draft.goals),
        pain_points: grounder.heading(draft.pain_points),
        behaviours: grounder.heading(draft.behaviours),
        motivations: grounder.heading(draft.motivations),
        quotes: grounder.quotes(draft.quotes),
        ..draft
    };
    let Grounder { drafted, located, issues, .. } = grounder;
    Grounded { draft, drafted, located, issues }
}

struct Grounder<'a> {
    dataset: &'a Dataset,
    members: &'a Members,
    facts: &'a [String],
    drafted: usize,
    located: usize,
    issues: Vec<Issue>,
}

/// Where a quote was found and how well it fits.
struct Found {
    evidence: Evidence,
    support: Support,
}

impl Grounder<'_> {
    /// Statements keep their place without evidence, but are marked and reported.
    fn heading(&mut self, statements: Vec<Statement>) -> Vec<Statement> {
        let mut kept = Vec::new();
        for statement in statements {
            let judged = self.statement(statement);
            if judged.support == Support::Unsupported {
                self.report_unsupported(&judged.text);
            }
            kept.push(judged);
        }
        kept
    }

    /// A quote without a row is no quote and goes.
    fn quotes(&mut self, statements: Vec<Statement>) -> Vec<Statement> {
        let mut kept = Vec::new();
        for statement in statements {
            if statement.evidence.is_empty() {
                self.report_unsupported(&statement.text);
            }
            let mut quote = self.statement(statement);
            if let (Support::Paraphrase, [place, ..]) = (quote.support, quote.evidence.as_slice()) {
                // Whatever a drafter made of them: people are quoted in their own words.
                quote.text.clone_from(&place.quote);
            }
            if quote.support != Support::Unsupported && !quote.evidence.is_empty() {
                kept.push(quote);
            }
        }
        kept
    }

    fn statement(&mut self, statement: Statement) -> Statement {
        self.drafted += 1;
        let Statement { text, evidence, .. } = statement;
        if evidence.is_empty() && self.facts.contains(&text) {
            self.located += 1;
            return Statement { text, evidence, support: Support::Statistic };
        }
        let found: Vec<Found> =
            evidence.iter().filter_map(|evidence| self.look_up(evidence)).collect();
        if let Some((claimed, passage)) = evidence.first().zip(self.invented_passage(&text, &found))
        {
            let claimed = Evidence { quote: passage, ..claimed.clone() };
            let what = "is put in people's mouths and stands in no row it names";
            self.report(IssueCode::QuoteNotInData, &claimed, what);
            return Statement { text, evidence: Vec::new(), support: Support::Unsupported };
        }
        let support = Self::support(&text, &found);
        let evidence = found.into_iter().map(|found| found.evidence).collect();
        self.located += usize::from(support != Support::Unsupported);
        Statement { text, evidence, support }
    }

    /// Words in quotation marks inside a statement that none of the rows it rests on holds.
    fn invented_passage(&self, text: &str, found: &[Found]) -> Option<String> {
        let stands = |passage: &str| {
            let wanted = normal(passage);
            found.iter().any(|found| {
                let Evidence { source, record, field, .. } = &found.evidence;
                let row = self.dataset.row_at(source, *record);
                let cell =
                    row.zip(self.dataset.column(field)).map(|(row, column)| column.text(row));
                cell.is_some_and(|cell| normal(cell).contains(&wanted))
            })
        };
        let long = |passage: &&str| passage.split_whitespace().count() >= FEWEST_WORDS;
        let mut passages = quoted(text).into_iter().filter(long);
        if found.is_empty() {
            None
        } else {
            passages.find(|passage| !stands(passage)).map(str::to_owned)
        }
    }

    /// Verbatim when the statement itself stands in one of its quotes; else it is a reading of them.
    fn support(text: &str, found: &[Found]) -> Support {
        if found.is_empty() {
            return Support::Unsupported;
        }
        let words = normal(text);
        let stands = found.iter().any(|found| {
            found.support == Support::Verbatim && normal(&found.evidence.quote).contains(&words)
        });
        if stands { Support::Verbatim } else { Support::Paraphrase }
    }

    fn look_up(&mut self, claimed: &Evidence) -> Option<Found> {
        let found = self.in_place(claimed).or_else(|| self.elsewhere(claimed));
        match &found {
            None => {
                self.report(IssueCode::QuoteNotInData, claimed, "stands in no row; it was removed");
            }
            Some(found) if found.support == Support::Paraphrase => {
                self.report(IssueCode::QuoteParaphrased, claimed, "is not quite what the row says");
            }
            Some(_) => {}
        }
        found
    }

    /// In the row and field named: at the span, anywhere in the field, or nearly. Where no field is named, in
    /// any field of the row; rows of other groups do not count.
    fn in_place(&self, claimed: &Evidence) -> Option<Found> {
        let row = self.dataset.row_at(&claimed.source, claimed.record)?;
        if !self.members.contains(row) {
            return None;
        }
        if !claimed.field.is_empty() {
            return self.in_field(row, &claimed.field, claimed);
        }
        let columns = self.dataset.columns.iter();
        let found: Vec<Found> =
            columns.filter_map(|column| self.in_field(row, &column.name, claimed)).collect();
        let exact = found.iter().position(|found| found.support == Support::Verbatim);
        found.into_iter().nth(exact.unwrap_or(0))
    }

    fn in_field(&self, row: usize, field: &str, claimed: &Evidence) -> Option<Found> {
        let column = self.dataset.column(field)?;
        if column.kind == ColumnKind::LooksPersonal || claimed.quote.trim().is_empty() {
            return None;
        }
        let text = column.text(row);
        let [start, end] = claimed.span;
        let at_span = text.get(start..end).filter(|slice| *slice == claimed.quote);
        let exact = at_span
            .map(|_| start..end)
            .or_else(|| text.find(&claimed.quote).map(|start| start..start + claimed.quote.len()));
        let support = if exact.is_some() { Support::Verbatim } else { Support::Paraphrase };
        let span = exact.or_else(|| find_near(text, &claimed.quote))?;
        if is_scrap(&claimed.quote, text) {
            return None;
        }
        let (source, record) = self.dataset.place(row)?;
        let evidence = Evidence {
            source: source.to_owned(),
            record,
            field: field.to_owned(),
            quote: text.get(span.clone())?.to_owned(),
            span: [span.start, span.end],
        };
        Some(Found { evidence, support })
    }

    /// The row named is wrong: the same words in any row of the group, under any free-text column.
    fn elsewhere(&self, claimed: &Evidence) -> Option<Found> {
        if claimed.quote.split_whitespace().count() < FEWEST_WORDS {
            return None; // they stand anywhere
        }
        let texts =
            self.dataset.columns.iter().filter(|column| column.kind == ColumnKind::FreeText);
        texts.into_iter().find_map(|column| {
            let mut rows = column
                .readable(self.members)
                .filter(|row| column.text(*row).contains(&claimed.quote));
            rows.find_map(|row| self.in_field(row, &column.name, claimed))
        })
    }

    fn report_unsupported(&mut self, text: &str) {
        let message = format!("no row bears out \"{text}\"");
        let issue = Issue::new(IssueCode::StatementUnsupported, Severity::Warning, message);
        self.issues.push(issue);
    }

    fn report(&mut self, code: IssueCode, claimed: &Evidence, what: &str) {
        let message = format!("the quote \"{}\" {what}", claimed.quote);
        let issue = Issue::new(code, Severity::Warning, message);
        let named = !claimed.source.is_empty();
        self.issues.push(if named { issue.at(&claimed.source, claimed.record) } else { issue });
    }
}

/// What stands between quotation marks.
fn quoted(text: &str) -> Vec<&str> {
    const MARKS: [char; 7] = ['"', '“', '”', '„', '«', '»', '‟'];
    // Every second piece is inside; what is opened and never closed is not.
    let pieces: Vec<&str> = text.split(MARKS).collect();
    let closed = pieces.len().saturating_sub(1) / 2;
    pieces.into_iter().skip(1).step_by(2).take(closed).collect()
}

/// A word or two of a longer answer bear nothing out.
fn is_scrap(quote: &str, answer: &str) -> bool {
    quote.split_whitespace().count() < FEWEST_WORDS && normal(quote) != normal(answer)
}

#[cfg(test)]
mod tests;
