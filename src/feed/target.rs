//! What can be revoked. This file lists it once: the word of each kind of target, how an entry
//! names it, where the index holds it, and which tokens it revokes. `needed.rs` says for how long.
//!
//! A new kind of target is a new variant of [`Target`] and of [`TargetKind`]; the compiler then
//! reports the other places to change.

mod lineage;
mod name;
mod needed;
mod place;

pub(super) use self::name::{Name, Sent};
use self::place::id_of;
pub(super) use self::place::{Place, Subtree};

use crate::base::words::words;
use crate::base::{
    ApiKeyId, ClientTag, GrantId, KeyId, OperatorId, OrganizationId, Sequence, TokenId,
};
use crate::outbox;
use crate::token::{Claims, TokenUse};

/// What an entry revokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One operator token, or one access token with every token that was exchanged from it.
    Token(TokenId),
    /// Every token of an operator that was issued before the entry.
    Operator(OperatorId),
    /// A company token or a console session, and every token derived from it.
    CompanyToken(TokenId),
    /// Every token of the organization that was issued before the entry. For
    /// [`OrganizationId::SERVICE`]: every token of the service that was issued before it.
    Organization,
    /// Every token that a signing key has signed, of every organization.
    Key(KeyId),
    /// Every token of an OAuth client that was issued before the entry.
    Client(ClientTag),
    /// A grant, with every token that follows from it.
    Grant(GrantId),
    /// One session of an operator.
    Session(TokenId),
    /// Every session of an operator that was begun before the entry, except the one that is spared:
    /// the one in which the operator changed its own password.
    Sessions {
        /// The operator.
        operator: OperatorId,
        /// The session that stays. `None` if all end.
        spared: Option<TokenId>,
    },
    /// An API key. Nothing is derived from one, so nodes hold no entry for it: they forget its
    /// record.
    ApiKey(ApiKeyId),
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
        /// [`Target::Client`].
        Client = "client",
        /// [`Target::Grant`].
        Grant = "grant",
        /// [`Target::Session`].
        Session = "session",
        /// [`Target::Sessions`].
        Sessions = "sessions",
        /// [`Target::ApiKey`].
        ApiKey = "api_key",
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
            Self::Client | Self::Grant | Self::Session | Self::Sessions | Self::ApiKey => false,
        }
    }

    /// Returns the word in the revocation list and in webhooks. All sessions of an operator are a
    /// `session` as well, one that names the operator.
    #[must_use]
    pub const fn listed_as(self) -> &'static str {
        match self {
            Self::Sessions => Self::Session.as_str(),
            other => other.as_str(),
        }
    }

    /// Returns the kind of event that webhooks send for it.
    #[must_use]
    pub const fn event(self) -> outbox::EventKind {
        if self.in_0_1() {
            outbox::EventKind::TokenRevoked
        } else {
            outbox::EventKind::CredentialRevoked
        }
    }

    /// Whether the index holds it. The ring of signing keys holds what is revoked with a signing
    /// key, and the record of an API key says whether it is revoked.
    pub(super) const fn is_held(self) -> bool {
        !matches!(self, Self::Key | Self::ApiKey)
    }

    /// Whether the entry revokes only what was issued before it: tokens whose `rev` is below its
    /// sequence. The others are revoked by their name, whenever they were issued.
    const fn spares_later_tokens(self) -> bool {
        match self {
            Self::Operator | Self::Organization | Self::Client | Self::Sessions => true,
            Self::Token
            | Self::CompanyToken
            | Self::Key
            | Self::Grant
            | Self::Session
            | Self::ApiKey => false,
        }
    }
}

impl Target {
    /// Returns the target that is exactly this token, with every token derived from it.
    #[must_use]
    pub const fn of(claims: &Claims) -> Self {
        match claims.token_use {
            // Operator tokens name both in the same member, `parent`.
            TokenUse::Company { .. } | TokenUse::Console { .. } => Self::CompanyToken(claims.jti),
            TokenUse::Operator { .. } | TokenUse::Access { .. } => Self::Token(claims.jti),
            TokenUse::Session { .. } => Self::Session(claims.jti),
            TokenUse::Refresh { grant, .. } => Self::Grant(grant),
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
            Self::Client(_) => TargetKind::Client,
            Self::Grant(_) => TargetKind::Grant,
            Self::Session(_) => TargetKind::Session,
            Self::Sessions { .. } => TargetKind::Sessions,
            Self::ApiKey(_) => TargetKind::ApiKey,
        }
    }

