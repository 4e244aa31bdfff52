//! A real PostgreSQL server for the time of a test: made with `initdb` in a temporary folder, reached by a Unix socket,
//! durable as in production (`fsync` and `synchronous_commit` are on), and gone with its owner however that ends.
//!
//! ```no_run
//! use throwaway_postgres::{Cluster, Options, Shutdown};
//!
//! # fn main() -> Result<(), throwaway_postgres::ClusterError> {
//! let mut cluster = Cluster::start(Options::default())?;
//! let url = cluster.url(); // postgresql://postgres@/postgres?host=/tmp/pg-Xa1b2c/socket
//! cluster.restart(Shutdown::Immediate)?; // what a crash leaves behind is recovered
//! # drop(url);
//! # Ok(())
//! # }
//! ```
//!
//! A test that only needs some server asks [`shared`], which takes the one named by `PERSONA_TEST_POSTGRES_URL`,
//! else starts one for this process:
//!
//! ```no_run
//! let url = throwaway_postgres::shared().fresh_database();
//! ```
//!
//! PostgreSQL refuses to run as root. A caller that is root gets a server of the user `postgres`, else `nobody`.

mod account;
mod certificate;
mod cluster;
mod environment;
mod error;
mod keeper;
mod options;
mod place;
mod postmaster;
mod process;
mod programs;
mod server;

pub use cluster::Cluster;
pub use error::ClusterError;
pub use options::Options;
pub use postmaster::Shutdown;
pub use programs::{Programs, embedded_folder};
pub use server::{Server, URL_VARIABLE, shared};
