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
                retry_after: until - now,
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
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::base::clock::ManualClock;

    const OWNER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ATTACKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    fn throttle() -> (Throttle, ManualClock) {
        let hand = ManualClock::at(Timestamp::from_seconds(1_000_000));
        let rate = |burst: u32, per_second: u32| Rate {
            burst: burst.try_into().unwrap(),
            per_second: per_second.try_into().unwrap(),
        };
        let limits = Limits {
            per_address: rate(30, 1),
            per_login: rate(60, 2),
            lockout_after: NonZeroU32::new(30).unwrap(),
            lockout: Duration::from_mins(5),
        };
        (
            Throttle::new(Some(limits), &Clock::Manual(hand.clone())),
            hand,
        )
    }

    fn admit<'a>(
        throttle: &'a Throttle,
        login: &str,
        address: Option<IpAddr>,
    ) -> Result<Pass<'a>, Throttled> {
        throttle.admit(login, address)?.pass(false)
    }

    #[test]
    fn a_burst_of_thirty_and_then_one_a_second() {
        let (throttle, hand) = throttle();
        for _ in 0..30 {
            admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
        }
        let refused = admit(&throttle, "acme", Some(OWNER)).err().unwrap();
        assert!(refused.retry_after <= Duration::from_secs(1));
        for _ in 0..100 {
            hand.advance(Duration::from_secs(1));
            admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
        }
    }

    #[test]
    fn an_attacker_locks_out_only_himself() {
        let (throttle, hand) = throttle();
        let mut bad = 0;
        while let Ok(pass) = admit(&throttle, "acme", Some(ATTACKER)) {
            pass.failed();
            bad += 1;
        }
        assert_eq!(bad, 30);
        hand.advance(Duration::from_mins(1));
        assert!(
            admit(&throttle, "ACME", Some(ATTACKER)).is_err(),
            "locked out, whatever the case"
        );
        assert!(admit(&throttle, "acme", Some(OWNER)).is_ok());
        hand.advance(Duration::from_mins(5));
        assert!(
            admit(&throttle, "acme", Some(ATTACKER)).is_ok(),
            "the lockout ends"
        );
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_no_span() {
        for jump in [
            3_600_000_000,
            -3_600_000_000,
            86_400_000_000,
            -86_400_000_000,
        ] {
            let (throttle, hand) = throttle();
            for _ in 0..30 {
                admit(&throttle, "acme", Some(ATTACKER)).unwrap().failed();
                admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
            }
            hand.jump(jump);
            let locked = admit(&throttle, "acme", Some(ATTACKER)).err().unwrap();
            assert_eq!(locked.retry_after, Duration::from_mins(5));
            let used_up = admit(&throttle, "acme", Some(OWNER)).err().unwrap();
            assert!(used_up.retry_after <= Duration::from_secs(1));
            hand.advance(Duration::from_secs(1));
            hand.jump(-2 * jump);
            assert!(admit(&throttle, "acme", Some(OWNER)).is_ok());
            hand.advance(Duration::from_mins(5));
            assert!(admit(&throttle, "acme", Some(ATTACKER)).is_ok());
        }
    }

    #[test]
    fn a_crowd_of_attackers_does_not_keep_out_who_was_in_before() {
        let (throttle, _) = throttle();
        admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
        for host in 2..100 {
            if let Ok(pass) = admit(&throttle, "acme", Some([127, 0, 1, host].into())) {
                pass.failed();
            }
        }
        assert!(
            admit(&throttle, "acme", Some([127, 0, 2, 1].into())).is_err(),
            "strangers share one allowance"
        );
        let owner = throttle.admit("acme", Some(OWNER)).unwrap();
        assert!(owner.pass(true).is_ok());
        let newcomer = throttle.admit("acme", Some([127, 0, 2, 2].into())).unwrap();
        assert!(newcomer.pass(false).is_err());
    }

    #[test]
    fn one_customer_of_ipv6_is_one_address() {
        let (throttle, _) = throttle();
        for host in 0..30u16 {
            admit(
                &throttle,
                "acme",
                Some([0x2001, 0xdb8, 0, 1, 0, 0, 0, host].into()),
            )
            .unwrap()
            .succeeded();
        }
        assert!(
            admit(
                &throttle,
                "acme",
                Some([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9].into())
            )
            .is_err()
        );
        assert!(
            admit(
                &throttle,
                "acme",
                Some([0x2001, 0xdb8, 0, 2, 9, 9, 9, 9].into())
            )
            .is_ok()
        );
    }
}
