mod form;
mod properties;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::base::Timestamp;

const NOW: i64 = 1_900_000_000;
const KEY: &str = "key_0123456789abcdef";
const SECRET: &str = "hs_live_0123456789abcdefghijABCDEFGHIJ000000";
const NONCE: &str = "0123456789abcdef";

/// Fields as pairs of a name in lower case and a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sent(Vec<(String, Vec<u8>)>);

impl Fields for Sent {
    fn lines(&self, name: &str) -> Vec<&[u8]> {
        let named = self.0.iter().filter(|(own, _)| own == name);
        named.map(|(_, line)| line.as_slice()).collect()
    }
}

impl Sent {
    fn of(fields: &[(&str, &str)]) -> Self {
        let pair = |(name, line): &(&str, &str)| ((*name).to_owned(), line.as_bytes().to_vec());
        Self(fields.iter().map(pair).collect())
    }

    fn with(mut self, name: &str, line: &str) -> Self {
        self.0.push((name.to_owned(), line.as_bytes().to_vec()));
        self
    }
}

fn get<'a>(path_and_query: &'a str, fields: &'a Sent) -> Message<'a> {
    Message {
        method: "GET",
        scheme: "https",
        authority: Some("api.example.com"),
        path_and_query,
        request_target: path_and_query,
        fields,
        has_body: false,
    }
}

fn signer() -> Signer<'static> {
    Signer {
        key: KEY,
        secret: SECRET,
        now: Timestamp::from_seconds(NOW),
        nonce: NONCE,
    }
}

/// RFC 9421, appendix B.2.5.
#[test]
fn the_example_of_the_rfc() {
    let fields = Sent::of(&[
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
    ]);
    let message = Message {
        method: "POST",
        authority: Some("example.com"),
        ..get("/foo?param=Value&Pet=dog", &fields)
    };
    let parameters =
        r#"("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    let components =
        ["date", "@authority", "content-type"].map(|name| Component::of(name).unwrap());
    let base = signature_base(&message, &components, parameters).unwrap();
    insta::assert_snapshot!(base, @r#"
    "date": Tue, 20 Apr 2021 02:07:55 GMT
    "@authority": example.com
    "content-type": application/json
    "@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"
    "#);
    let secret =
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(secret).unwrap());
    assert_eq!(
        STANDARD.encode(hmac::sign(&key, base.as_bytes())),
        "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="
    );
    // Somebody else's signature.
    let fields = fields
        .with("signature-input", &format!("sig-b25={parameters}"))
        .with("signature", "sig-b25=:AAAA:");
    assert_eq!(read(&get("/", &fields)), Ok(None));
}

/// RFC 9421, section 2.2: the example of each component.
#[test]
fn every_component_has_its_value() {
    let fields = Sent::of(&[
        ("x-list", " a , b\t"),
        ("x-list", ""),
        ("x-list", "c"),
        ("x-empty", ""),
    ]);
    let message = Message {
        authority: Some("WWW.Example.com:443"),
        ..get("/path?param=value&B=%2f", &fields)
    };
    let value = |name: &str| {
        let base = signature_base(&message, &[Component::of(name).unwrap()], "()").unwrap();
        let (line, _) = base.split_once('\n').unwrap();
        line.to_owned()
    };
    let names = [
        "@method",
        "@target-uri",
        "@authority",
        "@scheme",
        "@request-target",
        "@path",
        "@query",
        "x-list",
        "x-empty",
    ];
    insta::assert_snapshot!(names.map(value).join("\n"), @r#"
    "@method": GET
    "@target-uri": https://www.example.com/path?param=value&B=%2f
    "@authority": www.example.com
    "@scheme": https
    "@request-target": /path?param=value&B=%2f
    "@path": /path
    "@query": ?param=value&B=%2f
    "x-list": a , b, , c
    "x-empty": 
    "#);
    let none = get("/a", &fields);
    let base = signature_base(&none, &[Component::Query], "()").unwrap();
    assert!(base.starts_with("\"@query\": ?\n"), "{base}");
    for name in [
        "",
        "X-List",
        "@status",
        "@query-param",
        "@signature-params",
        "a b",
        "a\"",
        "ä",
        "a:",
    ] {
        assert_eq!(Component::of(name), None, "{name}");
    }
}

#[test]
fn a_host_is_signed_in_one_spelling() {
    let fields = Sent::default();
    let shown = |scheme: &'static str, authority| {
        let message = Message {
            scheme,
            authority: Some(authority),
            ..get("/", &fields)
        };
        let base = signature_base(&message, &[Component::Authority], "()").ok()?;
        Some(base.lines().next()?.replace("\"@authority\": ", ""))
    };
    for (scheme, authority, expected) in [
        ("https", "A.example:443", Some("a.example")),
        ("https", "a.example:80", Some("a.example:80")),
        ("http", "a.example:80", Some("a.example")),
        ("http", "a.example:", Some("a.example")),
        ("http", "[::1]:8080", Some("[::1]:8080")),
        ("http", "", None),
        ("http", "a/b", None),
        ("http", "u@a", None),
        ("http", "a?b", None),
        ("http", "a b", None),
        ("http", "a\\b", None),
    ] {
        let found = shown(scheme, authority);
        assert_eq!(found.as_deref(), expected, "{scheme} {authority}");
    }
}
