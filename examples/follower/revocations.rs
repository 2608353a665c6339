//! What is revoked, as far as heard. Entries only ever add deaths: hearing one twice, or late, does no harm.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

type Until = Option<DateTime<Utc>>;

/// A row of the list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) seq: i64,
    kind: String,
    jti: Option<String>,
    operator_id: Option<i64>,
    kid: Option<String>,
    until: Option<String>,
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
    pub(crate) exp: i64,
}

#[derive(Default)]
pub(crate) struct Revocations {
    tokens: HashMap<String, Until>,
    parents: HashMap<String, Until>,
    keys: HashMap<String, Until>,
    operators: HashMap<i64, (i64, Until)>,
    organization: i64,
    /// The kind of an entry that this program does not understand: then it can tell of no token that it counts.
    pub(crate) foreign: Option<String>,
}

impl Revocations {
    pub(crate) fn take(&mut self, row: Row) {
        // What says its end in a way that cannot be read is never forgotten.
        let until: Until = row.until.and_then(|text| text.parse().ok());
        match (row.kind.as_str(), row.jti, row.operator_id, row.kid) {
            ("token", Some(jti), ..) => {
                self.tokens.insert(jti, until);
            }
            ("company_token", Some(jti), ..) => {
                self.parents.insert(jti, until);
            }
            ("operator", _, Some(id), _) => {
                let held = self.operators.entry(id).or_default();
                *held = (held.0.max(row.seq), until);
            }
            ("key", _, _, Some(kid)) => {
                self.keys.insert(kid, until);
            }
            ("organization", ..) => self.organization = self.organization.max(row.seq),
            _ => self.foreign = Some(row.kind),
        }
    }

    /// Whether an entry kills the token. One that knew of less than an entry for its whole subtree was issued before it.
    pub(crate) fn kill(&self, kid: &str, claims: &Claims) -> bool {
        let operator = self.operators.get(&claims.operator_id);
        self.tokens.contains_key(&claims.jti)
            || self.parents.contains_key(&claims.parent)
            || self.keys.contains_key(kid)
            || operator.is_some_and(|(seq, _)| claims.rev < *seq)
            || claims.rev < self.organization
    }

    /// Forgets entries that concern nothing alive.
    pub(crate) fn forget(&mut self, now: DateTime<Utc>) {
        let live = |until: &Until| until.is_none_or(|until| until > now);
        self.tokens.retain(|_, until| live(until));
        self.parents.retain(|_, until| live(until));
        self.keys.retain(|_, until| live(until));
        self.operators.retain(|_, (_, until)| live(until));
    }
}
