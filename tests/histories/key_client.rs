//! A client of one node that makes API keys there, presents them, signs requests with them, rotates
//! them, puts them into quarantine and revokes them. Signed requests are sent again, at any node.

use std::time::Duration;

use lanyard::base::clock::boot_time;
use serde_json::json;

use crate::dice::Dice;
use crate::history::{ApiKeyNumber, Hold, Kind, Once, Revoke, SignedRequest, Target, TokenNumber};
use crate::line::{Line, Question, Reply};
use crate::once::{send, send_again};
use crate::signed;
use crate::world::{OPERATORS_FOR_ALL, Organization, World, rest};

const KEYS: &str = "/api/v1/api-keys";

/// Runs a client of API keys of a node.
pub(crate) fn key_client<'a>(world: &'a World<'a>, node: usize, mut dice: Dice) {
    let mut client = KeyClient {
        line: Line::to(world, node),
        own: Vec::new(),
    };
    // The nodes are quiet at first, so there are keys and nonces before the faults begin.
    client.make(&mut dice);
    client.sign(&mut dice);
    while !world.is_over() {
        let dice = &mut dice;
        match dice.within(0..100) {
            0..14 => client.make(dice),
            14..36 => client.present(dice),
            36..44 => client.revoke(dice),
            44..56 => client.hold_or_release(dice),
            56..62 => client.rotate(dice),
            62..78 => client.sign(dice),
            _ => send_again(&mut client.line, dice),
        }
        rest(dice, 8);
    }
}

/// A key that this client made. No other client rotates it, or puts it into quarantine.
struct Own {
    key: ApiKeyNumber,
    organization: usize,
    text: TokenNumber,
    secret: Option<TokenNumber>,
    /// The quarantine in which it is.
    hold: Option<usize>,
}

struct KeyClient<'a> {
    line: Line<'a>,
    own: Vec<Own>,
}

impl<'a> KeyClient<'a> {
    fn world(&self) -> &'a World<'a> {
        self.line.world
    }

    /// Sends a request with the company token of an organization.
    fn ask(
        &mut self,
        organization: &Organization,
        (method, path): (&str, &str),
        body: String,
        expected: &[u16],
    ) -> Reply {
        let credential = organization.credential();
        let reply = self.line.ask(&Question {
            method,
            path,
            credential: Some(credential),
            body,
            expected,
        });
        self.line.renew(&reply, organization, credential);
        reply
    }

    fn add(&self, text: &str, kind: Kind, organization: usize, reply: &Reply) -> TokenNumber {
        let (node, text) = (self.line.node.number, text.to_owned());
        self.world()
            .add(text, kind, organization, reply.at, node, None)
    }

    fn make(&mut self, dice: &mut Dice) {
        let number = usize::try_from(dice.within(0..3)).unwrap();
        let organization = &self.world().organizations[number];
        // The operators after those for all clients are deactivated and activated.
        let operators = &organization.operators[OPERATORS_FOR_ALL..];
        let count = u64::try_from(operators.len()).unwrap();
        let bound = (count > 0 && dice.within(0..3) == 0)
            .then(|| operators[usize::try_from(dice.within(0..count)).unwrap()]);
        let signing = dice.within(0..2) == 0;
        let body = json!({"name": "till", "signing": signing, "operator_id": bound});
        let reply = self.ask(organization, ("POST", KEYS), body.to_string(), &[201]);
        let Some(answer) = reply.with(201) else {
            return;
        };
        let record = answer.json();
        let key = self.world().new_api_key(record["id"].as_str().unwrap());
        let add = |text: &str, kind| self.add(text, kind, number, &reply);
        let text = add(record["key"].as_str().unwrap(), Kind::ApiKey { key, bound });
        let secret = record["signing_secret"].as_str();
        let secret = secret.map(|secret| add(secret, Kind::Secret { key, bound }));
        self.own.push(Own {
            key,
            organization: number,
            text,
            secret,
            hold: None,
        });
    }

    /// Returns a text or a secret: of a key in quarantine, of a revoked one, or of any.
    fn pick(&self, dice: &mut Dice, wanted: fn(Kind) -> bool, secret: bool) -> Option<TokenNumber> {
        match dice.within(0..8) {
            0..3 => self.world().pick_held(dice, secret),
            3..5 => self.world().pick_revoked(dice, wanted),
            _ => self.world().pick_recent(dice, wanted),
        }
    }

    /// Sends a key as the credential of a request.
    fn present(&mut self, dice: &mut Dice) {
        let Some(text) = self.pick(dice, Kind::is_key_text, false) else {
            return;
        };
        self.line.ask(&Question {
            method: "GET",
            path: "/v1/profile",
            credential: Some(text),
            body: String::new(),
            expected: &[200],
        });
    }

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

