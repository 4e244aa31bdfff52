//! Appends from several writers to a PostgreSQL server made for it, beside raw rows that `pgbench` commits there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use persona_audit::{Ambient, AuditConfig, DatabaseUrl, PostgresLog, Recorder, StoreKind};
use throwaway_postgres::{Cluster, ClusterError, Options};

use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::{Outcome, Series, timed};
use crate::say;
use crate::seed::History;
use crate::steps::{failure, opening};

const WRITERS: usize = 16;
/// Turns of the writers and of the raw limit.
const TURNS: usize = 3;
/// Runs of one commit, each of two events.
const BATCH: usize = 1_000;

/// Rows that lie in the table as they are sent: neither compressed nor elsewhere.
const TABLE: &str =
    "CREATE TABLE raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
ALTER TABLE raw ALTER COLUMN body SET STORAGE PLAIN;
";
const ROW: &str = "INSERT INTO raw (body) VALUES (repeat('x', 2048));
";
const ROWS: &str = "INSERT INTO raw (body) SELECT repeat('x', 2048) FROM generate_series(1, 2000);
";

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let beside = bench.program().parent().unwrap_or(Path::new("."));
    let cluster = match Cluster::start(Options::default().below(beside)) {
        Err(ClusterError::NotInstalled) => {
            say("no PostgreSQL is installed, so none is measured");
            return Ok(Vec::new());
        }
        cluster => cluster?,
    };
    let raw = RawRows::of(bench, &cluster)?;
    let url = DatabaseUrl::new(cluster.url());
    let config = |log: &str| {
        let store = StoreKind::Postgres(PostgresLog { url: url.clone(), log: log.to_owned() });
        AuditConfig { store, ..AuditConfig::in_folder(bench.folder().join("postgres").join(log)) }
    };
    let mut figures = one_by_one(bench, &config("together"), &config("apart"), raw.as_ref())?;
    figures.push(in_batches(&config("batches"), raw.as_ref())?);
    Ok(figures)
}

/// Runs of one event a time from all writers at once, who share their commits or do not, and rows of which each
/// commit waits for the one before, as the appends to one log do.
fn one_by_one(
    bench: &Bench,
    together: &AuditConfig,
    apart: &AuditConfig,
    raw: Option<&RawRows>,
) -> Outcome<Vec<Figure>> {
    let seconds = if bench.is_quick() { 1 } else { 4 };
    let time = Duration::from_secs(seconds);
    let recorder = |config: &AuditConfig| Recorder::new(config.clone(), Ambient::system());
    let together = vec![recorder(together); WRITERS];
    let apart: Vec<_> = (0..WRITERS).map(|_| recorder(apart)).collect();
    for recorders in [&together, &apart] {
        write(recorders, Duration::ZERO)?;
    }
    let (mut joint, mut single) = <(Series, Series)>::default();
    let (mut inserted, mut alone) = <(Series, Series)>::default();
    for _ in 0..TURNS {
        joint.push(write(&together, time)?);
        single.push(write(&apart, time)?);
        if let Some(raw) = raw {
            inserted.push(raw.one_by_one(WRITERS, seconds)?);
            alone.push(raw.one_by_one(1, seconds)?);
        }
    }
    let limit = "raw rows of 2 KB by as many clients of pgbench";
    let row = |what: &str, series: &Series| {
        let what = format!("events appended by {WRITERS} {what}, PostgreSQL{}", told(raw));
        beside(Figure::new(what, Unit::PerSecond, series.spread()), raw, limit, &inserted)
    };
    let mut figures = vec![
        row("threads of one recorder, a commit for all that wait", &joint)
            .aiming(Aim::AtLeast(1_000.0)),
        row("recorders, one event a commit", &single),
    ];
    if raw.is_some() {
        let what = "raw rows of 2 KB by one client of pgbench, one a commit";
        figures.push(Figure::new(what, Unit::PerSecond, alone.spread()));
    }
    Ok(figures)
}

