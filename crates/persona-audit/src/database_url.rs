//! The address of a database: it may hold a password, so it is never shown whole.

use std::fmt;
#[cfg(feature = "postgres")]
use std::sync::{Arc, OnceLock};

mod parse;

#[cfg(feature = "postgres")]
use crate::store::postgres::Database;
#[cfg(feature = "postgres")]
pub(crate) use parse::encoded;
pub(crate) use parse::{Parameters, UrlFault};

/// The address of a PostgreSQL database: `postgresql://user:password@host:port/database?sslmode=…`, or
/// libpq's `host=… dbname=…`. `Debug` and `Display` leave the password out, and show nothing at all of an
/// address that does not read. Clones share the connections made by it.
#[derive(Clone)]
pub struct DatabaseUrl {
    parameters: Result<Parameters, UrlFault>,
    #[cfg(feature = "postgres")]
    database: Arc<OnceLock<Arc<Database>>>,
}

impl DatabaseUrl {
    /// Takes an address; whether it can be used is seen when it is.
    pub fn new(url: impl AsRef<str>) -> Self {
        Self {
            parameters: Parameters::parse(url.as_ref()),
            #[cfg(feature = "postgres")]
            database: Arc::default(),
        }
    }

    /// Sets the password where the address has none, as `PGPASSWORD` does.
    #[must_use]
    pub fn or_password(self, password: &str) -> Self {
        let with = |parameters: Parameters| parameters.or("password", password);
        Self {
            parameters: self.parameters.map(with),
            #[cfg(feature = "postgres")]
            database: Arc::default(),
        }
    }

    /// Returns what is wrong with the address, quoting nothing of it; `None` where it reads.
    pub fn fault(&self) -> Option<String> {
        self.parameters.as_ref().err().map(UrlFault::to_string)
    }

    /// Whether the address itself holds a password.
    pub fn has_password(&self) -> bool {
        let secrets = ["password", "sslpassword"];
        self.parameters.as_ref().is_ok_and(|it| secrets.iter().any(|name| it.get(name).is_some()))
    }

    /// Returns what the address says, or what is wrong with it.
    #[cfg(any(test, feature = "postgres"))]
    pub(crate) fn parameters(&self) -> Result<&Parameters, UrlFault> {
        self.parameters.as_ref().map_err(|fault| *fault)
    }

    /// Returns the connections that clones of this address share.
    #[cfg(feature = "postgres")]
    pub(crate) fn shared(&self) -> &OnceLock<Arc<Database>> {
        &self.database
    }
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.parameters == other.parameters
    }
}

impl Eq for DatabaseUrl {}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parameters {
            Ok(parameters) => parameters.fmt(f),
            Err(_) => f.write_str("***"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "hunter2";

    fn shown(url: &str) -> String {
        let url = DatabaseUrl::new(url);
        assert_eq!(format!("{url:?}"), format!("DatabaseUrl({url})"));
        url.to_string()
    }

    #[test]
    fn the_address_is_shown_without_its_password() {
        for (url, expected) in [
            ("postgres://ann:hunter2@db.example/audit", "postgres://ann@db.example:5432/audit"),
            ("postgresql://db:6000/a?user=ann&password=hunter2", "postgres://ann@db:6000/a"),
            ("postgres://ann:%68unter2@db/a", "postgres://ann@db:5432/a"),
            (
                "postgres://ann@db/a?sslmode=require&sslpassword=hunter2",
                "postgres://ann@db:5432/a?sslmode=require",
            ),
            ("host=db dbname=a user=ann password=hunter2", "postgres://ann@db:5432/a"),
            ("host = db user=ann password = 'hun\\'ter2 hunter2'", "postgres://ann@db:5432/ann"),
            ("postgres://ann:hunter2@one:1,two:2/a", "postgres://ann@one:1,two:2/a"),
            ("postgres://ann@%2Ftmp%2Fs/a", "postgres://ann@%2Ftmp%2Fs:5432/a"),
            ("postgres://ann@/a?host=/tmp/s", "postgres://ann@%2Ftmp%2Fs:5432/a"),
            ("postgres://ann:hunter2@[::1]:7/a", "postgres://ann@[::1]:7/a"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn nothing_is_shown_of_what_does_not_read() {
        for url in [
            "hunter2",
            "postgres:hunter2@db/a",
            "http://ann:hunter2@db/a",
            "postgres://ann:hun/ter2@db/a",
            "postgres://ann:1/hunter2@db/a",
            "postgres://ann:1?hunter2@db/a",
            "postgres://ann:1?user=hunter2@db/a",
            "postgres://ann:1#hunter2@db/a",
            "postgres://ann:p@hunter2@db/a",
            "postgres://ann:hunter2%zz@db/a",
            "postgres://ann:hunter2%ff@db/a",
            "postgres://ann:hunter2@db:port/a",
            "postgres://ann@db:hunter2/a",
            "postgres://ann:hunter2@db/a?hunter2=1",
            "postgres://ann:hunter2@db/a/hunter2",
            "host=db password='hunter2",
            "host=db password hunter2",
            "host=db hunter2=x",
            "host=db user=ann password=a hunter2",
            "postgres://ann:hunter2@/a",
            "postgres://ann:hunter2@db/a?sslmode=hunter2",
            "postgres://ann:hunter2@db/a?connect_timeout=hunter2",
            "",
        ] {
            let fault = DatabaseUrl::new(url).parameters().unwrap_err();
            assert_eq!(shown(url), "***", "{url}");
            assert!(!fault.to_string().contains(SECRET), "{url}: {fault}");
            assert_eq!(DatabaseUrl::new(url).fault(), Some(fault.to_string()));
        }
    }

    #[test]
    fn a_password_from_elsewhere_yields_to_the_address() {
        let url = DatabaseUrl::new("postgres://ann:own@db/a").or_password("other");
        assert_eq!(url.parameters().unwrap().get("password"), Some("own"));
        let url = DatabaseUrl::new("postgres://ann@db/a");
        assert!(!url.has_password() && url.fault().is_none());
        let url = url.or_password("other");
        assert!(url.has_password());
        assert_eq!(url.parameters().unwrap().get("password"), Some("other"));
    }
}
