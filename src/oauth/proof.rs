//! DPoP at endpoints that take no access token: the token endpoint, and pushed requests (RFC 9449,
//! sections 5 and 10.1).

use super::endpoint::Endpoint;
use super::failure::Failure;
use crate::app::App;
use crate::authn::Headers;
use crate::authn::dpop::{self, CheckedProof, Expected, UseError};
use crate::base::{OrganizationId, Timestamp};

/// Returns the proof of a request, which is right and not used yet. `None` if the request has none.
///
/// # Errors
/// Returns `invalid_dpop_proof`, or `use_dpop_nonce`.
pub fn read_proof(
    app: &App,
    headers: &impl Headers,
    method: &str,
    endpoint: &Endpoint<'_>,
    now: Timestamp,
) -> Result<Option<CheckedProof>, Failure> {
    let Some(proof) = dpop::read(headers)? else {
        return Ok(None);
    };
    let expected = Expected {
        method,
        url: &endpoint.url(),
        access_token: None,
        jkt: None,
        nonces: app.tokens.dpop_nonces.as_ref(),
        now,
    };
    Ok(Some(dpop::check(&proof, &expected)?))
}

/// Uses a proof: once on all nodes. Call this after everything else of the request is right, and
/// before it has an effect.
///
/// # Errors
/// Returns `invalid_dpop_proof` if it was used before; [`Failure::Throttled`] if the organization used
/// too many within five minutes; [`Failure::Database`].
pub async fn use_proof(
    app: &App,
    organization: OrganizationId,
    proof: &CheckedProof,
) -> Result<(), Failure> {
    let used = dpop::use_once(&app.tokens.replay, organization, proof).await;
    used.map_err(|error| match error {
        UseError::Proof(error) => error.into(),
        UseError::Full => Failure::Throttled(dpop::WAIT),
        UseError::Database(why) => why.into(),
    })
}
