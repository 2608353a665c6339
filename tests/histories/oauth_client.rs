//! A client of one node that uses OAuth and sessions there: it signs operators in, refreshes,
//! revokes and signs out. It also sends DPoP proofs and assertions, its own and those of others again.

use serde_json::json;

use crate::dice::Dice;
use crate::history::{Kind, Look, Refresh, Revoke, Target, Token, TokenNumber, Verdict};
use crate::line::{Line, Question, Reply};
use crate::oauth::{PASSWORD, TOKEN};
use crate::once::{asserted, bound, send, send_again};
use crate::world::{OPERATORS_FOR_ALL, World, rest, username};

const REVOKE: &str = "/oauth/revoke";

/// Runs an OAuth client of a node.
pub(crate) fn oauth_client<'a>(world: &'a World<'a>, node: usize, mut dice: Dice) {
    let mut client = OAuthClient {
        line: Line::to(world, node),
    };
    // The nodes are quiet at first, so some refreshes have a successor before the faults begin.
    client.sign_in(&mut dice);
    client.refresh(&mut dice);
    client.prove(&mut dice);
    client.assert(&mut dice);
    while !world.is_over() {
        let dice = &mut dice;
        match dice.within(0..100) {
            0..20 => client.sign_in(dice),
            20..26 => client.act_for_itself(dice),
            26..56 => client.refresh(dice),
            56..58 => client.prove(dice),
            58..60 => client.assert(dice),
            60..66 => send_again(&mut client.line, dice),
            66..78 => client.revoke(dice),
            78..80 => client.revoke_all_of_an_app(dice),
            80..90 => client.log_in(dice),
            _ => client.log_out(dice),
        }
        rest(dice, 8);
    }
}

struct OAuthClient<'a> {
    line: Line<'a>,
}

/// An operator that signs in.
struct Person {
    id: i64,
    username: String,
    /// The refusal of one that may be inactive; otherwise the same as the success.
    refused: u16,
}

impl<'a> OAuthClient<'a> {
    fn world(&self) -> &'a World<'a> {
        self.line.world
    }

    fn pick_app(&self, dice: &mut Dice) -> usize {
        let count = u64::try_from(self.world().apps.len()).unwrap();
        usize::try_from(dice.within(0..count)).unwrap()
    }

    /// Returns an operator of an organization. `refused` is the status of the answer to one that is
    /// inactive.
    fn pick_person(&self, dice: &mut Dice, organization: usize, refused: u16) -> Person {
        let operators = &self.world().organizations[organization].operators;
        let count = u64::try_from(operators.len()).unwrap();
        let number = usize::try_from(dice.within(0..count)).unwrap();
        Person {
            id: operators[number],
            username: username(number),
            refused: if number < OPERATORS_FOR_ALL {
                200
            } else {
                refused
            },
        }
    }

    /// Posts a form with the credential of an OAuth client.
    fn post(&mut self, app: usize, path: &str, form: &[(&str, &str)], expected: &[u16]) -> Reply {
        let body = self.world().app(app).credential.body(form);
        self.line.ask(&Question {
            method: "POST",
            path,
            credential: None,
            body,
            expected,
        })
    }

    /// Returns the member of an answer with tokens, as a token that was just issued.
    fn issued(&self, reply: &Reply, app: usize, member: &str, kind: Kind) -> Option<Token> {
        let body = reply.with(200)?.json();
        Some(Token {
            text: body[member].as_str()?.to_owned(),
            key: None,
            organization: self.world().app(app).organization,
            kind,
            issued: reply.at,
            node: self.line.node.number,
            life: None,
        })
    }

    fn add(&self, token: Token) -> TokenNumber {
        let Token {
            text,
            kind,
            organization,
            issued,
            node,
            ..
        } = token;
        self.world()
            .add(text, kind, organization, issued, node, None)
    }

    fn sign_in(&mut self, dice: &mut Dice) {
        let app = self.pick_app(dice);
        let organization = self.world().app(app).organization;
        let person = self.pick_person(dice, organization, 400);
        let form = [
            ("grant_type", "password"),
            ("username", &person.username),
            ("password", PASSWORD),
        ];
        let reply = self.post(app, TOKEN, &form, &[200, person.refused]);
        if reply.with(200).is_none() {
            return;
        }
        let grant = (self.world().new_grant(), person.id);
        let refresh = self.issued(&reply, app, "refresh_token", Kind::Refresh { app, grant });
        let grant = Some(grant);
        let access = self.issued(&reply, app, "access_token", Kind::Access { app, grant });
        for token in [access, refresh] {
            self.add(token.unwrap());
        }
    }

    /// Gets an access token without an operator.
    fn act_for_itself(&mut self, dice: &mut Dice) {
        let app = self.pick_app(dice);
        let form = [("grant_type", "client_credentials")];
        let reply = self.post(app, TOKEN, &form, &[200]);
        let kind = Kind::Access { app, grant: None };
        if let Some(token) = self.issued(&reply, app, "access_token", kind) {
            self.add(token);
        }
    }

