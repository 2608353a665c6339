//! Initial access tokens (RFC 7591, section 3): who has one may register clients of an organization,
//! as often as the token says.

mod store;

pub use store::{find, use_once};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::ManageError;
use crate::base::{Digest, OrganizationId, Timestamp, random};
use crate::db::Conn;
use crate::organization::Definitions;

/// How often a token may be used unless said otherwise.
pub const DEFAULT_USES: i64 = 1;

/// The most uses of a token.
pub const MOST_USES: i64 = 10_000;

/// Makes a token for clients of an organization and stores its digest. Those that are used up are
/// deleted. Returns the text, which is shown only once.
///
/// # Errors
/// Returns [`ManageError::UnknownOrganization`] and [`ManageError::Database`].
pub fn issue(
    conn: &mut Conn,
    organization: OrganizationId,
    uses: i64,
    now: Timestamp,
) -> Result<Zeroizing<String>, ManageError> {
    if Definitions::read(conn, organization)?.is_none() {
        return Err(ManageError::UnknownOrganization);
    }
    store::delete_used_up(conn, organization)?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(random::bytes::<32>()));
    store::insert(conn, organization, Digest::of(&text), uses, now)?;
    Ok(text)
}
