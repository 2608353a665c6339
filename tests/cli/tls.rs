//! TLS from files: served, renewed without a restart, kept if the new pair is invalid.

use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Answer, exchange};
use crate::harness::{Folder, Service, until};
use crate::http::get;

struct Pair {
    certificate: String,
    key: String,
    root: CertificateDer<'static>,
}

fn pair() -> Pair {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Pair {
        certificate: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
        root: made.cert.der().clone(),
    }
}

impl Pair {
    /// Replaces both files, each atomically.
    fn install(&self, folder: &Folder) {
        for (name, text) in [("tls.crt", &self.certificate), ("tls.key", &self.key)] {
            let draft = folder.write("draft", text);
            std::fs::rename(draft, folder.path().join(name)).unwrap();
        }
    }
}

/// Connects by TLS and trusts one certificate only. Returns `None` if the handshake fails.
fn connect(
    service: &Service,
    root: &CertificateDer<'static>,
    protocols: &[&str],
) -> Option<(ClientConnection, TcpStream)> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket: TcpStream = service.connect();
    while client.is_handshaking() {
        client.complete_io(&mut socket).ok()?;
    }
    Some((client, socket))
}

/// Sends a request over TLS.
fn ask(service: &Service, root: &CertificateDer<'static>, request: &str) -> Option<Answer> {
    let (client, socket) = connect(service, root, &[])?;
    Some(exchange(StreamOwned::new(client, socket), request))
}

const FILES: [(&str, &str); 3] = [
    ("LANYARD_HTTP_TLS_CERTIFICATE_FILE", "tls.crt"),
    ("LANYARD_HTTP_TLS_KEY_FILE", "tls.key"),
    ("LANYARD_HTTP_REQUIRE_TLS", "true"),
];

#[test]
fn a_renewed_certificate_is_served_without_a_restart() {
    let folder = Folder::new();
    let (first, second, third) = (pair(), pair(), pair());
    first.install(&folder);
    let service = folder.serve(&FILES);
    let ready = get("/readyz", &[]);
    let login = crate::http::post(
        "/api/company/get-token",
        &[],
        &serde_json::json!({"login": "a", "password": "b"}),
    );
    assert_eq!(ask(&service, &first.root, &ready).unwrap().status, 200);
    assert_eq!(
        ask(&service, &first.root, &login).unwrap().status,
        401,
        "TLS it is"
    );
    let garbage = ask(&service, &first.root, "GARBAGE\r\n\r\n").unwrap();
    assert_eq!(garbage.status, 400);
    assert!(
        garbage.text().contains("invalid_request"),
        "a body, over TLS too"
    );
    assert!(ask(&service, &second.root, &ready).is_none());
    let url = format!("https://localhost:{}", service.port);
    assert_eq!(folder.run(&["health", "--url", &url]).ok(), "ready\n");
    let listen = format!("127.0.0.1:{}", service.port);
    let by_setting = [&FILES[..], &[("LANYARD_HTTP_LISTEN", &listen)]].concat();
    assert_eq!(folder.run_with(&["health"], &by_setting).ok(), "ready\n");
    let plain = format!("http://127.0.0.1:{}", service.port);
    folder.run(&["health", "--url", &plain]).refused();

    second.install(&folder);
    until("the new certificate is served", || {
        ask(&service, &second.root, &ready).is_some_and(|answer| answer.status == 200)
    });
    assert!(ask(&service, &first.root, &ready).is_none());

    folder.write("tls.crt", &third.certificate);
    until("the broken pair is noticed", || {
        service.text().contains("this is not the key of tls.crt")
    });
    assert_eq!(ask(&service, &second.root, &ready).unwrap().status, 200);
    folder.write("tls.key", &third.key);
    until("the mended pair is served", || {
        ask(&service, &third.root, &ready).is_some()
    });
    assert!(!service.stop().contains("PRIVATE"));
}

/// Returns what a service with a certificate chooses of the protocols that a client offers. `None` if
/// they have none in common (RFC 7301, section 3.2).
fn chosen(offered: &[&str]) -> Option<Option<Vec<u8>>> {
    let folder = Folder::new();
    let pair = pair();
    pair.install(&folder);
    let service = folder.serve(&FILES);
    let (client, _) = connect(&service, &pair.root, offered)?;
    Some(client.alpn_protocol().map(<[u8]>::to_vec))
}

#[test]
#[cfg(not(feature = "http2"))]
fn http_2_is_not_spoken() {
    let http_1 = Some(Some(b"http/1.1".to_vec()));
    assert_eq!(chosen(&["h2", "http/1.1"]), http_1);
    assert_eq!(chosen(&[]), Some(None));
    assert_eq!(chosen(&["h2"]), None);
}

