//! What can be revoked. This file lists it once: the word of each kind of target, how an entry
//! names it, where the index holds it, which tokens it revokes, and for how long.
//!
//! A new kind of target is a new variant of [`Target`] and of [`TargetKind`]; the compiler then
//! reports the other places to change.

mod place;

use self::place::id_of;
pub(super) use self::place::{Place, Subtree};

use std::time::Duration;

use super::{Entry, Fact, Needed};
use crate::base::words::words;
use crate::base::{KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::outbox;
use crate::token::{Claims, Kind, Life, TokenUse};

/// What an entry revokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One operator token.
    Token(TokenId),
    /// Every token of an operator that was issued before the entry.
    Operator(OperatorId),
    /// A company token and every token derived from it.
    CompanyToken(TokenId),
    /// Every token of the organization that was issued before the entry. For
    /// [`OrganizationId::SERVICE`]: every token of the service that was issued before it.
    Organization,
    /// Every token that a signing key has signed, of every organization.
    Key(KeyId),
}

words! {
    /// The kinds of [`Target`].
    pub enum TargetKind {
        /// [`Target::Token`].
        Token = "token",
        /// [`Target::Operator`].
        Operator = "operator",
        /// [`Target::CompanyToken`].
        CompanyToken = "company_token",
        /// [`Target::Organization`].
        Organization = "organization",
        /// [`Target::Key`].
        Key = "key",
    }
}

impl TargetKind {
    /// Whether version 0.1 has the kind. A follower of that version that reads another word treats
    /// every token as unknown, so the revocation list sends only these kinds to a reader that does
    /// not ask for more.
    #[must_use]
    pub const fn in_0_1(self) -> bool {
        match self {
            Self::Token | Self::Operator | Self::CompanyToken | Self::Organization | Self::Key => {
                true
            }
        }
    }

    /// Whether the index holds it. The ring of signing keys holds what is revoked with a key.
    pub(super) const fn is_held(self) -> bool {
        !matches!(self, Self::Key)
    }

    /// Whether the entry revokes only what was issued before it: tokens whose `rev` is below its
    /// sequence. The others are revoked by their name, whenever they were issued.
    const fn spares_later_tokens(self) -> bool {
        match self {
            Self::Operator | Self::Organization => true,
            Self::Token | Self::CompanyToken | Self::Key => false,
        }
    }

    /// The kinds of token that the target revokes besides the token it names. The entry is needed
    /// as long as the longest of their lives.
    const fn revokes(self) -> &'static [Kind] {
        match self {
            Self::Token => &[],
            Self::CompanyToken => &Kind::UNDER_A_COMPANY_TOKEN,
            Self::Operator => &Kind::OF_AN_OPERATOR,
            Self::Organization | Self::Key => &Kind::ALL,
        }
    }
}

/// How an entry names its target, by the columns of the feed. A later kind of target uses the
/// column of the same width: its index covers both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Name {
    /// An id of 128 bits.
    pub(super) jti: Option<TokenId>,
    /// A number.
    pub(super) operator: Option<OperatorId>,
    /// The name of a signing key.
    pub(super) kid: Option<KeyId>,
}

impl Target {
    /// Returns the target that is exactly this token, with every token derived from it.
    #[must_use]
    pub const fn of(claims: &Claims) -> Self {
        match claims.token_use {
            TokenUse::Company { .. } => Self::CompanyToken(claims.jti),
            TokenUse::Operator { .. } => Self::Token(claims.jti),
        }
    }

    /// Returns the kind of the target.
    #[must_use]
    pub const fn kind(self) -> TargetKind {
        match self {
            Self::Token(_) => TargetKind::Token,
            Self::Operator(_) => TargetKind::Operator,
            Self::CompanyToken(_) => TargetKind::CompanyToken,
            Self::Organization => TargetKind::Organization,
            Self::Key(_) => TargetKind::Key,
        }
    }

    /// Returns how an entry names the target.
    pub(super) const fn name(self) -> Name {
        let (mut jti, mut operator, mut kid) = (None, None, None);
        match self {
            Self::Token(id) | Self::CompanyToken(id) => jti = Some(id),
            Self::Operator(id) => operator = Some(id),
            Self::Key(name) => kid = Some(name),
            Self::Organization => {}
        }
        Name { jti, operator, kid }
    }

