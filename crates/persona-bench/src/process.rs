//! Process start, and the size of the program.

use std::fs;

use crate::bench::Bench;
use crate::figure::{Aim, Figure, Unit};
use crate::measure::{Outcome, Series, Spread};
use crate::raw;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let (mut starts, mut least) = (Series::default(), Series::default());
    for _ in 0..bench.rounds(200) {
        starts.push(bench.persona(bench.folder(), &["--version".as_ref()])?);
        least.push(raw::least_process(bench)?);
    }
    let bytes = u32::try_from(fs::metadata(bench.program())?.len())?;
    let size = Spread::one(f64::from(bytes) / 1e6);
    Ok(vec![
        Figure::milliseconds("process start: `persona --version`", &starts)
            .beside("the process `true`", &least)
            .aiming(Aim::AtMost(10.0)),
        Figure::new("size of the program, stripped", Unit::Megabytes, size)
            .aiming(Aim::AtMost(20.0)),
    ])
}
