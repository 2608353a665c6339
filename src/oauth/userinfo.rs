//! Userinfo (OpenID Connect Core, section 5.3): the claims about the operator behind an access
//! token, as far as the token's scopes allow.

use std::sync::Arc;

use serde::Serialize;

use super::endpoint::Endpoint;
use super::error::OAuthError;
use super::failure::Failure;
use super::paths::USERINFO;
use super::proof::use_proof;
use super::valid_token::{ValidAccess, ValidToken, rights_now, valid_token};
use crate::access::Scope;
use crate::app::App;
use crate::authn::dpop::{self, Expected, Proof, ProofError};
use crate::authn::{Presented, Scheme};
use crate::base::Timestamp;
use crate::db::Party;
use crate::operator;
use utoipa::ToSchema;

/// The claims. Those that no scope allows, or that the operator does not have, are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserInfo {
    /// The operator's id as text.
    sub: String,
    /// With scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The username, with scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    /// With scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// With scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    /// With scope `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// With scope `email`: `false`, because the organization sets addresses and nobody verifies
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// An access token as it was sent.
pub struct AccessToken<'a> {
    /// The token, with its scheme.
    pub credential: Presented<'a>,
    /// The proof beside it.
    pub proof: Result<Option<Proof>, ProofError>,
    /// The method of the request.
    pub method: &'a str,
}

impl AccessToken<'_> {
    /// Checks that a token that is bound to a key was sent with a proof of it, and uses the proof;
    /// and that another one was sent as `Bearer` (RFC 9449, section 7).
    async fn prove(
        &self,
        app: &App,
        issuer: &str,
        valid: &ValidAccess,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let bound = valid.access.cnf.as_ref().map(|cnf| cnf.jkt.as_str());
        let jkt = match (self.credential.scheme, bound) {
            (Scheme::Bearer, None) => return Ok(()),
            (Scheme::Bearer, Some(_)) => return Err(ProofError::Unproven.into()),
            (Scheme::Dpop, None) => return Err(ProofError::NotBound.into()),
            (Scheme::Dpop, Some(jkt)) => jkt,
        };
        let proof = self.proof.as_ref().map_err(|error| *error)?;
        let proof = proof.as_ref().ok_or(ProofError::Missing)?;
        let endpoint = Endpoint {
            issuer,
            path: USERINFO,
        };
        let expected = Expected {
            method: self.method,
            url: &endpoint.url(),
            access_token: Some(self.credential.text),
            jkt: Some(jkt),
            nonces: app.tokens.dpop_nonces.as_ref(),
            now,
        };
        let checked = dpop::check(proof, &expected)?;
        let organization = valid.claims.organization;
        Party::Organization(organization).enter();
        use_proof(app, organization, &checked).await
    }
}

/// Returns the claims about the operator behind an access token, and records the token's use.
///
/// # Errors
/// Returns `invalid_token` if the token is not valid, the error of a proof that is missing or wrong, `insufficient_scope` if it lacks `openid`, and
/// the errors of the database.
pub async fn userinfo(
    app: &Arc<App>,
    issuer: &str,
    presented: &AccessToken<'_>,
    now: Timestamp,
) -> Result<UserInfo, Failure> {
    let text = presented.credential.text;
    let Some(ValidToken::Access(valid)) = valid_token(app, issuer, text, now).await? else {
        return Err(OAuthError::invalid_token().into());
    };
    presented.prove(app, issuer, &valid, now).await?;
    app.tokens.uses.note(&valid.claims, now);
    let granted = &valid.access.scopes;
    if !granted.names(Scope::OPENID) {
        return Err(OAuthError::insufficient_scope().into());
    }
    let organization = valid.claims.organization;
    let (scopes, operator) =
        rights_now(app, organization, granted, valid.access.operator_id).await?;
    // The other members of the record are in no cache.
    let id = operator.ok_or_else(OAuthError::invalid_token)?.id;
    let operator = app
        .db
        .read(move |conn| operator::find(conn, organization, id))
        .await?
        .ok_or_else(OAuthError::invalid_token)?;
    let shown = scopes.names("profile").then_some(&operator.profile);
    let email = scopes
        .names("email")
        .then(|| operator.profile.email.clone())
        .flatten();
    Ok(UserInfo {
        sub: operator.id.to_string(),
        name: shown.map(|profile| profile.name.clone()),
        preferred_username: shown.and_then(|profile| profile.username.clone()),
        role: shown.and_then(|profile| profile.role.clone()),
        tier: shown.and_then(|profile| profile.tier.clone()),
        email_verified: email.as_ref().map(|_| false),
        email,
    })
}
