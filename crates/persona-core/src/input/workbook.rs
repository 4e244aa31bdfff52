//! Excel workbooks: the first visible sheet with anything in it, its first row the header. Cells are
//! read one by one, so that a cell in the last corner of a sheet costs no more than any other.

mod archive;
mod rows;
mod value;

use super::error::InputError;
use super::records::{Counts, Records, Spot};
use super::source::Outcome;
use super::table::Table;
use calamine::{Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use csv::StringRecord;
use rows::{Row, Rows};
use std::io::Cursor;

type Workbook = Xlsx<Cursor<Vec<u8>>>;

/// Reads one workbook into `table`.
pub(super) fn read(
    bytes: Vec<u8>,
    spot: Spot<'_>,
    table: &mut Table,
) -> Result<Outcome, InputError> {
    archive::check(&bytes, spot.path)?;
    let mut workbook: Workbook =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error, spot))?;
    for sheet in visible_sheets(&workbook) {
        let reader = workbook.worksheet_cells_reader(&sheet);
        let reader = reader.map_err(|error| broken(&error, spot))?;
        let mut rows = Rows::new(reader, spot);
        if let Some(header) = rows.next()? {
            let counts = records(&header, &mut rows, spot, table)?;
            return Ok(Outcome { sheet: Some(sheet), ..Outcome::new("xlsx", counts) });
        }
    }
    Err(InputError::Empty { path: spot.path.into() })
}

/// Worksheets that people see, in their order.
fn visible_sheets(workbook: &Workbook) -> Vec<String> {
    let sheets = workbook.sheets_metadata().iter();
    let shown = sheets.filter(|sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    });
    shown.map(|sheet| sheet.name.clone()).collect()
}

fn records(
    header: &Row,
    rows: &mut Rows<'_>,
    spot: Spot<'_>,
    table: &mut Table,
) -> Result<Counts, InputError> {
    let (first, last) = (header.first(), header.last());
    let mut records = Records::under(&fields(header, first, last), spot, table)?;
    while let Some(row) = rows.next()? {
        if row.first() < first || row.last() > last {
            records.bad(row.line(), "has a value in a column without a header")?;
        } else {
            records.row(row.line(), &fields(&row, first, last))?;
        }
    }
    records.finish()
}

fn fields(row: &Row, first: u32, last: u32) -> StringRecord {
    (first..=last).map(|column| row.text(column)).collect()
}

fn broken(error: &XlsxError, spot: Spot<'_>) -> InputError {
    InputError::Workbook { path: spot.path.into(), problem: error.to_string() }
}

#[cfg(test)]
pub(super) mod tests;
