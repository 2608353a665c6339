//! Device authorization (RFC 8628, section 3.1): a client receives a code with which it asks for
//! tokens, and one that its user types on a page.

use std::net::IpAddr;
use std::time::Duration;

use zeroize::Zeroizing;

use super::authorize;
use super::caller::{Caller, network_of_stranger};
use super::error::{ErrorCode, OAuthError};
use super::failure::Failure;
use super::parameters::Parameters;
use crate::app::App;
use crate::base::{Digest, Timestamp};
use crate::client::GrantType;
use crate::db;
use crate::grant::store::{self, MostCodes, NewDeviceCode};
use crate::grant::{UserCode, code};

/// The most live codes. A few more are possible if requests arrive at once.
const MOST: MostCodes = MostCodes {
    of_client: 1_000,
    of_network: 100,
};

/// How often a user code is drawn again because it is another's. There are about 2^34 of them.
const DRAWS: usize = 5;

/// Codes that were issued.
// It has no `Debug`: its codes must not reach a log.
pub struct DeviceAuthorization {
    /// The code with which the client asks for tokens.
    pub device_code: Zeroizing<String>,
    /// The code that the user types.
    pub user_code: UserCode,
    /// How long both are valid.
    pub lifetime: Duration,
    /// The time that the client must leave between two polls, in whole seconds.
    pub interval: Duration,
}

/// Issues codes to a client. `address` is where the request comes from: anybody can send requests of a
/// public client, so the number of codes is bounded for each network as well.
///
/// # Errors
/// Returns `unauthorized_client` if the client may not use device codes, the errors of scopes and
/// resources as at the authorization endpoint, and [`Failure::Throttled`] if the client, or a
/// network with a public client, has too many live codes.
pub async fn authorize(
    app: &App,
    issuer: &str,
    caller: &Caller,
    address: Option<IpAddr>,
    parameters: &Parameters<'_>,
    now: Timestamp,
) -> Result<DeviceAuthorization, Failure> {
    let settings = caller.settings();
    if !settings.may_use(GrantType::DeviceCode) {
        let description = "This client may not use device codes; add device_code to its grants";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description).into());
    }
    let lifetime = app.settings.oauth.device_lifetime;
    let interval = whole_seconds(app.settings.oauth.device_interval);
    let device_code = code::generate();
    let mut new = NewDeviceCode {
        organization: caller.registered.client.organization,
        client: caller.id().clone(),
        digest: Digest::of(&device_code),
        user_digest: Digest::of(""),
        asked: authorize::scopes(parameters, settings)?,
        resources: caller.resources(issuer).read(parameters)?,
        network: network_of_stranger(caller, address),
        rev: caller.rev,
        interval,
        expires_at: now.plus(lifetime),
    };
    let written = app.db.write(move |conn| {
        if let Some(until) = store::too_many_device_codes(conn, &new, MOST, now)? {
            let wait = until.as_micros().saturating_sub(now.as_micros());
            let wait = Duration::from_micros(u64::try_from(wait).unwrap_or_default());
            return Ok(Err(wait));
        }
        for _ in 0..DRAWS {
            let user_code = UserCode::draw();
            new.user_digest = user_code.digest();
            if store::insert_device_code(conn, &new)? {
                return Ok(Ok(user_code));
            }
        }
        let fault = "every user code that was drawn is another's";
        Err(db::Error::Internal(fault.to_owned()))
    });
    let user_code = written.await?.map_err(Failure::Throttled)?;
    Ok(DeviceAuthorization {
        device_code,
        user_code,
        lifetime,
        interval,
    })
}

/// Returns a span in whole seconds, rounded up.
const fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs() + (span.subsec_nanos() > 0) as u64)
}
