use super::*;
use proptest::prelude::*;

const NAMES: &[&str] = &["code", "state", "redirect_uri"];

const STRICT: Expected<'static> = Expected {
    names: NAMES,
    unknown: Unknown::Refused,
    longest: 20,
};

const LENIENT: Expected<'static> = Expected {
    unknown: Unknown::Ignored,
    ..STRICT
};

fn refusal(text: &[u8], expected: Expected<'_>) -> String {
    Parameters::read(text, expected).unwrap_err().to_string()
}

fn code(text: &str) -> Option<String> {
    let parameters = Parameters::read(text.as_bytes(), LENIENT).unwrap();
    parameters.get("code").map(str::to_owned)
}

#[test]
fn a_value_is_decoded_and_an_empty_one_is_absent() {
    for (text, value) in [
        ("code=a", Some("a")),
        ("state=b&code=a", Some("a")),
        ("code=a%20b+c%2Bd", Some("a b c+d")),
        ("code=%E1%BA%BF", Some("ế")),
        ("code=a=b=", Some("a=b=")),
        ("c%6Fde=a", Some("a")),
        ("code=&code=a&code=", Some("a")),
        ("code=", None),
        ("code", None),
        ("", None),
        ("&&=&=x&", None),
        ("Code=a", None),
    ] {
        assert_eq!(code(text).as_deref(), value, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_and_values_are_not_repeated() {
    assert_eq!(
        refusal(b"code=a&state=b&code=a", LENIENT),
        "400 invalid_request: code occurs twice"
    );
    for bytes in [
        &b"code=%"[..],
        b"code=%2",
        b"code=%zz",
        b"code=%FF",
        b"code=\xff",
    ] {
        assert_eq!(
            refusal(bytes, LENIENT),
            "400 invalid_request: code is not percent-encoded UTF-8"
        );
    }
    assert_eq!(
        refusal(b"state=123456789012345678901", LENIENT),
        "400 invalid_request: state may have at most 20 bytes"
    );
    assert_eq!(
        refusal(b"code=a&cod=b", STRICT),
        "400 invalid_request: cod is not a parameter of this request"
    );
    assert_eq!(
        refusal(b"%ff=b", STRICT),
        "400 invalid_request: the name of a parameter is not percent-encoded UTF-8"
    );
    assert_eq!(code("cod=b&cod=%zz&%ff=c").as_deref(), None);
}

#[test]
fn a_type_is_read_or_the_error_says_what_it_must_be() {
    let parameters = Parameters::read(b"code=7&state=x", STRICT).unwrap();
    assert_eq!(parameters.parse("code", "a number").unwrap(), Some(7));
    assert_eq!(parameters.parse::<i64>("redirect_uri", "").unwrap(), None);
    let refused = parameters.parse::<i64>("state", "a number").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "400 invalid_request: state must be a number"
    );
}

/// Percent-encodes a text: all of its bytes, or only those that need it.
fn encoded(text: &str, all: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' if !all => "+".to_owned(),
            b'a'..=b'z' | b'0'..=b'9' if !all => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in any::<Vec<u8>>()) {
        let _ = Parameters::read(&bytes, STRICT);
        let _ = Parameters::read(&bytes, LENIENT);
    }

    /// Names and values are read correctly, however they are encoded and in whatever order they
    /// come.
    #[test]
    fn encoding_and_order_do_not_matter(
        values in prop::collection::vec("\\PC{0,5}", NAMES.len()),
        all in any::<bool>(),
        backwards in any::<bool>(),
    ) {
        let mut pairs: Vec<_> = NAMES
            .iter()
            .zip(&values)
            .map(|(name, value)| format!("{}={}", encoded(name, all), encoded(value, all)))
            .collect();
        if backwards {
            pairs.reverse();
        }
        let text = pairs.join("&");
        let parameters = Parameters::read(text.as_bytes(), STRICT).unwrap();
        for (name, value) in NAMES.iter().zip(&values) {
            let expected = (!value.is_empty()).then_some(value.as_str());
            prop_assert_eq!(parameters.get(name), expected);
        }
    }

    /// A parameter that occurs twice is refused, at any position, even if both values are equal.
    #[test]
    fn no_parameter_is_read_twice(
        before in "[a-z=&]{0,10}", value in "[a-z]{1,5}", between in "[a-z=&]{0,10}", other in "[a-z]{1,5}",
    ) {
        let text = format!("{before}&code={value}&{between}&code={other}");
        let refused = Parameters::read(text.as_bytes(), LENIENT).unwrap_err();
        prop_assert!(refused.to_string().ends_with("occurs twice"));
    }
}
