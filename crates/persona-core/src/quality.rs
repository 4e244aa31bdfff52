//! How good the personas are, computed from what was made and what the rows say.
//!
//! - *completeness*: filled parts of a persona over all eight: title, summary, profile (a trait or a
//!   demographic count), goals, pain points, behaviours, motivations, quotes.
//! - *consistency*: claims the rows bear out over claims that can be checked by counting again: the size
//!   and share of the group, n, share, base share and lift of each trait (and that it is more common in
//!   the group), each demographic count, and that each piece of evidence comes from a row of the group.
//! - *grounding*: statements with evidence that holds over statements drafted, before anything was
//!   removed; 0 when none was drafted.
//!
//! A run's score is the mean over its personas. Validation passes when there is a persona, each has a
//! title and a summary, no claim is contradicted (consistency 1), at least four fifths of the statements
//! are grounded, and no issue is an error.

mod consistency;

use crate::draft::Draft;
use crate::ground::Grounded;
use crate::issue::{Issue, Severity};
use crate::number::{float, share};
use crate::persona::{Fraction, Persona};
use serde::Serialize;

pub use consistency::consistency;

/// Grounding below this fails validation.
const GROUNDED: f64 = 0.8;

/// The quality of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Whether every persona may be shown without a warning.
    pub validation_passed: bool,
    /// Why not; empty when it passed.
    pub reasons: Vec<String>,
    /// Means over the personas.
    pub quality_scores: Scores,
}

/// Scores of a run, each in 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Filled parts.
    pub completeness: Fraction,
    /// Claims borne out.
    pub consistency: Fraction,
    /// Statements with evidence.
    pub grounding: Fraction,
}

/// Scores and judges the personas of a run.
pub fn assess(personas: &[Persona], issues: &[Issue]) -> Quality {
    let mean = |of: fn(&Persona) -> Fraction| {
        let sum: f64 = personas.iter().map(|persona| of(persona).value()).sum();
        Fraction::new(sum / float(personas.len().max(1)))
    };
    let reasons = reasons(personas, issues);
    Quality {
        validation_passed: reasons.is_empty(),
        reasons,
        quality_scores: Scores {
            completeness: mean(|persona| persona.quality.completeness),
            consistency: mean(|persona| persona.quality.consistency),
            grounding: mean(|persona| persona.quality.grounding),
        },
    }
}

fn reasons(personas: &[Persona], issues: &[Issue]) -> Vec<String> {
    let mut reasons = Vec::new();
    if personas.is_empty() {
        reasons.push("no persona was made".to_owned());
    }
    for persona in personas {
        let id = &persona.id;
        if persona.title.trim().is_empty() || persona.summary.trim().is_empty() {
            reasons.push(format!("{id} lacks a title or a summary"));
        }
        if persona.quality.consistency.value() < 1.0 {
            reasons.push(format!("{id} claims something the rows contradict"));
        }
        if persona.quality.grounding.value() < GROUNDED {
            reasons.push(format!("{id}: fewer than four fifths of its statements have evidence"));
        }
    }
    let errors = issues.iter().filter(|issue| issue.severity == Severity::Error);
    reasons.extend(errors.map(|issue| issue.message.clone()));
    reasons
}

/// Filled parts over all eight; `profiled` says whether there is a trait or a demographic count.
pub fn completeness(draft: &Draft, profiled: &[usize]) -> Fraction {
    let parts = [
        !draft.title.trim().is_empty(),
        !draft.summary.trim().is_empty(),
        profiled.iter().sum::<usize>() > 0,
        !draft.goals.is_empty(),
        !draft.pain_points.is_empty(),
        !draft.behaviours.is_empty(),
        !draft.motivations.is_empty(),
        !draft.quotes.is_empty(),
    ];
    let filled = parts.iter().filter(|part| **part).count();
    Fraction::new(share(filled, parts.len()))
}

/// Statements with evidence over statements drafted.
pub fn grounding(grounded: &Grounded) -> Fraction {
    Fraction::new(share(grounded.located, grounded.drafted))
}

#[cfg(test)]
mod tests;
