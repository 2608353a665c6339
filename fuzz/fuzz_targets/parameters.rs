//! Query strings and forms: the parameters are those that the URL standard's parser reads, each at
//! most once.

#![no_main]

use lanyard::http::{Expected, Parameters, Unknown};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

const NAMES: &[&str] = &["code", "state", "a"];

fuzz_target!(|bytes: &[u8]| {
    let expected = Expected {
        names: NAMES,
        unknown: Unknown::Ignored,
        longest: usize::MAX,
    };
    let all: Vec<_> = form_urlencoded::parse(bytes)
        .filter(|(name, value)| NAMES.contains(&name.as_ref()) && !value.is_empty())
        .collect();
    let twice = NAMES
        .iter()
        .any(|name| all.iter().filter(|(other, _)| other == name).count() > 1);
    match Parameters::read(bytes, expected) {
        Ok(parameters) => {
            assert!(!twice);
            for name in NAMES {
                let found = all.iter().find(|(other, _)| other == name);
                assert_eq!(parameters.get(name), found.map(|(_, value)| value.as_ref()));
            }
        }
        // Besides duplicates, only a value that is not percent-encoded UTF-8 may be refused.
        Err(_) => assert!(twice || bytes.contains(&b'%') || std::str::from_utf8(bytes).is_err()),
    }
    let strict = Expected {
        unknown: Unknown::Refused,
        ..expected
    };
    if Parameters::read(bytes, strict).is_ok() {
        assert!(form_urlencoded::parse(bytes)
            .all(|(name, value)| value.is_empty() || NAMES.contains(&name.as_ref())));
    }
});
