//! Labelled values under headings, for people.

use std::fmt;

use clap::builder::styling::Style;

use super::plain;

/// Sections of lines whose values stand under each other. Sections and labels without a value are left out.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    heading: String,
    fields: Vec<(String, Vec<String>)>,
}

impl Sheet {
    /// Begins a section.
    pub(crate) fn section(&mut self, heading: &str) {
        self.sections.push(Section { heading: plain(heading), fields: Vec::new() });
    }

    /// Adds a label and the lines of its value to the last section.
    pub(crate) fn field<T: AsRef<str>>(&mut self, label: &str, lines: impl IntoIterator<Item = T>) {
        let lines: Vec<_> = lines.into_iter().map(|line| plain(line.as_ref())).collect();
        if let Some(section) = self.sections.last_mut().filter(|_| !lines.is_empty()) {
            section.fields.push((plain(label), lines));
        }
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = || self.sections.iter().filter(|section| !section.fields.is_empty());
        let labels = shown().flat_map(|section| &section.fields);
        let width = labels.map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let bold = Style::new().bold();
        for (number, section) in shown().enumerate() {
            if number > 0 {
                formatter.write_str("\n\n")?;
            }
            write!(formatter, "{bold}{}{bold:#}", section.heading)?;
            for (label, lines) in &section.fields {
                for (number, line) in lines.iter().enumerate() {
                    let label = if number == 0 { label } else { "" };
                    write!(formatter, "\n  {label:width$}  {line}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    #[test]
    fn values_stand_under_each_other_and_what_is_empty_is_left_out() {
        let mut sheet = Sheet::default();
        sheet.section("Run");
        sheet.field("id", ["0190"]);
        sheet.field("columns", ["age", "city"]);
        sheet.section("Nothing");
        sheet.field("none", [""; 0]);
        sheet.section("End");
        sheet.field("why", ["a\u{1b}[31mb\nc"]);
        let text = strip_str(&sheet.to_string()).to_string();
        let wanted = "Run\n  id       0190\n  columns  age\n           city\n\nEnd\n  why      a\\u{1b}[31mb\\nc";
        assert_eq!(text, wanted);
    }
}
