//! A throw-away server with its data, from `initdb` to the removal of its folder.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    account::Account,
    certificate::Certificate,
    error::ClusterError,
    keeper::Keeper,
    options::{Network, Options},
    place,
    postmaster::{Postmaster, Shutdown, remove_shared_memory},
    process::{finish, program, tail},
    programs::Programs,
};

const USER: &str = "postgres";
const DATABASE: &str = "postgres";
/// A socket's name holds a port even when no port is open.
const PORT: u16 = 5432;

/// A PostgreSQL of one's own. Dropping it ends the server and removes all of its files.
///
/// The same happens when the process that owns it ends without dropping it, also by `SIGKILL`, a moment later.
#[derive(Debug)]
pub struct Cluster {
    postmaster: Option<Postmaster>,
    programs: Programs,
    account: Option<Account>,
    settings: Vec<(String, String)>,
    port: Option<u16>,
    certificate: Option<Certificate>,
    password: String,
    // Dropped in this order: the keeper removes the folder, and what it should leave goes after it.
    keeper: Keeper,
    folder: TempDir,
}

impl Cluster {
    /// Makes a server and waits until it takes connections, which is about a second's work.
    ///
    /// # Errors
    /// [`ClusterError`] names what is missing, or the program that failed and what it said.
    pub fn start(options: Options) -> Result<Self, ClusterError> {
        let account = Account::for_caller()?;
        let programs = options.programs.map_or_else(Programs::find, Ok)?;
        let folder = place::make(options.below, account)?;
        let keeper = Keeper::of(folder.path())?;
        let programs = programs.for_account(account, folder.path())?;
        let port = match options.network {
            Network::SocketOnly => None,
            Network::Tcp | Network::Tls => Some(free_port()?),
        };
        let certificate = match options.network {
            Network::SocketOnly | Network::Tcp => None,
            Network::Tls => Some(Certificate::make(folder.path(), account)?),
        };
        let mut cluster = Self {
            postmaster: None,
            programs,
            account,
            settings: options.settings,
            port,
            certificate,
            password: random_word()?,
            keeper,
            folder,
        };
        cluster.initialise()?;
        cluster.run_first()?;
        Ok(cluster)
    }

    /// The server by its socket, as superuser without a password: `postgresql://postgres@/postgres?host=/…/socket`.
    pub fn url(&self) -> String {
        let folder = percent_encoded(&self.socket_folder());
        let port = self.port.map_or_else(String::new, |port| format!("&port={port}"));
        format!("postgresql://{USER}@/{DATABASE}?host={folder}{port}")
    }

    /// The server by TCP with its password, and with `sslmode=require` when it asks for TLS; nothing unless it was
    /// started with [`Options::tcp`] or [`Options::tls`].
    pub fn url_tcp(&self) -> Option<String> {
        let (port, password) = (self.port?, &self.password);
        let mode = self.certificate.as_ref().map_or("disable", |_| "require");
        Some(format!("postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}?sslmode={mode}"))
    }

    /// The certificate clients may trust, in PEM, when the server was started with [`Options::tls`].
    pub fn certificate(&self) -> Option<&Path> {
        self.certificate.as_ref().map(|made| made.certificate.as_path())
    }