/// What holds with HTTP/2, too: refusals from the head alone, sizes of bodies, ids of responses. The
/// size of header lists and the number of streams are not limited, which is why it is off.
#[test]
#[cfg(feature = "http2")]
fn http_2_is_spoken_where_it_was_built_in() {
    assert_eq!(chosen(&["h2", "http/1.1"]), Some(Some(b"h2".to_vec())));
    assert_eq!(chosen(&["http/1.1"]), Some(Some(b"http/1.1".to_vec())));
    if !crate::harness::have("curl") {
        eprintln!("skipped: curl is not installed");
        return;
    }
    let folder = Folder::new();
    let pair = pair();
    pair.install(&folder);
    let service = folder.serve(&FILES);
    let add = [
        "organization",
        "add",
        "--login",
        "a",
        "--name",
        "A",
        "--password-file",
        "-",
    ];
    folder.run_piped(&add, "secret").ok();
    let call = |path: &str, more: &[&str]| {
        let output = std::process::Command::new("curl")
            .args(["--silent", "--http2", "--max-time", "10", "--cacert"])
            .arg(folder.path().join("tls.crt"))
            .args([
                "--resolve",
                &format!("localhost:{}:127.0.0.1", service.port),
            ])
            .args(more)
            .arg(format!("https://localhost:{}{path}", service.port))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let curl = |path: &str, more: &[&str]| {
        let shown = "%{http_version} %{http_code} %header{x-request-id}";
        let fixed = [
            "--output",
            "/dev/null",
            "--header",
            "x-request-id: mine",
            "--write-out",
            shown,
        ];
        call(path, &[&fixed[..], more].concat())
    };
    let login = r#"{"login":"a","password":"secret"}"#;
    let token = call("/api/company/get-token", &["--json", login]);
    let token = token.trim_matches('"');
    let credential = format!("x-authorization-key: {token}");
    let json = "content-type: application/json";
    let validate = "/api/operator/validate-token";
    assert_eq!(curl("/readyz", &[]), "2 200 mine");
    assert_eq!(curl("/nowhere", &[]), "2 404 mine");
    let valid = ["--header", &credential, "--json", r#"{"token":"x"}"#];
    assert_eq!(curl(validate, &valid), "2 200 mine");
    let no_credential = ["--header", json, "--data-binary", "{}"];
    assert_eq!(curl(validate, &no_credential), "2 401 mine");
    service.stop();
}

#[test]
fn a_pair_that_does_not_fit_is_refused_at_start() {
    let folder = Folder::new();
    let (one, other) = (pair(), pair());
    one.install(&folder);
    folder.write("tls.key", &other.key);
    let with = |arguments: &[&str]| folder.run_with(arguments, &FILES).refused();
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["config", "check"],
    ] {
        let why = with(arguments);
        assert!(
            why.contains("tls.key: this is not the key of tls.crt"),
            "{why}"
        );
    }
    folder.write("tls.key", &one.certificate);
    let why = with(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        why.contains("tls.key: there is no private key in this file"),
        "{why}"
    );
}

#[test]
fn a_key_that_lost_its_line_ends_is_not_printed() {
    let folder = Folder::new();
    let good = pair();
    good.install(&folder);
    let service = folder.serve(&FILES);
    let line = good.key.lines().nth(1).unwrap();
    let bytes = format!("{:?}", line.as_bytes());
    for broken in [good.key.replace('\n', ""), good.key.replace('\n', "\\n")] {
        folder.write("tls.key", &broken);
        let mut printed = String::new();
        for arguments in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["config", "check"],
        ] {
            printed += &folder.run_with(arguments, &FILES).refused();
        }
        assert_eq!(printed.matches("tls.key: ").count(), 2, "{printed}");
        until("the running service notices", || {
            service
                .text()
                .contains("the changed certificate cannot be used")
        });
        printed += &service.text();
        let inner = bytes.trim_matches(['[', ']']);
        assert!(
            !printed.contains(line) && !printed.contains(inner),
            "{printed}"
        );
    }
    assert_eq!(
        ask(&service, &good.root, &get("/readyz", &[]))
            .unwrap()
            .status,
        200
    );
}

#[test]
fn a_certificate_that_has_expired_is_warned_of() {
    let folder = Folder::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2020, 2, 1);
    folder.write("tls.crt", &wanted.self_signed(&key).unwrap().pem());
    folder.write("tls.key", &key.serialize_pem());
    let warning = "tls.crt: the certificate expired at 2020-02-01T00:00:00Z";
    let printed = folder.run_with(&["config", "check"], &FILES).ok();
    assert!(
        printed.contains(&format!("warning: {warning}")),
        "{printed}"
    );
    let service = folder.serve(&FILES);
    until("the log says so", || service.text().contains(warning));
    // A valid pair replaces it.
    pair().install(&folder);
    until("it is read", || service.text().contains("was read anew"));
    assert_eq!(service.stop().matches(warning).count(), 1);
}

#[test]
fn pages_say_that_the_service_is_reached_by_https_only() {
    let folder = Folder::new();
    let pair = pair();
    pair.install(&folder);
    let service = folder.serve(&FILES);
    let page = ask(&service, &pair.root, &get("/console/sign-in", &[])).unwrap();
    assert_eq!(page.status, 200);
    let strict = page.header("strict-transport-security");
    assert_eq!(strict, Some("max-age=31536000"));
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-lanyard_pre="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    // On plain HTTP it would shut people out.
    let other = Folder::new();
    let plain = other.serve(&[]);
    let page = plain.ask(&get("/console/sign-in", &[]));
    assert_eq!(page.header("strict-transport-security"), None);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("lanyard_pre="), "{cookie}");
}
