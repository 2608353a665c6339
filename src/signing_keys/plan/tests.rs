//! A model of a service that follows the schedule. `histories.rs` runs random histories on it,
//! `calendar.rs` single ones.

mod calendar;
mod histories;

use super::super::life::InvalidTransition;
use super::*;
use crate::token::{self, Purpose};
use crate::uptime::{EVERY, Tick, Ticks};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

const RULES: Rules = Rules {
    algorithm: Algorithm::EdDsa,
    cache_time: Duration::from_mins(5),
    publish_ahead: DAY,
    rotation_period: Duration::from_hours(90 * 24),
    hmac_rotation_period: Duration::from_hours(30 * 24),
};

/// A step of a history, besides the passing of time.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Wait(Duration),
    /// The wall clock is set forward or back, in seconds, while no time passes.
    Jump(i64),
    RunSchedule,
    /// One of the active keys signs an operator token.
    IssueToOperator(usize, Duration),
    IssueToCompany(usize),
    /// A company token is revoked, or expires by rotation.
    EndCompanyToken(usize),
    RotateByHand,
    Revoke(usize),
    Set(Algorithm),
    /// A feature needs keys for another role.
    Require(Role),
}

struct Token {
    kid: KeyId,
    /// The uptime at which the token expires. `None` for a company token that has not expired.
    end: Option<Duration>,
}

/// A service that follows the schedule, and checks that no law is broken.
struct Service {
    rules: Rules,
    /// The time of the wall clock.
    now: Timestamp,
    uptime: Duration,
    /// The number of entries in the feed.
    head: i64,
    ticks: Vec<Tick>,
    keys: Vec<Key>,
    tokens: Vec<Token>,
    demands: Vec<Role>,
    /// The roles in demand for which a key has been active.
    served: Vec<Role>,
}

impl Service {
    fn start(rules: Rules) -> Self {
        let mut service = Self {
            rules,
            now: Timestamp::from_seconds(1_000_000_000),
            uptime: Duration::ZERO,
            head: 0,
            ticks: Vec::new(),
            keys: Vec::new(),
            tokens: Vec::new(),
            demands: Vec::new(),
            served: Vec::new(),
        };
        service.ensure(rules.algorithm.into());
        service
    }

    fn make(&mut self, role: Role) -> KeyId {
        let kid = KeyId::generate();
        let life = Life::begin(self.now);
        self.keys.push(Key {
            kid,
            role,
            life,
            retiring_seq: None,
        });
        kid
    }

    fn step(&mut self, kid: KeyId, step: fn(Life, Timestamp) -> Result<Life, InvalidTransition>) {
        let now = self.now;
        let key = self.keys.iter_mut().find(|key| key.kid == kid).unwrap();
        let before = key.life.state();
        key.life = step(key.life, now).unwrap();
        assert!(key.life.state() >= before);
        if key.life.state() == KeyState::Retiring && key.retiring_seq.is_none() {
            self.head += 1;
            key.retiring_seq = Some(Sequence(self.head));
        }
    }

    fn wait(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        self.uptime += span;
        let last = self.ticks.last().map(|tick| tick.uptime);
        if last.is_some_and(|last| self.uptime < last + EVERY) {
            return;
        }
        self.head += 1;
        // The ticks of more than a day.
        self.ticks.drain(..self.ticks.len().saturating_sub(40));
        self.ticks.push(Tick {
            seq: Sequence(self.head),
            uptime: self.uptime,
            at: self.now,
            audit_id: 0,
        });
    }

    fn of(&self, role: Role, state: KeyState) -> Option<KeyId> {
        let mut found = self.keys.iter().filter(|key| key.is(role, state));
        let first = found.next().map(|key| key.kid);
        assert!(
            state != KeyState::Active || found.next().is_none(),
            "two sign"
        );
        first
    }

    /// Does what a start does, and what a revoke of the active key does.
    fn ensure(&mut self, role: Role) {
        if self.of(role, KeyState::Active).is_none() {
            let next = self.of(role, KeyState::Pending);
            let next = next.unwrap_or_else(|| self.make(role));
            self.step(next, Life::activate);
        }
    }

    /// Does what [`crate::signing_keys::require`] does.
    fn require(&mut self, role: Role) {
        if !self.demands.contains(&role) {
            self.demands.push(role);
        }
        let there = [KeyState::Active, KeyState::Pending].map(|state| self.of(role, state));
        if there == [None, None] {
            self.make(role);
        }
    }

