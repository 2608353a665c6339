//! Finds the credential of a request, and chooses the scheme that judges it: a token, an opaque token, an
//! API key, or a token that is bound to a key (`DPoP`).

use std::net::IpAddr;
use std::sync::Arc;

use super::{Answer, Headers, Outcome, Scheme, api_key, bearer, dpop, opaque, presented};
use crate::api_key::KeyUse;
use crate::api_key::text::begins_as_key;
use crate::app::App;
use crate::base::Timestamp;
use crate::grant::is_opaque;
use crate::ledger::Uses;
use crate::validate::Validator;

/// What the schemes use to judge a credential.
#[derive(Clone, Copy)]
pub struct Authenticator<'a> {
    /// Judges tokens from memory.
    pub validator: &'a Validator,
    /// Records when tokens were last used.
    pub uses: &'a Uses,
    /// Has the records of opaque tokens.
    pub app: &'a Arc<App>,
    /// Returns the client's address.
    pub address: &'a dyn Fn() -> IpAddr,
}

/// What a proof says of the request that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// The method.
    pub method: &'a str,
    /// The scheme, and the host with its port. `None` if they are those of the issuer, as for every request
    /// to this service itself.
    pub origin: Option<(&'static str, &'a str)>,
    /// The path, without the query.
    pub path: &'a str,
}

/// Judges the credential of a request with these headers. This is a plain function: a credential
/// that can be judged from memory is judged at once.
pub fn authenticate(
    by: Authenticator<'_>,
    line: RequestLine<'_>,
    headers: &impl Headers,
    now: Timestamp,
) -> Answer {
    judge(by, line, headers, KeyUse::Noted, now)
}

/// Judges the credential of a request like [`authenticate`], once more because it may have been
/// revoked meanwhile. One request is one use of an API key, so no further use is noted.
pub fn authenticate_again(
    by: Authenticator<'_>,
    line: RequestLine<'_>,
    headers: &impl Headers,
    now: Timestamp,
) -> Answer {
    judge(by, line, headers, KeyUse::NotNoted, now)
}

fn judge(
    by: Authenticator<'_>,
    line: RequestLine<'_>,
    headers: &impl Headers,
    key_use: KeyUse,
    now: Timestamp,
) -> Answer {
    let credential = match presented(headers) {
        Ok(Some(credential)) => credential,
        Ok(None) => return Answer::Ready(Outcome::NotRequested),
        Err(refused) => return Answer::Ready(Outcome::Refused(refused)),
    };
    match credential.scheme {
        Scheme::Dpop => {
            let proof = dpop::read(headers);
            Answer::Lookup(dpop::look_up(by.app, credential.text, proof, line, now))
        }
        Scheme::Bearer if is_opaque(credential.text) => {
            Answer::Lookup(opaque::look_up(by.app, credential.text, now))
        }
        Scheme::Bearer if begins_as_key(credential.text) => {
            let (text, address) = (credential.text, (by.address)());
            Answer::Lookup(api_key::look_up(by.app, text, address, key_use, now))
        }
        Scheme::Bearer => Answer::Ready(bearer::authenticate(by, credential.text, now)),
    }
}
