//! How often anyone may try to log in: by address, by login, and after many bad attempts not at all for a while.
//!
//! The law: what one address does cannot keep another out. A lockout is of a login *at an address*; an address from which the
//! login was in before (`login_addresses`) does not count against its common allowance; and one address alone cannot use that allowance up. All
//! spans are measured as elapsed time, so that a wall clock that is set changes none.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;

use crate::base::Clock;

/// A steady rate and the burst allowed on top.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Attempts in a burst.
    pub burst: NonZeroU32,
    /// Attempts a second.
    pub per_second: NonZeroU32,
}

/// The limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of one address (of one /64 in IPv6).
    pub per_address: Rate,
    /// Of one login, all addresses together that never logged in with it.
    pub per_login: Rate,
    /// Bad attempts in a row of one address on one login that lock it out.
    pub lockout_after: NonZeroU32,
    /// For how long.
    pub lockout: Duration,
}

/// Try again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// When.
    pub retry_after: Duration,
}

/// Addresses and logins remembered at most.
const REMEMBERED: usize = 50_000;

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Hand, NoOpMiddleware<Nanos>>;
type LoginHash = u64;

/// Our clock in the limiter's terms.
#[derive(Clone)]
struct Hand(Clock);

impl governor::clock::Clock for Hand {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    /// Bad attempts since the last good one.
    bad: u32,
    /// In elapsed time.
    locked_until: Option<Duration>,
}

const CLEAN: Record = Record {
    bad: 0,
    locked_until: None,
};

/// Counts login attempts.
pub struct Throttle(Option<Counters>);

struct Counters {
    clock: Hand,
    limits: Limits,
    names: RandomState,
    addresses: Limiter<IpAddr>,
    logins: Limiter<LoginHash>,
    pairs: Cache<(LoginHash, IpAddr), Record>,
}

impl Throttle {
    /// A throttle; without limits it admits everyone.
    #[must_use]
    pub fn new(limits: Option<Limits>, clock: &Clock) -> Self {
        let quota = |rate: Rate| Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self(limits.map(|limits| Counters {
            clock: Hand(clock.clone()),
            limits,
            names: RandomState::new(),
            addresses: RateLimiter::new(
                quota(limits.per_address),
                DashMapStateStore::default(),
                Hand(clock.clone()),
            ),
            logins: RateLimiter::new(
                quota(limits.per_login),
                DashMapStateStore::default(),
                Hand(clock.clone()),
            ),
            pairs: Cache::new(REMEMBERED),
        }))
    }

    /// Counts an attempt against its address. [`Knock::pass`] counts it against its login.
    ///
    /// # Errors
    /// [`Throttled`] when there were too many, or the login is locked out at this address.
    pub fn admit(&self, login: &str, address: Option<IpAddr>) -> Result<Knock<'_>, Throttled> {
        let (Some(counters), Some(address)) = (&self.0, address) else {
            return Ok(Knock(Pass(None)));
        };
        let address = network(address);
        let login = counters.names.hash_one(login.to_lowercase());
        let now = counters.clock.0.elapsed();
        let record = counters.pairs.get(&(login, address)).unwrap_or(CLEAN);
        if let Some(until) = record.locked_until.filter(|until| *until > now) {
            return Err(Throttled {
                retry_after: until.saturating_sub(now),
            });
        }
        counters
            .addresses
            .check_key(&address)
            .map_err(|not_until| counters.wait(&not_until))?;
        Ok(Knock(Pass(Some((counters, (login, address))))))
    }

    /// Forgets addresses and logins that are back at their full allowance; about how many.
    #[must_use]
    pub fn tidy(&self) -> usize {
        let Some(Counters {
            addresses, logins, ..
        }) = &self.0
        else {
            return 0;
        };
        let before = addresses.len() + logins.len();
        addresses.retain_recent();
        logins.retain_recent();
        before.saturating_sub(addresses.len() + logins.len())
    }
}

impl Counters {
    fn wait(&self, not_until: &governor::NotUntil<Nanos>) -> Throttled {
        Throttled {
            retry_after: not_until.wait_time_from(self.clock.now()),
        }
    }
}

/// IPv6 gives every customer a whole /64: one address there is no one in particular.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
    }
}

/// An attempt that its address may make.
pub struct Knock<'a>(Pass<'a>);

impl<'a> Knock<'a> {
    /// Counts the attempt against its login, unless it is `known`: was in at this address before. Its outcome is
    /// to be told to the [`Pass`].
    ///
    /// # Errors
    /// [`Throttled`] when strangers made too many attempts at this login.
    pub fn pass(self, known: bool) -> Result<Pass<'a>, Throttled> {
        if let Pass(Some((counters, (login, _)))) = &self.0
            && !known
        {
            counters
                .logins
                .check_key(login)
                .map_err(|not_until| counters.wait(&not_until))?;
        }
        Ok(self.0)
    }
}

/// An admitted attempt.
pub struct Pass<'a>(Option<(&'a Counters, (LoginHash, IpAddr))>);

impl Pass<'_> {
    /// The password was right.
    pub fn succeeded(self) {
        if let Some((counters, pair)) = self.0 {
            counters.pairs.insert(pair, CLEAN);
        }
    }

    /// It was not.
    pub fn failed(self) {
        if let Some((counters, pair)) = self.0 {
            let mut record = counters.pairs.get(&pair).unwrap_or(CLEAN);
            record.bad += 1;
            if record.bad >= counters.limits.lockout_after.get() {
                record.bad = 0;
                record.locked_until = Some(counters.clock.0.elapsed() + counters.limits.lockout);
            }
            counters.pairs.insert(pair, record);
        }
    }
}

#[cfg(test)]
mod tests;
