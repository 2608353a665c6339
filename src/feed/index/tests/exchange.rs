//! Token exchange against revocation: exchanges and entries in every order that two nodes can have.

use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::super::arbitrary::index;
use super::*;
use crate::base::{ClientTag, EntryTag, GrantId, OperatorId};
use crate::feed::Fact;
use crate::token::{Ancestor, Lineage};

const ORGANIZATION: OrganizationId = OrganizationId(1);
const NODES: usize = 2;
/// The exchanges of a history: each is of one of the tokens that exist when it is judged.
const EXCHANGES: usize = 4;

/// A token with its ancestors, and the one that was exchanged for it.
#[derive(Debug, Clone)]
struct Token {
    claims: Claims,
    lineage: Lineage,
    subject: Option<usize>,
}

/// How far an exchange is. A client reads, judges, signs and writes, in this order.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Begun,
    HasRev(Sequence),
    HasJudged(Sequence, usize),
    HasSigned(Sequence, usize),
    Over,
}

struct World {
    nodes: Vec<Index>,
    entries: Vec<Entry>,
    tokens: Vec<Token>,
    exchanges: Vec<Stage>,
}

fn token(n: usize, rev: Sequence, lineage: Lineage, subject: Option<usize>) -> Token {
    let number = u8::try_from(n).unwrap();
    let claims = Claims {
        jti: TokenId([number; 16]),
        organization: ORGANIZATION,
        rev,
        issued_at: Timestamp::from_seconds(1),
        token_use: TokenUse::Access {
            client: ClientTag(number.into()),
            grant: Some(GrantId(TokenId([100; 16]))),
            operator: Some(OperatorId(9)),
            expires_at: Timestamp::from_seconds(9),
        },
    };
    Token {
        claims,
        lineage,
        subject,
    }
}

impl World {
    fn new() -> Self {
        Self {
            nodes: (0..NODES).map(|_| index()).collect(),
            entries: Vec::new(),
            tokens: vec![token(0, Sequence(0), Lineage::NONE, None)],
            exchanges: vec![Stage::Begun; EXCHANGES],
        }
    }

    /// Commits an entry. Nodes apply it later.
    fn revoke(&mut self, what: u8, pick: Pick) {
        let named = self.tokens[pick.index(self.tokens.len())].claims;
        let target = match what {
            0 | 1 => Target::Token(named.jti),
            2 | 3 => Target::Client(named.client().unwrap()),
            4 => Target::Grant(named.grant().unwrap()),
            5 => Target::Operator(named.operator().unwrap()),
            _ => Target::Organization,
        };
        self.entries.push(Entry {
            seq: Sequence(i64::try_from(self.entries.len()).unwrap() + 1),
            mark: EntryTag(0),
            organization: ORGANIZATION,
            fact: Fact::Revoked(target),
            at: Timestamp::from_seconds(1),
            life: Life::Days(1),
            until: None,
        });
    }

    /// Lets a node apply the next entry.
    fn follow(&self, node: usize) {
        let node = &self.nodes[node];
        let applied = usize::try_from(node.reached().0).unwrap();
        if let Some(entry) = self.entries.get(applied) {
            node.apply(entry);
            node.has_reached(entry.seq);
        }
    }

    /// Lets an exchange take its next step at its node.
    fn step(&mut self, number: usize, pick: Pick) {
        let node = &self.nodes[number % NODES];
        self.exchanges[number] = match self.exchanges[number] {
            Stage::Begun => Stage::HasRev(node.reached()),
            Stage::HasRev(rev) => {
                let which = pick.index(self.tokens.len());
                let Token {
                    claims, lineage, ..
                } = &self.tokens[which];
                match node.judge_with(claims, lineage) {
                    TokenState::Valid if claims.rev <= rev => Stage::HasJudged(rev, which),
                    // The client is read again.
                    TokenState::Valid => Stage::Begun,
                    _ => Stage::Over,
                }
            }
            Stage::HasJudged(rev, which) => Stage::HasSigned(rev, which),
            Stage::HasSigned(rev, which) => {
                let Token {
                    claims, lineage, ..
                } = &self.tokens[which];
                let ancestor = Ancestor {
                    jti: claims.jti,
                    client: claims.client().unwrap(),
                    kid: None,
                };
                if let Some(lineage) = lineage.with(ancestor) {
                    let new = token(self.tokens.len(), rev, lineage, Some(which));
                    self.tokens.push(new);
                }
                Stage::Over
            }
            Stage::Over => Stage::Over,
        };
    }

    /// Whether the token is revoked at the node by its own claims, or by those of a token that it
    /// comes from.
    fn should_be_revoked(&self, node: &Index, number: usize) -> bool {
        let Token {
            claims, subject, ..
        } = &self.tokens[number];
        let by_subject = subject.is_some_and(|subject| self.should_be_revoked(node, subject));
        by_subject || node.revokes(claims)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever revokes a token revokes what was exchanged from it, whenever that was, at each node
    /// that has applied the entry. And nothing else is revoked.
    #[test]
    fn what_is_exchanged_is_revoked_with_its_subject(
        steps in prop::collection::vec((0u8..12, 0u8..8, any::<Pick>()), 0..60),
    ) {
        let mut world = World::new();
        for (step, what, pick) in steps {
            match step {
                0 => world.revoke(what, pick),
                1..=3 => world.follow(usize::from(what) % NODES),
                _ => world.step(usize::from(what) % EXCHANGES, pick),
            }
            for node in &world.nodes {
                for (number, token) in world.tokens.iter().enumerate() {
                    let expected = world.should_be_revoked(node, number);
                    let state = node.judge_with(&token.claims, &token.lineage);
                    prop_assert!(!expected || state == TokenState::Revoked, "{:?}", token);
                    // A token that a node which is behind exchanged may be revoked from the start.
                    let named = token.lineage.ancestors().iter().any(|ancestor| {
                        let holds = |target: Target| node.holds(target, &token.claims);
                        holds(Target::Token(ancestor.jti)) || holds(Target::Client(ancestor.client))
                    });
                    prop_assert_eq!(state == TokenState::Revoked, expected || named);
                }
            }
        }
        // When every node has applied everything, all say the same.
        for node in 0..NODES {
            for _ in 0..world.entries.len() {
                world.follow(node);
            }
        }
        for (number, token) in world.tokens.iter().enumerate() {
            let states: Vec<_> = world.nodes.iter()
                .map(|node| node.judge_with(&token.claims, &token.lineage))
                .collect();
            prop_assert_eq!(states[0], states[1]);
            if world.should_be_revoked(&world.nodes[0], number) {
                prop_assert_eq!(states[0], TokenState::Revoked);
            }
        }
    }
}
