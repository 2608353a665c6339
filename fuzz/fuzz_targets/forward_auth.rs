//! Forward-auth: descriptions of requests, and files of rules. A path that is accepted has no segment
//! that a service could read differently: the crate `url`, which resolves dots and back slashes, reads
//! the same segments. Rules that are read match as their patterns say.

#![no_main]

use arbitrary::Arbitrary;
use lanyard::access::rules_test_table::Case;
use lanyard::access::{Original, Pattern, Rules};
use libfuzzer_sys::fuzz_target;
use url::Url;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    method: &'a [u8],
    scheme: &'a [u8],
    host: &'a [u8],
    target: &'a [u8],
    pattern: &'a str,
    rules: &'a str,
}

const RULES: &str = r#"
[[rule]]
name = "public"
path = "/public/**"
access = "public"

[[rule]]
name = "one"
host = "a.example"
path = "/a/*/b"
"#;

/// Decodes a segment once.
fn decoded(segment: &str) -> Vec<u8> {
    // In a form, a plus is a space, and `&` and `=` separate.
    let form = segment.replace('+', "%2b").replace('&', "%26").replace('=', "%3d");
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    let name = pairs.next().map(|(name, _)| name.into_owned());
    name.unwrap_or_default().into_bytes()
}

fuzz_target!(|attempt: Attempt<'_>| {
    let _ = Rules::read(attempt.rules);
    let _ = Case::read_all(attempt.rules);
    let _ = Original::of_url(attempt.method, attempt.target);
    let target = [b"/".as_slice(), attempt.target].concat();
    for target in [attempt.target, target.as_slice()] {
        for (method, scheme, host) in [
            (attempt.method, attempt.scheme, attempt.host),
            (b"GET".as_slice(), b"https".as_slice(), b"a.example".as_slice()),
        ] {
            let Ok(original) = Original::read(method, scheme, host, target) else {
                continue;
            };
            for segment in original.path.segments() {
                assert!(!segment.is_empty() && !segment.contains(&b'/') && !segment.contains(&b'\\'));
                assert!(segment != b"." && segment != b".." && !segment.contains(&b';'));
            }
            let segments: Vec<_> = original.path.segments().collect();
            let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
            let path = std::str::from_utf8(path).unwrap();
            let seen = Url::parse(&format!("https://a.example{path}")).unwrap();
            let seen: Vec<_> = seen.path_segments().unwrap().map(decoded).collect();
            assert_eq!(segments, seen.strip_suffix(&[Vec::new()]).unwrap_or(&seen));
            let rules = Rules::read(RULES).unwrap();
            let found = rules.find(&original).map(|rule| &*rule.name);
            assert_eq!(found == Some("public"), segments.first() == Some(&b"public".as_slice()));
            if let Ok(pattern) = Pattern::read(attempt.pattern) {
                assert!(pattern.covers(&pattern));
                let all = Pattern::read("/**").unwrap();
                assert!(all.covers(&pattern) && all.matches(&original.path));
            }
        }
    }
});
