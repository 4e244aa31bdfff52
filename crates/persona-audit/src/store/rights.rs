//! What a database lets its user do.

/// What a database lets its user do with the logs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Where the log is, without secrets.
    pub place: String,
    /// The user, as the server knows them.
    pub user: String,
    /// The server's version, in its own words.
    pub server: String,
    /// The version of the tables, where there are any.
    pub schema: Option<i64>,
    /// What the user may do.
    pub may: Use,
}

/// The most that a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Not even read.
    Nothing,
    /// List, show, export and verify.
    Read,
    /// Append as well; where there are no tables, make them.
    Write,
}
