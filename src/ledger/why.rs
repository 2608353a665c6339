//! Why a token does not count: which rule, since when, by whose doing. From the database, for those who may know; strangers
//! only ever hear that it is invalid.

use super::Record;
use crate::audit;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Error, Result};
use crate::feed::{self, Entry, Fact};
use crate::token::{CLOCK_SKEW, Claims, Kind};
use crate::uptime;

/// The rule that refuses a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was revoked itself.
    Token,
    /// Its company token was revoked, or it is one and was.
    CompanyToken,
    /// All tokens of its operator were revoked.
    Operator,
    /// All tokens of its organization were revoked.
    Organization,
    /// Its own end has come.
    Expiry,
    /// It was rotated, or was due and was not, and the grace is over.
    Rotation,
    /// The key that signed it was revoked.
    Key,
    /// The key that signed it is retired.
    RetiredKey,
    /// It was issued by a clock that was ahead, or is judged by one that is behind.
    Clock,
}

impl Reason {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::CompanyToken => "company_token",
            Self::Operator => "operator",
            Self::Organization => "organization",
            Self::Expiry => "expiry",
            Self::Rotation => "rotation",
            Self::Key => "key",
            Self::RetiredKey => "retired_key",
            Self::Clock => "clock",
        }
    }

    /// What the rule makes of a token, in a word: `revoked`, `expired` or `invalid`.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Token | Self::CompanyToken | Self::Operator | Self::Organization | Self::Key => {
                "revoked"
            }
            Self::Expiry | Self::Rotation => "expired",
            Self::RetiredKey | Self::Clock => "invalid",
        }
    }
}

/// Why a token does not count.
#[derive(Debug, Clone)]
pub struct Why {
    /// The rule.
    pub reason: Reason,
    /// Since when; none: not known.
    pub since: Option<Timestamp>,
    /// The entry of the feed that says so.
    pub entry: Option<Entry>,
    /// The deed that wrote the entry.
    pub deed: Option<audit::Line>,
}

impl Why {
    /// The key that signed it verifies nothing any more.
    #[must_use]
    pub const fn retired_key() -> Self {
        Self {
            reason: Reason::RetiredKey,
            since: None,
            entry: None,
            deed: None,
        }
    }

    fn entry(conn: &mut Conn, reason: Reason, since: Timestamp, entry: Entry) -> Result<Self> {
        Ok(Self {
            reason,
            since: Some(since),
            entry: Some(entry),
            deed: audit::of_entry(conn, entry.organization, entry.seq)?,
        })
    }
}

/// Why a token that bears a good signature does not count at `now`; none: it does. One that is both revoked and over counts as
/// revoked.
///
/// # Errors
/// Those of the database.
pub fn why(conn: &mut Conn, claims: &Claims, now: Timestamp) -> Result<Option<Why>> {
    if let Some(entry) = feed::revoking_entry(conn, claims)? {
        let reason = match entry.fact {
            Fact::Token(_) => Reason::Token,
            Fact::CompanyToken(_) => Reason::CompanyToken,
            Fact::Operator(_) => Reason::Operator,
            // Also where the service revoked everything, or lost what the token knew.
            Fact::Organization | Fact::Lost(_) => Reason::Organization,
            Fact::KeyRevoked(_) => Reason::Key,
            Fact::CompanyTokenEnds(..)
            | Fact::OperatorChanged(_)
            | Fact::OrganizationChanged
            | Fact::OrganizationCreated
            | Fact::Tick
            | Fact::KeysChanged => {
                let why = format!("feed entry {} revokes nothing", entry.seq);
                return Err(Error::Internal(why));
            }
        };
        return Why::entry(conn, reason, entry.at, entry).map(Some);
    }
    // By uptime it may have ended though the clock says that it has not.
    let ended = claims.rev < uptime::read(conn)?.floor(claims.life());
    let own_end = claims.expires_at().filter(|end| ended || *end <= now);
    let entry = match claims.kind() {
        Kind::Company => feed::end_of(conn, claims.organization, claims.jti)?,
        Kind::Operator => None,
    };
    let ended = entry.and_then(|entry| Some((entry.fact.ends_at()?, entry)));
    let by_rotation = ended.filter(|(end, _)| *end <= now && own_end.is_none_or(|own| *end < own));
    if let Some((end, entry)) = by_rotation {
        return Why::entry(conn, Reason::Rotation, end, entry).map(Some);
    }
    let by_a_clock = |reason, since| Why {
        reason,
        since: Some(since),
        entry: None,
        deed: None,
    };
    let ahead = claims.issued_at > now.plus(CLOCK_SKEW);
    let expired = own_end.map(|end| by_a_clock(Reason::Expiry, end));
    Ok(expired.or_else(|| ahead.then(|| by_a_clock(Reason::Clock, claims.issued_at))))
}

/// As [`why`], for a token of the ledger; `knows_key` says whether a key still verifies.
///
/// # Errors
/// Those of the database.
pub fn why_not(
    conn: &mut Conn,
    record: &Record,
    knows_key: impl FnOnce(KeyId) -> bool,
    now: Timestamp,
) -> Result<Option<Why>> {
    let why = why(conn, &record.line.claims, now)?;
    // Whoever holds such a token hears that it was revoked, over or not.
    if why
        .as_ref()
        .is_none_or(|why| why.reason.status() != "revoked")
        && let Some(entry) = feed::key_revoked(conn, record.kid)?
    {
        return Why::entry(conn, Reason::Key, entry.at, entry).map(Some);
    }
    Ok(why.or_else(|| (!knows_key(record.kid)).then(Why::retired_key)))
}
