//! Access tokens that are bound to a key, with a proof (RFC 9449, section 7.1).

use std::sync::Arc;

use super::{Expected, Proof, ProofError, UseError, check, use_once};
use crate::app::App;
use crate::authn::{Lookup, Outcome, Principal, Refused, RequestLine, bearer, opaque};
use crate::base::Timestamp;
use crate::db::Party;
use crate::grant::is_opaque;
use crate::token::Claims;

/// Judges a token and its proof, uses the proof, and records the use of the token.
pub(in crate::authn) fn look_up(
    app: &Arc<App>,
    text: &str,
    proof: Result<Option<Proof>, ProofError>,
    line: RequestLine<'_>,
    now: Timestamp,
) -> Lookup {
    let (app, text) = (Arc::clone(app), text.to_owned());
    let (method, path) = (line.method.to_owned(), line.path.to_owned());
    let origin = line.origin.map(|(scheme, host)| (scheme, host.to_owned()));
    Box::pin(async move {
        let line = RequestLine {
            method: &method,
            origin: origin
                .as_ref()
                .map(|(scheme, host)| (*scheme, host.as_str())),
            path: &path,
        };
        match authenticate(&app, &text, proof, line, now).await {
            Ok(principal) => Outcome::Principal(principal),
            Err(refused) => Outcome::Refused(refused),
        }
    })
}

async fn authenticate(
    app: &App,
    text: &str,
    proof: Result<Option<Proof>, ProofError>,
    line: RequestLine<'_>,
    now: Timestamp,
) -> Result<Principal, Refused> {
    let issuer = app
        .tokens
        .validator
        .oauth_issuer()
        .ok_or(Refused::Invalid)?;
    let (claims, bound) = judge(app, text, now).await?;
    let jkt = bound.ok_or(Refused::Dpop(ProofError::NotBound))?;
    let proof = proof.map_err(Refused::Dpop)?;
    let proof = proof.ok_or(Refused::Dpop(ProofError::Missing))?;
    let checked = check(
        &proof,
        &Expected {
            method: line.method,
            url: &match line.origin {
                Some((scheme, host)) => format!("{scheme}://{host}{}", line.path),
                None => format!("{issuer}{}", line.path),
            },
            access_token: Some(text),
            jkt: Some(&jkt),
            nonces: app.tokens.dpop_nonces.as_ref(),
            now,
        },
    )
    .map_err(Refused::Dpop)?;
    Party::Organization(claims.organization).enter();
    match use_once(&app.tokens.replay, claims.organization, &checked).await {
        Ok(()) => {}
        Err(UseError::Proof(error)) => return Err(Refused::Dpop(error)),
        Err(UseError::Full) => return Err(Refused::Full),
        Err(UseError::Database(why)) => {
            tracing::warn!(%why, "a proof could not be used");
            return Err(Refused::Unavailable);
        }
    }
    // It may have been revoked while the proof was being used.
    let now = app.clock.now();
    let (claims, _) = judge(app, text, now).await?;
    app.tokens.uses.note(&claims, now);
    Ok(Principal::of_token(claims))
}

/// Returns the claims of a valid token, and the thumbprint of the key that it is bound to.
async fn judge(app: &App, text: &str, now: Timestamp) -> Result<(Claims, Option<String>), Refused> {
    if is_opaque(text) {
        return opaque::judge(app, text, now).await;
    }
    let claims = bearer::judge(&app.tokens.validator, text, now)?;
    Ok((claims, bearer::bound_to(app, text, &claims)?))
}
