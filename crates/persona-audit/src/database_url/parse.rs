//! Reading an address, strictly: what could be the rest of a password that was not encoded is refused
//! rather than taken for a host or a database, and no fault quotes the text.

use std::collections::BTreeMap;
use std::fmt;

/// The port of a server that names none.
const PORT: &str = "5432";
/// What an address may say, under libpq's names.
const KNOWN: [&str; 18] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "target_session_attrs",
    "user",
];
/// Those that are numbers.
const NUMBERS: [&str; 3] = ["connect_timeout", "keepalives", "keepalives_idle"];
/// Those that take a few words.
const WORDS: [(&str, &[&str]); 5] = [
    ("channel_binding", &["disable", "prefer", "require"]),
    ("load_balance_hosts", &["disable", "random"]),
    ("sslmode", &["disable", "prefer", "require", "verify-ca", "verify-full"]),
    ("sslnegotiation", &["direct", "postgres"]),
    ("target_session_attrs", &["any", "read-only", "read-write"]),
];

/// What is wrong with an address. The text quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlFault {
    /// Neither form.
    #[error("it begins neither with `postgresql://` nor is it a list of `name=value`")]
    Form,
    /// `@`, `/`, `?`, `#` or `%` where none belongs.
    #[error("it has a `@`, `/`, `?`, `#` or `%` that should be percent-encoded")]
    Encoding,
    /// A quote is not closed, or a name has no value.
    #[error("one of its `name=value` is not whole")]
    Pair,
    /// A parameter that is not known here.
    #[error("it has a parameter that is not known")]
    Unknown,
    /// A value that the parameter does not take.
    #[error("its `{0}` has a value that is not known")]
    Value(&'static str),
    /// No host.
    #[error("it names no host")]
    NoHost,
    /// Neither a database nor a user that would name it.
    #[error("it names no database")]
    NoDatabase,
}

