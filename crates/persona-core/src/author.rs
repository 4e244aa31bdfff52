//! Numbers and words become a persona: grounded, counted again and scored.

use crate::draft::Draft;
use crate::ground::{Grounded, ground};
use crate::input::Dataset;
use crate::issue::Issue;
use crate::number::share;
use crate::persona::{Fraction, Persona, PersonaQuality, SegmentProfile};
use crate::profile::Profile;
use crate::quality::{completeness, consistency, grounding};
use crate::segment::Segment;

/// A persona and what has to be said about it.
#[derive(Clone, Debug)]
pub struct Authored {
    /// The finished persona.
    pub persona: Persona,
    /// What grounding changed or removed, each naming the persona.
    pub issues: Vec<Issue>,
}

/// `persona-001` for the first segment.
pub fn persona_id(index: usize) -> String {
    format!("persona-{:03}", index + 1)
}

/// Makes the persona of a segment from its profile and anybody's draft.
pub fn compose(
    dataset: &Dataset,
    segment: &Segment,
    profile: &Profile,
    index: usize,
    draft: Draft,
) -> Authored {
    let grounded = ground(dataset, &segment.members, &profile.facts(), draft);
    let id = persona_id(index);
    let scores = PersonaQuality {
        completeness: completeness(
            &grounded.draft,
            &[profile.traits.len(), profile.demographics.len()],
        ),
        consistency: Fraction::default(),
        grounding: grounding(&grounded),
        caveats: grounded.draft.caveats.clone(),
    };
    let issues = grounded.issues.iter().cloned().map(|issue| issue.about(&id)).collect();
    let mut persona = assemble(id, dataset.rows(), profile, grounded, scores);
    persona.quality.consistency = consistency(dataset, segment, &persona);
    Authored { persona, issues }
}

fn assemble(
    id: String,
    rows: usize,
    profile: &Profile,
    grounded: Grounded,
    quality: PersonaQuality,
) -> Persona {
    let draft = grounded.draft;
    let traits = profile.traits.iter().map(|finding| finding.shown.clone()).collect();
    let share = Fraction::new(share(profile.size, rows));
    Persona {
        id,
        name: draft.name,
        title: draft.title,
        summary: draft.summary,
        segment: SegmentProfile { size: profile.size, share, traits },
        demographics: profile.demographics.clone(),
        goals: draft.goals,
        pain_points: draft.pain_points,
        behaviours: draft.behaviours,
        motivations: draft.motivations,
        quotes: draft.quotes,
        quality,
        ai_generated: true,
    }
}
