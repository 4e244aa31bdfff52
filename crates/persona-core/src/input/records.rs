//! The records of one source on their way into the table: placed, counted, the bad ones named.

use super::error::InputError;
use super::scan::FIELD_LIMIT;
use super::table::{Placement, Table};
use crate::number::long;
use csv::StringRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// More columns than any questionnaire has; each costs four bytes a row.
pub(super) const COLUMNS: usize = 10_000;

/// A cell that brings the name of its column along.
pub(super) type Cell = (String, String);

/// Where records come from, and who may call off the reading.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// For errors, as given.
    pub(super) path: &'a Path,
    /// For findings and personas.
    pub(super) name: &'a str,
    /// Asked every thousand records.
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

/// How the records of one source came out.
#[derive(Debug, Default)]
pub(super) struct Counts {
    read: u64,
    passed: u64,
    skipped: u64,
    bad: u64,
    first_bad: Option<(u64, String)>,
}

impl Counts {
    /// Records in the table.
    pub(super) fn accepted(&self) -> u64 {
        self.read - self.skipped - self.passed
    }

    /// Records that are no participant's.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// Records that are bad or blank.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// The records of one source, under a header or with a name at every cell.
pub(super) struct Records<'a> {
    spot: Spot<'a>,
    table: &'a mut Table,
    placement: Placement,
    columns: Columns,
    counts: Counts,
}

enum Columns {
    /// As the header has them.
    Fixed,
    /// As they were named up to now.
    Named(BTreeMap<String, usize>),
}

impl<'a> Records<'a> {
    /// Expects records that have the fields of `header`, in its order.
    pub(super) fn under(
        header: &StringRecord,
        spot: Spot<'a>,
        table: &'a mut Table,
    ) -> Result<Self, InputError> {
        check_header(header, spot.path)?;
        let placement = table.begin_source(header);
        Ok(Self { spot, table, placement, columns: Columns::Fixed, counts: Counts::default() })
    }

    /// Expects records that name their columns.
    pub(super) fn named(spot: Spot<'a>, table: &'a mut Table) -> Self {
        let placement = table.begin_source(&StringRecord::new());
        let columns = Columns::Named(BTreeMap::new());
        Self { spot, table, placement, columns, counts: Counts::default() }
    }

    /// Takes a record under the header.
    pub(super) fn row(&mut self, line: u64, fields: &StringRecord) -> Result<(), InputError> {
        let (has, wanted) = (fields.len(), self.placement.width());
        if has != wanted {
            return self.bad(line, &format!("has {has} fields where the header has {wanted}"));
        }
        self.count()?;
        self.push(line, fields);
        Ok(())
    }

    /// Takes a record of named cells; a new name becomes a column, a name that is missing is blank.
    pub(super) fn cells(&mut self, line: u64, cells: &[Cell]) -> Result<(), InputError> {
        let mut seen = BTreeSet::new();
        if let Some((twice, _)) = cells.iter().find(|(name, _)| !seen.insert(name.trim())) {
            return self.bad(line, &format!("has two values named \"{}\"", shortened(twice)));
        }
        if cells.iter().any(|(_, text)| long(text.len()) > FIELD_LIMIT) {
            return Err(InputError::FieldTooLong { path: self.spot.path.into(), line });
        }
        self.count()?;
        if cells.iter().all(|(_, text)| text.trim().is_empty()) {
            self.blank(line);
            return Ok(());
        }
        let places =
            cells.iter().map(|(name, _)| self.place(name.trim())).collect::<Result<Vec<_>, _>>()?;
        let mut fields = vec![""; self.placement.width()];
        for (at, (_, text)) in places.into_iter().zip(cells) {
            if let Some(field) = fields.get_mut(at) {
                *field = text;
            }
        }
        self.push(line, &StringRecord::from(fields));
        Ok(())
    }

    /// Counts a record that cannot be used and says why.
    pub(super) fn bad(&mut self, line: u64, why: &str) -> Result<(), InputError> {
        self.count()?;
        self.counts.bad += 1;
        self.counts.first_bad.get_or_insert_with(|| (line, why.to_owned()));
        self.skip(line, why);
        Ok(())
    }

    /// Counts a record that is no answer of a participant.
    pub(super) fn pass(&mut self) -> Result<(), InputError> {
        self.counts.passed += 1;
        self.count()
    }

    /// Judges the whole: more than half bad, or nothing left, is no data.
    pub(super) fn finish(self) -> Result<Counts, InputError> {
        let Self { spot, table, placement, columns, counts } = self;
        let path = || spot.path.to_path_buf();
        if let Some((line, why)) =
            counts.first_bad.as_ref().filter(|_| counts.bad * 2 > counts.read)
        {
            let (bad, records, line) = (counts.bad, counts.read, *line);
            return Err(match columns {
                Columns::Fixed => {
                    let columns = placement.width();
                    InputError::Ragged { path: path(), ragged: bad, records, columns, line }
                }
                Columns::Named(_) => {
                    InputError::MostlyBad { path: path(), bad, records, line, why: why.clone() }
                }
            });
        }
        if counts.accepted() == 0 {
            return Err(match columns {
                Columns::Fixed => InputError::HeaderOnly { path: path() },
                Columns::Named(_) => InputError::NoRecords { path: path() },
            });
        }
        table.end_source(spot.name, counts.skipped);
        Ok(counts)
    }

    fn count(&mut self) -> Result<(), InputError> {
        self.counts.read += 1;
        let asks = self.counts.read.is_multiple_of(1000);
        if asks && (self.spot.cancelled)() { Err(InputError::Cancelled) } else { Ok(()) }
    }

    fn push(&mut self, line: u64, fields: &StringRecord) {
        if fields.iter().all(|field| field.trim().is_empty()) {
            self.blank(line);
        } else {
            self.table.push(&self.placement, self.counts.read, fields);
        }
    }

    fn blank(&mut self, line: u64) {
        self.skip(line, "is blank in every column");
    }

    fn skip(&mut self, line: u64, why: &str) {
        self.counts.skipped += 1;
        self.table.skip(self.spot.name, self.counts.read, line, why);
    }

    fn place(&mut self, name: &str) -> Result<usize, InputError> {
        let Columns::Named(places) = &mut self.columns else { return Ok(0) };
        if let Some(&place) = places.get(name) {
            return Ok(place);
        }
        let place = places.len();
        if place == COLUMNS {
            return Err(too_many(self.spot.path, place + 1));
        }
        // A blank name is a name: the table calls it by its number.
        let numbered = format!("column {}", place + 1);
        let shown = if name.is_empty() { numbered.as_str() } else { name };
        self.table.add_column(&mut self.placement, shown);
        places.insert(name.to_owned(), place);
        Ok(place)
    }
}

fn check_header(header: &StringRecord, path: &Path) -> Result<(), InputError> {
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(InputError::NoColumns { path: path.into() });
    }
    if header.len() > COLUMNS {
        return Err(too_many(path, header.len()));
    }
    let mut names: Vec<&str> = header.iter().map(str::trim).collect();
    names.sort_unstable();
    let twins = names.iter().zip(names.iter().skip(1)).find(|(left, right)| left == right);
    twins.map_or(Ok(()), |(name, _)| {
        let name = (*name).to_owned();
        Err(InputError::DuplicateColumn { path: path.into(), name })
    })
}

fn too_many(path: &Path, columns: usize) -> InputError {
    InputError::TooManyColumns { path: path.into(), columns, most: COLUMNS }
}

/// Enough of a name to find it by.
fn shortened(name: &str) -> String {
    name.trim().chars().take(60).collect()
}
