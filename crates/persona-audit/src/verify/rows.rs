//! Every row of a store, page by page: rows are small, but there is one for each run.

use std::collections::BTreeSet;

use crate::store::{Reader, Row, RowFilter, StoreError};

/// Rows read at a time.
const PAGE: usize = 2_000;

/// Calls `visit` with every row, newest first. Rows of one time and index, which no honest log has, may
/// lie on both sides of a page's end: the next page begins with them again.
pub(super) fn each(reader: &dyn Reader, visit: &mut dyn FnMut(Row)) -> Result<(), StoreError> {
    let mut filter = RowFilter { limit: Some(PAGE), ..RowFilter::default() };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    loop {
        let rows = reader.rows(&filter)?;
        let limit = filter.limit.unwrap_or(PAGE);
        let Some(last) = rows.last().filter(|_| rows.len() >= limit) else {
            rows.into_iter().filter(|row| !seen.contains(&row.audit_id)).for_each(visit);
            return Ok(());
        };
        let end = (last.time.clone(), last.opened);
        let mut fresh = false;
        let mut tied = BTreeSet::new();
        for row in rows {
            if row.opened == end.1 && row.time == end.0 {
                tied.insert(row.audit_id.clone());
            }
            if !seen.contains(&row.audit_id) {
                fresh = true;
                visit(row);
            }
        }
        if !fresh {
            filter.limit = Some(limit.saturating_mul(2));
        }
        seen = tied;
        filter.after = Some(match end.1.checked_add(1) {
            Some(next) => (end.0, next),
            None => (format!("{}\u{1}", end.0), i64::MIN),
        });
    }
}
