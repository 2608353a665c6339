//! The law that says whether a token is refused, and by which rule. It is pure: `facts.rs` reads what it
//! decides from, for one token or for a page of them, so every place says the same about a token.

use crate::base::Timestamp;
use crate::feed::{Entry, Revocation, TargetKind};
use crate::token::CLOCK_SKEW;

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

/// What is known of the key that signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// It verifies signatures, or the token is not signed, or its key is not known.
    Good,
    /// It is revoked, with everything that it signed.
    Revoked(Revocation),
    /// It is retired.
    Retired,
}

/// Everything that decides whether a token is refused.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The first entry of the feed that revokes it.
    pub(super) revoked: Option<Revocation>,
    /// The key that signed it.
    pub(super) key: Key,
    /// What revoked the nearest of the tokens that it was exchanged from. `None` if none is revoked.
    pub(super) subject_revoked: Option<Revocation>,
    /// Its expiry. `None` if it has none.
    pub(super) expires_at: Option<Timestamp>,
    /// Whether it is older than its lifetime by uptime, whatever the clocks show.
    pub(super) is_below_floor: bool,
    /// The entry that brings its end forward. `None` if none does.
    pub(super) ended: Option<Entry>,
    /// Whether it is a console session without a row.
    pub(super) session_is_gone: bool,
    /// When it was issued.
    pub(super) issued_at: Timestamp,
}

/// A token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// The rule that refuses it.
    pub(super) reason: Reason,
    /// Since when; `None` if that is not recorded.
    pub(super) since: Option<Timestamp>,
    /// The entry of the feed that the rule applies; `None` if no entry is involved.
    pub(super) entry: Option<Entry>,
}

impl From<Revocation> for Refused {
    fn from(Revocation { target, entry }: Revocation) -> Self {
        Self {
            reason: Reason::Revoked(target),
            since: Some(entry.at),
            entry: Some(entry),
        }
    }
}

/// Returns why a token is refused at `now`; `None` if it is valid. A token that is revoked is revoked,
/// whether or not it has expired. Its own revocation comes before that of its key, and this one before that
/// of a token it was exchanged from. Then come the ends, the earlier one first; then the clock and the key.
pub(super) fn verdict(facts: &Facts, now: Timestamp) -> Option<Refused> {
    let by_key = match facts.key {
        Key::Revoked(revocation) => Some(revocation),
        Key::Good | Key::Retired => None,
    };
    let revoked = facts.revoked.or(by_key).or(facts.subject_revoked);
    if let Some(revocation) = revoked {
        return Some(revocation.into());
    }
    // By uptime it may have expired although the clock shows a time before its expiry.
    let own_end = facts
        .expires_at
        .filter(|end| facts.is_below_floor || *end <= now);
    let ended = facts
        .ended
        .and_then(|entry| Some((entry.fact.ends_at()?, entry)));
    let by_rotation = ended.filter(|(end, _)| *end <= now && own_end.is_none_or(|own| *end < own));
    if let Some((end, entry)) = by_rotation {
        return Some(Refused {
            reason: Reason::Rotation,
            // An end that came at once is earlier in the entry, for nodes whose clocks are behind.
            since: Some(end.max(entry.at.whole_second())),
            entry: Some(entry),
        });
    }
    let by = |reason, since| Refused {
        reason,
        since,
        entry: None,
    };
    if own_end.is_some() {
        return Some(by(Reason::Expiry, own_end));
    }
    if facts.session_is_gone {
        return Some(by(Reason::SessionEnded, None));
    }
    if facts.issued_at > now.plus(CLOCK_SKEW) {
        return Some(by(Reason::Clock, Some(facts.issued_at)));
    }
    (facts.key == Key::Retired).then(|| by(Reason::RetiredKey, None))
}

#[cfg(test)]
mod tests;
