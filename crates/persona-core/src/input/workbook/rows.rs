//! The cells of a sheet row by row; rows without a value are none.

use super::{broken, value};
use crate::input::error::InputError;
use crate::input::records::{COLUMNS, Spot};
use crate::input::scan::FIELD_LIMIT;
use crate::number::{index, long};
use calamine::XlsxCellReader;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Reads one sheet.
pub(super) struct Rows<'a> {
    cells: XlsxCellReader<'a, Cursor<Vec<u8>>>,
    spot: Spot<'a>,
    /// The first cell of the row after the one that was given out.
    ahead: Option<(u32, u32, String)>,
    /// The reader does not bear to be asked behind its end.
    ended: bool,
}

/// The values of one row by column, none of them empty; at least one.
#[derive(Debug, Default)]
pub(super) struct Row {
    number: u32,
    texts: BTreeMap<u32, String>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(cells: XlsxCellReader<'a, Cursor<Vec<u8>>>, spot: Spot<'a>) -> Self {
        Self { cells, spot, ahead: None, ended: false }
    }

    /// The next row that has a value.
    pub(super) fn next(&mut self) -> Result<Option<Row>, InputError> {
        let first = match self.ahead.take() {
            Some(cell) => Some(cell),
            None => self.cell()?,
        };
        let Some((number, column, text)) = first else { return Ok(None) };
        let mut row = Row { number, texts: BTreeMap::from([(column, text)]) };
        while let Some((at, column, text)) = self.cell()? {
            if at != number {
                self.ahead = Some((at, column, text));
                break;
            }
            row.texts.insert(column, text);
        }
        Ok(Some(row))
    }

    /// The next cell that has a value.
    fn cell(&mut self) -> Result<Option<(u32, u32, String)>, InputError> {
        while !self.ended {
            let cell = self.cells.next_cell().map_err(|error| broken(&error, self.spot))?;
            let Some(cell) = cell else {
                self.ended = true;
                break;
            };
            let (row, column) = cell.get_position();
            let text = value::text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let path = || self.spot.path.to_path_buf();
            if index(column) >= COLUMNS {
                let columns = index(column) + 1;
                return Err(InputError::TooManyColumns { path: path(), columns, most: COLUMNS });
            }
            if long(text.len()) > FIELD_LIMIT {
                return Err(InputError::FieldTooLong { path: path(), line: u64::from(row) + 1 });
            }
            return Ok(Some((row, column, text)));
        }
        Ok(None)
    }
}

impl Row {
    /// As Excel numbers it.
    pub(super) fn line(&self) -> u64 {
        u64::from(self.number) + 1
    }

    pub(super) fn first(&self) -> u32 {
        self.texts.keys().next().copied().unwrap_or_default()
    }

    pub(super) fn last(&self) -> u32 {
        self.texts.keys().next_back().copied().unwrap_or_default()
    }

    pub(super) fn text(&self, column: u32) -> &str {
        self.texts.get(&column).map_or("", String::as_str)
    }
}
