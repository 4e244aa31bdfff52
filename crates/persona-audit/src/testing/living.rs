//! Liveness: a lock held is a run alive, for whoever looks.

use crate::testing::{Bed, id};

pub(super) fn a_run_is_alive_while_its_lock_is_held_and_an_id_is_taken_once(bed: &Bed) {
    let (here, there) = (bed.store().liveness(), bed.store().liveness());
    assert!(!there.is_alive(&id(1)));
    let lock = here.take(&id(1)).unwrap();
    assert!(there.is_alive(&id(1)));
    assert!(here.is_alive(&id(1)));
    assert!(!there.is_alive(&id(2)));
    assert!(there.take(&id(1)).is_err(), "an id is taken once");
    there.clear();
    assert!(there.is_alive(&id(1)), "tidying up leaves the living alone");
    drop(lock);
    assert!(!there.is_alive(&id(1)));
}
