//! Judges the request that a proxy asks about, in this order: who asks, how the request is
//! described, which rule decides, how the client reached the proxy, its credential, its rights.
//!
//! What is in memory is answered without waiting for anything.

use std::fmt::Display;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Admitted, Refusal, admitted, refused, unavailable};
use super::description::{DescriptionError, Door};
use super::signed::{self, Credential};
use crate::access::{Access, Demand, Denial, ErrorShape, Original, Resource, Rule, decide};
use crate::app::App;
use crate::authn::signature::Signed;
use crate::authn::{self, Authenticator, Outcome, Refused, RequestLine, Rights, dpop};
use crate::base::clock;
use crate::config::RequireTls;
use crate::db::Party;
use crate::http::{ApiError, catch_up_to, peer};

/// The kind in the metrics of a request whose credential was not judged, or not valid.
const NONE: &str = "none";

/// The kind in the metrics of a request to a public path.
const PUBLIC: &str = "public";

/// Why a request is not admitted.
pub(super) enum Stop<'r> {
    /// It is refused.
    Denied(Denial<'r>),
    /// Its token is bound to a key, and the proof is missing or wrong (RFC 9449).
    Unproven(dpop::ProofError),
    /// This node cannot decide.
    Cannot(ApiError),
}

impl<'r> From<Denial<'r>> for Stop<'r> {
    fn from(denial: Denial<'r>) -> Self {
        Self::Denied(denial)
    }
}

impl From<ApiError> for Stop<'_> {
    fn from(error: ApiError) -> Self {
        Self::Cannot(error)
    }
}

/// Answers a proxy.
pub(super) async fn answer(request: HttpRequest, door: Door) -> HttpResponse {
    let Some(app) = request.app_data::<Data<Arc<App>>>() else {
        return HttpResponse::InternalServerError().finish();
    };
    let rules = app.forward_auth.file.rules_in_force();
    let from = peer(&request).to_canonical();
    let described = if app.settings.proxies.trusts(from) {
        door.read(&request)
    } else {
        Err(DescriptionError::Stranger(from))
    };
    let original = match described {
        Ok(original) => original,
        Err(why) => {
            note(app, why);
            let what = Stop::Denied(Denial::Forbidden("its description is refused"));
            return stopped(app, what, (None, rules.errors), NONE);
        }
    };
    let Some(rule) = rules.find(&original) else {
        let what = Stop::Denied(Denial::Forbidden("no rule matches"));
        return stopped(app, what, (None, rules.errors), NONE);
    };
    let Access::Credential(demand) = &rule.access else {
        app.metrics.authz_decision(200, PUBLIC);
        return admitted(&Admitted::public(rule));
    };
    let mut kind = NONE;
    match judge(app, &request, &original, demand, &mut kind).await {
        Ok((rights, digest)) => {
            app.metrics.authz_decision(200, kind);
            admitted(&Admitted {
                rule,
                rights: Some(&rights),
                content_digest: &digest,
            })
        }
        Err(what) => stopped(app, what, (Some(rule), rule.errors), kind),
    }
}

/// Returns the rights of the bearer, if they are what a rule wants, and the digest of the content
/// that was signed. `kind` becomes that of a valid credential.
async fn judge<'r>(
    app: &Data<Arc<App>>,
    request: &HttpRequest,
    original: &Original<'_>,
    demand: &'r Demand,
    kind: &mut &'static str,
) -> Result<(Rights, String), Stop<'r>> {
    if !original.is_https && app.settings.require_tls != RequireTls::Never {
        return Err(Denial::PLAIN_HTTP.into());
    }
    signed::is_there(demand, request)?;
    // The lease is taken before the first record is read: the sync that grants a later lease may have
    // applied a change of the record.
    let lease = app.tokens.validator.take_lease();
    let (rights, signed) = rights(app, request, original).await?;
    if !lease.holds(clock::boot_time()) {
        return Err(ApiError::stale().into());
    }
    *kind = rights.kind.as_str();
    decide(demand, &rights.bearer(), &rights.definitions.roles)?;
    let digest = signed::finish(app, demand, signed.as_deref()).await?;
    Ok((rights, digest))
}

