//! The persona, schema 1: what `personas.json` holds, field by field and in this order.
//!
//! ```json
//! {"schema": "persona/1", "ai_generated": true, "digital_source_type": "…/algorithmicMedia",
//!  "personas": [{"id": "persona-001", "name": "Persona 1", "title": "…", "summary": "…", …}]}
//! ```
//! No time, run id or path as given stands in it, so the same input gives the same file.

use crate::number::round4;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema this version writes.
pub const SCHEMA: &str = "persona/1";

/// Everything in `personas.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonaSet {
    /// `persona/1`.
    pub schema: String,
    /// Always true: no persona here was written by a person.
    pub ai_generated: bool,
    /// How the words came about.
    pub digital_source_type: DigitalSourceType,
    /// The personas, largest group first.
    pub personas: Vec<Persona>,
}

impl PersonaSet {
    /// The set as schema 1 wants it.
    pub fn new(digital_source_type: DigitalSourceType, personas: Vec<Persona>) -> Self {
        Self { schema: SCHEMA.to_owned(), ai_generated: true, digital_source_type, personas }
    }
}

/// The IPTC term for how content was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigitalSourceType {
    /// By rules alone: the embedded drafter.
    #[serde(rename = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia")]
    Algorithmic,
    /// By a trained model.
    #[serde(rename = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")]
    TrainedAlgorithmic,
}

/// One persona: a group of rows, what sets it apart and what its people say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Persona {
    /// `persona-001` …
    pub id: String,
    /// A synthetic label; never a name found in or guessed from the data.
    pub name: String,
    /// What sets the group apart, in a few words.
    pub title: String,
    /// The group in some sentences, every count with its base.
    pub summary: String,
    /// The rows behind the persona.
    pub segment: SegmentProfile,
    /// How the group spreads over demographic columns, by column.
    pub demographics: BTreeMap<String, Vec<Portion>>,
    /// What they want.
    pub goals: Vec<Statement>,
    /// What holds them back.
    pub pain_points: Vec<Statement>,
    /// What they do.
    pub behaviours: Vec<Statement>,
    /// Why they do it.
    pub motivations: Vec<Statement>,
    /// Words typical of the group that stand under no heading.
    pub quotes: Vec<Statement>,
    /// How far the persona can be trusted.
    pub quality: PersonaQuality,
    /// Always true.
    pub ai_generated: bool,
}

impl Persona {
    /// The statements of every heading, in the order of the file, with the heading's name.
    pub fn statements(&self) -> impl Iterator<Item = (&'static str, &Statement)> {
        let headings = [
            ("goals", &self.goals),
            ("pain_points", &self.pain_points),
            ("behaviours", &self.behaviours),
            ("motivations", &self.motivations),
            ("quotes", &self.quotes),
        ];
        headings.into_iter().flat_map(|(name, list)| list.iter().map(move |one| (name, one)))
    }
}

/// Size of the group and the answers more common in it than in the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentProfile {
    /// Rows in the group.
    pub size: usize,
    /// Of all rows.
    pub share: Fraction,
    /// Answers that set the group apart (q ≤ 0.05), the clearest first; empty when none does.
    pub traits: Vec<Trait>,
}

/// An answer more common in the group than in the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// Column.
    pub field: String,
    /// Answer; `A or B` for two neighbours on a scale, `above X` for an amount.
    pub value: String,
    /// Members who gave it.
    pub n: usize,
    /// Of the members who answered.
    pub share: Fraction,
    /// The same share among all rows.
    pub base_share: Fraction,
    /// `share / base_share`.
    pub lift: Fraction,
    /// p-value of the group against the rest, corrected for all answers looked at
    /// (Benjamini–Hochberg). Groups are made from these answers, so it grades differences; whether
    /// there are groups at all is the structure test's to say.
    pub q: Fraction,
}

/// How many members gave one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    /// The answer.
    pub value: String,
    /// Members who gave it.
    pub n: usize,
    /// Of the members who answered.
    pub share: Fraction,
}

/// One line under a heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The line.
    pub text: String,
    /// Where it stands in the data.
    pub evidence: Vec<Evidence>,
    /// What it rests on.
    pub support: Support,
}

/// A place in the data: `quote` is bytes `span[0]..span[1]` of the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Name of the source.
    pub source: String,
    /// 1-based number of the data record.
    pub record: u64,
    /// Column.
    pub field: String,
    /// The words, as they stand there.
    pub quote: String,
    /// Half-open UTF-8 byte offsets into the field.
    pub span: [usize; 2],
}

/// What a statement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Its words stand in the data.
    Verbatim,
    /// Words close to it stand in the data.
    Paraphrase,
    /// A count over the data.
    Statistic,
    /// Nothing.
    Unsupported,
}

/// Scores of one persona, each in 0..=1 (definitions: [`crate::quality`]), and its doubts in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonaQuality {
    /// Filled fields.
    pub completeness: Fraction,
    /// Claims the rows bear out.
    pub consistency: Fraction,
    /// Statements with evidence.
    pub grounding: Fraction,
    /// What a reader has to know before using the persona.
    pub caveats: Vec<String>,
}

/// A ratio as the files show it: finite, not negative, four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fraction(f64);

impl Fraction {
    /// Rounds to four decimals; what is no ratio (negative, infinite, NaN) becomes 0.
    ///
    /// ```
    /// assert_eq!(persona_core::Fraction::new(1.0 / 3.0).value(), 0.3333);
    /// ```
    pub fn new(value: f64) -> Self {
        Self(if value.is_finite() && value > 0.0 { round4(value) } else { 0.0 })
    }

    /// The rounded ratio.
    pub fn value(self) -> f64 {
        self.0
    }
}
