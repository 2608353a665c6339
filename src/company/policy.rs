//! What an organization's tokens may be.

use std::fmt;
use std::time::Duration;

use super::store;
use crate::base::{OrganizationId, Timestamp};
use crate::db::{self, Db};
use crate::feed::{Entry, Fact, Fresh, Listener};
use crate::revocation::OPERATOR_TOKEN_LIMIT;

/// The settings an organization has made; none: the service's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenPolicy {
    /// The longest life of its operator tokens (seconds), at most 86,400.
    pub operator_token_max_seconds: Option<i64>,
    /// The life of its company tokens (seconds); none: no end.
    pub company_token_lifetime_seconds: Option<i64>,
    /// How often its company token is to be rotated (days).
    pub rotation_period_days: Option<i64>,
    /// How long a rotated company token still counts (seconds).
    pub rotation_grace_seconds: Option<i64>,
    /// Whether a company token that is due dies after the grace.
    pub enforce_rotation: bool,
}

/// A setting outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyFault {
    /// Which.
    pub member: &'static str,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tokenPolicy.{} must be between {} and {}, or null for the default",
            self.member, self.least, self.most
        )
    }
}

const TEN_YEARS: i64 = 3_650 * 86_400;

impl TokenPolicy {
    /// Checks every bound.
    ///
    /// # Errors
    /// The first setting out of bounds.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let bounds = [
            (
                self.operator_token_max_seconds,
                "operatorTokenMaxSeconds",
                1,
                86_400,
            ),
            (
                self.company_token_lifetime_seconds,
                "companyTokenLifetimeSeconds",
                60,
                TEN_YEARS,
            ),
            (self.rotation_period_days, "rotationPeriodDays", 1, 3_650),
            (
                self.rotation_grace_seconds,
                "rotationGraceSeconds",
                0,
                365 * 86_400,
            ),
        ];
        for (value, member, least, most) in bounds {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                return Err(PolicyFault {
                    member,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// The longest life of an operator token.
    #[must_use]
    pub fn operator_token_cap(&self) -> Duration {
        self.operator_token_max_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(OPERATOR_TOKEN_LIMIT, |seconds| {
                Duration::from_secs(seconds).min(OPERATOR_TOKEN_LIMIT)
            })
    }

    /// When a company token issued at `now` ends.
    #[must_use]
    pub fn company_token_end(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds = u64::try_from(self.company_token_lifetime_seconds?).ok()?;
        Some(now.plus(Duration::from_secs(seconds)))
    }
}

/// The policies of organizations whose operator tokens are being issued, kept true by the feed.
pub struct Policies(Fresh<OrganizationId, TokenPolicy>);

impl Default for Policies {
    fn default() -> Self {
        Self(Fresh::new(10_000))
    }
}

impl Policies {
    /// The policy of an organization; none, when there is no such.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, db: &Db, id: OrganizationId) -> db::Result<Option<TokenPolicy>> {
        if let Some(policy) = self.0.get(&id) {
            return Ok(Some(policy));
        }
        let since = self.0.begin();
        let policy = db
            .read(move |conn| store::find(conn, id))
            .await?
            .map(|organization| organization.policy);
        if let Some(policy) = policy {
            self.0.keep(since, id, policy);
        }
        Ok(policy)
    }
}

impl Listener for Policies {
    fn hear(&self, entry: &Entry) {
        if matches!(entry.fact, Fact::OrganizationChanged | Fact::Organization) {
            self.0.forget(&entry.organization);
        }
    }

    fn forget_all(&self) {
        self.0.forget_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_policy_lets_an_operator_token_live_beyond_a_day(seconds in any::<Option<i64>>()) {
            let policy = TokenPolicy { operator_token_max_seconds: seconds, ..TokenPolicy::default() };
            prop_assert!(policy.operator_token_cap() <= Duration::from_hours(24));
            prop_assert_eq!(policy.check().is_ok(), seconds.is_none_or(|s| (1..=86_400).contains(&s)));
        }
    }
}
