//! Why a token is refused: by which rule, since when, and who caused it. This is read from the
//! database, for callers that may see it. Other callers only receive that the token is invalid.

use super::{Record, ancestry, store};
use crate::audit::{self, Action};
use crate::base::{KeyId, Seek, Timestamp};
use crate::db::{Conn, Error, Result};
use crate::feed::{self, Entry, Fact, TargetKind};
use crate::token::{CLOCK_SKEW, Claims, Kind};
use crate::uptime;

/// The rule that refuses a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An entry of the feed revokes it. An entry that revokes a company token itself has the kind
    /// [`TargetKind::CompanyToken`].
    Revoked(TargetKind),
    /// It has expired.
    Expiry,
    /// It was rotated or retired, or it was due and was not rotated, and its end has come.
    Rotation,
    /// It is a console session whose person has signed out, that another one has ended, or that was
    /// not used for too long. Tokens that were issued in it may be valid.
    SessionEnded,
    /// The key that signed it is retired.
    RetiredKey,
    /// It was issued by a clock that was ahead, or it is checked by a clock that is behind.
    Clock,
}

impl Reason {
    /// Returns the word that the API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked(target) => target.as_str(),
            Self::Expiry => "expiry",
            Self::Rotation => "rotation",
            Self::SessionEnded => "session_ended",
            Self::RetiredKey => "retired_key",
            Self::Clock => "clock",
        }
    }

    /// Returns the status of a token that the rule refuses: `revoked`, `expired` or `invalid`.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Revoked(_) => "revoked",
            Self::Expiry | Self::Rotation | Self::SessionEnded => "expired",
            Self::RetiredKey | Self::Clock => "invalid",
        }
    }
}

/// Why a token is refused.
#[derive(Debug, Clone)]
pub struct Why {
    /// The rule that refuses it.
    pub reason: Reason,
    /// Since when; `None` if that is not recorded.
    pub since: Option<Timestamp>,
    /// The entry of the feed that the rule applies; `None` if no entry is involved.
    pub entry: Option<Entry>,
    /// The audit event that was recorded with the entry; `None` if there is none any more.
    pub audit_event: Option<audit::Line>,
}

impl Why {
    /// Returns the reason for a token whose signing key is retired.
    #[must_use]
    pub const fn retired_key() -> Self {
        Self {
            reason: Reason::RetiredKey,
            since: None,
            entry: None,
            audit_event: None,
        }
    }

    fn entry(conn: &mut Conn, reason: Reason, since: Timestamp, entry: Entry) -> Result<Self> {
        Ok(Self {
            reason,
            since: Some(since),
            entry: Some(entry),
            audit_event: audit::of_entry(conn, entry.organization, entry.seq)?,
        })
    }
}

/// Returns why a token with a valid signature is refused at `now`; `None` if it is valid. For a
/// token that is both revoked and expired, the reason is the revocation.
///
/// # Errors
/// Returns the errors of the database.
pub fn why(conn: &mut Conn, claims: &Claims, now: Timestamp) -> Result<Option<Why>> {
    if let Some(entry) = feed::revoking_entry(conn, claims)? {
        let reason = match entry.fact {
            Fact::Revoked(target) => Reason::Revoked(target.kind()),
            // The entries that the token's issuer had applied were lost. This concerns the tokens
            // of every organization.
            Fact::Lost(_) => Reason::Revoked(TargetKind::Organization),
            _ => {
                let why = format!("feed entry {} revokes nothing", entry.seq);
                return Err(Error::Internal(why));
            }
        };
        return Why::entry(conn, reason, entry.at, entry).map(Some);
    }
    // By uptime it may have expired although the clock shows a time before its expiry.
    let ended = claims.rev < uptime::read(conn)?.floor(claims.life());
    let own_end = claims.expires_at().filter(|end| ended || *end <= now);
    let entry = match claims.kind() {
        Kind::Company => feed::end_of(conn, claims.organization, claims.jti)?,
        Kind::Operator | Kind::Session | Kind::Access | Kind::Refresh | Kind::Console => None,
    };
    let ended = entry.and_then(|entry| Some((entry.fact.ends_at()?, entry)));
    let by_rotation = ended.filter(|(end, _)| *end <= now && own_end.is_none_or(|own| *end < own));
    if let Some((end, entry)) = by_rotation {
        // An end that came at once is earlier in the entry, for nodes whose clocks are behind.
        let since = end.max(entry.at.whole_second());
        return Why::entry(conn, Reason::Rotation, since, entry).map(Some);
    }
    let by_a_clock = |reason, since| Why {
        reason,
        since: Some(since),
        entry: None,
        audit_event: None,
    };
    if let Some(end) = own_end {
        return Ok(Some(by_a_clock(Reason::Expiry, end)));
    }
    if claims.kind() == Kind::Console
        && store::session_is_gone(conn, claims.organization, claims.jti)?
    {
        return session_ended(conn, claims).map(Some);
    }
    let ahead = claims.issued_at > now.plus(CLOCK_SKEW);
    Ok(ahead.then(|| by_a_clock(Reason::Clock, claims.issued_at)))
}

/// Returns why a console session without a row is refused. The audit log says who ended it, unless it
/// was not used for too long.
fn session_ended(conn: &mut Conn, claims: &Claims) -> Result<Why> {
    let page = audit::Page {
        organization: Some(claims.organization),
        filter: audit::Filter {
            actions: vec![Action::SessionEnded],
            target: Some(format!("session:{}", claims.jti)),
            // No older event is about it, so the index by time bounds the search.
            from: Some(claims.issued_at),
            ..audit::Filter::default()
        },
        seek: Seek::First,
        limit: 1,
    };
    let event = audit::page(conn, &page)?.page.rows.pop();
    Ok(Why {
        reason: Reason::SessionEnded,
        since: event.as_ref().map(|event| event.at),
        entry: None,
        audit_event: event,
    })
}

/// Like [`why`], for a token in the ledger. `knows_key` returns whether a key still verifies
/// signatures.
///
/// # Errors
/// Returns the errors of the database.
pub fn why_not<K: FnOnce(KeyId) -> bool>(
    conn: &mut Conn,
    record: &Record,
    knows_key: K,
    now: Timestamp,
) -> Result<Option<Why>> {
    let why = why(conn, &record.line.claims, now)?;
    // For a token whose key is revoked, the response is that it is revoked, whether or not it has
    // expired.
    if why
        .as_ref()
        .is_none_or(|why| why.reason.status() != "revoked")
        && let Some(kid) = record.kid
        && let Some(entry) = feed::key_revoked(conn, kid)?
    {
        return Why::entry(conn, Reason::Revoked(TargetKind::Key), entry.at, entry).map(Some);
    }
    if why
        .as_ref()
        .is_none_or(|why| why.reason.status() != "revoked")
        && let Some(subject) = ancestry::subject(&record.line)
        && let Some(subject) = store::find(conn, record.line.claims.organization, subject)?
        && let Some(above) = why_not::<fn(KeyId) -> bool>(conn, &subject, |_| true, now)?
        && above.reason.status() == "revoked"
    {
        return Ok(Some(above));
    }
    let retired = record.kid.is_some_and(|kid| !knows_key(kid));
    Ok(why.or_else(|| retired.then(Why::retired_key)))
}
