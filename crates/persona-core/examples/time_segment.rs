//! Times segmentation of made-up mixed data: `cargo run --release --example time_segment`.

#![expect(clippy::print_stdout, reason = "an example to be read on a terminal")]

use persona_core::profile::profiles;
use persona_core::{Count, read, segment};
use std::error::Error;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::time::Instant;

/// Rows and columns of mixed kinds, a third of the columns following a hidden group.
fn table(rows: usize, columns: usize) -> Result<String, std::fmt::Error> {
    let mut state = 42_u64;
    let mut next = |bound: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut text = (0..columns).map(|at| format!("q{at}")).collect::<Vec<_>>().join(",") + "\n";
    for _ in 0..rows {
        let group = next(4);
        for at in 0..columns {
            let noise = next(5);
            let level = if at % 3 == 0 { (group + u64::from(noise == 0)) % 4 } else { noise };
            match at % 4 {
                0 => write!(text, "{}.5", level * 10 + noise)?,
                1 => write!(text, "{}", level + 1)?,
                2 => write!(text, "kind{level}")?,
                _ => write!(text, "a{level};b{noise}")?,
            }
            text.push(if at + 1 == columns { '\n' } else { ',' });
        }
    }
    Ok(text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (rows, columns) in [(50, 7), (400, 20), (5600, 20)] {
        let path = folder.path().join(format!("{rows}.csv"));
        std::io::Write::write_all(
            &mut std::fs::File::create(&path)?,
            table(rows, columns)?.as_bytes(),
        )?;
        let start = Instant::now();
        let data = read(&[path], &|| false)?;
        let read_in = start.elapsed();
        for count in [Count::Auto, Count::Exactly(NonZeroUsize::MIN.saturating_add(3))] {
            let start = Instant::now();
            let found = segment(&data, count, 0)?;
            let grouped_in = start.elapsed();
            let start = Instant::now();
            let profiled = profiles(&data, &found).len();
            let counted_in = start.elapsed();
            println!(
                "{rows}×{columns} {count:?}: read {read_in:.1?}, segment {grouped_in:.1?}, {profiled} profiles {counted_in:.1?}, {:?}",
                found.structure
            );
        }
    }
    Ok(())
}
