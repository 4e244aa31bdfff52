//! Measures `persona` beside the raw limits of the same disk and processor in the same run.
//!
//! `cargo xtask bench` builds the program, starts this with its path, and gets one table on standard
//! output and `docs/benchmarks.md`. `--quick` takes a few turns of each and writes no document; `--big
//! MEGABYTES` sets the size of the big inputs, `--only PART` measures the parts whose names contain that
//! word. Nothing here fails because something is slow.
//!
//! `persona-bench seed STORE FOLDER RECORDS [SEED]` fills a log instead; `cargo xtask seed` starts it.

mod append;
mod audit_cost;
mod batch;
mod bench;
mod big;
mod example;
mod figure;
mod list;
mod logs;
mod machine;
mod measure;
mod postgres;
mod process;
mod raw;
mod report;
mod rows;
mod seed;
mod steps;
mod verify;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench::{Bench, Rounds};
use machine::Machine;
use measure::Outcome;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "seed") {
        return seed::run(arguments.get(1..).unwrap_or_default());
    }
    let rounds = match taken(&mut arguments, "--quick", 0) {
        Some(_) => Rounds::Few,
        None => Rounds::Enough,
    };
    let big = match taken(&mut arguments, "--big", 1) {
        Some(size) => size.first().ok_or("`--big` wants megabytes")?.parse()?,
        None => BIG,
    };
    let only = taken(&mut arguments, "--only", 1);
    let part = only.as_ref().and_then(|words| words.first());
    let [program] = arguments.as_slice() else {
        return Err(
            "usage: persona-bench PATH-OF-PERSONA [--quick] [--big MEGABYTES] [--only PART]; start it by \
             `cargo xtask bench`"
                .into(),
        );
    };
    let bench = Bench::new(Path::new(program), rounds, big)?;
    let machine = Machine::look(bench.folder());
    let mut figures = Vec::new();
    for (name, measure) in PARTS {
        if part.is_some_and(|part| !name.contains(part.as_str())) {
            continue;
        }
        say(&format!("measuring {name} …"));
        figures.extend(measure(&bench)?);
    }
    if only.is_some() {
        io::stdout().write_all(report::table(&figures).as_bytes())?;
        return Ok(());
    }
    say("measuring the steps of a recorded run …");
    let steps = steps::measure(&bench)?;
    let table = report::table(&figures);
    io::stdout().write_all(format!("{table}\n{}", report::steps(&steps)).as_bytes())?;
    if rounds == Rounds::Enough {
        let document = report::document(&machine, &figures, &steps);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks.md");
        File::create(path)?.write_all(document.as_bytes())?;
    }
    Ok(())
}

/// Takes a flag and the words that follow it, as many as it wants and there are.
fn taken(arguments: &mut Vec<String>, flag: &str, words: usize) -> Option<Vec<String>> {
    let place = arguments.iter().position(|argument| argument == flag)?;
    let end = arguments.len().min(place + 1 + words);
    Some(arguments.drain(place..end).skip(1).collect())
}

type Part = fn(&Bench) -> Outcome<Vec<figure::Figure>>;

/// Megabytes of the big inputs, unless `--big` says otherwise.
const BIG: u64 = 100;

const PARTS: [(&str, Part); 9] = [
    ("the program", process::measure),
    ("the example", example::measure),
    ("5,000 rows", rows::measure),
    ("big inputs", big::measure),
    ("appends", append::measure),
    ("appends in batches", batch::measure),
    ("appends to PostgreSQL", postgres::measure),
    ("lists", list::measure),
    ("verification and export", verify::measure),
];

/// Prints a line for people; a closed standard error stops nothing.
fn say(line: &str) {
    let _closed = writeln!(io::stderr(), "{line}");
}