/// Returns the rights of the bearer of the request's credential, and its signature if it is signed.
async fn rights(
    app: &Data<Arc<App>>,
    request: &HttpRequest,
    original: &Original<'_>,
) -> Result<(Rights, Option<Arc<Signed>>), Stop<'static>> {
    let (headers, now) = (request.headers(), app.clock.now());
    let address = || app.settings.proxies.client(peer(request), headers);
    let by = Authenticator {
        validator: &app.tokens.validator,
        uses: &app.tokens.uses,
        app,
        address: &address,
    };
    let path = original.target.split(|byte| *byte == b'?').next();
    let line = RequestLine {
        method: original.method,
        origin: Some((original.scheme(), original.authority)),
        path: std::str::from_utf8(path.unwrap_or_default()).unwrap_or_default(),
    };
    let credential = Credential {
        request,
        original,
        line,
    };
    let mut outcome = credential.judge(by, now).outcome().await;
    if let Outcome::Refused(Refused::Ahead(rev)) = outcome {
        catch_up_to(app, rev).await?;
        outcome = credential.judge(by, now).outcome().await;
    }
    let principal = match outcome {
        Outcome::NotRequested => return Err(Denial::Missing.into()),
        Outcome::Refused(why) => return Err(stop(why)),
        Outcome::ApiKey(verified) => {
            let rights = Rights::of_key(&verified);
            Party::Organization(rights.organization).enter();
            return Ok((rights, None));
        }
        Outcome::Signed(signed) => {
            let rights = Rights::of_key(&signed.verified);
            Party::Organization(rights.organization).enter();
            return Ok((rights, Some(signed)));
        }
        Outcome::Principal(principal) => principal,
    };
    Party::Organization(principal.organization).enter();
    let presented = authn::presented(headers).ok().flatten();
    let text = presented.map_or("", |presented| presented.text);
    let rights = Rights::of_token(app, &principal, text).await;
    let rights = rights.map_err(ApiError::from)?;
    let rights = rights.ok_or(Denial::Invalid)?;
    Ok((rights, None))
}

/// A proxy passes on 401 and 403 only, so what is 400 elsewhere is 401 here.
pub(super) fn stop(why: Refused) -> Stop<'static> {
    match why {
        Refused::Ambiguous | Refused::WrongScheme | Refused::Invalid | Refused::Revoked => {
            Denial::Invalid.into()
        }
        Refused::Expired => Denial::Expired.into(),
        Refused::Signature(why) => Denial::Signature(why.to_string().into()).into(),
        Refused::Dpop(why) => Stop::Unproven(why),
        Refused::Stale => ApiError::stale().into(),
        Refused::Full | Refused::Unavailable => ApiError::unavailable().into(),
        Refused::Ahead(rev) => ApiError::ahead(rev).into(),
    }
}

fn stopped(
    app: &App,
    what: Stop<'_>,
    (rule, shape): (Option<&Rule>, ErrorShape),
    kind: &'static str,
) -> HttpResponse {
    let resource = rule.and_then(resource_of);
    let response = match what {
        Stop::Denied(denial) => {
            log_refusal(rule, || denial.reason());
            refused(&Refusal {
                denial: &denial,
                shape,
                resource,
                unproven: None,
            })
        }
        Stop::Unproven(why) => {
            log_refusal(rule, || &why);
            refused(&Refusal {
                denial: &Denial::Invalid,
                shape,
                resource,
                unproven: Some(why),
            })
        }
        Stop::Cannot(error) => unavailable(&error, shape),
    };
    app.metrics.authz_decision(response.status().as_u16(), kind);
    response
}

/// Logs why a request is refused. `reason` is called only if the line is written.
fn log_refusal<T: Display>(rule: Option<&Rule>, reason: impl Fn() -> T) {
    tracing::debug!(
        rule = rule.map_or("", |rule| &rule.name),
        reason = %reason(),
        "a proxy's request is refused"
    );
}

fn resource_of(rule: &Rule) -> Option<&Resource> {
    match &rule.access {
        Access::Credential(demand) => demand.resource.as_ref(),
        Access::Public => None,
    }
}

/// Logs why a description is refused: a line a minute, because clients can cause some of them.
fn note(app: &App, why: DescriptionError) {
    let (notices, peer) = match why {
        DescriptionError::Stranger(peer) => (&app.forward_auth.strangers, Some(peer)),
        _ => (&app.forward_auth.refused, None),
    };
    if let Some(left_out) = notices.admit(app.clock.elapsed()) {
        tracing::warn!(
            %why,
            peer = peer.map(tracing::field::display),
            left_out,
            "a request to /authz is refused"
        );
    }
}
