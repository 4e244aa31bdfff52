//! The figures as one table, and the document around it.

use crate::figure::{Aim, Figure, Unit};
use crate::machine::{self, Machine};
use crate::measure::Spread;
use crate::steps::StepTime;

/// Returns the figures as a table in Markdown that reads well as text too.
pub(crate) fn table(figures: &[Figure]) -> String {
    let head =
        ["what", "median (least – most)", "raw limit of the same run", "ratio", "aim", "met"];
    aligned(&head, &figures.iter().map(cells).collect::<Vec<_>>())
}

/// Returns the steps of a recorded run as a table.
pub(crate) fn steps(steps: &[StepTime]) -> String {
    let rows = steps.iter().map(|step| {
        let taken = spread(step.taken, Unit::Milliseconds);
        vec![step.what.to_owned(), step.syncs.to_string(), taken]
    });
    aligned(&["step", "syncs", "median (least – most)"], &rows.collect::<Vec<_>>())
}

pub(crate) fn document(machine: &Machine, figures: &[Figure], taken: &[StepTime]) -> String {
    let Machine { date, commit, processor, cores, memory, disk, system, load } = machine;
    let (table, steps, ended) = (table(figures), steps(taken), machine::load());
    format!(
        "# Benchmarks

Written by `cargo xtask bench`; change the benchmarks, not this file.

| | |
|---|---|
| date | {date} UTC |
| commit | {commit} |
| processor | {processor}, {cores} cores |
| memory | {memory} |
| disk | {disk} |
| system | {system} |
| load averages when it began | {load} |
| and when it ended | {ended} |

The machine is virtual and shared, its disk too: absolute times move by a factor of several from hour to
hour. What is compared is therefore measured in turns, in the same run, on the same disk, and the claim
is the ratio of the medians. Timing fails no test.

{table}
## How it is measured

- Processes are timed from outside, start to end, with an empty environment and nothing on their
  standard streams. `persona` is the release build that `cargo xtask bench` has just made.
- Every run of the example writes into a new output folder. `--no-audit` runs take turns with recorded
  ones; what the record adds is the median of the differences of neighbours.
- Big inputs are made for the run and gone after it; the most memory is that of one more run, as GNU
  `time` reports the resident set (`cargo xtask bench --big 1000` for files of 1 GB).
- An append is one event sealed, signed, hashed into the tree, indexed and committed with a sync, after
  the log was looked at under its lock: keys, pin and mark read, the newest checkpoint's signature, the
  tree's frontier, the schema and the log's own events checked. The closing's append is timed from the
  call of `fail` to its commit. The opening's is timed from the run's lock to its commit; every `start`
  opens the database anew, and looks for runs whose processes are gone.
- `start` and `fail` whole hold besides: the run's id, its liveness lock made and removed, the mark
  raised twice (written, not synced), the pending folder looked at, and the database closed. Alone, the
  first commit also makes SQLite's journal (two syncs), and closing puts it into the database and
  removes it (two more).
- A raw commit is one `INSERT` of the same bytes into a table without an index, in WAL mode with
  `synchronous = FULL`, on a connection that stays open.
- Batches are runs of a made-up year (`cargo xtask seed`), each with its attestation, appended by
  `Recorder::backfill`, which opens and closes the log every time; the raw rows are the same bytes, without
  index, signature or tree, in as large commits.
- PostgreSQL is a server made for the run on the same disk, durable and with its default settings, reached by
  its socket. Its writers are threads of one process with a connection each, on one log: one append holds
  the log until its commit is on disk. Threads that share a recorder share commits: whoever has the log appends
  for all who wait. Recorders that know nothing of each other, as in processes of their own, take turns with
  one event each. The rows of `pgbench` wait for nobody, and share their syncs.
- Logs of 10,000 records and more are such years too, made once and kept in `persona-bench-logs` beside
  the program. Of their lists the slowest is shown: 12 filters, each alone and with a range of two months, and
  5 combinations, among them large sets that have nothing in common.
- The scan reads header and both halves of every entry in order and hashes them; it checks nothing.

## Where a recorded run's audit time goes

Through the library, on an existing log, alone. Syncs are those of Linux's ext4 with SQLite's WAL.

{steps}"
    )
}

fn cells(figure: &Figure) -> Vec<String> {
    let limit = figure.limit.as_ref().map_or_else(
        || "–".to_owned(),
        |limit| format!("{}: {}", limit.what, spread(limit.measured, figure.unit)),
    );
    let ratio = figure.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    let met = match figure.is_met() {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "–",
    };
    vec![
        figure.what.clone(),
        spread(figure.measured, figure.unit),
        limit,
        ratio,
        figure.aim.map_or_else(|| "–".to_owned(), |aim| aim_text(aim, figure.unit)),
        met.to_owned(),
    ]
}

fn aim_text(aim: Aim, unit: Unit) -> String {
    match aim {
        Aim::AtMost(most) => format!("≤ {most} {}", suffix(unit)),
        Aim::AtLeast(least) => format!("≥ {least} {}", suffix(unit)),
        Aim::Times(times) => format!("≤ {times} × the limit"),
    }
}

fn spread(Spread { median, least, most }: Spread, unit: Unit) -> String {
    let number = |value: f64| match unit {
        Unit::PerSecond => format!("{value:.0}"),
        Unit::Milliseconds if value.abs() < 10.0 => format!("{value:.2}"),
        Unit::Milliseconds | Unit::Percent | Unit::Megabytes => format!("{value:.1}"),
    };
    let (median, least, most) = (number(median), number(least), number(most));
    let suffix = suffix(unit);
    if least == most {
        format!("{median} {suffix}")
    } else {
        format!("{median} {suffix} ({least} – {most})")
    }
}

fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Milliseconds => "ms",
        Unit::Percent => "%",
        Unit::Megabytes => "MB",
        Unit::PerSecond => "/s",
    }
}

fn aligned(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|");
    let mut text = line(&mut head.iter().copied());
    text.extend(["|", &rule, "|\n"]);
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}