    /// Returns one of the active keys.
    fn signer(&self, which: usize) -> KeyId {
        let roles = self.demands.iter().copied();
        let roles = roles.chain([self.rules.algorithm.into()]);
        let signers: Vec<_> = roles
            .filter_map(|role| self.of(role, KeyState::Active))
            .collect();
        signers[which % signers.len()]
    }

    fn has_signed_valid_tokens(&self, kid: KeyId) -> bool {
        let mut tokens = self.tokens.iter().filter(|token| token.kid == kid);
        tokens.any(|token| token.end.is_none_or(|end| end > self.uptime))
    }

    fn planned(&self) -> Vec<Step> {
        let company = self.tokens.iter().filter(|token| token.end.is_none());
        let needed: Vec<_> = company.map(|token| token.kid).collect();
        let floor = Ticks::new(self.ticks.clone()).floor(token::Life::longest_unrecorded());
        let demands = &self.demands;
        plan(&self.keys, &self.rules, demands, &needed, floor, self.now)
    }

    fn run_schedule(&mut self) {
        for step in self.planned() {
            match step {
                Step::Make(role) => {
                    self.make(role);
                }
                Step::Activate(kid) => {
                    let key = *self.keys.iter().find(|key| key.kid == kid).unwrap();
                    let published = self.now.minus(self.rules.cache_time).minus(SETTLED);
                    assert!(
                        !key.role.algorithm.is_public() || key.life.created_at <= published,
                        "it signs before readers of the JWKS can have it"
                    );
                    assert!(
                        key.life.created_at.plus(SETTLED) <= self.now,
                        "or the nodes"
                    );
                    if let Some(old) = self.of(key.role, KeyState::Active) {
                        self.step(old, Life::supersede);
                    }
                    self.step(kid, Life::activate);
                }
                Step::Supersede(kid) => self.step(kid, Life::supersede),
                Step::Retire(kid) => {
                    assert!(
                        !self.has_signed_valid_tokens(kid),
                        "a token that it signed is still valid"
                    );
                    self.step(kid, Life::retire);
                }
            }
        }
        assert_eq!(self.planned(), [], "a second plan is empty");
    }

    fn revoke(&mut self, kid: KeyId) {
        let key = *self.keys.iter().find(|key| key.kid == kid).unwrap();
        if key.life.revoke(self.now).is_err() {
            return;
        }
        self.step(kid, Life::revoke);
        if key.life.state() == KeyState::Active {
            self.ensure(key.role);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wait(span) => self.wait(span),
            Happening::Jump(seconds) => {
                self.now = Timestamp::from_seconds(self.now.as_seconds() + seconds);
            }
            Happening::RunSchedule => self.run_schedule(),
            Happening::IssueToOperator(which, life) => self.tokens.push(Token {
                kid: self.signer(which),
                end: Some(self.uptime + life),
            }),
            Happening::IssueToCompany(which) => self.tokens.push(Token {
                kid: self.signer(which),
                end: None,
            }),
            Happening::EndCompanyToken(which) => {
                let now = self.uptime;
                let count = self.tokens.len().max(1);
                if let Some(token) = self.tokens.get_mut(which % count) {
                    token.end.get_or_insert(now);
                }
            }
            Happening::RotateByHand => {
                let role = self.rules.algorithm.into();
                if self.of(role, KeyState::Pending).is_none() {
                    self.make(role);
                }
            }
            Happening::Revoke(which) => self.revoke(self.keys[which % self.keys.len()].kid),
            Happening::Set(algorithm) => {
                self.rules.algorithm = algorithm;
                self.ensure(algorithm.into());
            }
            Happening::Require(role) => self.require(role),
        }
        for purpose in Purpose::ALL {
            for algorithm in Algorithm::ALL {
                let role = Role { purpose, algorithm };
                let active = self.of(role, KeyState::Active);
                if active.is_some() && self.demands.contains(&role) && !self.served.contains(&role)
                {
                    self.served.push(role);
                }
                let wanted = role == self.rules.algorithm.into() || self.served.contains(&role);
                assert!(!wanted || active.is_some(), "no key signs for {role}");
            }
        }
    }
}
