//! What a finished run prints: one JSON document for programs, a short account for people.

use std::collections::BTreeMap;

use persona_core::{GenerationResult, Issue, IssueCode, Severity};
use serde_json::{Value, json};

use crate::{
    error::CliError,
    ui::{Ui, plain},
};

/// Findings of one kind that a person is told one by one.
const SAID: usize = 5;

/// Returns the document of `generate --json`.
pub(super) fn json(result: &GenerationResult) -> Value {
    let personas: Vec<Value> = result
        .personas
        .iter()
        .map(|persona| {
            json!({
                "id": persona.id,
                "name": persona.name,
                "title": persona.title,
                "share": persona.segment.share,
            })
        })
        .collect();
    json!({
        "audit_id": result.audit_id,
        "status": "completed",
        "ai_generated": true,
        "output_path": folder(result),
        "persona_count": result.personas.len(),
        "personas": personas,
        "quality": {
            "validation_passed": result.quality.validation_passed,
            "quality_scores": result.quality.quality_scores,
            "issues": result.issues,
        },
        "provider": result.provider,
        "model": result.model,
        "generation_time_ms": result.generation_time_ms,
        "findings": result.issues,
    })
}

/// Prints the personas, where they are, and how to check their record.
pub(super) fn words(ui: &mut Ui, result: &GenerationResult) -> Result<(), CliError> {
    remarks(ui, &result.issues);
    let rows = result.records;
    for persona in &result.personas {
        let size = persona.segment.size;
        let title = plain(&persona.title);
        ui.result(&format!("{}  {title} ({size} of {rows})", persona.id))?;
    }
    let scores = &result.quality.quality_scores;
    let verdict = if result.quality.validation_passed { "passed" } else { "did not pass" };
    ui.result("")?;
    ui.result(&format!("Output    {}", folder(result)))?;
    ui.result(&format!(
        "Quality   validation {verdict}; completeness {}, consistency {}, grounding {}",
        scores.completeness.value(),
        scores.consistency.value(),
        scores.grounding.value(),
    ))?;
    for reason in &result.quality.reasons {
        ui.result(&format!("          {}", plain(reason)))?;
    }
    match &result.audit_id {
        Some(id) => {
            ui.result(&format!("Audit ID  {id}"))?;
            if !result.copied {
                ui.warn("the folder has no copy of the checkpoint; `persona audit repair` adds it");
            }
            ui.note("Check the record with `persona audit verify @last --artifacts`.");
        }
        None => ui.result("Audit ID  none: this run was not recorded (--no-audit)")?,
    }
    Ok(())
}

/// Says what has to be said; of one kind only so much that the personas stay in sight, unless `-v` asks for all.
fn remarks(ui: &mut Ui, issues: &[Issue]) {
    let mut said: BTreeMap<IssueCode, usize> = BTreeMap::new();
    for issue in issues {
        let count = said.entry(issue.code).or_default();
        *count += 1;
        if *count > SAID {
            ui.detail(&format!("Warning: {}", plain(&issue.message)));
            continue;
        }
        match issue.severity {
            Severity::Info => ui.note(&format!("Note: {}", plain(&issue.message))),
            Severity::Warning | Severity::Error => ui.warn(&plain(&issue.message)),
        }
    }
    for (code, count) in said.into_iter().filter(|(_, count)| *count > SAID) {
        let code = serde_json::to_value(code).unwrap_or_default();
        ui.note(&format!(
            "Note: {} more findings `{}`; `-v` shows them, and metadata.json holds them",
            count - SAID,
            code.as_str().unwrap_or_default()
        ));
    }
}

pub(super) fn folder(result: &GenerationResult) -> String {
    format!("{}/", result.output_path.display())
}
