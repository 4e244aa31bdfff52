//! Tests and quartiles, against published figures.

use super::*;
use proptest::prelude::*;

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-6
}

#[test]
fn fisher_gives_published_values() {
    // Fisher 1935, the lady tasting tea: 34/70 two-sided with 3 of 4, 2/70 with 4 of 4.
    assert!(close(fisher_exact([3, 1, 1, 3]), 34.0 / 70.0));
    assert!(close(fisher_exact([4, 0, 0, 4]), 2.0 / 70.0));
    // R's help page, `Convictions`: p = 0.0005367 (two-sided).
    assert!((fisher_exact([2, 15, 10, 3]) - 0.000_536_7).abs() < 5e-8);
    assert!(close(fisher_exact([0, 0, 3, 4]), 1.0));
}

#[test]
fn chi_square_gives_the_tables_values() {
    for (statistic, freedom, p) in [
        (3.841_458_821, 1.0, 0.05),
        (6.634_896_601, 1.0, 0.01),
        (9.487_729_037, 4.0, 0.05),
        (18.307_038_053, 10.0, 0.05),
        (2.705_543_454, 1.0, 0.10),
        (29.588_298_445, 10.0, 0.001),
    ] {
        assert!(close(chi_square_tail(statistic, freedom), p), "{statistic}");
    }
    // 100·(20·30 − 30·20)² = 0; by hand: [[10, 20], [30, 40]] gives 100·(400−600)²/(30·70·40·60).
    assert!(close(chi_square([10, 20, 30, 40]), 100.0 * 40_000.0 / 5_040_000.0));
}

#[test]
fn benjamini_and_hochbergs_own_example() {
    // Benjamini & Hochberg 1995, table of section 3.2: four rejections at 5 %.
    let p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.000,
    ];
    let q = benjamini_hochberg(&p);
    assert_eq!(q.iter().filter(|q| **q <= 0.05).count(), 4);
    assert!(close(q[0], 0.0015) && close(q[3], 0.0095 * 15.0 / 4.0) && close(q[14], 1.0));
    assert_eq!(benjamini_hochberg(&[0.04, 0.01]), [0.04, 0.02]);
}

#[test]
fn mann_whitney_by_hand() {
    // Ranks 1..6, U = 0, mean 4.5, variance 9·7/12 = 5.25: z = 4/√5.25 = 1.745743, p = 0.080856.
    let p = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]);
    assert!((p - 0.080_856).abs() < 1e-5, "{p}");
    assert!(close(mann_whitney(&[1.0, 1.0], &[1.0]), 1.0) && close(mann_whitney(&[], &[1.0]), 1.0));
}

#[test]
fn quartiles_are_type_seven() {
    let found = quartiles(&[4.0, 1.0, 3.0, 2.0]).unwrap();
    assert_eq!(found, Quartiles { lower: 1.75, median: 2.5, upper: 3.25 });
    assert_eq!(quartiles(&[7.0]).unwrap().upper.to_string(), "7");
    assert_eq!(quartiles(&[]), None);
}

proptest! {
    #[test]
    fn p_values_are_probabilities_and_symmetric(a in 0_usize..40, b in 0_usize..40, c in 0_usize..40, d in 0_usize..40) {
        let p = fisher_exact([a, b, c, d]);
        prop_assert!((0.0..=1.0).contains(&p));
        prop_assert!((p - fisher_exact([d, c, b, a])).abs() < 1e-7);
        prop_assert!((p - fisher_exact([a, c, b, d])).abs() < 1e-7);
    }

    #[test]
    fn correction_never_lowers_a_p_value(p in proptest::collection::vec(0.0_f64..=1.0, 0..30)) {
        for (p, q) in p.iter().zip(benjamini_hochberg(&p)) {
            prop_assert!(q + 1e-12 >= *p && q <= 1.0);
        }
    }
}
