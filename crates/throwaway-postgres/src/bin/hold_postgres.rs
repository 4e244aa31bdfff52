//! Holds a server until it is told to end, for the test that kills its owner: prints URL, folder and process number.

use std::{
    error::Error,
    io::{self, BufRead as _, Write as _},
};

use throwaway_postgres::{Cluster, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let cluster = Cluster::start(Options::default())?;
    let mut output = io::stdout();
    writeln!(output, "{}", cluster.url())?;
    writeln!(output, "{}", cluster.folder().display())?;
    writeln!(output, "{}", cluster.process().unwrap_or_default())?;
    output.flush()?;
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}
