//! Who asks: residents issue and revoke at their node, sentries look at what was just revoked, a steward revokes whole
//! organizations from the command line.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::thread::{Scope, sleep};
use std::time::Duration;

use lanyard::base::clock::boot_time;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::history::{Kind, Leave, Look, Revoke, Target, TokenNumber, Verdict, since};
use crate::line::{Line, Question, Told};
use crate::wait;
use crate::world::{OPERATORS, OPERATORS_FOR_ALL, Organization, World, text_of};

/// A sentry does not stand about waiting for a node that is stopped.
const PATIENCE: Duration = Duration::from_millis(200);

/// Answers that are waited for on the side, at most.
const PENDING: usize = 120;

/// The command line waits for the nodes as long as a lease, and is given this long.
const ORDERED_WITHIN: Duration = Duration::from_secs(20);

fn is_over(world: &World<'_>) -> bool {
    world.over.load(Ordering::Acquire)
}

fn rest(dice: &mut Dice, millis: u64) {
    sleep(Duration::from_micros(dice.within(0..millis * 1_000)));
}

/// Lives at a node. `operator` is its own to send on leave.
pub(crate) fn resident<'a>(world: &'a World<'a>, node: usize, operator: i64, mut dice: Dice) {
    let mut resident = Resident {
        line: Line::to(world, node),
        operator,
        leave: None,
    };
    while !is_over(world) {
        let dice = &mut dice;
        match dice.within(0..100) {
            0..45 => {
                resident.issue_somebody(dice);
            }
            45..70 => resident.revoke_token(dice),
            70..76 => resident.revoke_operator(dice),
            76..82 => resident.leave_or_come_back(),
            82..90 => resident.raise_and_kill_a_family(dice),
            _ => resident.validate(dice),
        }
        rest(dice, 8);
    }
    resident.end_leave(Duration::MAX);
}

struct Resident<'a> {
    line: Line<'a>,
    operator: i64,
    /// Since when the operator is on leave for certain.
    leave: Option<Duration>,
}