    /// Returns the target that an entry names. `None` if the entry does not name what its kind
    /// needs.
    pub(super) fn named(kind: TargetKind, name: Name) -> Option<Self> {
        match kind {
            TargetKind::Token => name.jti.map(Self::Token),
            TargetKind::Operator => name.operator.map(Self::Operator),
            TargetKind::CompanyToken => name.jti.map(Self::CompanyToken),
            TargetKind::Organization => Some(Self::Organization),
            TargetKind::Key => name.kid.map(Self::Key),
        }
    }

    /// Returns where the index holds the target.
    #[inline]
    pub(super) const fn place(self, organization: OrganizationId) -> Place {
        let kind = self.kind();
        match self {
            Self::Token(id) | Self::CompanyToken(id) => Place::Id(id_of(kind, id)),
            Self::Operator(id) => Place::Subtree(Subtree::new(kind, organization, id.0)),
            Self::Organization => Place::Organization,
            Self::Key(_) => Place::Ring,
        }
    }

    /// Returns the lowest sequence of an entry for this target that revokes the token, minus one:
    /// the token's `rev`, or 0 if the entry revokes whatever it names.
    pub(super) const fn revoked_after(self, rev: Sequence) -> Sequence {
        if self.kind().spares_later_tokens() {
            rev
        } else {
            Sequence(0)
        }
    }

    /// Returns how long the entry is needed if it is written at `now`: as long as the longest life
    /// of anything it revokes. `token` is the token that the target names, if the caller has it;
    /// without it the longest life of its kind is used.
    #[must_use]
    pub fn needed(self, token: Option<&Claims>, now: Timestamp) -> Needed {
        let lives = self.kind().revokes().iter().map(|kind| kind.longest_life());
        let below = lives.max().unwrap_or(Life::NONE);
        let own_end = token.and_then(Claims::expires_at);
        // The instants are for followers, which have only a wall clock, and it may be wrong.
        let (own, ends) = match self {
            Self::Token(_) => {
                let life = Kind::Operator.longest_life();
                let latest = life.span().map(|span| (now, span * 2));
                let own = own_end.map(|end| (end, Duration::ZERO));
                (life, own.or(latest))
            }
            Self::CompanyToken(_) => {
                // A token derived from it a moment before may outlive it by that token's whole
                // life.
                let life = token.map_or(Kind::Company.longest_life(), Claims::life);
                (life, own_end.map(|end| end.max(now)).zip(below.span()))
            }
            // Twice the life: a clock that runs behind on another node may still sign for a while.
            Self::Operator(_) => (Life::NONE, below.span().map(|span| (now, span * 2))),
            Self::Organization | Self::Key(_) => (Life::NONE, None),
        };
        Needed {
            life: own.max(below),
            ends,
        }
    }
}

impl Claims {
    /// Returns every target that would revoke the token, apart from the key that signed it, which
    /// claims do not name.
    #[inline]
    pub fn targets(&self) -> impl Iterator<Item = Target> + use<> {
        let (parent, subject) = match self.token_use {
            TokenUse::Company { .. } => (None, None),
            TokenUse::Operator {
                operator, parent, ..
            } => (
                Some(Target::CompanyToken(parent)),
                Some(Target::Operator(operator)),
            ),
        };
        let own = Some(Target::of(self));
        [own, parent, subject, Some(Target::Organization)]
            .into_iter()
            .flatten()
    }
}

impl Entry {
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
                    && claims.targets().any(|own| own == target)
            }
            Fact::Lost(after) => after < claims.rev && claims.rev < self.seq,
            _ => false,
        }
    }

    /// Returns the message that webhooks send for the entry. `None` if it revokes nothing.
    #[must_use]
    pub fn message(&self) -> Option<outbox::Event> {
        let Fact::Revoked(target) = self.fact else {
            return None;
        };
        let name = target.name();
        Some(outbox::Event::TokenRevoked {
            kind: target.kind().as_str(),
            jti: name.jti,
            operator_id: name.operator,
            kid: name.kid,
            seq: self.seq,
            at: self.at,
            until: self.until,
        })
    }
}

#[cfg(test)]
mod tests;