    fn revoke(&mut self, dice: &mut Dice) {
        let Some(text) = self.world().pick_recent(dice, Kind::is_key_text) else {
            return;
        };
        let Some(key) = self.world().kind(text).api_key() else {
            return;
        };
        let organization = self.world().organization_of(text);
        let path = format!("{KEYS}/{}", self.world().id_of_key(key));
        let reply = self.ask(organization, ("DELETE", &path), String::new(), &[204]);
        self.note(Target::ApiKey(key), &reply, reply.with(204).is_some());
    }

    /// Takes one of the own keys. It is put back unless nobody can say what became of it.
    fn take(&mut self, dice: &mut Dice) -> Option<Own> {
        let count = u64::try_from(self.own.len()).unwrap();
        let place = (count > 0).then(|| usize::try_from(dice.within(0..count)).unwrap());
        place.map(|place| self.own.swap_remove(place))
    }

    /// Puts a key into quarantine, or releases it. A call that was given up may be done later, so
    /// nothing is certain about that key afterwards.
    fn hold_or_release(&mut self, dice: &mut Dice) {
        let Some(own) = self.take(dice) else { return };
        match own.hold {
            None => self.hold(own, dice.within(0..4) == 0),
            Some(hold) => {
                if self.release(&own, hold) {
                    self.own.push(Own { hold: None, ..own });
                }
            }
        }
    }

    fn hold(&mut self, own: Own, as_leak: bool) {
        let organization = &self.world().organizations[own.organization];
        let reply = if as_leak {
            let body = json!({"key": self.world().text(own.text)}).to_string();
            self.line.ask(&Question {
                method: "POST",
                path: "/api/v1/leaked-keys",
                credential: None,
                body,
                expected: &[200],
            })
        } else {
            let id = self.world().id_of_key(own.key);
            let path = format!("{KEYS}/{id}/quarantine");
            // 409: somebody has revoked it.
            self.ask(
                organization,
                ("POST", &path),
                json!({"reason": "a history"}).to_string(),
                &[200, 409],
            )
        };
        if reply.is_refused() {
            if reply.with(409).is_none() {
                self.own.push(own);
            }
            return;
        }
        let answer = reply.with(200);
        // A report of a revoked key is not recognized.
        let done = answer.is_some_and(|answer| answer.json()["recognized"] != false);
        let hold = self.world().hold(Hold {
            key: own.key,
            asked: reply.at.start,
            from: done.then_some(reply.at.end),
            until: Duration::MAX,
        });
        if done {
            self.own.push(Own {
                hold: Some(hold),
                ..own
            });
        }
    }

    /// Returns whether the key is released.
    fn release(&mut self, own: &Own, hold: usize) -> bool {
        let organization = &self.world().organizations[own.organization];
        let id = self.world().id_of_key(own.key);
        let path = format!("{KEYS}/{id}/release");
        // Before it is sent: it may be done before the answer arrives.
        self.world().end_hold(hold, boot_time());
        let reply = self.ask(organization, ("POST", &path), String::new(), &[200, 409]);
        reply.with(200).is_some()
    }

    /// Gives a key another text and another secret. The present ones end at once.
    fn rotate(&mut self, dice: &mut Dice) {
        let Some(own) = self.take(dice) else { return };
        let organization = &self.world().organizations[own.organization];
        let id = self.world().id_of_key(own.key);
        let path = format!("{KEYS}/{id}/rotate");
        let body = json!({"overlap_seconds": 0}).to_string();
        let reply = self.ask(organization, ("POST", &path), body, &[200, 409]);
        let Some(answer) = reply.with(200) else {
            // What is done later ends the texts of now, and of then.
            self.note(Target::ApiKey(own.key), &reply, false);
            return;
        };
        let record = answer.json();
        self.note(Target::Token(own.text), &reply, true);
        let bound = self.world().kind(own.text).bound();
        let key = own.key;
        let add = |text: &str, kind| self.add(text, kind, own.organization, &reply);
        let text = add(record["key"].as_str().unwrap(), Kind::ApiKey { key, bound });
        let secret = own.secret.map(|old| {
            self.note(Target::Token(old), &reply, true);
            let secret = record["signing_secret"].as_str().unwrap();
            add(secret, Kind::Secret { key, bound })
        });
        self.own.push(Own {
            text,
            secret,
            ..own
        });
    }

    /// Signs a request and sends it.
    fn sign(&mut self, dice: &mut Dice) {
        // Mostly with a key that is valid, so that there are nonces to use again.
        let secret = match dice.within(0..3) {
            0 => self.pick(dice, Kind::is_secret, true),
            _ => self.world().pick_recent(dice, Kind::is_secret),
        };
        let Some(secret) = secret else { return };
        let world = self.world();
        let Some(key) = world.kind(secret).api_key() else {
            return;
        };
        let id = world.id_of_key(key);
        let (path, bytes) = signed::request(&id, &world.text(secret), dice.within(0..2) == 0);
        let request = SignedRequest {
            bytes,
            method: "GET",
            path,
            once: Once::Nonce(secret),
        };
        send(&mut self.line, &request);
    }
}
