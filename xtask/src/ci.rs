//! `cargo xtask ci`: what must hold before a commit. Cheap checks come first; clippy and rustdoc share their metadata,
//! tests and doc tests their code, so a dependency is compiled at most once in each of the two forms.

use std::time::Instant;

use crate::{
    pg::TestServer,
    python,
    run::{Failure, Outcome, cargo, finish, say, works},
    tidy,
};

pub(crate) fn run() -> Outcome {
    step("fmt", || finish(&mut cargo(&["fmt", "--all", "--check"])))?;
    step("tidy", tidy::run)?;
    step("clippy", || {
        finish(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    step("without default features", || {
        finish(&mut cargo(&[
            "check",
            "-p",
            "persona-audit",
            "-p",
            "persona-core",
            "--no-default-features",
        ]))
    })?;
    step("tests", tests)?;
    step("doc tests", || finish(&mut cargo(&["test", "--doc", "--workspace", "--all-features"])))?;
    step("rustdoc", || {
        let mut doc = cargo(&["doc", "--no-deps", "--workspace", "--all-features"]);
        finish(doc.env("RUSTDOCFLAGS", "-Dwarnings"))
    })
}

fn tests() -> Outcome {
    if !works(&mut cargo(&["nextest", "--version"])) {
        return Err(Failure::new(
            "cargo-nextest is missing; install it with `cargo install cargo-nextest --locked`",
        ));
    }
    let python = python::ready()?;
    let server = TestServer::ready()?;
    let mut tests = cargo(&["nextest", "run", "--workspace", "--all-features", "--profile", "ci"]);
    server.tell(&mut tests);
    finish(tests.env(python::VARIABLE, python))
}

fn step(name: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    say(&format!("── {name}"));
    let begun = Instant::now();
    let outcome = work();
    let result = if outcome.is_ok() { "ok" } else { "FAILED" };
    say(&format!("── {name}: {result} in {:.1} s", begun.elapsed().as_secs_f64()));
    outcome
}
