//! The answer of an operator to a device (RFC 8628, section 3.3).
//!
//! A browser names a device by its user code. From then on the device is a request of a client like
//! another: a row that belongs to the browser. Everything is decided from this row, the device code
//! and the session, each time anew.

use std::sync::Arc;

use super::{FlowError, Participants, participants};
use crate::access::{BehindToken, ScopeRequest, ScopeSet, grant_scopes};
use crate::app::App;
use crate::base::Digest;
use crate::client::GrantType;
use crate::db;
use crate::grant::store::{
    self, Allowed, StoredDeviceCode, allow_device, refuse_device, remember_consent,
};
use crate::grant::{MaskedCode, UserCode};
use crate::session::{self, Found, PageRequest};
use crate::token::{Claims, TokenUse};
use crate::validate::Refusal;

/// The parameter of a page request that names the device: its user code, masked.
pub const USER_CODE: &str = "user_code";

/// A device whose code may be answered now.
#[derive(Debug)]
pub struct Device {
    /// The code that it shows.
    pub user_code: UserCode,
    /// Its client, which is active and may use device codes, and the client's organization.
    pub participants: Participants,
    code: StoredDeviceCode,
}

/// What follows when a browser wants to answer a device.
#[derive(Debug)]
pub enum Step {
    /// The code has expired, was answered or was revoked, or its client is not active any more.
    Ended,
    /// The operator must sign in.
    SignIn,
    /// The operator may have none of the scopes that the device asks for.
    NothingLeft,
    /// The operator must answer on the confirmation page.
    Confirm(Box<Confirming>),
}

/// What the confirmation page shows.
#[derive(Debug)]
pub struct Confirming {
    /// The device.
    pub device: Device,
    /// The operator who is signed in.
    pub found: Found,
    /// All scopes that the device will get.
    pub scopes: ScopeSet,
}

/// Returns the device that shows a code. `None` if there is none that may be answered now.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn find(app: &App, user_code: UserCode) -> Result<Option<Device>, FlowError> {
    let digest = user_code.digest();
    let read = move |conn: &mut _| store::find_device_code_of_user(conn, digest);
    let now = app.clock.now();
    let found = app.db.read(read).await?;
    let Some(code) = found.filter(|found| found.code.may_be_answered(now)) else {
        return Ok(None);
    };
    let known = participants(app, &code.code.client).await?;
    let Some(participants) = known.filter(|known| {
        let client = known.client();
        client.is_active() && client.settings.may_use(GrantType::DeviceCode)
    }) else {
        return Ok(None);
    };
    Ok(is_valid(app, &code).await?.then_some(Device {
        user_code,
        participants,
        code,
    }))
}

/// Returns whether nothing has revoked the client's tokens since the code was issued.
async fn is_valid(app: &App, found: &StoredDeviceCode) -> Result<bool, FlowError> {
    let (validator, now) = (&app.tokens.validator, app.clock.now());
    let claims = Claims {
        jti: found.grant.0,
        organization: found.organization,
        rev: found.rev,
        issued_at: now,
        token_use: TokenUse::Access {
            client: found.code.client.tag(),
            grant: Some(found.grant),
            operator: None,
            expires_at: found.code.expires_at,
        },
    };
    let mut verdict = validator.judge(validator.take_lease(), claims, now);
    if matches!(verdict, Err(Refusal::Ahead(_))) {
        // Another node issued the code a moment ago.
        let feed = Arc::clone(&app.nodes.feed);
        app.db.run(move |_| feed.catch_up_to(claims.rev)).await?;
        verdict = validator.judge(validator.take_lease(), claims, now);
    }
    match verdict {
        Ok(_) => Ok(true),
        Err(Refusal::Stale | Refusal::Ahead(_)) => Err(FlowError::Stale),
        Err(_) => Ok(false),
    }
}

/// Returns the device that a browser's request is about. `id` is the id of the request.
async fn device_of(
    app: &App,
    request: &PageRequest,
    id: &str,
) -> Result<Option<Device>, FlowError> {
    let named = request.parameter(USER_CODE);
    match named.and_then(|text| text.parse::<MaskedCode>().ok()) {
        Some(masked) => find(app, masked.unmasked(id)).await,
        None => Ok(None),
    }
}

/// Returns what follows a request about a device. `id` is the id of the request, `browser` the
/// browser's cookie. `rev` is read before the session, so what revokes the operator's tokens from
/// then on revokes the answer.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn step(
    app: &App,
    request: &PageRequest,
    id: &str,
    browser: Option<Digest>,
) -> Result<Step, FlowError> {
    let Some(device) = device_of(app, request, id).await? else {
        return Ok(Step::Ended);
    };
    let found = match browser {
        Some(browser) => session::find(app, browser).await?,
        None => None,
    };
    let own = |found: &Found| {
        found.session.is_signed_in() && found.session.organization == device.code.organization
    };
    let Some(found) = found.filter(own) else {
        return Ok(Step::SignIn);
    };
    let known = &device.participants;
    let granted = grant_scopes(&ScopeRequest {
        scopes: device.code.asked.as_ref(),
        client: &known.client().settings.scopes,
        behind: BehindToken::Operator {
            role: found.operator.profile.role.as_deref(),
            roles: &known.definitions.roles,
            cap: known.definitions.cap_scopes_by_role,
        },
    });
    Ok(match granted {
        Err(_) => Step::NothingLeft,
        Ok(scopes) => Step::Confirm(Box::new(Confirming {
            device,
            found,
            scopes,
        })),
    })
}

/// Allows a device what the confirmation page has shown: uses up the request, and remembers what the
/// operator allowed the client. Returns `false` if another answer was quicker, or the code has
/// expired.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn allow(
    app: &App,
    request: &PageRequest,
    confirmed: Confirming,
) -> Result<bool, FlowError> {
    let (used, now) = (request.digest, app.clock.now());
    let Confirming {
        device,
        found,
        scopes,
    } = confirmed;
    let code = device.code;
    let allowed = Allowed {
        operator: found.session.operator,
        scopes,
        auth_time: found.session.signed_in_at,
        amr: found.session.amr,
        sid: Some(found.session.sid),
        rev: device.participants.rev,
    };
    let done = app.db.write(move |conn| {
        let (organization, operator) = (code.organization, allowed.operator);
        if !session::store::answer(conn, &used)?
            || !allow_device(conn, (organization, code.digest), &allowed, now)?
        {
            return Ok(false);
        }
        let (client, scopes) = (&code.code.client, &allowed.scopes);
        remember_consent(conn, organization, client, operator, scopes, now)?;
        Ok::<_, db::Error>(true)
    });
    Ok(done.await?)
}

/// Refuses a device, and uses up the request, whose id is `id`. Returns `false` if another answer was
/// quicker, or the code has expired.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn refuse(app: &App, request: &PageRequest, id: &str) -> Result<bool, FlowError> {
    let Some(device) = device_of(app, request, id).await? else {
        return Ok(false);
    };
    let (used, now) = (request.digest, app.clock.now());
    let key = (device.code.organization, device.code.digest);
    let done = app.db.write(move |conn| {
        Ok::<_, db::Error>(session::store::answer(conn, &used)? && refuse_device(conn, key, now)?)
    });
    Ok(done.await?)
}
