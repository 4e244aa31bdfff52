//! Inputs far greater than what is kept of them: time beside `sha256sum`, and the most memory in use.
//!
//! `--big MEGABYTES` sets the size of each file; the benchmarks of every commit use less.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use crate::audit_cost::{Audit, Runs};
use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::{Outcome, Series, Spread};
use crate::rows::{Random, comment, pick};

const ROLES: [&str; 4] = ["Student", "Researcher", "Field engineer", "Team lead"];
const DEVICES: [&str; 4] = ["Laptop", "Desktop", "Phone", "Tablet"];
/// Megabytes that the most memory in use may be, whatever the file.
const MEMORY: f64 = 700.0;

/// What the rows are made of.
#[derive(Clone, Copy)]
enum Kind {
    Short,
    Text,
}

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, kind) in [("8 short columns", Kind::Short), ("a free-text column", Kind::Text)] {
        let folder = bench.folder().join("big");
        fs::create_dir(&folder)?;
        let data = folder.join("big.csv");
        let rows = make(&data, kind, bench.big() * 1_000_000)?;
        let mut runs = Runs::new(bench, data.clone(), "big");
        let (mut taken, mut hashed) = (Series::default(), Series::default());
        let mut memory = 0.0;
        for _ in 0..bench.rounds(3).min(3) {
            hashed.push(bench.process(Command::new("sha256sum").arg(&data))?);
            taken.push(runs.run(&runs.home(), Audit::Off)?);
            let output = folder.join("measured");
            let mut arguments: Vec<&OsStr> = vec!["generate".as_ref(), data.as_ref()];
            arguments.extend(["--no-audit".as_ref(), "--output".as_ref(), output.as_os_str()]);
            memory = f64::max(memory, bench.most_memory(&runs.home(), &arguments)?);
        }
        let what = format!("{} MB, {rows} rows with {name}, `auto`", bench.big());
        figures.push(Figure::milliseconds(what, &taken).beside("`sha256sum` of the file", &hashed));
        let most = Figure::new("the most memory it used", Unit::Megabytes, Spread::one(memory));
        figures.push(most.aiming(Aim::AtMost(MEMORY)));
        fs::remove_dir_all(&folder)?;
    }
    Ok(figures)
}

/// Writes rows until the file is so long; returns how many.
fn make(path: &Path, kind: Kind, bytes: u64) -> Outcome<u64> {
    let mut file = BufWriter::new(File::create_new(path)?);
    let head: &[u8] = match kind {
        Kind::Short => b"person,role,years,device,score,region,spend,seen\n",
        Kind::Text => b"person,role,years,device,score,comment\n",
    };
    file.write_all(head)?;
    let (mut random, mut rows, mut written) = (Random::new(1), 0, 0);
    while written < bytes {
        let line = line(&mut random, rows, kind);
        file.write_all(line.as_bytes())?;
        written += u64::try_from(line.len())?;
        rows += 1;
    }
    file.flush()?;
    Ok(rows)
}

fn line(random: &mut Random, person: u64, kind: Kind) -> String {
    let group = random.below(4);
    let role = pick(&ROLES, random.mostly(group, 4));
    let device = pick(&DEVICES, random.mostly(group, 4));
    let (years, score) = (1 + group * 4 + random.below(4), 1 + random.mostly(group, 5));
    let head = format!("P{person:08},{role},{years},{device},{score}");
    match kind {
        Kind::Short => {
            let (region, spend) = (random.below(40), group * 50_000 + random.below(400_000));
            let (month, day, minute) =
                (1 + random.below(12), 1 + random.below(28), random.below(1440));
            let (euros, cents, hour, minute) = (spend / 100, spend % 100, minute / 60, minute % 60);
            format!(
                "{head},Administrative region number {region:02},{euros}.{cents:02},2025-{month:02}-{day:02} {hour:02}:{minute:02}\n"
            )
        }
        Kind::Text => {
            let sentences: Vec<String> = (0..6)
                .map(|_| format!("{} {}.", comment(random, group), random.below(100_000)))
                .collect();
            format!("{head},\"{}\"\n", sentences.join(" "))
        }
    }
}
