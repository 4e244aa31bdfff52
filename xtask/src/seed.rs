//! `cargo xtask seed`: a log with as many realistic records as are asked for, to try things on.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::run::{Outcome, cargo, finish};

#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// The kind of store
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Store,
    /// A new folder for store, keys and state; `PERSONA_HOME=DIR persona audit list` reads it
    #[arg(long, value_name = "DIR")]
    path: PathBuf,
    /// How many records
    #[arg(long, value_name = "N")]
    records: u64,
    /// Another seed makes other records; one seed makes the same log in every store
    #[arg(long = "seed", value_name = "N", default_value_t = 0)]
    from: u64,
    /// The PostgreSQL server, for `--store postgres`; else `PERSONA_TEST_POSTGRES_URL`
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Store {
    Sqlite,
    Json,
    Postgres,
}

pub(crate) fn run(seed: &Seed) -> Outcome {
    let mut command = cargo(&["run", "--release", "--package", "persona-bench", "--", "seed"]);
    command.arg(match seed.store {
        Store::Sqlite => "sqlite",
        Store::Json => "json",
        Store::Postgres => "postgres",
    });
    let path = std::path::absolute(&seed.path).unwrap_or_else(|_| seed.path.clone());
    command.arg(path).args([seed.records, seed.from].map(|number| number.to_string()));
    if let Some(url) = &seed.database_url {
        // Not as an argument, which everybody on the machine can read.
        command.env("PERSONA_TEST_POSTGRES_URL", url);
    }
    finish(&mut command)
}