impl<'a> Resident<'a> {
    fn organization(&self, dice: &mut Dice) -> &'a Organization {
        let organizations = &self.line.world.organizations;
        &organizations[usize::try_from(dice.within(0..3)).unwrap()]
    }

    fn issue_somebody(&mut self, dice: &mut Dice) -> Option<TokenNumber> {
        let organization = self.organization(dice);
        let count = u64::try_from(organization.operators.len()).unwrap();
        let operator = organization.operators[usize::try_from(dice.within(0..count)).unwrap()];
        self.issue(organization, operator, organization.credential())
    }

    fn issue(
        &mut self,
        organization: &Organization,
        operator: i64,
        parent: TokenNumber,
    ) -> Option<TokenNumber> {
        let told = self.line.ask(&Question {
            method: "POST",
            path: "/api/operator/get-token",
            credential: Some(parent),
            body: json!({"id": operator}).to_string(),
            // 409: it is on leave.
            expected: &[200, 409],
        });
        self.line.renew(&told, organization, parent);
        let text = text_of(told.with(200)?)?;
        let (kind, node) = (Kind::Operator { operator, parent }, self.line.node.number);
        Some(
            self.line
                .world
                .add(text, kind, organization.number, told.at, node),
        )
    }

    /// Notes a revocation, unless it is certain that there was none.
    fn note(&self, target: Target, told: &Told, done: u16) {
        if told.is_refused() {
            return;
        }
        self.line.world.revoke(Revoke {
            target,
            at: told.at,
            returned: told.with(done).is_some(),
            through: format!("node {}", self.line.node.number),
        });
    }

    fn revoke_token(&mut self, dice: &mut Dice) {
        let Some(token) = self.line.world.pick_recent(dice) else {
            return;
        };
        let world = self.line.world;
        let organization = world.organization_of(token);
        // Now and then the operator itself does it.
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
        let told = self.line.ask(&Question {
            method: "POST",
            path: "/api/operator/revoke-token",
            credential: Some(credential),
            body,
            expected: &[204],
        });
        self.note(Target::Token(token), &told, 204);
        self.line.renew(&told, organization, credential);
    }

    fn revoke_operator(&mut self, dice: &mut Dice) {
        let organization = self.organization(dice);
        let place = dice.within(0..u64::try_from(OPERATORS_FOR_ALL).unwrap());
        let operator = organization.operators[usize::try_from(place).unwrap()];
        let credential = organization.credential();
        let told = self.line.ask(&Question {
            method: "POST",
            path: &format!("{OPERATORS}/{operator}/revoke-tokens"),
            credential: Some(credential),
            body: String::new(),
            expected: &[204],
        });
        self.note(Target::Operator(operator), &told, 204);
        self.line.renew(&told, organization, credential);
    }

    fn leave_or_come_back(&mut self) {
        let organization = &self.line.world.organizations[0];
        let credential = organization.credential();
        let back = self.leave.is_some();
        let start = boot_time();
        let status = if back { "active" } else { "inactive" };
        let told = self.line.ask(&Question {
            method: "PATCH",
            path: &format!("{OPERATORS}/{}", self.operator),
            credential: Some(credential),
            body: json!({"status": status}).to_string(),
            expected: &[200],
        });
        if back {
            self.end_leave(start);
        } else {
            self.note(Target::Operator(self.operator), &told, 200);
            self.leave = told.with(200).map(|_| told.at.end);
        }
        self.line.renew(&told, organization, credential);
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

    /// A company token of its own, some tokens under it, and the end of them all.
    fn raise_and_kill_a_family(&mut self, dice: &mut Dice) {
        let organization = self.organization(dice);
        let Some(head) = self.line.log_in(organization) else {
            return;
        };
        for operator in &organization.operators[..OPERATORS_FOR_ALL] {
            self.issue(organization, *operator, head);
        }
        let credential = organization.credential();
        let told = self.line.ask(&Question {
            method: "POST",
            path: "/api/company/revoke-token",
            credential: Some(credential),
            body: json!({"token": self.line.world.text(head)}).to_string(),
            expected: &[204],
        });
        self.note(Target::CompanyToken(head), &told, 204);
        self.line.renew(&told, organization, credential);
        // What a node makes of the head itself shows when it is used.
        self.issue(organization, organization.operators[0], head);
    }

    fn validate(&mut self, dice: &mut Dice) {
        let Some(token) = self.line.world.pick_recent(dice) else {
            return;
        };
        let check = Check::of_one(self.line.world, token);
        let told = self.line.ask(&check.question());
        check.note(&mut self.line, &told);
    }
}

/// Tokens of one organization to be looked at.
pub(crate) struct Check<'a> {
    organization: &'a Organization,
    credential: TokenNumber,
    tokens: Vec<TokenNumber>,
    body: String,
    many: bool,
}

impl<'a> Check<'a> {
    fn of_one(world: &'a World<'a>, token: TokenNumber) -> Self {
        let organization = world.organization_of(token);
        Self {
            organization,
            credential: organization.credential(),
            tokens: vec![token],
            body: json!({"token": world.text(token)}).to_string(),
            many: false,
        }
    }

    /// All of them in one call.
    pub(crate) fn of(
        world: &'a World<'a>,
        organization: &'a Organization,
        tokens: Vec<TokenNumber>,
    ) -> Self {
        let texts: Vec<_> = tokens.iter().map(|token| world.text(*token)).collect();
        Self {
            organization,
            credential: organization.credential(),
            tokens,
            body: json!({"tokens": texts}).to_string(),
            many: true,
        }
    }

    pub(crate) fn question(&self) -> Question<'static> {
        Question {
            method: "POST",
            path: if self.many {
                "/api/operator/validate-tokens"
            } else {
                "/api/operator/validate-token"
            },
            credential: Some(self.credential),
            body: self.body.clone(),
            expected: &[200],
        }
    }

    /// Notes the verdicts.
    fn note(&self, line: &mut Line<'_>, told: &Told) {
        self.read(line.world, line.node.number, told);
        line.renew(told, self.organization, self.credential);
    }

    /// The verdicts, noted as well; none without a good answer.
    pub(crate) fn read(&self, world: &World<'_>, node: usize, told: &Told) -> Option<Vec<Verdict>> {
        let body = told.with(200)?.json();
        let verdicts: Vec<_> = match body.as_array() {
            Some(all) => all.iter().map(verdict).collect(),
            None => vec![verdict(&body)],
        };
        assert_eq!(verdicts.len(), self.tokens.len());
        for (token, verdict) in self.tokens.iter().zip(&verdicts) {
            world.look(Look {
                token: *token,
                at: told.at,
                node,
                verdict: verdict.clone(),
            });
        }
        Some(verdicts)
    }
}

