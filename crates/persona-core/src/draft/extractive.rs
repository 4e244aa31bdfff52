//! The embedded drafter: no model, no network, only what people wrote and what can be counted.
//!
//! `extractive-1` splits answers into sentences, sorts them under headings by the patterns of
//! `extractive/patterns.rs`, takes the central and different ones, and writes title and summary from the
//! group's profile. A change of its words bumps the number.

mod patterns;
mod quotes;
mod sentences;
mod title;

use super::{Brief, Draft, DraftError, Drafter, Drafting};
use crate::input::ColumnKind;
use crate::persona::{DigitalSourceType, Statement, Support};
use patterns::Heading;
use quotes::Pool;
use serde_json::{Value, json};

/// Lines under one heading.
const LINES: usize = 3;
/// Fewest and most words of a quote.
const WORDS: std::ops::RangeInclusive<usize> = 6..=40;

/// The drafter that quotes and counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extractive;

impl Drafter for Extractive {
    fn provider(&self) -> &'static str {
        "embedded"
    }

    fn model(&self) -> &'static str {
        "extractive-1"
    }

    fn settings(&self) -> Value {
        json!({
            "drafter": self.model(),
            "lines_per_heading": LINES,
            "words": [WORDS.start(), WORDS.end()],
            "patterns": patterns::listing(),
        })
    }

    fn digital_source_type(&self) -> DigitalSourceType {
        DigitalSourceType::Algorithmic
    }

    fn draft(&self, brief: &Brief<'_>, cancelled: &(dyn Fn() -> bool + Sync)) -> Drafting {
        Drafting::without_calls(self.extract(brief, cancelled))
    }
}

impl Extractive {
    /// Writes about one group; no call is made.
    ///
    /// # Errors
    /// [`DraftError::NoSuchSegment`], and [`DraftError::Cancelled`] once `cancelled` says so.
    pub fn extract(
        &self,
        brief: &Brief<'_>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Draft, DraftError> {
        let segment = brief.segment()?;
        let mut pool = Pool::new(brief.dataset, segment, cancelled)?;
        let mut lines = |heading| pool.take(Some(heading), LINES);
        let goals = lines(Heading::Goals);
        let pain_points = lines(Heading::PainPoints);
        let mut behaviours = lines(Heading::Behaviours);
        let motivations = lines(Heading::Motivations);
        let quotes = pool.take(None, LINES);
        behaviours.extend(counted(brief));
        Ok(Draft {
            name: format!("Persona {}", brief.index + 1),
            title: title::title(brief),
            summary: title::summary(brief),
            goals,
            pain_points,
            behaviours,
            motivations,
            quotes,
            caveats: title::caveats(brief),
        })
    }
}

/// Counts of what people do; of everything that sets the group apart where nobody wrote a word.
fn counted(brief: &Brief<'_>) -> Vec<Statement> {
    let columns = &brief.dataset.columns;
    let wordless = columns.iter().all(|column| column.kind != ColumnKind::FreeText);
    let wanted = |fact: &String| wordless || patterns::is_about_doing(fact);
    let facts = brief.profile.facts().into_iter().filter(wanted).take(LINES);
    facts
        .map(|text| Statement { text, evidence: Vec::new(), support: Support::Statistic })
        .collect()
}

#[cfg(test)]
mod tests;
