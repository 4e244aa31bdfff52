//! Erasing: a half goes, its commitment and the tree stay.

use crate::seal::seal;
use crate::store::{Erasure, HalfName, Row, RowChange, StoredHalf};
use crate::testing::{Author, Bed, Contents, id};

/// Erases a half of run 0's opening, which is entry 1.
fn erase(bed: &Bed, half: HalfName) {
    let change = RowChange::Erase { audit_id: id(0).to_string(), half };
    let erasure = Erasure { halves: vec![(1, half)], rows: vec![change] };
    bed.store().write().unwrap().erase(&erasure).unwrap();
}

pub(super) fn a_half_goes_with_its_nonce_and_columns_and_the_header_and_nodes_stay(bed: &Bed) {
    Author::new().write_log(&mut *bed.store(), 2);
    let before = Contents::of(&mut *bed.store());
    erase(bed, HalfName::Private);
    let after = Contents::of(&mut *bed.store());
    assert_eq!(after.nodes, before.nodes);
    assert_eq!(after.head, before.head);
    assert_eq!(after.kept, before.kept);
    let (was, is) = (&before.entries[1], &after.entries[1]);
    assert_eq!(is.header, was.header);
    assert_eq!(is.public, was.public);
    let commitment = was.private.commitment().unwrap();
    let erased =
        StoredHalf { commitment: Some(commitment.as_bytes().to_vec()), ..StoredHalf::default() };
    assert_eq!(is.private, erased);
    let sealed = seal(&is.public.commitment().unwrap(), &is.private.commitment().unwrap());
    assert_eq!(sealed, crate::entry::Header::parse(&is.header).unwrap().seal);
    let others = |contents: &Contents| {
        let entries = contents.entries.iter().filter(|entry| entry.index != 1);
        entries.cloned().collect::<Vec<_>>()
    };
    assert_eq!(others(&after), others(&before));
    // The newest row first: run 0 is the last one.
    assert_eq!(after.rows[0], before.rows[0]);
    assert_eq!(after.rows[1], Row { data_path: None, user: None, ..before.rows[1].clone() });
}

pub(super) fn when_both_halves_are_gone_no_commitment_is_left(bed: &Bed) {
    let mut author = Author::new();
    author.write_log(&mut *bed.store(), 1);
    let before = Contents::of(&mut *bed.store());
    erase(bed, HalfName::Private);
    erase(bed, HalfName::Public);
    let after = Contents::of(&mut *bed.store());
    let entry = &after.entries[1];
    assert_eq!((&entry.public, &entry.private), (&StoredHalf::default(), &StoredHalf::default()));
    assert_eq!(entry.header, before.entries[1].header);
    assert_eq!(after.nodes, before.nodes);
    let row = &after.rows[0];
    assert_eq!((&row.model, &row.provider, &row.data_hash), (&None, &None, &None));
    assert_eq!(
        (row.time.as_str(), row.status.as_str()),
        (before.rows[0].time.as_str(), "completed")
    );
    author.append(&mut *bed.store(), &[crate::testing::started(7)]).unwrap();
}

pub(super) fn what_is_erased_stays_so(bed: &Bed) {
    Author::new().write_log(&mut *bed.store(), 1);
    erase(bed, HalfName::Private);
    let once = Contents::of(&mut *bed.store());
    erase(bed, HalfName::Private);
    assert_eq!(Contents::of(&mut *bed.store()), once);
}
