//! The server tests share: the one somebody started for them, else one of this process.

use std::{path::PathBuf, process::Command, sync::OnceLock};

use crate::{
    cluster::{Cluster, random_word},
    environment::variable,
    error::ClusterError,
    options::Options,
    process::finish,
    programs::Programs,
};

/// The variable that names the server tests are to use, as a URL; `cargo xtask pg` and `cargo xtask ci` set it.
pub const URL_VARIABLE: &str = "PERSONA_TEST_POSTGRES_URL";

/// A server somebody else ends.
#[derive(Clone, Debug)]
pub struct Server {
    url: String,
    psql: PathBuf,
}

/// The server named by `PERSONA_TEST_POSTGRES_URL`, else one that is started once and ends with this process.
///
/// # Panics
/// When there is none and none can be started; the text says how to get one. Tests never go on without.
#[expect(clippy::panic, reason = "a test that needs a server fails without one, it does not skip")]
pub fn shared() -> Server {
    static SHARED: OnceLock<Result<(Server, Option<Cluster>), ClusterError>> = OnceLock::new();
    match SHARED.get_or_init(named_or_started) {
        Ok((server, _kept)) => server.clone(),
        Err(error) => panic!("{}; or name a server in {URL_VARIABLE}", whole(error)),
    }
}

impl Server {
    /// The URL of its own database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database of a random name and returns its URL.
    ///
    /// # Panics
    /// When the server refuses, with what it said.
    #[expect(clippy::panic, reason = "a test that needs a database fails without one")]
    pub fn fresh_database(&self) -> String {
        match self.create_database() {
            Ok(url) => url,
            Err(error) => panic!("a database on the test server: {}", whole(&error)),
        }
    }

    /// Returns the same server's database that `url` names.
    #[must_use]
    pub fn database(&self, url: impl Into<String>) -> Self {
        Self { url: url.into(), psql: self.psql.clone() }
    }

    fn create_database(&self) -> Result<String, ClusterError> {
        let name = format!("fresh_{}", random_word()?);
        // Nobody is ever connected to template0, so many tests can copy it at once.
        self.run(&format!("create database {name} template template0"))?;
        Ok(with_database(&self.url, &name))
    }

    /// Runs SQL through psql and returns the rows, columns separated by `|`.
    ///
    /// # Errors
    /// [`ClusterError::Ended`] with what the server said.
    pub fn run(&self, sql: &str) -> Result<String, ClusterError> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-c", sql]);
        finish("psql", psql.env("LC_ALL", "C"))
    }
}

impl Cluster {
    /// This server, for who only uses it.
    pub fn server(&self) -> Server {
        Server { url: self.url(), psql: self.programs().path("psql") }
    }
}

fn named_or_started() -> Result<(Server, Option<Cluster>), ClusterError> {
    let Some(url) = variable(URL_VARIABLE) else {
        let cluster = Cluster::start(Options::default())?;
        return Ok((cluster.server(), Some(cluster)));
    };
    // A machine that only has the client has psql on its PATH.
    let psql = Programs::find().map_or_else(|_| PathBuf::from("psql"), |it| it.path("psql"));
    Ok((Server { url: url.to_string_lossy().into_owned(), psql }, None))
}

/// The same server's URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (rest, query) =
        url.split_once('?').map_or((url, None), |(rest, query)| (rest, Some(query)));
    let authority = rest.find("://").map_or(0, |at| at + 3);
    let end =
        rest.get(authority..).and_then(|it| it.find('/')).map_or(rest.len(), |at| authority + at);
    let base = rest.get(..end).unwrap_or(rest);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}

/// An error with its causes on one line.
fn whole(error: &ClusterError) -> String {
    let first: &dyn std::error::Error = error;
    let all = std::iter::successors(Some(first), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        for (url, wanted) in [
            ("postgresql://u@/postgres?host=/tmp/x", "postgresql://u@/new?host=/tmp/x"),
            ("postgresql://u:p@127.0.0.1:5433/a", "postgresql://u:p@127.0.0.1:5433/new"),
            ("postgres://u@host", "postgres://u@host/new"),
            ("postgres://u@host?sslmode=require", "postgres://u@host/new?sslmode=require"),
            ("postgresql:///a?host=/s", "postgresql:///new?host=/s"),
        ] {
            assert_eq!(with_database(url, "new"), wanted);
        }
    }
}
