//! Writers killed two hundred times at moments nobody chose: what was acknowledged is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
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
        let writers =
            (0..WRITERS).map(|writer| place.writer(&format!("{round}-{writer}"), &["records"]));
        let writers: Vec<Child> = writers.collect();
        sleep(Duration::from_millis(10 + rolled() % 40));
        for mut writer in writers {
            sleep(Duration::from_micros(rolled() % 2_000));
            writer.kill().unwrap();
            let output = writer.wait_with_output().unwrap();
            assert!(output.status.code().is_none(), "{}", String::from_utf8_lossy(&output.stderr));
            for line in String::from_utf8(output.stdout).unwrap().split_inclusive('\n') {
                // A line that was cut short was not said.
                let Some((what, id)) = line.strip_suffix('\n').and_then(|l| l.split_once(' '))
                else {
                    continue;
                };
                acknowledged.entry(id.to_owned()).or_default().insert(what.to_owned());
            }
        }
        if round % 25 == 24 {
            assert_sound(&place);
        }
    }
    assert!(acknowledged.len() > 200, "only {} runs were opened", acknowledged.len());
    assert_all_there(&place, &acknowledged);
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
