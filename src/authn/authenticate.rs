//! Authenticates a request: finds its credential, and the scheme that judges it.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Answer, Headers, Outcome, api_key, bearer, opaque, presented};
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

/// Judges the credential of a request with these headers. This is a plain function: a credential
/// that can be judged from memory is judged at once.
pub fn authenticate(by: Authenticator<'_>, headers: &impl Headers, now: Timestamp) -> Answer {
    Answer::Ready(match presented(headers) {
        Ok(Some(text)) if is_opaque(text) => {
            return Answer::Lookup(opaque::look_up(by.app, text, now));
        }
        Ok(Some(text)) if begins_as_key(text) => {
            return Answer::Lookup(api_key::look_up(by.app, text, (by.address)(), now));
        }
        Ok(Some(text)) => bearer::authenticate(by.validator, by.uses, text, now),
        Ok(None) => Outcome::NotRequested,
        Err(refused) => Outcome::Refused(refused),
    })
}
