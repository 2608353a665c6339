//! A client of one node: it issues and revokes there.

use std::time::Duration;

use lanyard::base::Clock;
use lanyard::base::clock::boot_time;
use serde_json::json;

use crate::check::Check;
use crate::dice::Dice;
use crate::history::{Kind, Leave, Revoke, Target, TokenNumber};
use crate::line::{Line, Question, Reply};
use crate::world::{OPERATORS, OPERATORS_FOR_ALL, Organization, World, rest, text_of};

/// Runs a client of a node. It alone deactivates and activates `operator`.
pub(crate) fn client<'a>(world: &'a World<'a>, node: usize, operator: i64, mut dice: Dice) {
    let mut client = Client {
        line: Line::to(world, node),
        operator,
        leave: None,
    };
    while !world.is_over() {
        let dice = &mut dice;
        match dice.within(0..100) {
            0..45 => {
                client.issue_somebody(dice);
            }
            45..70 => client.revoke_token(dice),
            70..76 => client.revoke_operator(dice),
            76..82 => client.leave_or_come_back(),
            82..90 => client.raise_and_revoke_a_family(dice),
            _ => client.validate(dice),
        }
        rest(dice, 8);
    }
    client.end_leave(Duration::MAX);
}

/// Returns whether validation shows the state of a token of this kind.
pub(crate) fn is_validated(kind: Kind) -> bool {
    matches!(kind, Kind::Operator { .. })
}

struct Client<'a> {
    line: Line<'a>,
    operator: i64,
    /// Since when the operator is certainly inactive; `None` if it may be active.
    leave: Option<Duration>,
}

