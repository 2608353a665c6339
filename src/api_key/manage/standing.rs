//! What a text is and may do, for somebody who has the database.

use crate::api_key::{
    AllowedAddresses, BoundOperator, Circumstances, KeyProof, Refused, Rights, StoredKey, judge,
    store, text,
};
use crate::base::{Digest, Timestamp};
use crate::db::{self, Conn};
use crate::operator::{self, OperatorStatus};
use crate::organization::Definitions;

/// What a text is.
#[derive(Debug)]
pub enum Standing {
    /// It is no key of this service.
    Unknown,
    /// It is a key, with what it may do or why it is refused.
    Known(Box<StoredKey>, Result<Rights, Refused>),
}

/// Returns what a text is and may do from an allowed address. This is no use of it.
///
/// # Errors
/// Returns an error if the database fails.
pub fn standing(conn: &mut Conn, text: &str, now: Timestamp) -> db::Result<Standing> {
    if text::environment(text).is_none() {
        return Ok(Standing::Unknown);
    }
    let presented = Digest::of(text);
    let Some(stored) = store::find_by_text(conn, presented)? else {
        return Ok(Standing::Unknown);
    };
    let organization = stored.key.organization;
    let defined = Definitions::read(conn, organization)?;
    let Some(defined) = defined.filter(Definitions::is_active) else {
        return Ok(Standing::Known(Box::new(stored), Err(Refused::NotFound)));
    };
    let operator = match stored.key.operator {
        Some(id) => operator::find(conn, organization, id)?,
        None => None,
    };
    let operator = operator.map(|operator| BoundOperator {
        is_active: operator.status == OperatorStatus::Active,
        role: operator.profile.role,
    });
    let around = Circumstances {
        proof: KeyProof::Text(presented),
        operator: operator.as_ref(),
        roles: &defined.roles,
        address: None,
        now,
    };
    let mut from_anywhere = stored.clone();
    from_anywhere.key.settings.allowed = AllowedAddresses::default();
    let outcome = judge(&from_anywhere, &around);
    Ok(Standing::Known(Box::new(stored), outcome))
}
