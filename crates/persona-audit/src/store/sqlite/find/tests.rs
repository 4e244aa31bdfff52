//! Ways through a table of many rows, and what they find.

use super::*;
use crate::store::sqlite::schema::SCHEMA;

/// So many rows that half of them are not few.
const ROWS: i64 = 4_000;

/// A table where `a` and `b` each name a third of all rows and never the same, and `rare` a few.
fn table() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    SCHEMA.create_if_empty(&connection).unwrap();
    let sql = "INSERT INTO record SELECT \
        printf('0190f5a0-%04x-7000-8000-000000000001', n), n, \
        printf('2025-12-15T%02d:%02d:00.000000Z', n / 5 / 60, n / 5 % 60), \
        CASE WHEN n % 50 = 0 THEN 'started' WHEN n % 7 = 0 THEN 'abandoned' ELSE 'completed' END, \
        CASE n % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'c' ELSE NULL END, \
        CASE n % 3 WHEN 1 THEN 'b' ELSE 'd' END, \
        'sha256:' || (n % 11), 'file-' || (n % 11), \
        CASE WHEN n % 997 = 0 THEN 'rare' ELSE 'common' END \
        FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?1) SELECT n FROM c)";
    connection.execute(sql, [ROWS]).unwrap();
    connection
}

fn row(row: &SqlRow<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        audit_id: row.get(0)?,
        opened: row.get(1)?,
        time: row.get(2)?,
        status: row.get(3)?,
        model: row.get(4)?,
        provider: row.get(5)?,
        data_hash: row.get(6)?,
        data_path: row.get(7)?,
        user: row.get(8)?,
    })
}

/// Every filter of a list alone, and combinations of them.
fn filters() -> Vec<RowFilter> {
    let some = |text: &str| Some(text.to_owned());
    let base = RowFilter::default;
    let open = || vec!["started".to_owned(), "abandoned".to_owned()];
    vec![
        base(),
        RowFilter { model: some("a"), ..base() },
        RowFilter { provider: some("b"), ..base() },
        RowFilter { data_hash: some("sha256:3"), ..base() },
        RowFilter { data_path: some("file-3"), ..base() },
        RowFilter { user: some("rare"), ..base() },
        RowFilter { statuses: vec!["completed".to_owned()], ..base() },
        RowFilter { statuses: open(), ..base() },
        RowFilter { model: some("a"), provider: some("b"), ..base() },
        RowFilter { model: some("a"), provider: some("d"), user: some("common"), ..base() },
        RowFilter { model: some("a"), statuses: vec!["completed".to_owned()], ..base() },
        RowFilter { user: some("common"), provider: some("d"), statuses: open(), ..base() },
        RowFilter { user: some("rare"), provider: some("d"), ..base() },
        RowFilter { user: some("rare"), provider: some("d"), statuses: open(), ..base() },
    ]
}

/// The same, within each kind of bounds.
fn bounded() -> Vec<RowFilter> {
    let some = |text: &str| Some(text.to_owned());
    let mut bounded = Vec::new();
    for filter in filters() {
        let since = RowFilter { since: some("2025-12-15T03:00"), ..filter.clone() };
        let before = RowFilter { before: some("2025-12-15T09:00"), ..since.clone() };
        let after =
            |minute: &str, opened| Some((format!("2025-12-15T{minute}:00.000000Z"), opened));
        bounded.extend([
            RowFilter { limit: Some(20), ..since },
            RowFilter { after: after("07:00", 2102), limit: Some(20), ..before.clone() },
            RowFilter { after: after("11:00", 3302), ..before.clone() },
            RowFilter { after: after("07:00", 2102), ..filter.clone() },
            before,
            filter,
        ]);
    }
    bounded
}

fn plan(connection: &Connection, search: &Search) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", search.sql)).unwrap();
    let lines = statement.query_map(params_from_iter(&search.bound), |row| row.get(3)).unwrap();
    lines.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_way_finds_what_fits() {
    let connection = table();
    let all = rows(&connection, &RowFilter::default(), row).unwrap();
    assert_eq!(all.len(), usize::try_from(ROWS).unwrap());
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.time.clone(), row.opened))));
    for filter in bounded() {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let fit: Vec<&Row> = all.iter().filter(|row| filter.fits(row)).take(limit).collect();
        let found = rows(&connection, &filter, row).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), fit, "{filter:?}");
    }
}

#[test]
fn every_filter_uses_its_index_and_nothing_is_sorted() {
    let connection = table();
    for filter in bounded() {
        let terms = terms(&filter);
        let walks = match terms.as_slice() {
            [] => vec!["record_time".to_owned()],
            [only] if only.values.len() == 1 => vec![only.index()],
            _ => Vec::new(),
        };
        let mut searches: Vec<Search> =
            walks.iter().map(|index| walk(index, &terms, &filter)).collect();
        if walks.is_empty() {
            searches.push(merge(&terms, &filter));
        }
        for search in searches {
            let plan = plan(&connection, &search).join("\n");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}\n{}", search.sql);
            for term in &terms {
                let used = format!("INDEX {} ({}=?", term.index(), term.column);
                assert!(plan.contains(&used), "{plan}\n{}", search.sql);
            }
            if terms.is_empty() && (filter.since.is_some() || filter.after.is_some()) {
                assert!(plan.starts_with("SEARCH record USING INDEX record_time ("), "{plan}");
            }
        }
    }
}

#[test]
fn a_page_begins_where_the_one_before_ended() {
    let connection = table();
    let filter = RowFilter {
        model: Some("a".to_owned()),
        before: Some("2026".to_owned()),
        after: Some(("2025-12-15T07:00:00.000000Z".to_owned(), 2102)),
        ..RowFilter::default()
    };
    let plan = plan(&connection, &walk("record_model", &terms(&filter), &filter));
    assert_eq!(plan, ["SEARCH record USING INDEX record_model (model=? AND (time,opened)<(?,?))"]);
}

#[test]
fn few_rows_are_walked_and_many_are_merged() {
    let connection = table();
    let chosen = |filter: &RowFilter| way(&connection, &terms(filter), filter).unwrap();
    let some = |text: &str| Some(text.to_owned());
    let third = RowFilter { model: some("a"), provider: some("b"), ..RowFilter::default() };
    assert_eq!(chosen(&third), Way::Merge);
    let rare = RowFilter { user: some("rare"), ..third.clone() };
    assert_eq!(chosen(&rare), Way::Walk("record_user".to_owned()));
    let short = RowFilter { since: some("2025-12-15T13:00"), ..third };
    assert_eq!(chosen(&short), Way::Walk("record_model".to_owned()));
    let named = RowFilter { id_prefix: some("0190f5a0-0003"), ..rare };
    assert_eq!(chosen(&named), Way::Walk(IDS.to_owned()));
    assert_eq!(rows(&connection, &named, row).unwrap(), []);
}
