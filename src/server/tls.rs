//! TLS with certificate files that are reloaded when they change, so that a renewal needs no
//! restart.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificate::{Pem, TlsError, Validity};
use crate::base::Clock;
use crate::config::TlsFiles;

/// How often the files are read.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Returns the warning about the certificate in the files. `None` if there is none.
///
/// # Errors
/// Returns the [`TlsError`] if the files do not contain a certificate and its key.
pub fn check_tls(files: &TlsFiles, clock: &Clock) -> Result<Option<String>, TlsError> {
    let pair = Pem::read(files)?.pair(files)?;
    Ok(Validity::of(&pair, clock.now()).warning(files))
}

/// Returns a configuration (TLS 1.2 and 1.3) that always serves the current certificate in the
/// files.
///
/// # Errors
/// Returns the [`TlsError`] if the files do not contain a certificate and its key.
pub(super) fn server_config(files: &TlsFiles, clock: Clock) -> Result<ServerConfig, TlsError> {
    let pem = Pem::read(files)?;
    let current = Arc::new(Current(ArcSwap::from_pointee(pem.pair(files)?)));
    watch(files.clone(), pem, &current, clock)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| TlsError(why.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current);
    Ok(config)
}

/// Reads the files as long as the server runs. It compares them byte for byte, because the time of
/// a change is too coarse to distinguish a half-written file from the complete one. A pair that
/// does not match (during a renewal) changes nothing. A warning that a certificate has expired, or
/// expires soon, is logged once each time the validity changes.
fn watch(files: TlsFiles, read: Pem, current: &Arc<Current>, clock: Clock) -> Result<(), TlsError> {
    let mut logged = Validity::Valid;
    let current = Arc::downgrade(current);
    let mut seen = Some(read);
    let look = move || {
        while let Some(current) = current.upgrade() {
            let validity = Validity::of(&current.0.load(), clock.now());
            if std::mem::replace(&mut logged, validity) != validity
                && let Some(warning) = validity.warning(&files)
            {
                tracing::warn!("{warning}");
            }
            std::thread::park_timeout(LOOK);
            let found = Pem::read(&files);
            if found.as_ref().ok() == seen.as_ref() {
                continue;
            }
            let (pem, pair) = match found {
                Ok(pem) => {
                    let pair = pem.pair(&files);
                    (Some(pem), pair)
                }
                Err(why) => (None, Err(why)),
            };
            seen = pem;
            match pair {
                Ok(pair) => {
                    current.0.store(Arc::new(pair));
                    tracing::info!(file = %files.certificate.display(), "the certificate was read anew");
                }
                Err(why) => {
                    tracing::warn!(%why, "the changed certificate cannot be used; the one before stays");
                }
            }
        }
    };
    std::thread::Builder::new()
        .name("certificates".to_owned())
        .spawn(look)
        .map(|_| ())
        .map_err(|why| TlsError(format!("cannot start a thread: {why}")))
}
