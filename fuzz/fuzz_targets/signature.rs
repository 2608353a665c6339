//! Signed requests: whatever headers a request has, its signature is read or refused; what this
//! service signs is right, and one that was read covers what it must.

#![no_main]

use arbitrary::Arbitrary;
use lanyard::authn::signature::{Fields, Message, Signer, check_digest, digest_of, read, sign};
use lanyard::base::Timestamp;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    method: &'a str,
    host: &'a str,
    target: &'a str,
    input: &'a [u8],
    signature: &'a [u8],
    digest: &'a str,
    body: &'a [u8],
    more: Vec<(bool, &'a [u8])>,
}

struct Lines<'a>(Vec<(&'a str, &'a [u8])>);

impl Fields for Lines<'_> {
    fn lines(&self, name: &str) -> Vec<&[u8]> {
        let named = self.0.iter().filter(|(own, _)| *own == name);
        named.map(|(_, line)| *line).collect()
    }
}

const SECRET: &str = "hs_live_00000000000000000000000000000000000000";

fuzz_target!(|attempt: Attempt<'_>| {
    let mut fields = Lines(vec![
        ("signature-input", attempt.input),
        ("signature", attempt.signature),
        ("content-digest", attempt.digest.as_bytes()),
    ]);
    let more = attempt.more.iter().map(|(which, line)| (if *which { "x-a" } else { "x-b" }, *line));
    fields.0.extend(more);
    let message = |fields| Message {
        method: attempt.method,
        scheme: "https",
        authority: Some(attempt.host),
        path_and_query: attempt.target,
        request_target: attempt.target,
        fields,
        has_body: !attempt.body.is_empty(),
    };
    if let Ok(Some(found)) = read(&message(&fields)) {
        assert!(attempt.body.is_empty() || found.content_digest.is_some());
        assert!((16..=128).contains(&found.nonce.len()));
        let _ = found.check_time(Timestamp::from_seconds(found.created));
    }
    let _ = check_digest(attempt.digest, attempt.body);

    let digest = digest_of(attempt.body);
    check_digest(&digest, attempt.body).unwrap();
    let own = Lines(vec![("content-digest", digest.as_bytes())]);
    let by = Signer {
        key: "key_0123456789abcdef",
        secret: SECRET,
        now: Timestamp::from_seconds(1_900_000_000),
        nonce: "0123456789abcdef",
    };
    if let Ok((input, signature)) = sign(&message(&own), &by)
        && attempt.target.starts_with('/')
    {
        let signed = Lines(vec![
            ("content-digest", digest.as_bytes()),
            ("signature-input", input.as_bytes()),
            ("signature", signature.as_bytes()),
        ]);
        let found = read(&message(&signed)).unwrap().unwrap();
        assert!(found.is_made_with(SECRET.as_bytes()));
        assert!(!found.is_made_with(b"another"));
        // With another method, path or body it is not what was signed.
        let (method, target) = (format!("{}X", attempt.method), format!("{}x", attempt.target));
        for altered in [
            Message { method: &method, ..message(&signed) },
            Message { path_and_query: &target, request_target: &target, ..message(&signed) },
        ] {
            let found = read(&altered);
            assert!(!found.is_ok_and(|found| found.is_some_and(|found| found.is_made_with(SECRET.as_bytes()))));
        }
        let body = [attempt.body, b"x"].concat();
        assert!(check_digest(&digest, &body).is_err());
    }
});
