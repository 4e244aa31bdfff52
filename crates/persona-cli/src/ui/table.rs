//! Rows under headings, for people; programs get JSON or CSV.

use std::fmt;

use super::plain;

/// Columns as wide as their content, two spaces apart, nothing drawn around them.
#[derive(Debug)]
pub(crate) struct Table {
    inner: comfy_table::Table,
}

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(comfy_table::presets::NOTHING);
        inner.set_header(headings.iter().copied());
        let mut table = Self { inner };
        table.close_up();
        table
    }

    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.inner.add_row(cells.into_iter().map(|cell| plain(&cell.into())));
    }

    fn close_up(&mut self) {
        for column in self.inner.column_iter_mut() {
            column.set_padding((0, 2));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.inner.trim_fmt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_without_trailing_spaces() {
        let mut table = Table::new(&["KEY", "VALUE"]);
        table.row(["audit.enabled", "true"]);
        assert_eq!(table.to_string(), "KEY            VALUE\naudit.enabled  true");
    }
}
