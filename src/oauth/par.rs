//! Pushed authorization requests (RFC 9126): a client sends the parameters itself, and the browser
//! brings their name only.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use super::authorize::{IdTokenHint, PARAMETERS, PageError, Source, bad_hint, read, target};
use super::browser::hint;
use super::caller::{Caller, network_of_stranger};
use super::error::{ErrorCode, OAuthError};
use super::failure::Failure;
use super::parameters::Parameters;
use super::proof::use_proof;
use crate::app::App;
use crate::authn::dpop::CheckedProof;
use crate::base::Timestamp;
use crate::session::store::{self, Push};
use crate::session::{PushedRequest, RequestUri};

/// The answer to a pushed request (RFC 9126, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PushedAnswer {
    /// The name of the request: `urn:ietf:params:oauth:request_uri:` and 43 characters.
    pub request_uri: String,
    /// How long a browser may take to open it (seconds).
    pub expires_in: u64,
}

/// Stores a request of a client that has authenticated. Every check of the authorization endpoint
/// that needs no browser is done now. `proof` is the DPoP proof of the request, which is used up: the
/// code will be bound to its key (RFC 9449, section 10.1). `None` if the request has none. `address` is
/// where the request comes from: anybody can push requests of a public client, so the number of them
/// that wait is bounded for each network as well.
///
/// # Errors
/// Returns the error of the check that failed; [`Failure::Throttled`] if too many requests of the
/// client wait for a browser; [`Failure::Database`].
pub async fn push(
    app: &App,
    issuer: &str,
    caller: &Caller,
    address: Option<IpAddr>,
    parameters: &Parameters<'_>,
    proof: Option<&CheckedProof>,
    now: Timestamp,
) -> Result<PushedAnswer, Failure> {
    let dpop_jkt = proof.map(|proof| proof.jkt.as_str());
    check(app, issuer, caller, parameters, dpop_jkt)?;
    let lifetime = app.settings.oauth.par_lifetime;
    let uri = RequestUri::draw();
    let client = &caller.registered.client;
    let request = PushedRequest {
        digest: uri.digest(),
        organization: client.organization,
        client: client.id.clone(),
        parameters: stored(caller, parameters, dpop_jkt),
        network: network_of_stranger(caller, address),
        expires_at: now.plus(lifetime),
    };
    let write = move |conn: &mut _| store::push(conn, request, now);
    match app.db.write(write).await? {
        Push::Stored => {
            // Last, so that requests that find no place use up no proofs. If the proof was used
            // before, nobody learns the name of the request, and it expires.
            if let Some(proof) = proof {
                use_proof(app, client.organization, proof).await?;
            }
            Ok(PushedAnswer {
                request_uri: uri.text(),
                expires_in: lifetime.as_secs(),
            })
        }
        Push::Full(until) => {
            let wait = until.as_micros().saturating_sub(now.as_micros());
            let wait = Duration::from_micros(u64::try_from(wait).unwrap_or_default());
            Err(Failure::Throttled(wait))
        }
    }
}

fn check(
    app: &App,
    issuer: &str,
    caller: &Caller,
    parameters: &Parameters<'_>,
    dpop_jkt: Option<&str>,
) -> Result<(), OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidRequest, description);
    let client = &caller.registered.client;
    if let Err(why) = target(parameters, Some(client)) {
        return Err(match why {
            PageError::Client => OAuthError::invalid_client(),
            PageError::RedirectUri => {
                invalid("redirect_uri is missing, repeated or not the client's")
            }
            PageError::RequestUri => invalid("A pushed request must not have a request_uri"),
        });
    }
    let resources = caller.resources(issuer);
    let request = read(parameters, caller.settings(), &resources, Source::Pushed)?;
    if hint(app, &request, &client.id) == IdTokenHint::Bad {
        return Err(bad_hint());
    }
    match (&request.dpop_jkt, dpop_jkt) {
        (Some(named), Some(proven)) if named != proven => {
            Err(invalid("dpop_jkt is not the key of the DPoP proof"))
        }
        _ => Ok(()),
    }
}

/// Returns the parameters that are stored: those of the authorization endpoint, with the client that
/// has authenticated and the key that it has proven.
fn stored(
    caller: &Caller,
    parameters: &Parameters<'_>,
    dpop_jkt: Option<&str>,
) -> Vec<(String, String)> {
    let mut stored = vec![("client_id".to_owned(), caller.id().to_string())];
    let proven = dpop_jkt.map(|jkt| ("dpop_jkt".to_owned(), jkt.to_owned()));
    for name in PARAMETERS {
        let certain = name == "client_id" || name == "dpop_jkt" && proven.is_some();
        let values = parameters.all(name).filter(|_| !certain);
        stored.extend(values.map(|value| (name.to_owned(), value.to_owned())));
    }
    stored.extend(proven);
    stored
}
