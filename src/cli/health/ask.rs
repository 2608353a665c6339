//! The request, over TCP, TLS or a Unix socket, and its answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde::Deserialize;

use super::Target;

#[derive(Deserialize)]
struct Answer {
    status: String,
}

impl Target {
    /// Sends `GET` and returns the answer. Each step takes `timeout` at most.
    pub(super) fn ask(&self, timeout: Duration) -> std::io::Result<Vec<u8>> {
        if let Some(socket) = &self.socket {
            let connection = UnixStream::connect(socket)?;
            connection.set_read_timeout(Some(timeout))?;
            connection.set_write_timeout(Some(timeout))?;
            return self.exchange(connection);
        }
        let connection = connect((self.host.as_str(), self.port).to_socket_addrs()?, timeout)?;
        connection.set_read_timeout(Some(timeout))?;
        connection.set_write_timeout(Some(timeout))?;
        if self.tls {
            let name = ServerName::try_from(self.host.clone()).map_err(std::io::Error::other)?;
            let client = ClientConnection::new(Arc::new(unverified()?), name)
                .map_err(std::io::Error::other)?;
            self.exchange(StreamOwned::new(client, connection))
        } else {
            self.exchange(connection)
        }
    }

    fn exchange(&self, mut stream: impl Read + Write) -> std::io::Result<Vec<u8>> {
        write!(
            stream,
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: lanyard-health\r\nConnection: close\r\n\r\n",
            self.path,
            self.authority()
        )?;
        stream.flush()?;
        let mut answer = Vec::new();
        match stream.take(64 * 1024).read_to_end(&mut answer) {
            // Some servers close the connection without TLS's `close_notify`.
            Err(why) if answer.is_empty() => Err(why),
            _ => Ok(answer),
        }
    }
}

fn connect(
    addresses: impl Iterator<Item = SocketAddr>,
    timeout: Duration,
) -> std::io::Result<TcpStream> {
    let mut outcome = Err(std::io::Error::other("the host has no address"));
    for address in addresses {
        outcome = TcpStream::connect_timeout(&address, timeout);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Returns the status code, and the status from the body; the reason phrase if the body is not
/// Lanyard's.
pub(super) fn read(answer: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut status = head.lines().next()?.splitn(3, ' ');
    let code = status
        .next()
        .filter(|version| version.starts_with("HTTP/1."));
    let code = code.and(status.next())?.parse().ok()?;
    let summary = serde_json::from_str(body).map_or_else(
        |_| status.next().unwrap_or_default().to_owned(),
        |Answer { status }| status,
    );
    Some((
        code,
        summary
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect(),
    ))
}

fn unverified() -> std::io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
        .with_no_client_auth())
}

/// Accepts every certificate.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_leniently() {
        let ready = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"status\":\"ready\"}";
        assert_eq!(read(ready), Some((200, "ready".to_owned())));
        let proxy = b"HTTP/1.0 502 Bad Gateway\r\n\r\n<html>";
        assert_eq!(read(proxy), Some((502, "Bad Gateway".to_owned())));
        for bad in [&b"SSH-2.0-x\r\n\r\n"[..], b"", b"HTTP/1.1 200 OK\r\n"] {
            assert_eq!(read(bad), None);
        }
    }
}
