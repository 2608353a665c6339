//! Queries for authorization codes, device codes, grants, refresh tokens, consents and opaque access
//! tokens.
//!
//! What works once is one conditional statement here: [`settle_codes`], [`allow_device`],
//! [`refuse_device`], [`redeem_device_code`], [`use_refresh_tokens`], [`end_grant`]. Each returns
//! whether this call changed the row.

mod code;
mod consent;
mod device;
mod device_step;
mod family;
mod opaque;
mod purge;
mod refresh;
mod refresh_use;
mod wrong_user_codes;

pub use code::{NewCode, Settle, StoredCode, find_codes, insert_code, settle_code, settle_codes};
pub use consent::{consent, forget_consent_without_grant, remember_consent};
pub use device::{
    Allowed, MostCodes, NewDeviceCode, StoredDeviceCode, find_device_code,
    find_device_code_of_user, insert_device_code, too_many_device_codes,
};
pub use device_step::{allow_device, note_device_poll, redeem_device_code, refuse_device};
use family::find_grants;
pub use family::{
    Extend, Grant, GrantFilter, end_grant, extend_grants, find_grant, grants, insert_grants,
    last_revs,
};
pub use opaque::{OpaqueToken, find_opaque_token, insert_opaque_tokens};
pub use purge::{
    purge_codes, purge_consents, purge_device_codes, purge_device_guesses, purge_grants,
    purge_opaque_tokens, purge_refresh_tokens,
};
pub use refresh::{
    StoredRefreshToken, Used, find_refresh_token_evenly, find_refresh_tokens_and_grants,
    insert_refresh_tokens,
};
pub use refresh_use::{FirstUseOf, use_refresh_tokens};
pub use wrong_user_codes::{give_place_back, take_place, wrong_codes};

use crate::access::ScopeSet;
use crate::db::{Error, Result};

/// Reads a column that holds scopes, separated by spaces.
fn scopes_in(text: &str) -> Result<ScopeSet> {
    ScopeSet::parse(text).map_err(|_| Error::Internal(format!("{text:?} is no list of scopes")))
}

/// Reads a column that holds the URIs of resources, separated by spaces. No URI has a space.
fn resources_in(text: &str) -> Vec<String> {
    let uris = text.split(' ').filter(|uri| !uri.is_empty());
    uris.map(str::to_owned).collect()
}
