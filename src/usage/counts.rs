//! What is counted.

use crate::base::words::words;
use crate::token::Kind;

words! {
    /// Something that is counted. The words are the columns of the table.
    pub enum Count {
        /// The organization had an operator token of its own validated, and it was valid.
        Valid = "valid",
        /// The same, and the token had expired.
        Expired = "expired",
        /// The same, and the token was revoked.
        Revoked = "revoked",
        /// The organization had a text validated that is not one of its operator tokens.
        Invalid = "invalid",
        /// A company token was issued.
        IssuedCompany = "issued_company",
        /// An operator token was issued.
        IssuedOperator = "issued_operator",
        /// An access token of OAuth was issued.
        IssuedOauth = "issued_oauth",
        /// An API key was used.
        KeyUsed = "key_used",
        /// A known API key was refused.
        KeyRefused = "key_refused",
        /// Somebody signed in: the organization, or an operator.
        SignedIn = "signed_in",
        /// A sign-in failed.
        SignInRefused = "sign_in_refused",
        /// An entry that revokes something was written.
        RevokedEntries = "revoked_entries",
    }
}

impl Count {
    /// Returns the counter of issued tokens of this kind. `None` if they are not counted: a session
    /// is counted as a sign-in, and a refresh token is issued with an access token.
    #[must_use]
    pub const fn of_issued(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Company => Some(Self::IssuedCompany),
            Kind::Operator => Some(Self::IssuedOperator),
            Kind::Access => Some(Self::IssuedOauth),
            Kind::Session | Kind::Refresh | Kind::Console => None,
        }
    }
}

/// A number of each [`Count`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([i64; Count::ALL.len()]);

impl Counts {
    /// Returns the number of one counter.
    #[must_use]
    pub fn of(&self, count: Count) -> i64 {
        self.0.get(count as usize).copied().unwrap_or_default()
    }

    /// Returns the sum of some counters.
    #[must_use]
    pub fn sum(&self, of: &[Count]) -> i64 {
        of.iter().map(|count| self.of(*count)).sum()
    }

    /// Adds to one counter.
    pub fn add(&mut self, count: Count, number: i64) {
        if let Some(own) = self.0.get_mut(count as usize) {
            *own = own.saturating_add(number);
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for count in Count::ALL {
            self.add(count, other.of(count));
        }
    }

    /// Returns the same counts with one of them set.
    #[must_use]
    pub fn with(mut self, count: Count, number: i64) -> Self {
        if let Some(own) = self.0.get_mut(count as usize) {
            *own = number;
        }
        self
    }
}
