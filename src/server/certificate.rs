//! A certificate and its key, read from PEM files.
//!
//! The law: no message here comes from a parser. Parsers quote what they cannot parse, and that may
//! be the key.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::base::{Timestamp, bom};
use crate::config::TlsFiles;

/// Why there is no certificate to serve.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(pub(super) String);

/// The contents of the two files.
#[derive(PartialEq, Eq)]
pub(super) struct Pem {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Pem {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|why| fault(path, &why));
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: Zeroizing::new(read(&files.key)?),
        })
    }

    /// Returns the certificate with its key.
    ///
    /// # Errors
    /// Returns an error that names the file and says what is wrong with it.
    pub(super) fn pair(&self, files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
        let certificate = bom::strip_bytes(&self.certificate);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|why| fault(&files.certificate, &in_own_words(certificate, &why)))?;
        if chain.is_empty() {
            return Err(fault(
                &files.certificate,
                &"there is no certificate in this file; it takes PEM, the certificate first, then its chain",
            ));
        }
        let key = bom::strip_bytes(&self.key);
        if holds(key, b"ENCRYPTED") {
            return Err(fault(&files.key, &ENCRYPTED));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|why| match why {
            pem::Error::NoItemsFound => fault(
                &files.key,
                &"there is no private key in this file; it takes PEM, unencrypted",
            ),
            why => fault(&files.key, &in_own_words(key, &why)),
        })?;
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|_| fault(&files.key, &UNSUPPORTED))?;
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

const ENCRYPTED: &str = "this private key is encrypted, and Lanyard cannot ask for its passphrase; decrypt it: \
                         openssl pkey -in KEY -out NEW";

const UNSUPPORTED: &str = "this private key cannot be used; it takes RSA of 2,048 to 8,192 bits, ECDSA on P-256, P-384 or \
                           P-521, or Ed25519";

fn fault(path: &Path, why: &impl fmt::Display) -> TlsError {
    TlsError(format!("{}: {why}", path.display()))
}

const NOT_BY_LINES: &str = "this is no PEM: each BEGIN and each END needs a line of its own; were the line ends lost on the way?";

/// Describes a parser's error without a byte of what it parsed.
fn in_own_words(text: &[u8], why: &pem::Error) -> &'static str {
    if holds(text, br"\n") {
        return r"the line ends of this PEM are written as \n; they must be real ones";
    }
    if !holds(text.trim_ascii(), b"\n") {
        return NOT_BY_LINES;
    }
    match why {
        pem::Error::Base64Decode(_) => {
            "between BEGIN and END there is something that is no base64; is the file whole?"
        }
        pem::Error::MissingSectionEnd { .. } => {
            "a section of this PEM has no END line; is the file whole?"
        }
        pem::Error::SectionTooLarge => "a section of this PEM is too large",
        _ => NOT_BY_LINES,
    }
}

fn holds(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

/// How long before a certificate expires a warning is logged. Some certificates are valid for six
/// days only, and are renewed in their last three.
const SOON: Duration = Duration::from_hours(48);

/// Whether clients accept a certificate, by its dates alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    /// They accept it, or its dates cannot be read.
    Valid,
    /// They refuse it before this instant.
    NotYet(Timestamp),
    /// They accept it until this instant, which is near.
    EndsSoon(Timestamp),
    /// They refuse it since this instant.
    Expired(Timestamp),
}

impl Validity {
    /// Returns the validity of the first certificate of a pair.
    pub(super) fn of(pair: &CertifiedKey, now: Timestamp) -> Self {
        let Some(Ok(certificate)) = pair.cert.first().map(webpki::EndEntityCert::try_from) else {
            return Self::Valid;
        };
        // The library checks the dates first. It searches for an issuer afterwards, and finds none.
        let at = |time: Duration| {
            let usage = webpki::KeyUsage::server_auth();
            let time = UnixTime::since_unix_epoch(time);
            certificate
                .verify_for_usage(&[], &[], &[], time, usage, None, None)
                .err()
        };
        let instant = |time: UnixTime| {
            Timestamp::from_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
        };
        let now = Duration::from_secs(u64::try_from(now.as_seconds()).unwrap_or_default());
        match (at(now), at(now + SOON)) {
            (Some(webpki::Error::CertExpired { not_after, .. }), _) => {
                Self::Expired(instant(not_after))
            }
            (Some(webpki::Error::CertNotValidYet { not_before, .. }), _) => {
                Self::NotYet(instant(not_before))
            }
            (_, Some(webpki::Error::CertExpired { not_after, .. })) => {
                Self::EndsSoon(instant(not_after))
            }
            _ => Self::Valid,
        }
    }

