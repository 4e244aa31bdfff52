//! Finding rows: every search walks indexes that hold its order already.
//!
//! One filter is a walk along its index. Of several, one that names few rows is walked and the others are
//! tried on these. Where all name many, SQLite merges their indexes, each of which ends with (time, index), in
//! step: two parts of a log that have nothing in common cost a pass over each, without a look at the table.

use rusqlite::types::Value;
use rusqlite::{Connection, Row as SqlRow, params_from_iter};

use crate::store::{Row, RowFilter};

/// So many rows are few.
const FEW: i64 = 1_000;
const COLUMNS: &str = "audit_id, opened, time, status, model, provider, data_hash, data_path, user";
const IDS: &str = "sqlite_autoindex_record_1";

/// Returns the rows that fit `filter`, newest first.
pub(super) fn rows(
    connection: &Connection,
    filter: &RowFilter,
    read: fn(&SqlRow<'_>) -> Result<Row, rusqlite::Error>,
) -> Result<Vec<Row>, rusqlite::Error> {
    let terms = terms(filter);
    match way(connection, &terms, filter)? {
        Way::Walk(index) => {
            let Search { sql, bound } = walk(&index, &terms, filter);
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map(params_from_iter(&bound), read)?.collect()
        }
        Way::Merge => {
            let Search { sql, bound } = merge(&terms, filter);
            let mut statement = connection.prepare_cached(&sql)?;
            let places = statement.query_map(params_from_iter(&bound), |row| row.get(2))?;
            let places: Vec<i64> = places.collect::<Result<_, _>>()?;
            let one = format!("SELECT {COLUMNS} FROM record WHERE rowid = ?");
            let mut statement = connection.prepare_cached(&one)?;
            places.iter().map(|place| statement.query_row([place], read)).collect()
        }
    }
}

/// A column that must hold one of some values.
#[derive(Debug)]
struct Term<'filter> {
    column: &'static str,
    values: Vec<&'filter str>,
}

impl Term<'_> {
    fn index(&self) -> String {
        format!("record_{}", self.column)
    }
}

/// A statement and what it binds.
#[derive(Debug, Default)]
struct Search {
    sql: String,
    bound: Vec<Value>,
}

#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Along one index, trying every row on it.
    Walk(String),
    /// Along the indexes of all terms in step.
    Merge,
}

fn terms(filter: &RowFilter) -> Vec<Term<'_>> {
    let columns = [
        ("model", &filter.model),
        ("provider", &filter.provider),
        ("data_hash", &filter.data_hash),
        ("data_path", &filter.data_path),
        ("user", &filter.user),
    ];
    let mut terms = Vec::new();
    if !filter.statuses.is_empty() {
        let values = filter.statuses.iter().map(String::as_str).collect();
        terms.push(Term { column: "status", values });
    }
    for (column, value) in columns {
        terms.extend(value.iter().map(|value| Term { column, values: vec![value] }));
    }
    terms
}

fn way(
    connection: &Connection,
    terms: &[Term<'_>],
    filter: &RowFilter,
) -> Result<Way, rusqlite::Error> {
    match terms {
        _ if filter.id_prefix.is_some() => Ok(Way::Walk(IDS.to_owned())),
        [] => Ok(Way::Walk("record_time".to_owned())),
        [only] if only.values.len() == 1 => Ok(Way::Walk(only.index())),
        [_] => Ok(Way::Merge),
        several => {
            let mut fewest = (FEW, Way::Merge);
            for term in several {
                let named = count(connection, term, filter)?;
                if named < fewest.0 {
                    fewest = (named, Way::Walk(term.index()));
                }
            }
            Ok(fewest.1)
        }
    }
}

/// Counts the rows that a term names within the bounds, but not beyond [`FEW`].
fn count(
    connection: &Connection,
    term: &Term<'_>,
    filter: &RowFilter,
) -> Result<i64, rusqlite::Error> {
    let mut named = 0;
    for value in &term.values {
        let mut search = Search::default();
        search.add("SELECT count(*) FROM (");
        search.select(term.column, value, filter);
        search.add(&format!(" LIMIT {FEW})"));
        let mut statement = connection.prepare_cached(&search.sql)?;
        let found: i64 = statement.query_row(params_from_iter(&search.bound), |row| row.get(0))?;
        named += found;
    }
    Ok(named)
}

/// One index is walked, every condition is tried on its rows.
fn walk(index: &str, terms: &[Term<'_>], filter: &RowFilter) -> Search {
    let mut search = Search::default();
    search.add(&format!("SELECT {COLUMNS} FROM record INDEXED BY {index} WHERE true"));
    for term in terms {
        let places = vec!["?"; term.values.len()].join(", ");
        search.add(&format!(" AND {} IN ({places})", term.column));
        search.bound.extend(term.values.iter().map(|value| text(value)));
    }
    if let Some(prefix) = &filter.id_prefix {
        // Ids are lower-case hex and hyphens, so `~` sorts after whatever continues the prefix.
        search.bind(" AND audit_id >= ? AND audit_id < ?", [prefix, &format!("{prefix}~")]);
    }
    search.within(filter);
    search.newest("", filter);
    search
}

/// The indexes of all terms are walked in step; the third column is the row's place in the table.
fn merge(terms: &[Term<'_>], filter: &RowFilter) -> Search {
    let mut search = Search::default();
    // Compound operators bind from left to right: the values of a term are joined before the next one.
    let mut terms: Vec<&Term<'_>> = terms.iter().collect();
    terms.sort_by_key(|term| std::cmp::Reverse(term.values.len()));
    for (position, term) in terms.iter().enumerate() {
        for (nth, value) in term.values.iter().enumerate() {
            search.add(match (position, nth) {
                (0, 0) => "",
                (0, _) => " UNION ALL ",
                (_, _) => " INTERSECT ",
            });
            search.select(term.column, value, filter);
        }
    }
    search.newest(", rowid DESC", filter);
    search
}

impl Search {
    fn add(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn bind<const N: usize>(&mut self, sql: &str, values: [&str; N]) {
        self.add(sql);
        self.bound.extend(values.map(text));
    }

    /// What the index of one column has for one value.
    fn select(&mut self, column: &str, value: &str, filter: &RowFilter) {
        self.add(&format!(
            "SELECT time, opened, rowid FROM record INDEXED BY record_{column} WHERE "
        ));
        self.bind(&format!("{column} = ?"), [value]);
        self.within(filter);
    }

    /// The bounds of time. A page's beginning bounds it more closely than the end of all pages, and one
    /// of the two is all that a walk along an index can begin with.
    fn within(&mut self, filter: &RowFilter) {
        if let Some(since) = &filter.since {
            self.bind(" AND time >= ?", [since]);
        }
        match (&filter.before, &filter.after) {
            (Some(before), Some((time, _))) if before <= time => {
                self.bind(" AND time < ?", [before]);
            }
            (_, Some((time, opened))) => {
                self.bind(" AND (time, opened) < (?, ?)", [time]);
                self.bound.push(Value::Integer(*opened));
            }
            (Some(before), None) => self.bind(" AND time < ?", [before]),
            (None, None) => {}
        }
    }

    fn newest(&mut self, then: &str, filter: &RowFilter) {
        let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        self.add(&format!(" ORDER BY time DESC, opened DESC{then} LIMIT {limit}"));
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[cfg(test)]
mod tests;
