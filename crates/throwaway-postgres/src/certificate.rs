//! A certificate for 127.0.0.1 that signs itself, made with the openssl program.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{account::Account, cluster::write, error::ClusterError, process::finish};

/// No certificate authority, or clients that are strict about it refuse it as a server's own.
const REQUEST: &str = "\
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// The two files a server needs for TLS.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    pub(crate) fn make(folder: &Path, account: Option<Account>) -> Result<Self, ClusterError> {
        let made = Self { certificate: folder.join("server.crt"), key: folder.join("server.key") };
        let request = folder.join("request.cnf");
        write(&request, REQUEST, None)?;
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-new", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
        openssl.arg("-config").arg(request);
        openssl.arg("-keyout").arg(&made.key).arg("-out").arg(&made.certificate);
        finish("openssl", &mut openssl)?;
        for file in [&made.key, &made.certificate] {
            account.map_or(Ok(()), |account| account.own(file))?;
        }
        Ok(made)
    }
}
