//! Validating and introspecting tokens, verifying API keys, and asking about a credential as a proxy
//! does: the request, and what is recorded of the answer.

use serde_json::{Value, json};

use crate::history::{Look, TokenNumber, Verdict};
use crate::http::encoded;
use crate::line::{AUTHZ, Line, Question, Reply};
use crate::oauth::INTROSPECT;
use crate::world::{Organization, World};

/// Tokens of one organization that are to be validated or introspected.
pub(crate) struct Check<'a> {
    organization: &'a Organization,
    credential: TokenNumber,
    tokens: Vec<TokenNumber>,
    body: String,
    way: Way,
}

/// How a node is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    One,
    Many,
    /// By the holder of the company token.
    Introspect,
    /// By the client that received the token.
    IntrospectOwn,
    /// API keys.
    Verify,
    /// By a proxy that received the token.
    Authz,
}

impl<'a> Check<'a> {
    pub(crate) fn of_one(world: &'a World<'a>, token: TokenNumber) -> Self {
        let organization = world.organization_of(token);
        Self {
            organization,
            credential: organization.credential(),
            tokens: vec![token],
            body: json!({"token": world.text(token)}).to_string(),
            way: Way::One,
        }
    }

    /// Introspects a token: its own client does if it has one and `own` is true.
    pub(crate) fn introspection(world: &'a World<'a>, token: TokenNumber, own: bool) -> Self {
        let organization = world.organization_of(token);
        let app = world.kind(token).app().filter(|_| own);
        let text = world.text(token);
        let parameters = [("token", text.as_str())];
        Self {
            organization,
            credential: organization.credential(),
            tokens: vec![token],
            body: match app {
                Some(app) => world.app(app).credential.body(&parameters),
                None => encoded(&parameters),
            },
            way: match app {
                Some(_) => Way::IntrospectOwn,
                None => Way::Introspect,
            },
        }
    }

    /// Verifies texts of API keys in one call.
    pub(crate) fn keys(
        world: &'a World<'a>,
        organization: &'a Organization,
        texts: Vec<TokenNumber>,
    ) -> Self {
        let keys: Vec<_> = texts
            .iter()
            .map(|text| json!({"key": world.text(*text)}))
            .collect();
        Self {
            organization,
            credential: organization.credential(),
            tokens: texts,
            body: json!({"keys": keys}).to_string(),
            way: Way::Verify,
        }
    }

    /// Asks about a request with this credential, as a proxy does.
    pub(crate) fn authz(world: &'a World<'a>, token: TokenNumber) -> Self {
        Self {
            organization: world.organization_of(token),
            credential: token,
            tokens: vec![token],
            body: String::new(),
            way: Way::Authz,
        }
    }

    /// Validates all of them in one call.
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
            way: Way::Many,
        }
    }

    pub(crate) fn question(&self) -> Question<'static> {
        Question {
            method: if self.way == Way::Authz {
                "GET"
            } else {
                "POST"
            },
            path: match self.way {
                Way::One => "/api/operator/validate-token",
                Way::Many => "/api/operator/validate-tokens",
                Way::Introspect | Way::IntrospectOwn => INTROSPECT,
                Way::Verify => "/api/v1/api-keys/verify-many",
                Way::Authz => AUTHZ,
            },
            credential: (self.way != Way::IntrospectOwn).then_some(self.credential),
            body: self.body.clone(),
            expected: &[200],
        }
    }

    /// Records the verdicts.
    pub(crate) fn note(&self, line: &mut Line<'_>, reply: &Reply) {
        self.read(line.world, line.node.number, reply);
        line.renew(reply, self.organization, self.credential);
    }

    /// Returns the verdicts, and records them; `None` if there was no answer with verdicts.
    pub(crate) fn read(
        &self,
        world: &World<'_>,
        node: usize,
        reply: &Reply,
    ) -> Option<Vec<Verdict>> {
        if self.way == Way::Authz {
            // Whether the credential was accepted is the verdict, and is recorded already.
            return None;
        }
        let body = reply.with(200)?.json();
        let verdicts: Vec<_> = match body.as_array() {
            Some(all) => all.iter().map(verdict).collect(),
            None => vec![verdict(&body)],
        };
        assert_eq!(verdicts.len(), self.tokens.len());
        for (token, verdict) in self.tokens.iter().zip(&verdicts) {
            world.look(Look {
                token: *token,
                at: reply.at,
                node,
                verdict: verdict.clone(),
            });
        }
        Some(verdicts)
    }
}

fn verdict(body: &Value) -> Verdict {
    // The answers of these two do not say whether it was revoked, or when.
    let bare = body["active"].as_bool().or(body["valid"].as_bool());
    match (bare.or(body["isValid"].as_bool()), body["error"].as_str()) {
        (Some(true), None) => Verdict::Valid,
        (Some(false), None) if bare.is_some() => Verdict::Inactive,
        (Some(false), Some("Token revoked")) => Verdict::Revoked,
        _ => Verdict::Other(body.to_string()),
    }
}
