//! A run over 5,000 rows, whose length makes the record's share.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;

use crate::audit_cost::{Audit, Pairs, Runs};
use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::Outcome;

const ROWS: u64 = 5_000;
const ROLES: [&str; 4] = ["Student", "Researcher", "Field engineer", "Team lead"];
const DEVICES: [&str; 4] = ["Laptop", "Desktop", "Phone", "Tablet"];
const FEATURES: [&str; 6] = ["Templates", "Search", "Photos", "Tasks", "Links", "Export"];
const STARTS: [&str; 4] =
    ["I use it for", "It saves me time with", "I gave up on", "We rely on it for"];
const OBJECTS: [&str; 5] = [
    "notes of meetings",
    "the weekly report",
    "pictures from the site",
    "my reading",
    "open tasks",
];
const ENDS: [&str; 4] = [
    "and would not go back",
    "but it is slow",
    "because colleagues can read along",
    "on most days",
];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.folder().join("rows");
    fs::create_dir(&folder)?;
    let data = folder.join("survey.csv");
    File::create_new(&data)?.write_all(survey()?.as_bytes())?;
    let mut runs = Runs::new(bench, data, "rows");
    runs.run(&runs.home(), Audit::Recorded)?;
    let mut pairs = Pairs::default();
    for _ in 0..bench.rounds(15) {
        runs.pair(&mut pairs)?;
    }
    let share = pairs.share().spread();
    Ok(vec![
        Figure::milliseconds("a run over 5,000 rows × 8 columns, `auto`", &pairs.recorded)
            .beside("the same with `--no-audit`", &pairs.off),
        Figure::new("what the record adds to it", Unit::Percent, share).aiming(Aim::AtMost(5.0)),
    ])
}

/// Four kinds of people who differ in role, device, years and opinion, the same in every run.
fn survey() -> Outcome<String> {
    let mut text = "person,role,years,device,features,satisfaction,would_pay,comment\n".to_owned();
    let mut random = Random::new(1);
    for person in 0..ROWS {
        let kind = random.below(4);
        let role = pick(&ROLES, random.mostly(kind, 4));
        let device = pick(&DEVICES, random.mostly(kind, 4));
        let (one, two) =
            (pick(&FEATURES, random.mostly(kind, 6)), pick(&FEATURES, random.below(6)));
        let years = 1 + kind * 4 + random.below(4);
        let satisfaction = 1 + random.mostly(kind, 5);
        let pay = if random.mostly(kind, 4) < 2 { "Yes" } else { "No" };
        let comment = comment(&mut random, kind);
        writeln!(
            text,
            "P{person:04},{role},{years},{device},{one}; {two},{satisfaction},{pay},{comment}."
        )?;
    }
    Ok(text)
}

pub(crate) fn pick<'words>(words: &[&'words str], index: u64) -> &'words str {
    usize::try_from(index).ok().and_then(|index| words.get(index)).copied().unwrap_or_default()
}

/// What somebody of a kind writes.
pub(crate) fn comment(random: &mut Random, kind: u64) -> String {
    let start = pick(&STARTS, random.mostly(kind, 4));
    let (object, end) = (pick(&OBJECTS, random.mostly(kind, 5)), pick(&ENDS, random.below(4)));
    format!("{start} {object} {end}")
}

/// The generator `SplitMix64`: few lines, and the same numbers everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(end).unwrap_or(0)
    }

    /// Returns `likely` in three of four cases.
    pub(crate) fn mostly(&mut self, likely: u64, end: u64) -> u64 {
        if self.below(4) == 0 { self.below(end) } else { likely }
    }
}
