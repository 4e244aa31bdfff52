//! `cargo xtask bench`: the benchmarks, always as a release build.

use std::path::PathBuf;

use crate::run::{Outcome, cargo, finish, root, variable};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    // Built by itself, as users get it: the features of the benchmarks are not its own.
    finish(&mut cargo(&["build", "--release", "--package", "persona-cli"]))?;
    let program = target().join("release/persona");
    let mut benchmarks = cargo(&["run", "--release", "--package", "persona-bench", "--"]);
    finish(benchmarks.arg(program).args(arguments))
}

/// The folder that cargo builds in, as far as a variable moves it.
fn target() -> PathBuf {
    root().join(variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
