//! An entry of the feed: what it is, which tokens it revokes, and who receives it.

use super::{Fact, Target, TargetKind};
use crate::base::{EntryTag, OrganizationId, Sequence, Timestamp};
use crate::outbox;
use crate::token::{Claims, Life};

/// Which kinds of target a reader of the revocation list asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listed {
    /// Those of version 0.1: all that revoke company and operator tokens.
    In01,
    /// All.
    All,
}

impl Listed {
    /// Whether a reader receives the kind.
    #[must_use]
    pub const fn includes(self, kind: TargetKind) -> bool {
        match self {
            Self::In01 => kind.in_0_1(),
            Self::All => true,
        }
    }
}

/// A reader's position: the sequence and the tag of an entry. A database that has the entry has
/// everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) seq: Sequence,
    pub(super) mark: EntryTag,
}

/// An entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The sequence of the entry.
    pub seq: Sequence,
    /// A random tag that distinguishes the entry from any other that ever had its sequence.
    pub mark: EntryTag,
    /// The organization that the entry concerns.
    pub organization: OrganizationId,
    /// What the entry says.
    pub fact: Fact,
    /// When the entry was written.
    pub at: Timestamp,
    /// The longest life of a token that the entry affects. The entry is purged once every token
    /// that was issued before it is older than this.
    pub life: Life,
    /// The same as an instant, for followers. `None` if the entry is needed for ever.
    pub until: Option<Timestamp>,
}

impl Entry {
    pub(super) const fn place(&self) -> Position {
        Position {
            seq: self.seq,
            mark: self.mark,
        }
    }

    /// Whether the organization's revocation list shows the entry to a reader that asks for these
    /// kinds.
    #[must_use]
    pub fn is_listed_for(&self, organization: OrganizationId, listed: Listed) -> bool {
        let concerns = [organization, OrganizationId::SERVICE].contains(&self.organization);
        concerns && matches!(self.fact, Fact::Revoked(target) if listed.includes(target.kind()))
    }

    /// Whether the entry revokes the token. An entry for a signing key never does: claims do not
    /// name the key that signed them.
    #[must_use]
    pub fn revokes(&self, claims: &Claims) -> bool {
        match self.fact {
            Fact::Revoked(target) => {
                let everyones =
                    target == Target::Organization && self.organization == OrganizationId::SERVICE;
                (everyones || self.organization == claims.organization)
                    && target.revoked_after(claims.rev) < self.seq
                    && claims
                        .targets()
                        .any(|own| own.place(self.organization) == target.place(self.organization))
                    && !target.spares(claims)
            }
            Fact::Lost(after) => after < claims.rev && claims.rev < self.seq,
            _ => false,
        }
    }

    /// Returns the message that webhooks send for the entry. `None` if it revokes nothing. The
    /// caller adds the id of an OAuth client, which the entry does not have.
    #[must_use]
    pub fn message(&self) -> Option<outbox::Event> {
        let Fact::Revoked(target) = self.fact else {
            return None;
        };
        let (kind, sent) = (target.kind(), target.sent());
        let (seq, at, until) = (self.seq, self.at, self.until);
        Some(if kind.in_0_1() {
            outbox::Event::TokenRevoked {
                kind: kind.as_str(),
                jti: sent.name.jti,
                operator_id: sent.name.operator,
                kid: sent.name.kid,
                seq,
                at,
                until,
            }
        } else {
            outbox::Event::CredentialRevoked {
                kind: kind.listed_as(),
                jti: sent.name.jti,
                operator_id: sent.name.operator,
                client_id: None,
                grant_id: sent.grant,
                key_id: sent.api_key,
                seq,
                at,
                until,
            }
        })
    }
}