    /// Gets a token that is bound to a key, with a proof.
    fn prove(&mut self, dice: &mut Dice) {
        let app = self.pick_app(dice);
        let request = bound(self.world(), app);
        send(&mut self.line, &request);
    }

    /// Gets a token with an assertion in place of a secret.
    fn assert(&mut self, dice: &mut Dice) {
        let request = asserted(self.world(), dice);
        send(&mut self.line, &request);
    }

    /// Presents a refresh token, which other clients may present too.
    fn refresh(&mut self, dice: &mut Dice) {
        let Some(presented) = self.world().pick_refresh(dice) else {
            return;
        };
        let Kind::Refresh { app, grant } = self.world().kind(presented) else {
            return;
        };
        let text = self.world().text(presented);
        let form = [("grant_type", "refresh_token"), ("refresh_token", &text)];
        // The checker decides whether the refresh may be refused.
        let reply = self.post(app, TOKEN, &form, &[200, 400]);
        let world = self.world();
        let kind = Kind::Refresh { app, grant };
        let successor = self
            .issued(&reply, app, "refresh_token", kind)
            .map(|token| world.add_successor(presented, &token));
        let grant = Some(grant);
        let access = self.issued(&reply, app, "access_token", Kind::Access { app, grant });
        if let Some(access) = access {
            self.add(access);
        }
        if reply.sent {
            world.refresh(Refresh {
                presented,
                at: reply.at,
                node: self.line.node.number,
                status: reply.answer.map(|answer| answer.status),
                successor,
                strict: world.app(app).strict,
            });
        }
    }

    /// Records a revocation, unless it is certain that it was not done.
    fn note(&self, target: Target, reply: &Reply, done: bool) {
        if !reply.is_refused() {
            self.world().revoke(Revoke {
                target,
                at: reply.at,
                returned: done,
                through: format!("node {}", self.line.node.number),
            });
        }
    }

    /// Revokes a token of an OAuth client: a refresh token with its grant.
    fn revoke(&mut self, dice: &mut Dice) {
        let of_an_app = |kind: Kind| kind.app().is_some();
        let Some(token) = self.world().pick_recent(dice, of_an_app) else {
            return;
        };
        let kind = self.world().kind(token);
        let Some(app) = kind.app() else { return };
        let text = self.world().text(token);
        let reply = self.post(app, REVOKE, &[("token", &text)], &[200]);
        let target = match kind {
            Kind::Refresh { grant, .. } => Target::Grant(grant.0),
            _ => Target::Token(token),
        };
        // Without a receipt, the node took the token for an unknown or expired one.
        let answer = reply.with(200);
        let done = answer.is_some_and(|answer| answer.header("revocation-sequence").is_some());
        self.note(target, &reply, done);
        if answer.is_some() && !done {
            self.world().look(Look {
                token,
                at: reply.at,
                node: self.line.node.number,
                verdict: Verdict::Other("revoked without a receipt".to_owned()),
            });
        }
    }

    fn revoke_all_of_an_app(&mut self, dice: &mut Dice) {
        let app = self.pick_app(dice);
        let owner = self.world().app(app);
        let organization = &self.world().organizations[owner.organization];
        let (credential, id) = (organization.credential(), &owner.credential.id);
        let reply = self.line.ask(&Question {
            method: "POST",
            path: &format!("/api/company/clients/{id}/revoke-tokens"),
            credential: Some(credential),
            body: String::new(),
            expected: &[204],
        });
        self.note(Target::App(app), &reply, reply.with(204).is_some());
        self.line.renew(&reply, organization, credential);
    }

    fn log_in(&mut self, dice: &mut Dice) {
        let number = usize::try_from(dice.within(0..3)).unwrap();
        let organization = &self.world().organizations[number];
        let person = self.pick_person(dice, number, 401);
        let name = format!("{}/{}", organization.login, person.username);
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/auth/login",
            credential: None,
            body: json!({"username": name, "password": PASSWORD}).to_string(),
            expected: &[200, person.refused],
        });
        let Some(answer) = reply.with(200) else {
            return;
        };
        let text = answer.json()["token"].as_str().unwrap().to_owned();
        let kind = Kind::Session {
            operator: person.id,
        };
        let node = self.line.node.number;
        self.world().add(text, kind, number, reply.at, node, None);
    }

    fn log_out(&mut self, dice: &mut Dice) {
        let session = |kind: Kind| matches!(kind, Kind::Session { .. });
        let Some(token) = self.world().pick_recent(dice, session) else {
            return;
        };
        let reply = self.line.ask(&Question {
            method: "POST",
            path: "/auth/logout",
            credential: Some(token),
            body: String::new(),
            expected: &[204],
        });
        self.note(Target::Token(token), &reply, reply.with(204).is_some());
    }
}