    /// Returns the warning to log. `None` if there is none.
    pub(super) fn warning(self, files: &TlsFiles) -> Option<String> {
        let file = files.certificate.display();
        match self {
            Self::Valid => None,
            Self::NotYet(from) => Some(format!(
                "{file}: the certificate is not valid before {from}; clients refuse it until then"
            )),
            Self::EndsSoon(end) => Some(format!("{file}: the certificate expires at {end}")),
            Self::Expired(end) => Some(format!(
                "{file}: the certificate expired at {end}; clients refuse it"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn files() -> TlsFiles {
        TlsFiles {
            certificate: "tls.crt".into(),
            key: "tls.key".into(),
        }
    }

    fn refusal(certificate: &str, key: &str) -> String {
        let pem = Pem {
            certificate: certificate.into(),
            key: Zeroizing::new(key.into()),
        };
        pem.pair(&files()).unwrap_err().to_string()
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_shown() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let body: String = key.lines().nth(1).unwrap().to_owned();
        let bytes = format!("{:?}", &body.as_bytes()[..8]);
        for (broken, why) in [
            (key.replace('\n', ""), "line ends lost on the way"),
            (key.replace('\n', r"\n"), r"written as \n"),
            (key.replace("-----END", "END"), "is the file whole"),
            (key.replace(&body, &format!("{body}!")), "no base64"),
            (
                key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
                "openssl pkey",
            ),
            (
                key.replace(
                    "PRIVATE KEY-----\nM",
                    "RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nM",
                ),
                "openssl pkey",
            ),
            (key.replace(&body, &body.to_uppercase()), "cannot be used"),
        ] {
            let message = refusal(&certificate, &broken);
            assert!(message.contains(why), "{message}");
            assert!(message.starts_with("tls.key: "), "{message}");
            let inner = bytes.trim_matches(['[', ']']);
            assert!(
                !message.contains(&body[..8]) && !message.contains(inner),
                "{message}"
            );
        }
        // Some people put both into one file.
        let message = refusal(&format!("{certificate}{key}").replace('\n', ""), &key);
        assert!(
            message.contains("line ends lost on the way") && !message.contains(&body[..8]),
            "{message}"
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = Pem {
            certificate: format!("\u{feff}{}", made.cert.pem()).into(),
            key: Zeroizing::new(format!("\u{feff}{}", made.signing_key.serialize_pem()).into()),
        };
        assert!(pem.pair(&files()).is_ok());
    }

    #[test]
    fn dates_are_warned_of() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        wanted.not_before = rcgen::date_time_ymd(2030, 1, 10);
        wanted.not_after = rcgen::date_time_ymd(2030, 2, 10);
        let certificate = wanted.self_signed(&key).unwrap();
        let pem = Pem {
            certificate: certificate.pem().into(),
            key: Zeroizing::new(key.serialize_pem().into()),
        };
        let pair = pem.pair(&files()).unwrap();
        let instant = |text: &str| Timestamp::parse(text).unwrap();
        let at = |text: &str| Validity::of(&pair, instant(text));
        let end = instant("2030-02-10T00:00:00Z");
        let start = instant("2030-01-10T00:00:00Z");
        for (now, expected) in [
            ("2030-01-09T00:00:00Z", Validity::NotYet(start)),
            ("2030-01-10T00:00:01Z", Validity::Valid),
            ("2030-02-07T23:59:59Z", Validity::Valid),
            ("2030-02-08T00:00:01Z", Validity::EndsSoon(end)),
            ("2030-02-10T00:00:01Z", Validity::Expired(end)),
        ] {
            assert_eq!(at(now), expected, "{now}");
        }
        let message = Validity::Expired(end).warning(&files()).unwrap();
        assert!(
            message.starts_with("tls.crt: ") && message.contains("2030-02-10T00:00:00Z"),
            "{message}"
        );
    }

    proptest! {
        #[test]
        fn nothing_of_a_file_comes_back(noise in "[A-Za-z0-9+/=\\\\ -]{0,40}", at in any::<prop::sample::Index>()) {
            let made = "-----BEGIN PRIVATE KEY-----\nxYzZyxYzZy\n-----END PRIVATE KEY-----\n";
            let at = at.index(made.len());
            let text = format!("{}{noise}{}", &made[..at], &made[at..]);
            let message = refusal(&text, &text);
            prop_assert!(!message.contains("xYzZy") && !message.contains("120, 89"), "{}", message);
        }
    }
}
