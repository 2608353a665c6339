//! Forward-auth: descriptions of requests, and files of rules. A path that is accepted has no segment
//! that a service could read differently; rules that are read match as their patterns say.

#![no_main]

use arbitrary::Arbitrary;
use lanyard::access::table::Case;
use lanyard::access::{Original, Pattern, Rules};
use libfuzzer_sys::fuzz_target;

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
