//! How a server proves who it is: the system's certificates, always.

use std::sync::Arc;

use reqwest::Url;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::SetupError;

/// TLS for one address. Without `https` no certificate is trusted, and none is looked for.
pub(super) fn configuration(address: &Url) -> Result<ClientConfig, SetupError> {
    let made = if address.scheme() == "https" { checked() } else { none() };
    let host = address.host_str().unwrap_or_default().to_owned();
    made.map_err(|source| SetupError::Certificates { host, source })
}

fn checked() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

fn none() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
