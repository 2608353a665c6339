//! The revocations that were received so far. Entries only add revocations: receiving one twice, or
//! late, changes nothing.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

/// A row of the revocation list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) seq: i64,
    kind: String,
    jti: Option<String>,
    operator_id: Option<i64>,
    kid: Option<String>,
}

/// The claims of an operator token.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) token_use: String,
    pub(crate) organization_id: i64,
    pub(crate) operator_id: i64,
    pub(crate) jti: String,
    pub(crate) parent: String,
    pub(crate) rev: i64,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}

/// The revocations, each with the sequence of its entry.
#[derive(Default)]
pub(crate) struct Revocations {
    tokens: HashMap<String, i64>,
    parents: HashMap<String, i64>,
    operators: HashMap<i64, i64>,
    keys: HashSet<String>,
    organization: i64,
    oldest_rev: i64,
    /// The kind of an entry that this program does not understand: then it cannot say of any token
    /// that it is valid.
    pub(crate) foreign: Option<String>,
}

impl Revocations {
    pub(crate) fn take(&mut self, row: Row) {
        match (row.kind.as_str(), row.jti, row.operator_id, row.kid) {
            ("token", Some(jti), ..) => {
                self.tokens.insert(jti, row.seq);
            }
            ("company_token", Some(jti), ..) => {
                self.parents.insert(jti, row.seq);
            }
            ("operator", _, Some(id), _) => {
                let held = self.operators.entry(id).or_default();
                *held = row.seq.max(*held);
            }
            ("key", _, _, Some(kid)) => {
                self.keys.insert(kid);
            }
            ("organization", ..) => self.organization = self.organization.max(row.seq),
            _ => self.foreign = Some(row.kind),
        }
    }

    /// Returns whether an entry revokes the token. A token whose `rev` is below the sequence of an
    /// entry for its whole subtree was issued before that entry.
    pub(crate) fn revokes(&self, kid: &str, claims: &Claims) -> bool {
        let operator = self.operators.get(&claims.operator_id);
        self.tokens.contains_key(&claims.jti)
            || self.parents.contains_key(&claims.parent)
            || self.keys.contains(kid)
            || operator.is_some_and(|seq| claims.rev < *seq)
            || claims.rev < self.organization
    }

    /// Returns whether the token has expired according to the service, whatever any clock shows.
    pub(crate) fn have_seen_end(&self, claims: &Claims) -> bool {
        claims.rev < self.oldest_rev
    }

    /// Deletes entries that concern only tokens which have expired according to the service. No
    /// clock is involved.
    pub(crate) fn forget(&mut self, oldest_rev: i64) {
        self.oldest_rev = self.oldest_rev.max(oldest_rev);
        let needed = |seq: &i64| *seq >= self.oldest_rev;
        self.tokens.retain(|_, seq| needed(seq));
        self.parents.retain(|_, seq| needed(seq));
        self.operators.retain(|_, seq| needed(seq));
    }
}
