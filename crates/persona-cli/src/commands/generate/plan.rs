//! `generate --dry-run`: reads the data and says what would be done; nothing is written or recorded.

use persona_core::{Count, Dataset, IssueCode, ReadOptions, Request, input};
use serde_json::{Value, json};

use crate::{
    cancel::Cancel, config::Settings, context::Context, error::CliError, exit::Exit, ui::Table,
};

/// Reads the data and prints the plan.
pub(super) fn run(
    context: &mut Context<'_>,
    request: &Request,
    settings: &Settings,
    as_json: bool,
) -> Result<Exit, CliError> {
    let cancel = Cancel::watch();
    let cancelled = || cancel.was_asked();
    let options = ReadOptions::new(&request.stdin, &cancelled);
    let options = ReadOptions { seed: request.seed, ..options };
    let dataset = input::read_with(&request.data, &options)?;
    if as_json {
        context.ui.json(&document(request, settings, &dataset))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["COLUMN", "KIND"]);
    for column in &dataset.columns {
        table.row([column.name.clone(), kind(&json!(column.kind))]);
    }
    context.ui.result(&table.to_string())?;
    context.ui.result("")?;
    let count = match request.count {
        Count::Auto => "as many personas as the data show".to_owned(),
        Count::Exactly(number) => format!("{number} personas"),
    };
    context.ui.result(&format!(
        "Would make {count} from {} records ({} left out) below `{}`, {}.",
        dataset.rows(),
        dataset.sources.iter().map(|source| source.skipped).sum::<u64>(),
        request.output.display(),
        if settings.audit.enabled { "recorded in the audit log" } else { "not recorded" },
    ))?;
    if let Some(provider) = settings.provider(&settings.defaults.provider) {
        context.ui.note(&format!(
            "Note: {} at {} would be asked one question a group; `persona inspect --prompts` shows what would be sent",
            settings.model.as_deref().unwrap_or_default(),
            provider.base_url.as_str(),
        ));
    }
    let sampled = dataset.issues().into_iter().filter(|issue| issue.code == IssueCode::TextSampled);
    for issue in sampled {
        context.ui.note(&format!("Note: {}", issue.message));
    }
    Ok(Exit::Done)
}

fn document(request: &Request, settings: &Settings, dataset: &Dataset) -> Value {
    let columns: Vec<Value> = dataset
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "kind": column.kind}))
        .collect();
    json!({
        "dry_run": true,
        "data_hash": dataset.data_hash,
        "record_count": dataset.rows(),
        "columns": columns,
        "sources": dataset.sources,
        "count": match request.count {
            Count::Auto => json!("auto"),
            Count::Exactly(number) => json!(number.get()),
        },
        "seed": request.seed,
        "provider": settings.defaults.provider,
        "output": request.output.display().to_string(),
        "audit": settings.audit.enabled,
        "sampling": dataset.sampling,
        "findings": dataset.issues(),
    })
}

fn kind(kind: &Value) -> String {
    kind.as_str().map_or_else(|| kind.to_string(), |word| word.replace(['-', '_'], " "))
}
