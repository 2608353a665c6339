//! The policy of an organization: the limits of its tokens.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Terms, store};
use crate::base::{OrganizationId, Timestamp};
use crate::config::CompanyTokens;
use crate::db::{self, Db};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};
use crate::revocation::OPERATOR_TOKEN_LIMIT;

/// The settings of an organization. `None` stands for the default of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenPolicy {
    /// The longest life of its operator tokens (seconds), at most 86,400.
    pub operator_token_max_seconds: Option<i64>,
    /// The life of its company tokens (seconds); `None` if they have no end.
    pub company_token_lifetime_seconds: Option<i64>,
    /// How often the company token is to be rotated (days).
    pub rotation_period_days: Option<i64>,
    /// How long a rotated company token stays valid (seconds).
    pub rotation_grace_seconds: Option<i64>,
    /// Whether a company token that is due ends after the grace.
    pub enforce_rotation: bool,
    /// Since when rotation is enforced with the present terms; `None` if it is not enforced.
    pub enforced_since: Option<Timestamp>,
}

/// A setting outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyError {
    /// The member's path in JSON.
    pub member: &'static str,
    /// The smallest allowed value.
    pub least: i64,
    /// The largest allowed value.
    pub most: i64,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} must be between {} and {}, or null for the default",
            self.member, self.least, self.most
        )
    }
}

const TEN_YEARS: i64 = 3_650 * 86_400;

impl TokenPolicy {
    /// Checks that every setting is within its bounds.
    ///
    /// # Errors
    /// Returns the first setting that is out of bounds.
    pub fn check(&self) -> Result<(), PolicyError> {
        let bounds = [
            (
                self.operator_token_max_seconds,
                "tokenPolicy.operatorTokenMaxSeconds",
                1,
                86_400,
            ),
            (
                self.company_token_lifetime_seconds,
                "tokenPolicy.companyTokenLifetimeSeconds",
                60,
                TEN_YEARS,
            ),
            (
                self.rotation_period_days,
                "tokenPolicy.rotationPeriodDays",
                1,
                3_650,
            ),
            (
                self.rotation_grace_seconds,
                "tokenPolicy.rotationGraceSeconds",
                0,
                365 * 86_400,
            ),
        ];
        for (value, member, least, most) in bounds {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                return Err(PolicyError {
                    member,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Returns the longest life of an operator token.
    #[must_use]
    pub fn operator_token_cap(&self) -> Duration {
        self.operator_token_max_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(OPERATOR_TOKEN_LIMIT, |seconds| {
                Duration::from_secs(seconds).min(OPERATOR_TOKEN_LIMIT)
            })
    }

    /// Returns when a company token issued at `now` expires; `None` if it has no end.
    #[must_use]
    pub fn company_token_end(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds = u64::try_from(self.company_token_lifetime_seconds?).ok()?;
        Some(now.plus(Duration::from_secs(seconds)))
    }

    /// Returns the terms of rotation. `defaults` are those of the service.
    #[must_use]
    pub fn terms(&self, defaults: &CompanyTokens) -> Terms {
        let seconds =
            |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let period = |days: i64| seconds(days.saturating_mul(86_400));
        Terms {
            period: self
                .rotation_period_days
                .map_or(defaults.rotation_period, period),
            grace: self
                .rotation_grace_seconds
                .map_or(defaults.rotation_grace, seconds),
            enforced_since: self.enforced_since.filter(|_| self.enforce_rotation),
        }
    }

    /// Returns this policy as it replaces `before` at `now`. If rotation is enforced,
    /// `enforced_since` becomes the last change of the terms.
    #[must_use]
    pub fn in_force(self, before: &Self, now: Timestamp) -> Self {
        let terms = |policy: &Self| {
            let (period, grace) = (policy.rotation_period_days, policy.rotation_grace_seconds);
            (policy.enforce_rotation, period, grace)
        };
        let enforced_since = if !self.enforce_rotation {
            None
        } else if terms(&self) == terms(before) {
            before.enforced_since
        } else {
            Some(now)
        };
        Self {
            enforced_since,
            ..self
        }
    }
}

/// A cache of policies. Entries of the feed invalidate it.
pub struct Policies {
    held: FeedCache<OrganizationId, TokenPolicy>,
    loading: AtomicBool,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            held: FeedCache::new(10_000),
            loading: AtomicBool::new(false),
        }
    }
}

impl Policies {
    /// Returns the policy of an organization; `None` if there is no such organization.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub async fn get(&self, db: &Db, id: OrganizationId) -> db::Result<Option<TokenPolicy>> {
        if let Some(policy) = self.held.get(&id) {
            return Ok(Some(policy));
        }
        let since = self.held.begin();
        let policy = db
            .read(move |conn| store::find(conn, id))
            .await?
            .map(|organization| organization.policy);
        if let Some(policy) = policy {
            self.held.keep(since, id, policy);
        }
        Ok(policy)
    }

    /// Returns the policy if it is in memory. Otherwise returns `None`, and a task loads the policy
    /// for the next caller; one such task runs at a time. Must be called within a Tokio runtime.
    pub fn at_hand(self: &Arc<Self>, db: &Db, id: OrganizationId) -> Option<TokenPolicy> {
        let held = self.held.get(&id);
        if held.is_none() && !self.loading.swap(true, Ordering::AcqRel) {
            let (policies, db) = (Arc::clone(self), db.clone());
            tokio::spawn(async move {
                // If loading fails, the next caller tries again.
                let _ = policies.get(&db, id).await;
                policies.loading.store(false, Ordering::Release);
            });
        }
        held
    }
}

impl Listener for Policies {
    fn apply(&self, entry: &Entry) -> db::Result<()> {
        if matches!(
            entry.fact,
            Fact::Changed(Record::Organization) | Fact::Revoked(Target::Organization)
        ) {
            self.held.forget(&entry.organization);
        }
        Ok(())
    }

