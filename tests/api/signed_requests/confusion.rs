//! Requests that are not the one that was signed, however alike they look.

use insta::assert_snapshot;
use serde_json::json;

use super::{Request, make, nonce, profile, text};
use crate::support::http::Answer;
use crate::support::{Server, on_both};

on_both!(path_and_query_are_signed_byte_for_byte);
fn path_and_query_are_signed_byte_for_byte(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    for (signed, sent, status) in [
        ("/v1/profile?a=%2f", "/v1/profile?a=%2F", 401),
        ("/v1/profile?a=%2f", "/v1/profile?a=/", 401),
        ("/v1/profile?a=%2f", "/v1/profile?a=%2f", 200),
        ("/v1/profile?a=1&b=2", "/v1/profile?b=2&a=1", 401),
        ("/v1/profile?a=1", "/v1/profile?a=1&", 401),
        ("/v1/profile?", "/v1/profile", 401),
        ("/v1/profile?", "/v1/profile?", 200),
        ("/v1/profile", "/v1/profile?", 401),
        ("/v1/profile/", "/v1/profile", 401),
        ("/v1/%70rofile", "/v1/profile", 401),
        ("/v1/profile?a=+", "/v1/profile?a=%20", 401),
    ] {
        let mut request = Request::new(server, "GET", signed, "").signed(&key);
        request.target = sent.into();
        assert_eq!(request.send().status, status, "{signed} → {sent}");
    }
}

on_both!(method_and_host_are_signed);
fn method_and_host_are_signed(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let mut other = profile(server, &key);
    other.method = "HEAD".into();
    let head = server
        .client()
        .raw(format!("{}\r\n", other.head()).as_bytes());
    assert!(head.starts_with(b"HTTP/1.1 401"));
    let mut spelled = Request::new(server, "GET", "/v1/profile", "");
    spelled.host = "API.example.com:80".into();
    let mut spelled = spelled.signed(&key);
    spelled.host = "api.EXAMPLE.com".into();
    spelled.send().with_status(200);
    let mut other = profile(server, &key);
    other.host = "other.example".into();
    other.send().with_status(401);
    // A path within the host would make two requests look like one.
    let mut within = Request::new(server, "GET", "/a/v1/profile", "");
    within.host = "api.example.com".into();
    let mut within = within.signed(&key);
    (within.host, within.target) = ("api.example.com/a".to_owned(), "/v1/profile".to_owned());
    let status = within.send().status;
    assert!(status == 400 || status == 401, "{status}");
    let twice = profile(server, &key)
        .header("Host", "other.example")
        .send()
        .status;
    assert!(twice == 400 || twice == 401, "{twice}");
    // The absolute form names the host itself (RFC 9112, section 3.2.2).
    let mut absolute = Request::new(server, "GET", "/v1/profile", "");
    absolute.host = "api.example.com".into();
    let mut absolute = absolute.signed(&key);
    absolute.target = "http://API.example.com/v1/profile".into();
    absolute.send().with_status(200);
}

/// Returns a request that covers these components besides, signed by hand with the text of
/// `Signature-Input` as it is given.
fn by_hand<'a>(
    server: &'a Server,
    key: &serde_json::Value,
    list: &str,
    lines: &[String],
) -> Request<'a> {
    use aws_lc_rs::hmac;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let (id, secret) = (text(key, "id"), text(key, "signing_secret"));
    let now = server.app.clock.now().as_seconds();
    let parameters = format!("{list};nonce=\"{}\"; keyid=\"{id}\";created={now}", nonce());
    let base = format!("{}\n\"@signature-params\": {parameters}", lines.join("\n"));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&secret, base.as_bytes()));
    Request::new(server, "GET", "/v1/profile", "")
        .header("Signature-Input", &format!("x-1={parameters}"))
        .header("Signature", &format!("x-1=:{signature}:"))
}