/// Returns how many events a second were appended by writers that go on for so long.
fn write(recorders: &[Recorder], time: Duration) -> Outcome<f64> {
    let begun = Instant::now();
    let runs = thread::scope(|scope| {
        let writers: Vec<_> = (0..)
            .zip(recorders)
            .map(|(writer, recorder)| {
                scope.spawn(move || runs_until(recorder, writer, begun + time))
            })
            .collect();
        writers.into_iter().try_fold(0, |runs, writer| {
            let done = writer.join().unwrap_or_else(|_| Err("a writer panicked".to_owned()));
            Ok::<u32, String>(runs + done?)
        })
    })?;
    Ok(f64::from(runs) * 2.0 / begun.elapsed().as_secs_f64())
}

/// Records runs that fail, one at least.
fn runs_until(recorder: &Recorder, writer: usize, end: Instant) -> Result<u32, String> {
    let mut runs = 0;
    loop {
        let name = format!("writer {writer} run {runs}");
        let run = recorder.start(&opening(&name)).map_err(|error| error.to_string())?;
        let _receipt = run.fail(&failure()).map_err(|error| error.to_string())?;
        runs += 1;
        if end <= Instant::now() {
            return Ok(runs);
        }
    }
}

/// Many events a commit, from one writer.
fn in_batches(config: &AuditConfig, raw: Option<&RawRows>) -> Outcome<Figure> {
    let recorder = Recorder::new(config.clone(), Ambient::system());
    let mut history = History::new(1, u64::try_from(BATCH * (TURNS + 1))?);
    let mut next = || -> Vec<_> { history.by_ref().take(BATCH).collect() };
    recorder.backfill(&next())?;
    let (mut appended, mut inserted) = (Series::default(), Series::default());
    for _ in 0..TURNS {
        let runs = next();
        let (_, taken) = timed(|| Ok(recorder.backfill(&runs)?))?;
        appended.push(f64::from(u32::try_from(2 * BATCH)?) / taken * 1000.0);
        if let Some(raw) = raw {
            inserted.push(raw.in_batches()?);
        }
    }
    let what = format!("events appended in batches of {BATCH} runs, PostgreSQL{}", told(raw));
    let figure = Figure::new(what, Unit::PerSecond, appended.spread());
    Ok(beside(figure, raw, "raw rows of 2 KB in such batches, by pgbench", &inserted))
}

fn told(raw: Option<&RawRows>) -> &'static str {
    if raw.is_some() { "" } else { " (no pgbench at hand)" }
}

fn beside(figure: Figure, raw: Option<&RawRows>, what: &'static str, limit: &Series) -> Figure {
    if raw.is_some() { figure.beside(what, limit) } else { figure }
}

/// What the server does of the least work that is as durable.
#[derive(Debug)]
struct RawRows {
    program: PathBuf,
    folder: PathBuf,
    url: String,
}

impl RawRows {
    /// Makes the table; `None` where there is no `pgbench`.
    fn of(bench: &Bench, cluster: &Cluster) -> Outcome<Option<Self>> {
        let program = cluster.programs().path("pgbench");
        if !program.is_file() {
            return Ok(None);
        }
        let raw = Self { program, folder: bench.folder().to_owned(), url: cluster.url() };
        raw.rate(TABLE, &["-c", "1", "-t", "1"])?;
        Ok(Some(raw))
    }

    fn one_by_one(&self, clients: usize, seconds: u64) -> Outcome<f64> {
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        self.rate(ROW, &["-M", "prepared", "-c", &clients, "-T", &seconds])
    }

    fn in_batches(&self) -> Outcome<f64> {
        Ok(self.rate(ROWS, &["-M", "prepared", "-c", "1", "-t", "1"])? * 2000.0)
    }

    /// Returns the transactions of a second, connecting not counted.
    fn rate(&self, script: &str, arguments: &[&str]) -> Outcome<f64> {
        let file = self.folder.join("pgbench.sql");
        io::Write::write_all(&mut fs::File::create(&file)?, script.as_bytes())?;
        let mut command = Command::new(&self.program);
        command.arg("-n").args(arguments).arg("-f").arg(&file).arg(&self.url);
        let ended = command.output()?;
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        match rate {
            Some(rate) if ended.status.success() => Ok(rate.parse()?),
            _ => Err(format!("pgbench: {}", String::from_utf8_lossy(&ended.stderr)).into()),
        }
    }
}
