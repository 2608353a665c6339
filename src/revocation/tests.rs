//! The law of deletion, over whole histories. Tokens are issued and revoked, entries are purged,
//! nodes restart and fail over, and clocks are wrong: a revoked token is never valid again, and
//! what no token can need is deleted in the end.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::Target;
use crate::base::{EntryTag, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::feed::{Entry, Fact, Index, TokenState, left};
use crate::token::{Claims, Kind, Life, OPERATOR_TOKEN_LIMIT, TokenUse};
use crate::uptime::{EVERY, Tick, Ticks};

const ORGANIZATION: OrganizationId = OrganizationId(1);
const NODES: usize = 2;
const OPERATORS: i64 = 3;

/// A step of a history. Each number picks one of the existing nodes or tokens.
#[derive(Debug, Clone)]
enum Step {
    /// A company token for so many hours, or without an end, is issued.
    IssueCompany(Option<u64>),
    /// An operator token for so many minutes is issued under a company token that a node considers
    /// valid.
    IssueOperator(usize, i64, u64),
    RevokeToken(usize),
    RevokeOperator(i64),
    RevokeOrganization,
    /// So many hours of uptime pass. A tick is written as the node on duty does.
    Run(u64),
    /// A node's wall clock is set, in hours.
    Jump(usize, i64),
    /// The database is purged.
    Purge,
    /// A node drops what it need not hold.
    Forget(usize),
    /// A node restarts from what the database has.
    Restart(usize),
    /// The ticks are thinned out.
    ThinOut,
}

fn step() -> impl Strategy<Value = Step> {
    // At most ten years.
    let hours = prop_oneof![1u64..100, 1u64..87_600];
    prop_oneof![
        2 => prop::option::of(hours).prop_map(Step::IssueCompany),
        4 => (any::<usize>(), 0..OPERATORS, 1u64..=1_440).prop_map(|(parent, operator, minutes)| Step::IssueOperator(parent, operator, minutes)),
        4 => any::<usize>().prop_map(Step::RevokeToken),
        1 => (0..OPERATORS).prop_map(Step::RevokeOperator),
        1 => Just(Step::RevokeOrganization),
        6 => prop_oneof![1u64..4, 1u64..60, 1u64..2_000].prop_map(Step::Run),
        2 => (0..NODES, -100_000i64..100_000).prop_map(|(node, hours)| Step::Jump(node, hours)),
        3 => Just(Step::Purge),
        3 => (0..NODES).prop_map(Step::Forget),
        2 => (0..NODES).prop_map(Step::Restart),
        1 => Just(Step::ThinOut),
    ]
}

struct Node {
    index: Index,
    now: Timestamp,
}

/// A service whose nodes apply each entry when it is committed. Other tests cover nodes that are
/// behind.
struct Service {
    rows: Vec<Entry>,
    head: Sequence,
    ticks: Vec<Tick>,
    uptime: Duration,
    nodes: Vec<Node>,
    tokens: Vec<Claims>,
    revoked: BTreeSet<usize>,
}

impl Service {
    fn start() -> Self {
        let mut service = Self {
            rows: Vec::new(),
            head: Sequence(0),
            ticks: Vec::new(),
            uptime: Duration::ZERO,
            nodes: Vec::new(),
            tokens: Vec::new(),
            revoked: BTreeSet::new(),
        };
        for _ in 0..NODES {
            let index = service.loaded();
            let now = Timestamp::from_seconds(1_800_000_000);
            service.nodes.push(Node { index, now });
        }
        service
    }

    /// The index of a node that starts now.
    fn loaded(&self) -> Index {
        let index = Index::default();
        index.admit(&[(ORGANIZATION, Sequence(0))]);
        let held = self.rows.iter();
        held.filter(|entry| entry.fact.kind().is_held())
            .for_each(|entry| index.apply(entry));
        index.set_ticks(Ticks::new(self.ticks.clone()));
        index
    }

    fn append(&mut self, fact: Fact, life: Life, at: Timestamp) -> Sequence {
        self.head.0 += 1;
        let entry = Entry {
            seq: self.head,
            mark: EntryTag(0),
            organization: ORGANIZATION,
            fact,
            at,
            life,
            until: None,
        };
        self.rows.push(entry);
        for node in &self.nodes {
            node.index.apply(&entry);
        }
        self.head
    }

    fn issue(&mut self, node: usize, token_use: impl Fn(Timestamp) -> TokenUse) {
        let now = self.nodes[node].now.whole_second();
        let mut jti = [0; 16];
        jti[8..].copy_from_slice(&self.tokens.len().to_be_bytes());
        self.tokens.push(Claims {
            jti: TokenId(jti),
            organization: ORGANIZATION,
            rev: self.head,
            issued_at: now,
            token_use: token_use(now),
        });
    }

    /// Writes the entry that revokes a target. From then on every token that the target names must
    /// be refused for ever.
    fn revoke(
        &mut self,
        target: Target,
        token: Option<&Claims>,
        revokes: impl Fn(&Claims) -> bool,
    ) {
        let now = self.nodes[0].now;
        let needed = target.needed(token, now);
        self.append(Fact::Revoked(target), needed.life, now);
        let tokens = self.tokens.iter().enumerate();
        let affected = tokens.filter(|(_, token)| revokes(token));
        self.revoked.extend(affected.map(|(number, _)| number));
    }

    fn run(&mut self, hours: u64) {
        let span = EVERY * u32::try_from(hours).unwrap();
        self.uptime += span;
        for node in &mut self.nodes {
            node.now = node.now.plus(span);
        }
        let at = self.nodes[0].now;
        let seq = self.append(Fact::Tick, Life::NONE, at);
        self.ticks.push(Tick {
            seq,
            uptime: self.uptime,
            at,
            audit_id: 0,
        });
        for node in &self.nodes {
            node.index.set_ticks(Ticks::new(self.ticks.clone()));
        }
    }

    fn purge(&mut self) {
        self.rows = left(&self.rows, self.head, &Ticks::new(self.ticks.clone()));
    }

    fn happen(&mut self, step: &Step) {
        match *step {
            Step::IssueCompany(hours) => self.issue(0, |now| TokenUse::Company {
                expires_at: hours.map(|hours| now.plus(Duration::from_hours(hours))),
            }),
            Step::IssueOperator(which, operator, minutes) => {
                let good = |token: &&Claims| {
                    token.kind() == Kind::Company
                        && self.nodes[1].index.judge(token) == TokenState::Valid
                };
                let parents: Vec<_> = self.tokens.iter().filter(good).copied().collect();
                if let Some(parent) = parents.get(which % parents.len().max(1)) {
                    let life = Duration::from_mins(minutes).min(OPERATOR_TOKEN_LIMIT);
                    let parent = parent.jti;
                    self.issue(1, |now| TokenUse::Operator {
                        operator: OperatorId(operator),
                        parent,
                        expires_at: now.plus(life),
                    });
                }
            }
            Step::RevokeToken(which) => {
                let count = self.tokens.len().max(1);
                if let Some(token) = self.tokens.get(which % count).copied() {
                    // A token that has expired by uptime is not revoked any more.
                    if self.nodes[0].index.judge(&token) == TokenState::Valid {
                        self.revoke(Target::of(&token), Some(&token), |other| {
                            other.jti == token.jti || other.parent() == Some(token.jti)
                        });
                    }
                }
            }
            Step::RevokeOperator(operator) => {
                let operator = OperatorId(operator);
                self.revoke(Target::Operator(operator), None, |token| {
                    token.operator() == Some(operator)
                });
            }
            Step::RevokeOrganization => self.revoke(Target::Organization, None, |_| true),
            Step::Run(hours) => self.run(hours),
            Step::Jump(node, hours) => {
                let now = &mut self.nodes[node].now;
                *now = Timestamp::from_seconds(now.as_seconds() + hours * 3_600);
            }
            Step::Purge => self.purge(),
            Step::Forget(node) => {
                let _ = self.nodes[node].index.purge();
            }
            Step::Restart(node) => self.nodes[node].index = self.loaded(),
            Step::ThinOut => {
                let needless = Ticks::new(self.ticks.clone()).needless();
                self.ticks.retain(|tick| !needless.contains(&tick.seq));
            }
        }
        for number in &self.revoked {
            for node in &self.nodes {
                // The expiry of the token is not compared with a clock here, so the node's clock
                // has no effect.
                let standing = node.index.judge(&self.tokens[*number]);
                assert_ne!(standing, TokenState::Valid, "{:?}", self.tokens[*number]);
            }
        }
    }
}

proptest! {
    #[test]
    fn what_was_revoked_is_never_good_again_and_what_nobody_needs_is_gone_at_last(steps in prop::collection::vec(step(), 0..80)) {
        let mut service = Service::start();
        for step in steps {
            service.happen(&step);
        }
        // After eleven years of uptime only what affects tokens without an end is kept. Lives above
        // one day are measured by the first tick of a day.
        service.happen(&Step::Run(24));
        for _ in 0..5 {
            service.happen(&Step::Run(20_000));
        }
        service.happen(&Step::Run(100));
        service.happen(&Step::Purge);
        let kept = |entry: &&Entry| entry.fact != Fact::Tick;
        prop_assert!(service.rows.iter().filter(kept).all(|entry| entry.life == Life::Endless));
        prop_assert!(service.rows.len() <= service.tokens.len() + 4);
        for node in 0..NODES {
            service.happen(&Step::Forget(node));
            service.happen(&Step::Restart(node));
        }
    }

    /// Before a token's life has passed, only an entry makes it invalid.
    #[test]
    fn nothing_is_refused_by_uptime_before_its_time(hours in prop::collection::vec(1u64..30, 1..20), life in 1u64..1_000) {
        let mut service = Service::start();
        service.happen(&Step::Run(1));
        service.happen(&Step::IssueCompany(Some(life)));
        let mut lived = 0;
        for more in hours {
            service.happen(&Step::Run(more));
            lived += more;
            if lived <= life {
                prop_assert_eq!(service.nodes[0].index.judge(&service.tokens[0]), TokenState::Valid);
            }
        }
    }
}