on_both!(covered_headers_are_signed_in_their_order);
fn covered_headers_are_signed_in_their_order(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let target = format!("http://{}/v1/profile", server.client().address());
    // Two spaces in the list: the parameters are signed as they were sent.
    let list = "(\"x-a\"  \"@target-uri\" \"@method\")";
    let lines = [
        "\"x-a\": 1, 2".to_owned(),
        format!("\"@target-uri\": {target}"),
        "\"@method\": GET".to_owned(),
    ];
    let request = || by_hand(server, &key, list, &lines);
    let with = |headers: &[(&str, &str)]| {
        let request = headers.iter().fold(request(), |request, (name, value)| {
            request.header(name, value)
        });
        request.send().status
    };
    for right in [
        &[("x-a", "1"), ("x-a", "2")][..],
        &[("X-A", "  1 , \t"), ("x-A", "2")][..1],
        &[("x-a", "1, 2")],
        &[("x-b", "0"), ("x-a", "1"), ("X-a", "\t2 ")],
    ] {
        let expected = if right[0].1.contains('\t') { 401 } else { 200 };
        assert_eq!(with(right), expected, "{right:?}");
    }
    for wrong in [
        &[][..],
        &[("x-a", "2"), ("x-a", "1")],
        &[("x-a", "1,2")],
        &[("x-a", "1, 2, 3")],
        &[("x-a", "1"), ("x-a", "2"), ("x-a", "")],
    ] {
        assert_eq!(with(wrong), 401, "{wrong:?}");
    }
    // Folded lines are no HTTP any more.
    let folded = with(&[("x-a", "1,\r\n 2")]);
    assert!(folded == 400 || folded == 401, "{folded}");
    // Another order of the components in the base.
    let swapped = [&lines[1], &lines[0], &lines[2]].map(Clone::clone);
    let request = by_hand(server, &key, list, &swapped).header("x-a", "1, 2");
    request.send().with_status(401);
}

on_both!(what_is_no_signature_is_401_and_never_a_fault_of_ours);
fn what_is_no_signature_is_401_and_never_a_fault_of_ours(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let right = profile(server, &key);
    let input = right.value("Signature-Input").to_owned();
    let refused = |request: &Request<'_>| request.send().in_short();
    let without_nonce = input.split(";nonce").next().unwrap();
    let shown = [
        refused(&right.clone().with("Signature-Input", without_nonce)),
        refused(&right.clone().with("Signature", "sig1=:caf:e:")),
        refused(&right.clone().with("Signature", "sig2=:AAAA:")),
        refused(&right.clone().with("Signature-Input", "sig1=(")),
        refused(&right.clone().header("Signature-Input", &input)),
        refused(
            &right
                .clone()
                .header("Signature-Input", &input.replace("sig1", "sig2")),
        ),
        refused(
            &right
                .clone()
                .with("Signature-Input", &input.replace("\"@method\" ", "")),
        ),
    ];
    assert_snapshot!(shown.join("\n"), @r#"
    401 unauthorized: the parameter nonce is missing
    401 unauthorized: Signature-Input and Signature must be dictionaries (RFC 9651) with each label once
    401 unauthorized: Signature must have, with the label of Signature-Input, a byte sequence such as :…:
    401 unauthorized: Signature-Input and Signature must be dictionaries (RFC 9651) with each label once
    401 unauthorized: Signature-Input and Signature must be dictionaries (RFC 9651) with each label once
    401 unauthorized: the request has more than one signature whose keyid begins with key_; send one
    401 unauthorized: the signature must cover "@method"
    "#);
    for bytes in [
        right
            .clone()
            .with("Signature", "sig1=:café:")
            .head()
            .into_bytes(),
        [right.head().as_bytes(), b"Signature-Input: sig2=\xff\r\n"].concat(),
        [right.head().as_bytes(), b"Signature: \xff\r\n"].concat(),
    ] {
        let answer = server.client().raw(&[bytes.as_slice(), b"\r\n"].concat());
        let status = Answer::of(&answer).status;
        assert!(status == 401 || status == 400, "{status}");
    }
    right.send().with_status(200);
    // Somebody else's signature changes nothing.
    let others = [
        ("Signature-Input", "sig1=(\"@method\");keyid=\"bot\";x"),
        ("Signature", "what they write"),
    ];
    let call = others
        .into_iter()
        .fold(acme.get("/v1/profile"), |call, (name, value)| {
            call.header(name, value)
        });
    call.send().with_status(200);
}
