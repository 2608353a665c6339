//! The law that every fault must preserve: every token that a client received is in the ledger.

use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::call::Verdict;
use crate::http::Client;

/// Returns the id of a token.
pub(crate) fn jti(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

/// Panics unless the ledger lists every one of `tokens` (none may be revoked) and all of them are
/// valid.
pub(crate) fn holds_all(client: &mut Client, company: &str, tokens: &[String]) {
    let lines = client.list(company, "/api/company/tokens");
    let held: HashSet<&str> = lines
        .iter()
        .map(|line| line["jti"].as_str().unwrap())
        .collect();
    let lost = tokens
        .iter()
        .filter(|token| !held.contains(jti(token).as_str()))
        .count();
    assert_eq!(
        lost,
        0,
        "of {} issued tokens, this many are not in the ledger",
        tokens.len()
    );
    let verdicts = client.validate_all(company, tokens);
    let invalid = verdicts
        .iter()
        .filter(|verdict| **verdict != Verdict::Valid);
    assert_eq!(
        invalid.count(),
        0,
        "of {} issued tokens, this many are not valid",
        tokens.len()
    );
}
