//! TLS from certificate files, read anew when they change, so that a renewal needs no restart.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why there is no certificate.
#[derive(Debug)]
pub struct TlsFault(String);

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsFault {}

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Whether the files hold a certificate and its key.
///
/// # Errors
/// The [`TlsFault`].
pub fn check_tls(files: &TlsFiles) -> Result<(), TlsFault> {
    Pem::read(files)?.pair(files).map(|_| ())
}

/// A configuration (TLS 1.2 and 1.3) that serves whatever certificate the files hold.
pub(super) fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsFault> {
    let pem = Pem::read(files)?;
    let current = Arc::new(Current(ArcSwap::from_pointee(pem.pair(files)?)));
    watch(files.clone(), pem, &current)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| TlsFault(why.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current);
    Ok(config)
}

/// What the files hold.
#[derive(PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

fn fault(path: &Path, why: &impl fmt::Display) -> TlsFault {
    TlsFault(format!("{}: {why}", path.display()))
}

impl Pem {
    fn read(files: &TlsFiles) -> Result<Self, TlsFault> {
        let read = |path: &Path| fs::read(path).map_err(|why| fault(path, &why));
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: Zeroizing::new(read(&files.key)?),
        })
    }

    fn pair(&self, files: &TlsFiles) -> Result<CertifiedKey, TlsFault> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|why| fault(&files.certificate, &why))?;
        if chain.is_empty() {
            return Err(fault(
                &files.certificate,
                &"there is no certificate in this file; it takes PEM, the certificate first, then its chain",
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|why| match why {
            pem::Error::NoItemsFound => fault(
                &files.key,
                &"there is no private key in this file; it takes PEM, unencrypted",
            ),
            why => fault(&files.key, &why),
        })?;
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|why| fault(&files.key, &why))?;
        let pair = CertifiedKey::new(chain, key);
        match pair.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(pair)
            }
            Err(_) => Err(fault(
                &files.key,
                &format!("this is not the key of {}", files.certificate.display()),
            )),
        }
    }
}

/// Looks at the files for as long as the server lives. They are compared byte for byte: the time of a change is too coarse to
/// tell a file half written from the whole one. A pair that does not fit (a renewal under way) changes nothing.
fn watch(files: TlsFiles, read: Pem, current: &Arc<Current>) -> Result<(), TlsFault> {
    let current = Arc::downgrade(current);
    let mut seen = Some(read);
    let look = move || {
        loop {
            std::thread::park_timeout(LOOK);
            let Some(current) = current.upgrade() else {
                return;
            };
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
        .map_err(|why| TlsFault(format!("cannot start a thread: {why}")))
}
