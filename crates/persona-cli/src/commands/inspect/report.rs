//! What `persona inspect` prints.

use persona_core::{ColumnKind, Dataset, Source, draft::Prompt, preview::Preview};
use serde_json::{Value, json};

use super::column::Summary;
use crate::{
    error::CliError,
    ui::{Table, Ui, plain},
};

/// Everything there is to say.
pub(super) struct Report<'run> {
    pub(super) dataset: &'run Dataset,
    pub(super) columns: &'run [Summary],
    pub(super) preview: &'run Preview,
    /// Whether the words of the prompts are shown.
    pub(super) prompts: bool,
}

impl Report<'_> {
    pub(super) fn print(&self, ui: &mut Ui) -> Result<(), CliError> {
        for source in &self.dataset.sources {
            ui.result(&plain(&in_words(source)))?;
        }
        for issue in self.dataset.issues().iter().chain(&self.preview.segmentation.issues) {
            ui.note(&format!("Note: {}", plain(&issue.message)));
        }
        ui.result("")?;
        ui.result(&self.columns().to_string())?;
        ui.result("")?;
        for line in self.privacy() {
            ui.result(&plain(&line))?;
        }
        ui.result("")?;
        ui.result(&self.groups().to_string())?;
        ui.result("")?;
        ui.result(&plain(&self.sum()))?;
        if self.prompts {
            for message in self.preview.prompts.iter().flat_map(|prompt| &prompt.messages) {
                ui.result("")?;
                let role = json!(message.role);
                ui.result(&format!("── {}", role.as_str().unwrap_or_default()))?;
                for line in message.content.lines() {
                    ui.result(&plain(line))?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        let groups: Vec<Value> = self
            .preview
            .prompts
            .iter()
            .enumerate()
            .map(|(at, prompt)| self.group(at, prompt))
            .collect();
        json!({
            "data_hash": self.dataset.data_hash,
            "record_count": self.dataset.rows(),
            "sources": self.dataset.sources,
            "columns": self.columns,
            "would_be_sent": {
                "questions": groups.len(),
                "bytes": self.total(Prompt::bytes),
                "estimated_tokens": self.total(Prompt::estimated_tokens),
                "groups": groups,
            },
            "findings": self.dataset.issues().iter().chain(&self.preview.segmentation.issues).collect::<Vec<_>>(),
        })
    }

    fn group(&self, at: usize, prompt: &Prompt) -> Value {
        let words = self.prompts.then_some(&prompt.messages);
        json!({
            "group": at + 1,
            "size": self.size(at),
            "rows_shown": prompt.pack.rows.len(),
            "rows_left_out": prompt.pack.left_out,
            "bytes": prompt.bytes(),
            "estimated_tokens": prompt.estimated_tokens(),
            "messages": words,
        })
    }

    fn columns(&self) -> Table {
        let mut table = Table::new(&["COLUMN", "KIND", "MISSING", "DIFFERENT", "EXAMPLES"]);
        for column in self.columns {
            table.row([
                column.name.clone(),
                column.kind_in_words(),
                column.missing.to_string(),
                if column.sampled {
                    format!("{} and more", column.distinct)
                } else {
                    column.distinct.to_string()
                },
                if column.kind == ColumnKind::LooksPersonal {
                    "(not shown)".to_owned()
                } else {
                    column.examples.join(" · ")
                },
            ]);
        }
        table
    }

    fn privacy(&self) -> Vec<String> {
        let names = |wanted: &dyn Fn(&&Summary) -> bool| {
            let names: Vec<&str> =
                self.columns.iter().filter(wanted).map(|column| column.name.as_str()).collect();
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        let mut lines = vec![
            format!(
                "Looks personal    {}",
                names(&|column| column.kind == ColumnKind::LooksPersonal)
            ),
            format!("Never sent        {}", names(&|column| !column.sent)),
            "Free text         is sent as it was written: names that people wrote in it are not found"
                .to_owned(),
        ];
        for column in self.columns.iter().filter(|column| column.answers_with_contacts > 0) {
            lines.push(format!(
                "                  {}: answers with what looks like an e-mail address or telephone number: {}",
                column.name, column.answers_with_contacts
            ));
        }
        lines
    }

    fn groups(&self) -> Table {
        let mut table =
            Table::new(&["GROUP", "PEOPLE", "ROWS SENT", "BYTES", "TOKENS, AT MOST ABOUT"]);
        for (at, prompt) in self.preview.prompts.iter().enumerate() {
            table.row([
                (at + 1).to_string(),
                self.size(at).to_string(),
                prompt.pack.rows.len().to_string(),
                prompt.bytes().to_string(),
                prompt.estimated_tokens().to_string(),
            ]);
        }
        table
    }

    fn sum(&self) -> String {
        let questions = self.preview.prompts.len();
        format!(
            "A model would be asked {questions} question{}: {} bytes, about {} tokens. Nothing was sent.",
            if questions == 1 { "" } else { "s" },
            self.total(Prompt::bytes),
            self.total(Prompt::estimated_tokens),
        )
    }

    fn size(&self, at: usize) -> usize {
        self.preview.segmentation.segments.get(at).map_or(0, |segment| segment.members.len())
    }

    fn total(&self, of: fn(&Prompt) -> usize) -> usize {
        self.preview.prompts.iter().map(of).sum()
    }
}

fn in_words(source: &Source) -> String {
    let skipped = match source.skipped {
        0 => String::new(),
        skipped => format!(", {skipped} left out"),
    };
    let delimiter = source.delimiter.filter(|delimiter| !matches!(delimiter, ',' | '\t'));
    let delimiter = delimiter.map(|delimiter| format!(", fields separated by `{delimiter}`"));
    let encoding = source.encoding.map(|encoding| format!(", {encoding}"));
    let sheet = source.sheet.as_ref().map(|sheet| format!(", sheet `{sheet}`"));
    format!(
        "{}  {}{}{}{}, {} bytes, {} records{skipped}",
        source.name,
        source.format,
        sheet.unwrap_or_default(),
        delimiter.unwrap_or_default(),
        encoding.unwrap_or_default(),
        source.bytes,
        source.records
    )
}
