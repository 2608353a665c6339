//! The kinds of entry of the feed, with their words in the database.

use std::fmt;
use std::str::FromStr;

use super::target::TargetKind;
use super::{Fact, Listed, Record};

/// The kinds of entry, with their words in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// [`Fact::Revoked`], with the kind of its target.
    Revoked(TargetKind),
    /// [`Fact::CompanyTokenEnds`].
    CompanyTokenEnds,
    /// [`Record::Operator`] changed.
    OperatorChanged,
    /// [`Record::Organization`] changed.
    OrganizationChanged,
    /// [`Record::Keys`] changed.
    KeysChanged,
    /// [`Record::Client`] changed.
    ClientChanged,
    /// [`Record::ApiKey`] changed.
    ApiKeyChanged,
    /// [`Fact::OrganizationCreated`].
    OrganizationCreated,
    /// [`Fact::Tick`].
    Tick,
    /// [`Fact::Lost`].
    Lost,
}

impl EntryKind {
    /// The kinds that name no target.
    const OTHERS: [Self; 9] = [
        Self::CompanyTokenEnds,
        Self::OperatorChanged,
        Self::OrganizationChanged,
        Self::KeysChanged,
        Self::ClientChanged,
        Self::ApiKeyChanged,
        Self::OrganizationCreated,
        Self::Tick,
        Self::Lost,
    ];

    /// Returns every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let targets = TargetKind::ALL.map(Self::Revoked).into_iter();
        targets.chain(Self::OTHERS)
    }

    /// Returns the kinds that the revocation list shows to a reader that asks for these.
    pub(super) fn listed(listed: Listed) -> impl Iterator<Item = Self> {
        let kinds = TargetKind::ALL.into_iter();
        let shown = kinds.filter(move |kind| listed.includes(*kind));
        shown.map(Self::Revoked)
    }

    /// Whether a node holds entries of this kind in its index as long as they can affect a token.
    #[must_use]
    pub const fn is_held(self) -> bool {
        match self {
            Self::Revoked(target) => target.is_held(),
            Self::CompanyTokenEnds | Self::Lost => true,
            Self::OperatorChanged
            | Self::OrganizationChanged
            | Self::KeysChanged
            | Self::ClientChanged
            | Self::ApiKeyChanged
            | Self::OrganizationCreated
            | Self::Tick => false,
        }
    }

    /// Returns the word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked(target) => target.as_str(),
            Self::CompanyTokenEnds => "company_token_ends",
            Self::OperatorChanged => "operator_changed",
            Self::OrganizationChanged => "organization_changed",
            Self::KeysChanged => "keys_changed",
            Self::ClientChanged => "client_changed",
            Self::ApiKeyChanged => "api_key_changed",
            Self::OrganizationCreated => "organization_created",
            Self::Tick => "tick",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntryKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        // A start parses a million of them: the kinds that revoke come first, and by one `match`.
        text.parse().map(Self::Revoked).or_else(|_| {
            Self::OTHERS
                .into_iter()
                .find(|kind| kind.as_str() == text)
                .ok_or(())
        })
    }
}

impl Fact {
    /// Returns the kind of the entry.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Revoked(target) => EntryKind::Revoked(target.kind()),
            Self::CompanyTokenEnds(..) => EntryKind::CompanyTokenEnds,
            Self::Changed(Record::Operator(_)) => EntryKind::OperatorChanged,
            Self::Changed(Record::Organization) => EntryKind::OrganizationChanged,
            Self::Changed(Record::Keys) => EntryKind::KeysChanged,
            Self::Changed(Record::Client(_)) => EntryKind::ClientChanged,
            Self::Changed(Record::ApiKey(_)) => EntryKind::ApiKeyChanged,
            Self::OrganizationCreated => EntryKind::OrganizationCreated,
            Self::Tick => EntryKind::Tick,
            Self::Lost(_) => EntryKind::Lost,
        }
    }
}
