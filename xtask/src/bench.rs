//! `cargo xtask bench`: the benchmarks, always as a release build.

use crate::run::{Outcome, cargo, finish};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    // The benchmarks measure whole processes too, so the `persona` beside them must be of the same build.
    finish(&mut cargo(&["build", "--release", "-p", "persona-cli", "-p", "persona-bench"]))?;
    finish(cargo(&["run", "--release", "-p", "persona-bench", "--"]).args(arguments))
}
