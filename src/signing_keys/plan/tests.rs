use proptest::prelude::*;

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
enum Deed {
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

fn role() -> impl Strategy<Value = Role> {
    let purpose = prop::sample::select(Purpose::ALL.to_vec());
    let algorithm = prop::sample::select(Algorithm::ALL.to_vec());
    (purpose, algorithm).prop_map(|(purpose, algorithm)| Role { purpose, algorithm })
}

fn deed() -> impl Strategy<Value = Deed> {
    let span = prop_oneof![1u64..300, 1u64..90_000, 1u64..8_000_000].prop_map(Duration::from_secs);
    prop_oneof![
        4 => span.prop_map(Deed::Wait),
        1 => (-40_000_000i64..40_000_000).prop_map(Deed::Jump),
        5 => Just(Deed::RunSchedule),
        2 => (any::<usize>(), 1u64..=86_400).prop_map(|(key, life)| Deed::IssueToOperator(key, Duration::from_secs(life))),
        1 => any::<usize>().prop_map(Deed::IssueToCompany),
        1 => any::<usize>().prop_map(Deed::EndCompanyToken),
        1 => Just(Deed::RotateByHand),
        1 => any::<usize>().prop_map(Deed::Revoke),
        1 => prop::sample::select(Algorithm::ALL.to_vec()).prop_map(Deed::Set),
        1 => role().prop_map(Deed::Require),
    ]
}

/// The roles that need keys besides that of company and operator tokens.
const DEMANDS: [(Purpose, Algorithm); 3] = [
    (Purpose::Tokens, Algorithm::Es256),
    (Purpose::Tokens, Algorithm::Rs256),
    (Purpose::IdTokens, Algorithm::Rs256),
];

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

    /// Does what [`super::super::require`] does.
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