/// What an address says. `Display` shows it without the secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(super) fn parse(text: &str) -> Result<Self, UrlFault> {
        let mut parameters = Self(BTreeMap::new());
        let url = ["postgresql://", "postgres://"].iter().find_map(|it| text.strip_prefix(it));
        match url {
            Some(url) => parameters.read_url(url)?,
            None if text.contains("://") || !text.contains('=') => return Err(UrlFault::Form),
            None => parameters.read_pairs(text)?,
        }
        parameters.check()?;
        Ok(parameters)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Everything the address says.
    #[cfg(feature = "postgres")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The database, which is named like the user where nothing else is said.
    pub(crate) fn database(&self) -> &str {
        self.get("dbname").or(self.get("user")).unwrap_or_default()
    }

    /// Each host and its port.
    pub(crate) fn servers(&self) -> Vec<(&str, &str)> {
        let ports: Vec<&str> = self.get("port").unwrap_or_default().split(',').collect();
        let hosts = self.get("host").or(self.get("hostaddr")).unwrap_or_default();
        let port = |position: usize| match ports.as_slice() {
            [port] => *port,
            several => several.get(position).copied().unwrap_or_default(),
        };
        let server = |(position, host)| match port(position) {
            "" => (host, PORT),
            port => (host, port),
        };
        hosts.split(',').enumerate().map(server).collect()
    }

    /// Servers and database, as one stable text without user or password.
    pub(crate) fn place(&self) -> String {
        let servers: Vec<String> = self.servers().into_iter().map(spelled).collect();
        format!("{}/{}", servers.join(","), encoded(self.database()))
    }

    pub(super) fn or(mut self, name: &'static str, value: &str) -> Self {
        self.0.entry(name).or_insert_with(|| value.to_owned());
        self
    }

    fn read_url(&mut self, url: &str) -> Result<(), UrlFault> {
        let (rest, query) = url.split_once('?').map_or((url, None), |(a, b)| (a, Some(b)));
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (login, hosts) =
            authority.split_once('@').map_or((None, authority), |(a, b)| (Some(a), b));
        if let Some(login) = login {
            let (user, password) =
                login.split_once(':').map_or((login, None), |(a, b)| (a, Some(b)));
            self.set_decoded("user", user)?;
            password.map_or(Ok(()), |password| self.set_decoded("password", password))?;
        }
        self.read_hosts(hosts)?;
        path.map_or(Ok(()), |path| self.set_decoded("dbname", path))?;
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(UrlFault::Pair)?;
            // A folder is often written as it is; whatever else is not encoded may be a secret's rest.
            match known(name)? {
                name @ ("host" | "sslrootcert") => {
                    let value = value.replace('/', "%2F");
                    self.set_decoded(name, &value)?;
                }
                name => self.set_decoded(name, value)?,
            }
        }
        Ok(())
    }

    fn read_hosts(&mut self, hosts: &str) -> Result<(), UrlFault> {
        let (mut names, mut ports) = (Vec::new(), Vec::new());
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            let (name, port) = match host.strip_prefix('[').and_then(|it| it.split_once(']')) {
                Some((name, port)) => (name, port.strip_prefix(':').unwrap_or(port)),
                None => host.split_once(':').unwrap_or((host, "")),
            };
            names.push(decoded(name)?);
            ports.push(port);
        }
        if !names.is_empty() {
            self.set("host", &names.join(","));
        }
        if ports.iter().any(|port| !port.is_empty()) {
            let ports: Vec<&str> =
                ports.iter().map(|port| if port.is_empty() { PORT } else { port }).collect();
            self.set("port", &ports.join(","));
        }
        Ok(())
    }

    /// libpq's other form: `name=value name='value with blanks'`, with `\` before `'` and `\`.
    fn read_pairs(&mut self, text: &str) -> Result<(), UrlFault> {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (name, value) = rest.split_once('=').ok_or(UrlFault::Pair)?;
            let name = known(name.trim_end())?;
            let (value, after) = quoted(value.trim_start())?;
            self.set(name, &value);
            rest = after.trim_start();
        }
        Ok(())
    }

    fn set_decoded(&mut self, name: &'static str, value: &str) -> Result<(), UrlFault> {
        self.set(name, &decoded(value)?);
        Ok(())
    }

    fn set(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            self.0.insert(name, value.to_owned());
        }
    }

    fn check(&mut self) -> Result<(), UrlFault> {
        for name in NUMBERS {
            if self.get(name).is_some_and(|value| value.parse::<u32>().is_err()) {
                return Err(UrlFault::Value(name));
            }
        }
        for (name, words) in WORDS {
            if self.get(name).is_some_and(|value| !words.contains(&value)) {
                return Err(UrlFault::Value(name));
            }
        }
        if self.get("host").or(self.get("hostaddr")).is_none() {
            return Err(UrlFault::NoHost);
        }
        let servers = self.servers();
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
        let ports = self.get("port").map_or(1, |ports| ports.split(',').count());
        if servers.iter().any(|(_, port)| !is_port(port)) || ![1, servers.len()].contains(&ports) {
            return Err(UrlFault::Value("port"));
        }
        if servers.iter().any(|(host, _)| !is_host(host)) {
            return Err(UrlFault::Value("host"));
        }
        if self.database().is_empty() { Err(UrlFault::NoDatabase) } else { Ok(()) }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.get("user") {
            write!(f, "{}@", encoded(user))?;
        }
        f.write_str(&self.place())?;
        let shown = ["sslmode", "sslrootcert", "target_session_attrs"];
        let shown = shown.iter().filter_map(|name| Some((name, self.get(name)?)));
        for (position, (name, value)) in shown.enumerate() {
            let mark = if position == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={}", encoded(value).replace("%2F", "/"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn known(name: &str) -> Result<&'static str, UrlFault> {
    KNOWN.iter().find(|known| **known == name).copied().ok_or(UrlFault::Unknown)
}

/// A folder with a socket, a name, or an address.
fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    host.starts_with('/') || (!host.is_empty() && host.chars().all(plain))
}

fn spelled((host, port): (&str, &str)) -> String {
    let host = if host.starts_with('/') { host.to_owned() } else { host.to_ascii_lowercase() };
    let host = if host.contains(':') { format!("[{host}]") } else { encoded(&host) };
    format!("{host}:{port}")
}

/// The value at the start of `text`, and what comes after it.
fn quoted(text: &str) -> Result<(String, &str), UrlFault> {
    let is_quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(is_quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next().ok_or(UrlFault::Pair)?.1),
            '\'' if is_quoted => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            blank if !is_quoted && blank.is_whitespace() => {
                return Ok((value, text.get(at..).unwrap_or_default()));
            }
            other => value.push(other),
        }
    }
    if is_quoted { Err(UrlFault::Pair) } else { Ok((value, "")) }
}

/// Undoes percent-encoding; what should have been encoded is refused.
fn decoded(text: &str) -> Result<String, UrlFault> {
    if text.contains(['@', '/', '?', '#']) {
        return Err(UrlFault::Encoding);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(UrlFault::Encoding)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        bytes.push(byte.ok_or(UrlFault::Encoding)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(UrlFault::Encoding)
}

/// Percent-encodes all but what RFC 3986 leaves alone.
pub(crate) fn encoded(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            spelled.push(char::from(byte));
        } else {
            spelled.push('%');
            spelled.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    spelled
}
