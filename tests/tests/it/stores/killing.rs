//! Writers killed two hundred times at moments nobody chose: what was acknowledged is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout};
use std::thread::sleep;
use std::time::Duration;

use persona_audit::{Query, StoreKind, Verdict, VerifyOptions};

use super::Place;
use crate::support::Kept;

const ROUNDS: u64 = 200;
const WRITERS: u64 = 3;

#[test]
fn killed_two_hundred_times_on_sqlite() {
    killed_two_hundred_times(Kept::Sqlite);
}

#[test]
fn killed_two_hundred_times_on_json_files() {
    killed_two_hundred_times(Kept::Json);
}

#[test]
fn killed_two_hundred_times_on_postgres() {
    killed_two_hundred_times(Kept::Postgres);
}

fn killed_two_hundred_times(kept: Kept) {
    let place = Place::new(kept);
    let mut acknowledged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // A fixed sequence; what it hits depends on the machine, which is what is wanted.
    let mut moments = 0x9e37_79b9_7f4a_7c15_u64;
    let mut rolled = || {
        moments = moments.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        moments >> 33
    };
    for round in 0..ROUNDS {
        let start = |writer| Writer::start(&place, &format!("{round}-{writer}"));
        let mut writers: Vec<Writer> = (0..WRITERS).map(start).collect();
        // Every other round somebody gets something done first, however slow the machine is.
        if round % 2 == 0 {
            writers[0].listen();
        }
        sleep(Duration::from_micros(rolled() % 25_000));
        for writer in writers {
            sleep(Duration::from_micros(rolled() % 2_000));
            for (what, id) in writer.kill() {
                acknowledged.entry(id).or_default().insert(what);
            }
        }
        if round % 25 == 24 {
            assert_sound(&place);
        }
    }
    assert!(acknowledged.len() >= 100, "only {} runs were opened", acknowledged.len());
    assert_all_there(&place, &acknowledged);
}

/// A process that writes, and what it says.
struct Writer {
    process: Child,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Writer {
    fn start(place: &Place, name: &str) -> Self {
        let mut process = place.writer(name, &["records"]);
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output, said: String::new() }
    }

    /// Waits for the first thing it says.
    fn listen(&mut self) {
        self.output.read_line(&mut self.said).unwrap();
    }

    /// Kills it and returns what was acknowledged, with the run.
    fn kill(mut self) -> Vec<(String, String)> {
        self.process.kill().unwrap();
        self.output.read_to_string(&mut self.said).unwrap();
        let output = self.process.wait_with_output().unwrap();
        assert!(output.status.code().is_none(), "{}", String::from_utf8_lossy(&output.stderr));
        // A line that was cut short was not said.
        let lines = self.said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let said = lines.filter_map(|line| line.split_once(' '));
        said.map(|(what, id)| (what.to_owned(), id.to_owned())).collect()
    }
}

/// Whoever looks after a kill finds a log that verifies, or none yet.
fn assert_sound(place: &Place) {
    let verification = place.trail().verify(&[], &VerifyOptions::default()).unwrap();
    assert_eq!(verification.verdict, Verdict::Verified, "{:#?}", verification.findings);
}

fn assert_all_there(place: &Place, acknowledged: &BTreeMap<String, BTreeSet<String>>) {
    place.trail().repair().unwrap();
    place.assert_verified();
    let lines = place.trail().list(&Query::default()).unwrap();
    let found: BTreeMap<&str, &str> =
        lines.iter().map(|line| (line.audit_id.as_str(), line.status.as_str())).collect();
    assert_eq!(found.len(), lines.len(), "a run is there twice");
    for (id, said) in acknowledged {
        let status =
            found.get(id.as_str()).unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        let closed = said.contains("closed");
        assert!(*status == "failed" || (*status == "abandoned" && !closed), "{id} is {status}");
    }
    // What was not acknowledged may be there, at most once a writer and kill.
    let unsaid = found.len() - acknowledged.len();
    assert!(unsaid <= usize::try_from(ROUNDS * WRITERS).unwrap(), "{unsaid}");
    if matches!(place.config.store, StoreKind::Sqlite | StoreKind::Json) {
        let left = std::fs::read_dir(place.file("audit/runs")).unwrap().count();
        assert_eq!(left, 0, "locks of the dead are left behind");
    }
}
