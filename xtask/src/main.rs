//! `cargo xtask …`: everything CI and contributors run, on any machine, without a persona crate.

mod bench;
mod ci;
mod codegen;
mod cov;
mod llm;
mod python;
mod run;
mod seed;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What CI and contributors run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Every check, in the order that fails soonest; stops at the first failure
    Ci,
    /// The rules no compiler knows: layers, manifests, file heads and sizes, named paths
    Tidy,
    /// Line coverage of the whole test run; fails below the limit
    Cov,
    /// Build for release and run the benchmarks
    Bench {
        /// Passed on to persona-bench
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run a command, or the tests of a name, beside a real small language model
    Llm {
        /// A program and its arguments, else what `cargo nextest run` gets
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Fill a new log with realistic records
    Seed(seed::Seed),
    /// Write the documents that are generated from code
    Codegen,
    /// Make the Python the interoperability tests use and print its path
    Python,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Cov => cov::run(),
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Llm { words } => llm::run(&words),
        Task::Seed(seed) => seed::run(&seed),
        Task::Codegen => codegen::run(),
        Task::Python => python::print_path(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            run::say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}
