//! How a server proves who it is. There is no TLS here without that: `require` checks certificate and
//! name as `verify-full` does.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::database_url::Parameters;

/// Returns whether TLS is used: as the address says, else wherever a server is not this machine.
pub(super) fn mode(parameters: &Parameters) -> SslMode {
    let servers = parameters.servers();
    if servers.iter().all(|(host, _)| host.starts_with('/')) {
        return SslMode::Disable;
    }
    match parameters.get("sslmode") {
        Some("disable") => SslMode::Disable,
        Some("prefer") => SslMode::Prefer,
        None if servers.iter().all(|(host, _)| is_this_machine(host)) => SslMode::Disable,
        Some(_) | None => SslMode::Require,
    }
}

/// Returns the connector; where no TLS is wanted it trusts nobody, and looks for no certificates.
pub(super) fn connector(parameters: &Parameters) -> Result<MakeRustlsConnect, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|it| it.to_string())?;
    let builder = match (mode(parameters), parameters.get("sslrootcert")) {
        (SslMode::Disable, _) => builder.with_root_certificates(RootCertStore::empty()),
        (_, Some(file)) if file != "system" => {
            builder.with_root_certificates(roots(Path::new(file))?)
        }
        (..) => builder
            .with_platform_verifier()
            .map_err(|error| format!("the system's certificates cannot be used: {error}"))?,
    };
    let mut configuration = builder.with_no_client_auth();
    if parameters.get("sslnegotiation") == Some("direct") {
        configuration.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(configuration))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let unusable = |reason: String| format!("`sslrootcert` {}: {reason}", file.display());
    let mut roots = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    for certificate in read {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unusable("it holds no certificate".to_owned())) } else { Ok(roots) }
}

fn is_this_machine(host: &str) -> bool {
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database_url::DatabaseUrl;
    use crate::files;

    fn mode_of(url: &str) -> SslMode {
        mode(DatabaseUrl::new(url).parameters().unwrap())
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_somebody_says_otherwise() {
        assert_eq!(mode_of("postgres://a@db.example/a"), SslMode::Require);
        assert_eq!(mode_of("postgres://a@localhost,db.example/a"), SslMode::Require);
        assert_eq!(mode_of("postgres://a@db.example/a?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode_of("postgres://a@db.example/a?sslmode=verify-ca"), SslMode::Require);
        for local in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode_of(&format!("postgres://a@{local}/a")), SslMode::Disable);
        }
        assert_eq!(mode_of("postgres://a@localhost/a?sslmode=prefer"), SslMode::Prefer);
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for found in [None, Some(""), Some(broken)] {
            if let Some(text) = found {
                files::replace(&file, text.as_bytes(), files::Durable::No).unwrap();
            }
            let url = format!("postgres://a@db.example/a?sslrootcert={}", file.display());
            assert!(connector(DatabaseUrl::new(url).parameters().unwrap()).is_err(), "{found:?}");
        }
    }
}