    /// What psql and others read from the environment to reach the server without a URL.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PGHOST", self.socket_folder().to_string_lossy().into_owned()),
            ("PGPORT", self.port.unwrap_or(PORT).to_string()),
            ("PGUSER", USER.to_owned()),
            ("PGDATABASE", DATABASE.to_owned()),
        ]
    }

    /// The programs it was made with.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The folder that holds all of it; it is gone after the drop.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number of the server's first process, while it runs.
    pub fn process(&self) -> Option<u32> {
        let pid = self.postmaster.as_ref()?.pid().as_raw_nonzero().get();
        u32::try_from(pid).ok()
    }

    /// The end of what the server logged.
    pub fn log(&self) -> String {
        fs::read(self.log_file()).map_or_else(|error| error.to_string(), |bytes| tail(&bytes))
    }

    /// Stops the server if it runs, and starts it on the same data, socket and port.
    ///
    /// # Errors
    /// As [`Cluster::stop`] and [`Cluster::start`].
    pub fn restart(&mut self, how: Shutdown) -> Result<(), ClusterError> {
        self.end(how)?;
        self.run()
    }

    /// Shuts the server down and keeps its data, for a [`Cluster::restart`].
    ///
    /// # Errors
    /// [`ClusterError::Slow`] when it had to be killed after all.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        self.end(Shutdown::Fast)
    }

    /// Kills the server and all of its processes with `SIGKILL`, and keeps its data as they then are.
    pub fn kill(&mut self) {
        if let Some(postmaster) = self.postmaster.take() {
            postmaster.kill();
            remove_shared_memory(&self.data());
        }
    }

    fn end(&mut self, how: Shutdown) -> Result<(), ClusterError> {
        let Some(postmaster) = self.postmaster.take() else { return Ok(()) };
        postmaster.stop(how, || self.log())
    }

    fn initialise(&self) -> Result<(), ClusterError> {
        for folder in [self.data(), self.socket_folder()] {
            let mut builder = fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder).map_err(ClusterError::file(&folder))?;
            self.account.map_or(Ok(()), |account| account.own(&folder))?;
        }
        let password = self.folder.path().join("password");
        write(&password, &self.password, self.account)?;
        let mut initdb = self.program("initdb");
        initdb.arg("--pgdata").arg(self.data()).arg("--pwfile").arg(&password);
        // What is lost when the machine fails now is nobody's; the server itself syncs.
        initdb.args(["--no-sync", "--no-instructions", "--username", USER]);
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
        initdb.args(["--encoding=UTF8", "--no-locale"]);
        finish("initdb", initdb.stdout(self.keeper.waits_for()?))?;
        if self.certificate.is_some() {
            let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
            let file = self.data().join("pg_hba.conf");
            fs::remove_file(&file).map_err(ClusterError::file(&file))?;
            write(&file, rules, self.account)?;
        }
        Ok(())
    }

    /// Between its choice and the server's start somebody else may have taken the port; once it ran, URLs name it.
    fn run_first(&mut self) -> Result<(), ClusterError> {
        for _ in 0..3 {
            match self.run() {
                Err(ClusterError::Ended { said, .. })
                    if self.port.is_some() && said.contains("Address already in use") =>
                {
                    self.port = Some(free_port()?);
                }
                outcome => return outcome,
            }
        }
        self.run()
    }

    fn run(&mut self) -> Result<(), ClusterError> {
        let log = self.log_file();
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&log);
        let file = file.map_err(ClusterError::file(&log))?;
        let copy = file.try_clone().map_err(ClusterError::file(&log))?;
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.data()).stdout(file).stderr(copy);
        for (name, value) in self.parameters() {
            postgres.arg("-c").arg(format!("{name}={value}"));
        }
        let started = Postmaster::start(&mut postgres, &self.data(), || self.log());
        self.postmaster = Some(started.map_err(|error| self.explained(error))?);
        Ok(())
    }

    fn explained(&self, error: ClusterError) -> ClusterError {
        let without_tls = "SSL is not supported by this build";
        if matches!(&error, ClusterError::Ended { said, .. } if said.contains(without_tls)) {
            return ClusterError::NoTls { folder: self.programs.folder().to_path_buf() };
        }
        error
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let listened = self.port.map_or("", |_| "127.0.0.1");
        let port = self.port.unwrap_or(PORT).to_string();
        let mut parameters = vec![
            ("fsync", "on".to_owned()),
            ("synchronous_commit", "on".to_owned()),
            ("max_connections", "100".to_owned()),
            ("listen_addresses", listened.to_owned()),
            ("port", port),
            ("unix_socket_directories", format!("\"{}\"", text(&self.socket_folder()))),
            // Files below the data folder: what a killed server leaves goes with it.
            ("dynamic_shared_memory_type", "mmap".to_owned()),
        ];
        if let Some(made) = &self.certificate {
            parameters.push(("ssl", "on".to_owned()));
            parameters.push(("ssl_cert_file", text(&made.certificate)));
            parameters.push(("ssl_key_file", text(&made.key)));
        }
        let ours = parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        ours.chain(self.settings.iter().cloned()).collect()
    }

    fn program(&self, name: &str) -> Command {
        program(&self.programs.path(name), self.account, self.keeper.group())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn socket_folder(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.end(Shutdown::Immediate).is_err() {
            remove_shared_memory(&self.data());
        }
    }
}

/// Writes a new file only its owner may read.
pub(crate) fn write(path: &Path, text: &str, owner: Option<Account>) -> Result<(), ClusterError> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    let mut file = file.map_err(ClusterError::file(path))?;
    file.write_all(text.as_bytes()).map_err(ClusterError::file(path))?;
    owner.map_or(Ok(()), |owner| owner.own(path))
}

fn free_port() -> Result<u16, ClusterError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    bound.map(|address| address.port()).map_err(ClusterError::file("127.0.0.1"))
}

/// 32 hexadecimal digits nobody can guess.
pub(crate) fn random_word() -> Result<String, ClusterError> {
    let path = "/dev/urandom";
    let mut bytes = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(ClusterError::file(path))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// A path as a member of a URL's query.
fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.to_string_lossy().bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || "/-._~".contains(character) {
            encoded.push(character);
        } else {
            encoded.extend(format!("%{byte:02X}").chars());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_safe_in_a_url() {
        assert_eq!(percent_encoded(Path::new("/tmp/pg-aB1/socket")), "/tmp/pg-aB1/socket");
        assert_eq!(percent_encoded(Path::new("/my tmp&x=%")), "/my%20tmp%26x%3D%25");
    }

    #[test]
    fn a_port_that_somebody_takes_meanwhile_is_left_to_them() {
        let mut cluster = Cluster::start(Options::default().tcp()).unwrap();
        let port = cluster.port.unwrap();
        cluster.stop().unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let refused = cluster.restart(Shutdown::Fast).unwrap_err().to_string();
        assert!(refused.contains("Address already in use"), "{refused}");
        cluster.run_first().unwrap();
        assert_ne!(cluster.port.unwrap(), port);
    }

    #[test]
    fn no_two_words_are_equal() {
        let (one, other) = (random_word().unwrap(), random_word().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
