//! A line of the ledger: what is written when a token is issued, and what is read.

use std::net::IpAddr;

use super::Handover;
use crate::base::{ClientId, KeyId, OperatorId, OrganizationId, Seek, Timestamp, TokenId};
use crate::token::{Claims, Kind};

/// The record of a token at its issue.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The token's claims.
    pub claims: Claims,
    /// The key that signed it. `None` if it is not signed.
    pub kid: Option<KeyId>,
    /// The OAuth client that it was issued to. `None` if it was issued to none.
    pub client: Option<ClientId>,
    /// The access token that was exchanged for it, or the console session that a company token was
    /// issued in. `None` if there is none.
    pub subject: Option<TokenId>,
    /// The IP address of the client that requested it.
    pub address: Option<IpAddr>,
}

/// A row of the ledger, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The token's claims.
    pub claims: Claims,
    /// The OAuth client that it was issued to. `None` if it was issued to none.
    pub client: Option<ClientId>,
    /// The token that it comes from: the company token of an operator token, the access token that
    /// was exchanged for this one, or the console session in which it was issued. `None` if it comes
    /// from none.
    pub parent: Option<TokenId>,
    /// The name that people gave it. `None` if it has no label.
    pub label: Option<String>,
    /// When the token was last used; `None` if no use was recorded.
    pub last_used_at: Option<Timestamp>,
    /// When the token expires because it was rotated or retired, or because it was due and not
    /// rotated; `None` if none of these.
    pub ends_at: Option<Timestamp>,
    /// Its rotation; `None` if it was not rotated.
    pub handover: Option<Handover>,
}

/// Everything that the ledger contains about one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The token's claims, use and rotation.
    pub line: Line,
    /// The key that signed it. `None` if it is not signed.
    pub kid: Option<KeyId>,
    /// The IP address of the client that requested it.
    pub address: Option<String>,
    /// When the audit log recorded that it is due for rotation; `None` if it has not.
    pub due_reported_at: Option<Timestamp>,
    /// What was written beside its issue. `None` if nothing was.
    pub note: Option<String>,
}

/// Which rows to read. The list begins with the newest.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only tokens of this operator; `None` for all.
    pub operator: Option<OperatorId>,
    /// Only tokens that were issued to this OAuth client; `None` for all.
    pub client: Option<ClientId>,
    /// Only tokens of this kind; `None` for company and operator tokens.
    pub kind: Option<Kind>,
    /// What else is wanted.
    pub narrow: Narrow,
    /// Where the page is, by the ids of tokens.
    pub seek: Seek<TokenId>,
    /// At most this many rows.
    pub limit: i64,
}

impl Filter {
    /// Returns the filter of the newest company and operator tokens of an organization.
    #[must_use]
    pub fn of(organization: OrganizationId, limit: i64) -> Self {
        Self {
            organization,
            operator: None,
            client: None,
            kind: None,
            narrow: Narrow::default(),
            seek: Seek::First,
            limit,
        }
    }
}

/// What people ask of a list of tokens. No index finds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Only tokens that were issued with this company token or in this session.
    pub parent: Option<TokenId>,
    /// Only tokens that were requested from this address.
    pub address: Option<String>,
    /// Only tokens that were issued before this instant and not used since.
    pub unused_since: Option<Timestamp>,
    /// Also those that are refused. The list then has whatever the ledger still has.
    pub any_state: bool,
}

impl Narrow {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