    fn reset(&self) -> db::Result<()> {
        self.held.forget_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DEFAULTS: CompanyTokens = CompanyTokens {
        rotation_period: Duration::from_hours(48),
        rotation_grace: Duration::from_mins(1),
    };

    fn policy() -> impl Strategy<Value = TokenPolicy> {
        let days = prop::option::of(1i64..4);
        let grace = prop::option::of(0i64..3);
        (days, grace, any::<bool>(), 1i64..50).prop_map(|(days, grace, enforce, since)| {
            TokenPolicy {
                rotation_period_days: days,
                rotation_grace_seconds: grace,
                enforce_rotation: enforce,
                enforced_since: enforce.then_some(Timestamp::from_seconds(since)),
                ..TokenPolicy::default()
            }
        })
    }

    proptest! {
        #[test]
        fn no_policy_lets_an_operator_token_live_beyond_a_day(seconds in any::<Option<i64>>()) {
            let policy = TokenPolicy { operator_token_max_seconds: seconds, ..TokenPolicy::default() };
            prop_assert!(policy.operator_token_cap() <= Duration::from_hours(24));
            prop_assert_eq!(policy.check().is_ok(), seconds.is_none_or(|s| (1..=86_400).contains(&s)));
        }

        #[test]
        fn a_change_of_enforced_terms_is_one_from_now_on(
            before in policy(),
            after in policy(),
            now in 100i64..200,
        ) {
            let now = Timestamp::from_seconds(now);
            let terms = after.in_force(&before, now).terms(&DEFAULTS);
            if after.enforce_rotation {
                let same = before.terms(&DEFAULTS).period == terms.period
                    && before.terms(&DEFAULTS).grace == terms.grace;
                let since = terms.enforced_since.unwrap();
                prop_assert!(since == now || same && Some(since) == before.enforced_since);
            } else {
                prop_assert_eq!(terms.enforced_since, None);
            }
        }
    }
}
