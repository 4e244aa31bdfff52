//! What a finished run prints: one JSON document for programs, a short account for people.

use persona_core::{GenerationResult, issue::Severity};
use serde_json::{Value, json};

use crate::{error::CliError, ui::Ui};

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
    for issue in &result.issues {
        match issue.severity {
            Severity::Info => ui.note(&format!("Note: {}", issue.message)),
            Severity::Warning | Severity::Error => ui.warn(&issue.message),
        }
    }
    let rows: usize = result.personas.iter().map(|persona| persona.segment.size).sum();
    for persona in &result.personas {
        let size = persona.segment.size;
        ui.result(&format!("{}  {} ({size} of {rows})", persona.id, persona.title))?;
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
        ui.result(&format!("          {reason}"))?;
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

pub(super) fn folder(result: &GenerationResult) -> String {
    format!("{}/", result.output_path.display())
}