impl<'a> Client<'a> {
    fn organization(&self, dice: &mut Dice) -> &'a Organization {
        let organizations = &self.line.world.organizations;
        &organizations[usize::try_from(dice.within(0..3)).unwrap()]
    }

    fn issue_somebody(&mut self, dice: &mut Dice) -> Option<TokenNumber> {
        let organization = self.organization(dice);
        let count = u64::try_from(organization.operators.len()).unwrap();
        let operator = organization.operators[usize::try_from(dice.within(0..count)).unwrap()];
        let life = (dice.within(0..6) == 0).then(|| Duration::from_secs(dice.within(60..120)));
        self.issue_for(organization, operator, organization.credential(), life)
    }

    fn issue(
        &mut self,
        organization: &Organization,
        operator: i64,
        parent: TokenNumber,
    ) -> Option<TokenNumber> {
        self.issue_for(organization, operator, parent, None)
    }

    fn issue_for(
        &mut self,
        organization: &Organization,
        operator: i64,
        parent: TokenNumber,
        life: Option<Duration>,
    ) -> Option<TokenNumber> {
        let end = life.map(|life| Clock::System.now().plus(life).to_string());
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/api/operator/get-token",
            credential: Some(parent),
            body: json!({"id": operator, "expiresAt": end}).to_string(),
            // 409: the operator is inactive. 400: by the node's clock the expiry has passed.
            expected: if life.is_some() {
                &[200, 409, 400]
            } else {
                &[200, 409]
            },
        });
        self.line.renew(&reply, organization, parent);
        let text = text_of(reply.with(200)?)?;
        let (kind, node) = (Kind::Operator { operator, parent }, self.line.node.number);
        Some(
            self.line
                .world
                .add(text, kind, organization.number, reply.at, node, life),
        )
    }

    /// Records a revocation, unless it is certain that it was not done.
    fn note(&self, target: Target, reply: &Reply, done: u16) {
        if reply.is_refused() {
            return;
        }
        self.line.world.revoke(Revoke {
            target,
            at: reply.at,
            returned: reply.with(done).is_some(),
            through: format!("node {}", self.line.node.number),
        });
    }

    fn revoke_token(&mut self, dice: &mut Dice) {
        let Some(token) = self.line.world.pick_recent(dice, is_validated) else {
            return;
        };
        let world = self.line.world;
        let organization = world.organization_of(token);
        // In some cases the operator token itself is the credential.
        let own = dice.within(0..5) == 0;
        let credential = if own {
            token
        } else {
            organization.credential()
        };
        let body = if own {
            String::new()
        } else {
            json!({"token": world.text(token)}).to_string()
        };
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/api/operator/revoke-token",
            credential: Some(credential),
            body,
            expected: &[204],
        });
        self.note(Target::Token(token), &reply, 204);
        self.line.renew(&reply, organization, credential);
    }

    fn revoke_operator(&mut self, dice: &mut Dice) {
        let organization = self.organization(dice);
        let place = dice.within(0..u64::try_from(OPERATORS_FOR_ALL).unwrap());
        let operator = organization.operators[usize::try_from(place).unwrap()];
        let credential = organization.credential();
        let reply = self.line.ask(&Question {
            method: "POST",
            path: &format!("{OPERATORS}/{operator}/revoke-tokens"),
            credential: Some(credential),
            body: String::new(),
            expected: &[204],
        });
        self.note(Target::Operator(operator), &reply, 204);
        self.line.renew(&reply, organization, credential);
    }

    fn leave_or_come_back(&mut self) {
        let organization = &self.line.world.organizations[0];
        let credential = organization.credential();
        let back = self.leave.is_some();
        let start = boot_time();
        let status = if back { "active" } else { "inactive" };
        let reply = self.line.ask(&Question {
            method: "PATCH",
            path: &format!("{OPERATORS}/{}", self.operator),
            credential: Some(credential),
            body: json!({"status": status}).to_string(),
            expected: &[200],
        });
        if back {
            self.end_leave(start);
        } else {
            self.note(Target::Operator(self.operator), &reply, 200);
            self.leave = reply.with(200).map(|_| reply.at.end);
        }
        self.line.renew(&reply, organization, credential);
    }

    fn end_leave(&mut self, until: Duration) {
        if let Some(from) = self.leave.take() {
            let operator = self.operator;
            self.line.world.leave(Leave {
                operator,
                from,
                until,
            });
        }
    }

    /// Gets a company token of its own, issues some tokens with it, and revokes the company token.
    /// If it was rotated, its successor and the tokens derived from that stay valid until the
    /// successor is revoked as well.
    fn raise_and_revoke_a_family(&mut self, dice: &mut Dice) {
        let organization = self.organization(dice);
        let Some(head) = self.line.log_in(organization) else {
            return;
        };
        for operator in &organization.operators[..OPERATORS_FOR_ALL] {
            self.issue(organization, *operator, head);
        }
        let successor = if dice.within(0..2) == 0 {
            self.rotate(organization, head)
        } else {
            None
        };
        if let Some(successor) = successor {
            self.issue(organization, organization.operators[1], successor);
        }
        self.revoke_family(organization, head);
        // Whether a node accepts the company token is recorded when the token is used.
        self.issue(organization, organization.operators[0], head);
        if let Some(successor) = successor {
            self.issue(organization, organization.operators[2], successor);
            self.revoke_family(organization, successor);
        }
    }

    fn rotate(&mut self, organization: &Organization, head: TokenNumber) -> Option<TokenNumber> {
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/api/company/rotate-token",
            credential: Some(head),
            body: String::new(),
            expected: &[200],
        });
        let text = text_of(reply.with(200)?)?;
        let (world, node) = (self.line.world, self.line.node.number);
        Some(world.add(
            text,
            Kind::Company,
            organization.number,
            reply.at,
            node,
            None,
        ))
    }

    fn revoke_family(&mut self, organization: &Organization, head: TokenNumber) {
        let credential = organization.credential();
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/api/company/revoke-token",
            credential: Some(credential),
            body: json!({"token": self.line.world.text(head)}).to_string(),
            expected: &[204],
        });
        self.note(Target::CompanyToken(head), &reply, 204);
        self.line.renew(&reply, organization, credential);
    }

    fn validate(&mut self, dice: &mut Dice) {
        let Some(token) = self.line.world.pick_recent(dice, is_validated) else {
            return;
        };
        let check = Check::of_one(self.line.world, token);
        let reply = self.line.ask(&check.question());
        check.note(&mut self.line, &reply);
    }
}