fn verdict(body: &Value) -> Verdict {
    match (body["isValid"].as_bool(), body["error"].as_str()) {
        (Some(true), None) => Verdict::Valid,
        (Some(false), Some("Token revoked")) => Verdict::Revoked,
        _ => Verdict::Other(body.to_string()),
    }
}

/// Stands at a node and looks. Answers that do not come at once are waited for on the side: they come from a node that was
/// stopped, or is in trouble, and tell the most.
pub(crate) fn sentry<'scope, 'a: 'scope>(
    world: &'a World<'a>,
    node: usize,
    mut dice: Dice,
    scope: &'scope Scope<'scope, 'a>,
) {
    let mut line = Line::to(world, node);
    while !is_over(world) {
        rest(&mut dice, 8);
        let Some(check) = what_to_look_at(world, &mut dice) else {
            continue;
        };
        let question = check.question();
        let late = match line.try_ask(&question, PATIENCE) {
            Ok(told) => {
                check.note(&mut line, &told);
                continue;
            }
            Err(late) => late,
        };
        let node = line.node;
        let wait = move || {
            if let Some(told) = late.wait(world, node, &question) {
                check.read(world, node.number, &told);
            }
        };
        if world.pending.fetch_add(1, Ordering::AcqRel) < PENDING {
            scope.spawn(move || {
                wait();
                world.pending.fetch_sub(1, Ordering::AcqRel);
            });
        } else {
            wait();
            world.pending.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn what_to_look_at<'a>(world: &'a World<'a>, dice: &mut Dice) -> Option<Check<'a>> {
    let one = if dice.within(0..4) == 0 {
        world.pick_recent(dice)?
    } else {
        world.pick_dead(dice)?
    };
    if dice.within(0..3) > 0 {
        return Some(Check::of_one(world, one));
    }
    let organization = world.organization_of(one);
    let mut tokens = vec![one];
    for _ in 0..20 {
        let other = if dice.within(0..2) == 0 {
            world.pick_recent(dice)
        } else {
            world.pick_dead(dice)
        };
        let own = |token: &TokenNumber| world.organization_of(*token).number == organization.number;
        tokens.extend(other.filter(own));
    }
    Some(Check::of(world, organization, tokens))
}

/// Gives orders at the command line: revokes everything of an organization, replaces the key that signs, revokes it.
pub(crate) fn steward(world: &World<'_>, mut dice: Dice) {
    while !is_over(world) {
        rest(&mut dice, 400);
        let start = boot_time();
        let (target, done) = match dice.within(0..10) {
            0..2 => {
                // Every node holds a key before it signs: no token of it is strange to anyone.
                order(world, &["key", "rotate", "--force"]);
                continue;
            }
            2 => {
                let (key, name) = world.last_key();
                (Target::Key(key), order(world, &["key", "revoke", &name]))
            }
            _ => {
                let place = usize::try_from(dice.within(1..3)).unwrap();
                let id = world.organizations[place].id.to_string();
                let done = order(world, &["organization", "revoke-all", &id]);
                (Target::Organization(place), done)
            }
        };
        world.revoke(Revoke {
            target,
            at: since(start),
            returned: done,
            through: "the command line".to_owned(),
        });
    }
}

/// Gives an order; whether it was carried out.
fn order(world: &World<'_>, words: &[&str]) -> bool {
    let mut command = world.outside.lanyard(words);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut status = None;
    let ended = wait::comes_true(ORDERED_WITHIN, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    if !ended {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    status.is_some_and(|status| status.success())
}
