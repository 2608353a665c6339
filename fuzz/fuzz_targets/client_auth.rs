//! Credentials of clients: whatever headers and bodies contain, they are read as one method or
//! refused, and what a correct client encodes is read back unchanged.

#![no_main]

use arbitrary::Arbitrary;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lanyard::oauth::client_auth::{Presented, basic, read};
use lanyard::oauth::{ErrorCode, Parameters};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    headers: Vec<&'a str>,
    body: Vec<(u8, String)>,
    id: &'a str,
    secret: &'a str,
}

const NAMES: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    " client_id ",
    "grant_type",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fuzz_target!(|attempt: Attempt<'_>| {
    let pairs: Vec<_> = attempt
        .body
        .iter()
        .map(|(name, value)| (NAMES[usize::from(*name) % NAMES.len()].to_owned(), value.clone()))
        .collect();
    match read(&attempt.headers, &Parameters::new(&pairs)) {
        Ok(Presented::Secret { .. }) => assert!(attempt.headers.len() <= 1),
        Ok(_) => assert!(attempt.headers.is_empty()),
        Err(error) => assert!(matches!(error.code, ErrorCode::InvalidRequest | ErrorCode::InvalidClient)),
    }
    let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(attempt.id), encoded(attempt.secret))));
    match basic(&header) {
        Some((id, secret)) => {
            assert_eq!((id.as_str(), secret.as_str()), (attempt.id, attempt.secret));
        }
        // Ids are printable ASCII of at most 2,048 bytes.
        None => assert!(attempt.id.parse::<lanyard::base::ClientId>().is_err()),
    }
});
