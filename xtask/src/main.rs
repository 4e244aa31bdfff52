//! `cargo xtask …`: everything CI and contributors run, on any machine, without a persona crate.

mod bench;
mod beside;
mod ci;
mod codegen;
mod cov;
mod llm;
mod pg;
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
    /// Run a command beside a PostgreSQL server of its own, named in `PERSONA_TEST_POSTGRES_URL`
    Pg {
        /// A program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Write the documents that are generated from code
    Codegen,
    /// Make the Python the interoperability tests use and print its path
    Python,
}

fn main() -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let result = match Arguments::parse().task {
        Task::Pg { words } => pg::run(&words),
        Task::Ci => ci::run().map(done),
        Task::Tidy => tidy::run().map(done),
        Task::Cov => cov::run().map(done),
        Task::Bench { arguments } => bench::run(&arguments).map(done),
        Task::Llm { words } => llm::run(&words).map(done),
        Task::Seed(seed) => seed::run(&seed).map(done),
        Task::Codegen => codegen::run().map(done),
        Task::Python => python::print_path().map(done),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            run::say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}
