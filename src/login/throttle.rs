//! Limits attempts to log in: for each address, for each login, and by a lockout after many
//! failures. It also limits how many requests for sign-in the browsers of one address begin.
//!
//! The law: the attempts of one address cannot lock out another one. A lockout concerns a login *at
//! one address*. An attempt from an address that has logged in with this login before
//! (`login_addresses`) does not use the login's common allowance, and one address alone cannot
//! exhaust that allowance. All spans are measured on the monotonic clock, so setting the wall clock
//! changes none of them.

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

use super::Subject;
use crate::base::{Clock, OrganizationId};

/// A steady rate, and the burst that is allowed above it.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// The number of attempts in a burst.
    pub burst: NonZeroU32,
    /// The number of attempts each second.
    pub per_second: NonZeroU32,
}

/// The limits of attempts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The rate of attempts from one address (one /64 in IPv6).
    pub per_address: Rate,
    /// The rate of requests for sign-in that browsers of one address begin.
    pub requests_per_address: Rate,
    /// The rate of attempts at one login from all addresses that have never logged in with it.
    pub per_login: Rate,
    /// The number of failures in a row, from one address at one login, after which that pair is
    /// locked out.
    pub lockout_after: NonZeroU32,
    /// How long a lockout lasts.
    pub lockout: Duration,
}

/// The refusal of an attempt, because there were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// The time after which the next attempt may be made.
    pub retry_after: Duration,
}

/// What the attempts of a login are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Guesses of a subject's password, by whatever name the caller calls it.
    Password(Subject),
    /// Guesses of the code of a subject's second factor.
    Code(Subject),
    /// Guesses at a name that nobody has.
    Unknown {
        /// The organization. `None` if there is no such organization; then `name` names it too.
        organization: Option<OrganizationId>,
        /// The name, in the form in which names are compared.
        name: String,
    },
}

/// The largest number of pairs of a login and an address that are kept.
const REMEMBERED: usize = 50_000;

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Hand, NoOpMiddleware<Nanos>>;
type LoginHash = u64;

/// The service's clock, in the form that the limiter needs.
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
    /// Failures since the last success.
    bad: u32,
    /// When the lockout ends, on the monotonic clock; `None` if the pair was not locked out.
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
    requests: Limiter<IpAddr>,
    logins: Limiter<LoginHash>,
    pairs: Cache<(LoginHash, IpAddr), Record>,
    /// What the attempts at a typed name were counted by at last.
    typed: Cache<LoginHash, LoginHash>,
}

impl Throttle {
    /// Makes a throttle. If `limits` is `None`, it admits every attempt.
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
            requests: RateLimiter::new(
                quota(limits.requests_per_address),
                DashMapStateStore::default(),
                Hand(clock.clone()),
            ),
            logins: RateLimiter::new(
                quota(limits.per_login),
                DashMapStateStore::default(),
                Hand(clock.clone()),
            ),
            pairs: Cache::new(REMEMBERED),
            typed: Cache::new(REMEMBERED),
        }))
    }

    /// Counts an attempt against its address, before anything is looked up. `typed` is the name as
    /// the caller wrote it, in the form in which names are compared. [`Knock::pass`] then counts
    /// the attempt against its login.
    ///
    /// # Errors
    /// Returns [`Throttled`] if the address made too many attempts, or is locked out at the login
    /// that the name stood for at last.
    pub fn admit(&self, typed: &str, address: Option<IpAddr>) -> Result<Knock<'_>, Throttled> {
        let (Some(counters), Some(address)) = (&self.0, address) else {
            return Ok(Knock(None));
        };
        let address = network(address);
        let typed = counters.names.hash_one(typed);
        if let Some(login) = counters.typed.get(&typed) {
            counters.check_lockout((login, address))?;
        }
        counters
            .addresses
            .check_key(&address)
            .map_err(|not_until| counters.wait(&not_until))?;
        Ok(Knock(Some((counters, typed, address))))
    }

    /// Counts a request for sign-in that a browser begins, which is stored until it is answered or
    /// expires. So the number of rows that one address can make is bounded.
    ///
    /// # Errors
    /// Returns [`Throttled`] if the address began too many requests.
    pub fn begin_request(&self, address: Option<IpAddr>) -> Result<(), Throttled> {
        let (Some(counters), Some(address)) = (&self.0, address) else {
            return Ok(());
        };
        let counted = counters.requests.check_key(&network(address));
        counted.map_err(|not_until| counters.wait(&not_until))
    }

    /// Drops the counts of addresses and logins that have their full allowance again. Returns the
    /// approximate number of dropped counts.
    #[must_use]
    pub fn tidy(&self) -> usize {
        let Some(Counters {
            addresses,
            requests,
            logins,
            ..
        }) = &self.0
        else {
            return 0;
        };
        let kept = || addresses.len() + requests.len() + logins.len();
        let before = kept();
        addresses.retain_recent();
        requests.retain_recent();
        logins.retain_recent();
        before.saturating_sub(kept())
    }
}

impl Counters {
    fn check_lockout(&self, pair: (LoginHash, IpAddr)) -> Result<(), Throttled> {
        let now = self.clock.0.elapsed();
        let record = self.pairs.get(&pair).unwrap_or(CLEAN);
        match record.locked_until.filter(|until| *until > now) {
            Some(until) => Err(Throttled {
                retry_after: until.saturating_sub(now),
            }),
            None => Ok(()),
        }
    }

    fn wait(&self, not_until: &governor::NotUntil<Nanos>) -> Throttled {
        Throttled {
            retry_after: not_until.wait_time_from(self.clock.now()),
        }
    }
}

/// Returns the network by which an address is counted: in IPv4 the address itself; in IPv6 its /64,
/// because a customer usually has a whole one.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
    }
}

/// An attempt that was counted against its address.
pub struct Knock<'a>(Option<(&'a Counters, LoginHash, IpAddr)>);

impl<'a> Knock<'a> {
    /// Counts the attempt against its login, unless the login is `known` at this address: somebody
    /// has logged in with it from there before. The caller must then report the outcome to the
    /// [`Pass`].
    ///
    /// # Errors
    /// Returns [`Throttled`] if the address is locked out at this login, or unknown addresses made
    /// too many attempts at it.
    pub fn pass(self, login: &Counted, known: bool) -> Result<Pass<'a>, Throttled> {
        let Some((counters, typed, address)) = self.0 else {
            return Ok(Pass(None));
        };
        let login = counters.names.hash_one(login);
        counters.typed.insert(typed, login);
        counters.check_lockout((login, address))?;
        if !known {
            counters
                .logins
                .check_key(&login)
                .map_err(|not_until| counters.wait(&not_until))?;
        }
        Ok(Pass(Some((counters, (login, address)))))
    }
}

/// An admitted attempt.
pub struct Pass<'a>(Option<(&'a Counters, (LoginHash, IpAddr))>);

impl Pass<'_> {
    /// Records that the password was right.
    pub fn succeeded(self) {
        if let Some((counters, pair)) = self.0 {
            counters.pairs.insert(pair, CLEAN);
        }
    }

    /// Records that the attempt failed.
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
