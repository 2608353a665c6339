//! Validating tokens: the request, and what is recorded of the answer.

use serde_json::{Value, json};

use crate::history::{Look, TokenNumber, Verdict};
use crate::line::{Line, Question, Told};
use crate::world::{Organization, World};

/// Tokens of one organization that are to be validated.
pub(crate) struct Check<'a> {
    organization: &'a Organization,
    credential: TokenNumber,
    tokens: Vec<TokenNumber>,
    body: String,
    many: bool,
}

impl<'a> Check<'a> {
    pub(crate) fn of_one(world: &'a World<'a>, token: TokenNumber) -> Self {
        let organization = world.organization_of(token);
        Self {
            organization,
            credential: organization.credential(),
            tokens: vec![token],
            body: json!({"token": world.text(token)}).to_string(),
            many: false,
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

    /// Records the verdicts.
    pub(crate) fn note(&self, line: &mut Line<'_>, told: &Told) {
        self.read(line.world, line.node.number, told);
        line.renew(told, self.organization, self.credential);
    }

    /// Returns the verdicts, and records them; `None` if there was no answer with verdicts.
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
