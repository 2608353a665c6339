//! URLs and addresses to which nothing is sent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use super::receiver::{Receiver, Reply};
use super::{Post, add, only, test};
use crate::support::{Server, on_both};

on_both!(a_redirect_leads_nowhere, "webhooks.allow_private=true");
fn a_redirect_leads_nowhere(server: &Server) {
    let acme = server.organization("acme");
    let inner = Receiver::start([]);
    let outer = Receiver::start([Reply::To(inner.url("/admin"))]);
    let (id, _) = add(&acme, &outer.url("/"), &["token.revoked"]);
    test(&acme, id);
    Post::new(server).deliver();
    assert_eq!(outer.all().len(), 1);
    assert!(inner.all().is_empty());
    assert_eq!(
        only(&acme, id),
        ("pending".to_owned(), 1, "status 302".to_owned())
    );
}

on_both!(
    the_address_is_looked_at_when_it_is_connected_to,
    "webhooks.allow_private=true"
);
fn the_address_is_looked_at_when_it_is_connected_to(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([]);
    let plain = add(&acme, &receiver.url("/"), &["token.revoked"]).0;
    let secure = receiver.url("/").replace("http:", "https:");
    let secure = add(&acme, &secure, &["token.revoked"]).0;
    // This node sends nothing there, although the endpoint was added before.
    let strict = &server.another(&[]);
    for id in [plain, secure] {
        test(&acme, id);
    }
    Post::new(strict).deliver();
    let (status, attempts, outcome) = only(&acme, plain);
    assert_eq!((status.as_str(), attempts), ("pending", 1));
    assert!(outcome.contains("https"), "{outcome}");
    let (status, attempts, outcome) = only(&acme, secure);
    assert_eq!((status.as_str(), attempts), ("pending", 1));
    assert!(
        outcome.starts_with("not sent: the url must lead to an address of the public internet"),
        "{outcome}"
    );
    assert!(receiver.all().is_empty());
}

on_both!(
    a_certificate_nobody_vouches_for_is_refused,
    "webhooks.allow_private=true"
);
fn a_certificate_nobody_vouches_for_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let (id, _) = add(&acme, &url, &["token.revoked"]);
    let peer = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let mut received = Vec::new();
        // The other side closes the connection in the handshake.
        let _ = stream.read_to_end(&mut received);
        let _ = stream.flush();
        received
    });
    test(&acme, id);
    Post::new(server).deliver();
    assert_eq!(peer.join().unwrap(), b"", "nothing was sent");
    let (status, _, outcome) = only(&acme, id);
    assert_eq!(status, "pending");
    assert!(
        outcome.starts_with("TLS: ") && outcome.contains("ertificate"),
        "{outcome}"
    );
}
