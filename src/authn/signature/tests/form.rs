//! What form a signature must have, what it must cover, and when it is accepted.

use super::*;

/// Returns why a GET with this member of `Signature-Input` is refused.
fn fault(input: &str) -> Option<SignatureError> {
    let fields = Sent::of(&[
        ("signature-input", input),
        ("signature", "sig1=:AAAA:, other=:AAAA:"),
        ("x-a", "1"),
    ]);
    read(&get("/a", &fields)).err()
}

const COVERED: &str = r#"("@method" "@target-uri")"#;

fn parameters() -> String {
    format!(";created={NOW};keyid=\"{KEY}\";nonce=\"{NONCE}\"")
}

#[test]
fn the_form_is_strict() {
    let rest = parameters();
    assert_eq!(fault(&format!("sig1={COVERED}{rest}")), None);
    for more in [
        ";alg=\"hmac-sha256\";tag=\"x\"".to_owned(),
        format!(";expires={}", NOW + 10),
    ] {
        assert_eq!(fault(&format!("sig1={COVERED}{rest}{more}")), None);
        assert_eq!(fault(&format!("sig1={COVERED}{more}{rest}")), None);
    }
    let without = |name: &str| {
        let kept = rest.split(';').filter(|part| !part.starts_with(name));
        kept.collect::<Vec<_>>().join(";")
    };
    let shown = [
        format!("sig1={COVERED}{}", without("created")),
        format!("sig1={COVERED}{}", without("nonce")),
        format!("sig1={COVERED}{rest};alg=\"rsa-v1_5-sha256\""),
        format!("sig1={COVERED}{rest};alg=hmac-sha256"),
        format!("sig1={COVERED}{rest};expires=\"1\""),
        format!("sig1={COVERED}{rest};created=1.5"),
        format!("sig1={COVERED}{rest};other=1"),
        format!("sig1={COVERED}{rest};nonce=\"short\""),
        format!("sig1={COVERED}{rest};keyid={KEY}"),
        format!("sig1=(\"@method\"){rest}"),
        format!("sig1=(\"@target-uri\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"@method\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"x-a\" \"x-a\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"x-b\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"X-A\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" x-a){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"x-a\";sf){rest}"),
        format!("sig1=(\"@method\";req \"@target-uri\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"@query-param\";name=\"a\"){rest}"),
        format!("sig1=(\"@method\" \"@target-uri\" \"@status\"){rest}"),
        format!("sig1=\"@method\"{rest}"),
        format!("sig2={COVERED}{rest}"),
        format!("sig1={COVERED}{rest}, other={COVERED}{rest}"),
        format!("sig1={COVERED}{rest}, sig1={COVERED}"),
        format!("sig1={COVERED}{rest},"),
        format!("sig1={COVERED}{rest} x"),
        format!("sig1{rest}"),
        "x".to_owned(),
        "sig1=(\"é\")".to_owned(),
        format!("sig1=({}){rest}", "\"x-a\" ".repeat(65)),
    ]
    .map(|input| fault(&input).map_or("-".to_owned(), |why| format!("{why:?}")));
    insta::assert_snapshot!(shown.join("\n"), @r#"
    Parameter("created is missing")
    Parameter("nonce is missing")
    Parameter("alg must be \"hmac-sha256\"")
    Parameter("alg must be \"hmac-sha256\"")
    Parameter("created or expires is no whole number of seconds")
    Parameter("created or expires is no whole number of seconds")
    UnknownParameter
    Parameter("nonce must have 16 to 128 characters")
    Parameter("keyid, nonce or tag is no text in quotation marks")
    NotCovered("@target-uri")
    NotCovered("@method")
    Twice("@method")
    Twice("x-a")
    Missing("x-b")
    Component
    Component
    ComponentParameter
    ComponentParameter
    Component
    Component
    NoList
    NoSignature
    Several
    Malformed
    Malformed
    Malformed
    Malformed
    Malformed
    Malformed
    TooMany(64)
    "#);
}

/// Whose signature it is follows from `keyid` alone, and others' are not read further.
#[test]
fn the_signatures_of_others_are_ignored() {
    for input in [
        "sig1=(\"@method\");keyid=\"rsa\"",
        "sig1=(\"@status\";tr);keyid=\"k\";x=?0, other=()",
        "other=();x=\"a,\\\"b\"",
    ] {
        let fields = Sent::of(&[("signature-input", input), ("signature", "nonsense")]);
        assert_eq!(read(&get("/a", &fields)), Ok(None), "{input}");
    }
    let own = format!("sig1={COVERED}{}", parameters());
    for beside in [
        format!("a=(\"x\";key=\"s,\");keyid=\"k\", {own}"),
        format!("{own}  ,\ta=1"),
    ] {
        assert_eq!(fault(&beside), None, "{beside}");
    }
    // Without `Signature-Input` it is an older scheme.
    let fields = Sent::of(&[("signature", "keyId=\"x\",signature=\"y\"")]);
    assert_eq!(read(&get("/a", &fields)), Ok(None));
}

#[test]
fn a_body_must_be_covered() {
    let input = format!("sig1={COVERED}{}", parameters());
    let fields = Sent::of(&[("signature-input", &*input), ("signature", "sig1=:AAAA:")]);
    for (method, has_body, is_refused) in [
        ("GET", false, false),
        ("GET", true, true),
        ("DELETE", false, false),
        ("POST", false, true),
        ("PUT", false, true),
        ("PATCH", true, true),
    ] {
        let message = Message {
            method,
            has_body,
            ..get("/a", &fields)
        };
        let expected = is_refused.then_some(SignatureError::NotCovered("content-digest"));
        assert_eq!(read(&message).err(), expected, "{method} {has_body}");
    }
}

#[test]
fn created_may_be_300_seconds_away_and_301_is_out() {
    let at = |created: i64, expires: Option<i64>, now: Timestamp| {
        let expires = expires.map_or(String::new(), |at| format!(";expires={at}"));
        let input =
            format!("sig1={COVERED};created={created};keyid=\"{KEY}\";nonce=\"{NONCE}\"{expires}");
        let fields = Sent::of(&[("signature-input", &*input), ("signature", "sig1=:AAAA:")]);
        let found = read(&get("/a", &fields)).unwrap().unwrap();
        let checked = found.check_time(now);
        // What is used once is stored for as long as it is accepted.
        assert!(checked.is_err() || now < found.until());
        checked
    };
    let now = Timestamp::from_seconds(NOW);
    let last = Timestamp::from_micros(now.as_micros() + 999_999);
    for apart in [-300, 0, 300] {
        assert_eq!(at(NOW - apart, None, now), Ok(()));
        assert_eq!(at(NOW - apart, None, last), Ok(()));
    }
    for apart in [-301, 301, i64::from(i32::MAX), -999_999_999_999_999 + NOW] {
        assert_eq!(
            at(NOW - apart, None, now),
            Err(SignatureError::Clock(apart))
        );
    }
    assert_eq!(at(NOW, Some(NOW + 1), now), Ok(()));
    assert_eq!(at(NOW, Some(NOW), now), Err(SignatureError::Expired(0)));
    insta::assert_snapshot!(
        [SignatureError::Clock(301), SignatureError::Clock(-7_200)].map(|why| why.to_string()).join("\n"),
        @r"
    created is 301 seconds behind the clock of this service; 300 are allowed
    created is 7200 seconds ahead of the clock of this service; 300 are allowed
    "
    );
}

#[test]
fn every_known_digest_must_be_that_of_the_body() {
    let sha256 = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
    let other = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let sha512 = "sha-512=:3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==:";
    for (value, expected) in [
        (sha256.to_owned(), Ok(())),
        (sha512.to_owned(), Ok(())),
        (format!("{sha256}, {sha512}"), Ok(())),
        (format!("md5=:AAAA:, {sha256}, new=1"), Ok(())),
        (other.to_owned(), Err(SignatureError::Digest)),
        (format!("{sha512}, {other}"), Err(SignatureError::Digest)),
        ("sha-256=:AAAA:".to_owned(), Err(SignatureError::Digest)),
        ("md5=:AAAA:".to_owned(), Err(SignatureError::NoKnownDigest)),
        (String::new(), Err(SignatureError::DigestForm)),
        ("sha-256=\"x\"".to_owned(), Err(SignatureError::DigestForm)),
        ("SHA-256=:AAAA:".to_owned(), Err(SignatureError::DigestForm)),
        (
            format!("{other}, {sha256}"),
            Err(SignatureError::DigestForm),
        ),
    ] {
        assert_eq!(check_digest(&value, b"abc"), expected, "{value}");
    }
    assert_eq!(digest_of(b"abc"), sha256);
    assert_eq!(digest_of(b""), other);
}