    fn alive(&self, kid: KeyId) -> bool {
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
                        "it signs before outsiders can know it"
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
                    assert!(!self.alive(kid), "what it signed is still alive");
                    self.step(kid, Life::retire);
                }
            }
        }
        assert_eq!(self.planned(), [], "asking again changes nothing");
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

    fn happen(&mut self, deed: Deed) {
        match deed {
            Deed::Wait(span) => self.wait(span),
            Deed::Jump(seconds) => {
                self.now = Timestamp::from_seconds(self.now.as_seconds() + seconds);
            }
            Deed::RunSchedule => self.run_schedule(),
            Deed::IssueToOperator(which, life) => self.tokens.push(Token {
                kid: self.signer(which),
                end: Some(self.uptime + life),
            }),
            Deed::IssueToCompany(which) => self.tokens.push(Token {
                kid: self.signer(which),
                end: None,
            }),
            Deed::EndCompanyToken(which) => {
                let now = self.uptime;
                let count = self.tokens.len().max(1);
                if let Some(token) = self.tokens.get_mut(which % count) {
                    token.end.get_or_insert(now);
                }
            }
            Deed::RotateByHand => {
                let role = self.rules.algorithm.into();
                if self.of(role, KeyState::Pending).is_none() {
                    self.make(role);
                }
            }
            Deed::Revoke(which) => self.revoke(self.keys[which % self.keys.len()].kid),
            Deed::Set(algorithm) => {
                self.rules.algorithm = algorithm;
                self.ensure(algorithm.into());
            }
            Deed::Require(role) => self.require(role),
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

fn rules() -> impl Strategy<Value = Rules> {
    let span = |seconds: std::ops::Range<u64>| seconds.prop_map(Duration::from_secs);
    let algorithm = prop::sample::select(Algorithm::ALL.to_vec());
    (
        algorithm,
        span(1..90_000),
        span(1..90_000),
        span(200_000..8_000_000),
        span(3_600..8_000_000),
    )
        .prop_map(
            |(algorithm, cache_time, publish_ahead, rotation_period, hmac_rotation_period)| Rules {
                algorithm,
                cache_time,
                publish_ahead,
                rotation_period,
                hmac_rotation_period,
            },
        )
}

proptest! {
    #[test]
    fn no_history_breaks_a_law(rules in rules(), deeds in prop::collection::vec(deed(), 0..120)) {
        let mut service = Service::start(rules);
        for deed in deeds {
            service.happen(deed);
        }
    }

    #[test]
    fn what_is_asked_for_regularly_happens_in_time(algorithm in prop::sample::select(Algorithm::ALL.to_vec()), every in 60u64..80_000) {
        let rules = Rules { algorithm, ..RULES };
        let every = Duration::from_secs(every);
        let mut service = Service::start(rules);
        for (purpose, algorithm) in DEMANDS {
            service.require(Role { purpose, algorithm });
        }
        let end = service.now.plus(DAY * 400);
        while service.now < end {
            service.happen(Deed::Wait(every));
            service.run_schedule();
            for key in &service.keys {
                let since = key.life.activated_at;
                if key.life.state() == KeyState::Active {
                    // Its successor is made one run of the job late, and becomes active one run
                    // late.
                    let most = rules.period(key.role.algorithm) + every * 2;
                    prop_assert!(since.unwrap().plus(most) > service.now, "an old key signs on");
                }
                if key.life.state() == KeyState::Retiring {
                    // The time to the next tick, the life of a token, and the time to the tick
                    // after it has expired.
                    let stays = Duration::from_hours(25) + every.max(EVERY) * 2 + every;
                    prop_assert!(key.life.retiring_at.unwrap().plus(stays) > service.now, "it stays for nothing");
                }
            }
        }
        let roles = DEMANDS.map(|(purpose, algorithm)| Role { purpose, algorithm });
        for role in roles.into_iter().chain([algorithm.into()]) {
            let slowest = rules.period(role.algorithm) + every * 2;
            // The first key of a demand becomes active a while later.
            let span = (DAY * 400).saturating_sub(every * 2 + rules.first_lead(role.algorithm));
            let keys = service.keys.iter().filter(|key| key.role == role).count();
            let least = span.as_secs() / slowest.as_secs();
            prop_assert!(u64::try_from(keys).unwrap() > least, "{}", role);
            prop_assert!(service.of(role, KeyState::Active).is_some());
        }
    }
}

#[test]
fn a_life_by_the_calendar() {
    let mut service = Service::start(RULES);
    let first = service.keys[0].kid;
    let at = |service: &mut Service, wait: Duration| {
        service.wait(wait);
        service.planned()
    };
    assert_eq!(at(&mut service, HOUR * (89 * 24 - 1)), []);
    assert_eq!(
        at(&mut service, HOUR),
        [Step::Make(Algorithm::EdDsa.into())]
    );
    service.run_schedule();
    let second = service.keys[1].kid;
    assert_eq!(at(&mut service, HOUR * 23), []);
    assert_eq!(at(&mut service, HOUR), [Step::Activate(second)]);
    service.run_schedule();
    service.tokens.push(Token {
        kid: first,
        end: None,
    });
    assert_eq!(at(&mut service, HOUR), []);
    assert_eq!(at(&mut service, HOUR * 25), [], "a company token needs it");
    service.tokens.clear();
    assert_eq!(at(&mut service, Duration::ZERO), [Step::Retire(first)]);
}

#[test]
fn another_algorithm_takes_over_only_when_every_node_can_have_been_told() {
    let mut service = Service::start(RULES);
    let old = service.keys[0].kid;
    service.happen(Deed::Set(Algorithm::Es256));
    assert_eq!(service.planned(), []);
    service.now = service.now.plus(OVERLAP);
    assert_eq!(service.planned(), [Step::Supersede(old)]);
}

#[test]
fn a_first_key_signs_as_soon_as_no_older_copy_of_the_published_keys_is_in_use() {
    let mut service = Service::start(RULES);
    let role = Role {
        purpose: Purpose::IdTokens,
        algorithm: Algorithm::Rs256,
    };
    service.require(role);
    service.require(role);
    assert_eq!(service.keys.len(), 2, "requiring it again changes nothing");
    let kid = service.keys[1].kid;
    let lead = RULES.cache_time + SETTLED;
    service.wait(lead.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(service.planned(), []);
    service.wait(Duration::from_secs(1));
    assert_eq!(service.planned(), [Step::Activate(kid)]);
    service.run_schedule();
    service.happen(Deed::Set(Algorithm::Rs256));
    let tokens = service.of(Algorithm::Rs256.into(), KeyState::Active);
    assert_ne!(tokens, Some(kid), "ID tokens have keys of their own");
    service.wait(OVERLAP);
    service.run_schedule();
    assert_eq!(service.of(role, KeyState::Active), Some(kid));
}
