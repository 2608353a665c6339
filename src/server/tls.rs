//! TLS from certificate files, read anew when they change, so that a renewal needs no restart.

use std::fmt;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

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

/// A configuration (TLS 1.2 and 1.3) that serves whatever certificate the files hold.
pub(super) fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsFault> {
    let current = Arc::new(Current(ArcSwap::from_pointee(read(files)?)));
    watch(files.clone(), &current)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| TlsFault(why.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current);
    Ok(config)
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, TlsFault> {
    let fault =
        |path: &Path, why: &dyn fmt::Display| TlsFault(format!("{}: {why}", path.display()));
    let open = |path: &Path| {
        File::open(path)
            .map(BufReader::new)
            .map_err(|why| fault(path, &why))
    };
    let chain: Vec<_> = CertificateDer::pem_reader_iter(open(&files.certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|why| fault(&files.certificate, &why))?;
    if chain.is_empty() {
        return Err(fault(
            &files.certificate,
            &"there is no certificate in this file; it must be PEM",
        ));
    }
    let key =
        PrivateKeyDer::from_pem_reader(open(&files.key)?).map_err(|why| fault(&files.key, &why))?;
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
        .map_err(|why| fault(&files.key, &why))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(certified)
        }
        Err(_) => Err(fault(
            &files.key,
            &format!("is not the key of {}", files.certificate.display()),
        )),
    }
}

fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key]
        .map(|path| fs::metadata(path).and_then(|file| file.modified()).ok())
}

/// Looks at the files for as long as the server lives. A pair that does not fit (a renewal under way) changes nothing.
fn watch(files: TlsFiles, current: &Arc<Current>) -> Result<(), TlsFault> {
    let current = Arc::downgrade(current);
    let mut seen = changed_at(&files);
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    std::thread::Builder::new()
        .name("certificates".to_owned())
        .spawn(move || {
            let _keep = _keep;
            while never.recv_timeout(LOOK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let Some(current) = current.upgrade() else {
                    return;
                };
                let now = changed_at(&files);
                if now == seen {
                    continue;
                }
                seen = now;
                match read(&files) {
                    Ok(key) => {
                        current.0.store(Arc::new(key));
                        tracing::info!("the certificate was read anew");
                    }
                    Err(why) => {
                        tracing::warn!(%why, "the new certificate is not usable; the old one stays")
                    }
                }
            }
        })
        .map(|_| ())
        .map_err(|why| TlsFault(format!("cannot start a thread: {why}")))
}