    /// Returns how an entry names the target.
    pub(super) fn name(self) -> Name {
        let (mut jti, mut operator, mut kid) = (None, None, None);
        match self {
            Self::Token(id) | Self::CompanyToken(id) | Self::Session(id) => jti = Some(id),
            Self::Grant(id) => jti = Some(id.0),
            Self::Operator(id) => operator = Some(id),
            // The column is that of a number. `TargetKind` says what the number is.
            Self::Client(tag) => operator = Some(OperatorId(tag.0)),
            Self::Sessions {
                operator: id,
                spared,
            } => {
                operator = Some(id);
                jti = spared;
            }
            Self::Key(name) => kid = Some(name),
            // The column is that of 128 bits, which are characters here.
            Self::ApiKey(id) => jti = Some(TokenId(id.number())),
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
            TargetKind::Client => name.operator.map(|id| Self::Client(ClientTag(id.0))),
            TargetKind::Grant => name.jti.map(|id| Self::Grant(GrantId(id))),
            TargetKind::Session => name.jti.map(Self::Session),
            TargetKind::Sessions => name.operator.map(|operator| Self::Sessions {
                operator,
                spared: name.jti,
            }),
            TargetKind::ApiKey => name.jti.and_then(api_key).map(Self::ApiKey),
        }
    }

    /// Returns the ids that webhooks send of the target. The id of an OAuth client is not among
    /// them, because an entry has only a number for it.
    pub(super) fn sent(self) -> Sent {
        let (mut name, mut grant, mut api_key) = (self.name(), None, None);
        match self {
            Self::Grant(id) => (name.jti, grant) = (None, Some(id)),
            Self::ApiKey(id) => (name.jti, api_key) = (None, Some(id)),
            Self::Client(_) => name.operator = None,
            Self::Sessions { .. } => name.jti = None,
            Self::Token(_)
            | Self::Operator(_)
            | Self::CompanyToken(_)
            | Self::Organization
            | Self::Key(_)
            | Self::Session(_) => {}
        }
        Sent {
            name,
            grant,
            api_key,
        }
    }

    /// Whether the target names the token as the one session that stays.
    pub(super) fn spares(self, claims: &Claims) -> bool {
        matches!(self, Self::Sessions { spared: Some(spared), .. } if spared == claims.jti)
    }

    /// Returns where the index holds the target.
    #[inline]
    pub(super) const fn place(self, organization: OrganizationId) -> Place {
        let kind = self.kind();
        match self {
            Self::Token(id)
            | Self::CompanyToken(id)
            | Self::Session(id)
            | Self::Grant(GrantId(id)) => Place::Id(id_of(kind, id)),
            Self::Operator(OperatorId(id))
            | Self::Client(ClientTag(id))
            | Self::Sessions {
                operator: OperatorId(id),
                ..
            } => Place::Subtree(Subtree::new(kind, organization, id)),
            Self::Organization => Place::Organization,
            Self::Key(_) | Self::ApiKey(_) => Place::Elsewhere,
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
}

/// Returns the API key that these 128 bits name. `None` if they name none.
pub(super) fn api_key(name: TokenId) -> Option<ApiKeyId> {
    ApiKeyId::of_number(name.0)
}

impl Claims {
    /// Returns every target that would revoke the token, apart from the key that signed it, which
    /// claims do not name.
    #[inline]
    pub fn targets(&self) -> impl Iterator<Item = Target> + use<> {
        let (parent, issued_to) = match self.token_use {
            TokenUse::Company { .. } => (None, None),
            TokenUse::Operator { parent, .. } => (Some(Target::CompanyToken(parent)), None),
            TokenUse::Session { operator, .. } => {
                let spared = None;
                (None, Some(Target::Sessions { operator, spared }))
            }
            TokenUse::Console { operator, .. } => {
                let spared = None;
                let of = |operator| Target::Sessions { operator, spared };
                (None, operator.map(of))
            }
            TokenUse::Access { client, grant, .. } => {
                (grant.map(Target::Grant), Some(Target::Client(client)))
            }
            // The grant is the target that is the token itself.
            TokenUse::Refresh { client, .. } => (None, Some(Target::Client(client))),
        };
        let subject = self.operator().map(Target::Operator);
        let own = Some(Target::of(self));
        [own, parent, issued_to, subject, Some(Target::Organization)]
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests;
