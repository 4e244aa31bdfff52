//! What every store must do alike.

use persona_audit::{MemoryLog, Query, StoreKind, Verdict};

use crate::support::{Home, assert_verdict, opening};

/// The same home with a log in memory.
fn in_memory(seed: u64) -> Home {
    let mut home = Home::drawing_from(seed);
    home.config.store = StoreKind::Memory(MemoryLog::new(home.path("audit")));
    home
}

#[test]
fn the_same_events_give_the_same_log_on_every_store() {
    let homes = [Home::drawing_from(7), in_memory(7)];
    let logs = homes.map(|home| {
        home.fail("one");
        drop(home.recorder().start(&opening("left open")).unwrap());
        home.fail("two");
        let verification = home.verify();
        assert_verdict(&verification, Verdict::Verified);
        let checkpoint = home.trail().checkpoint().unwrap().unwrap();
        (checkpoint, home.trail().list(&Query::default()).unwrap(), verification.checked)
    });
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0].1.len(), 3);
}

#[test]
fn a_log_in_memory_is_shared_by_its_clones_and_gone_with_them() {
    let home = in_memory(8);
    home.complete("one");
    assert_verdict(&home.verify(), Verdict::Verified);
    assert!(!home.path("audit/audit.db").exists());
}
