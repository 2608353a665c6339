//! Reads the claims of a token member by member, so that a wrong one can be named.

use serde_json::{Map, Value};

use super::reading::{Reading, shown};
use crate::base::{Timestamp, TokenId};
use crate::token::{Issuers, Kind};

const NUMBER: &str = "a whole number";
const SECONDS: &str = "whole seconds since 1970";

impl Reading {
    /// Reads the payload as one of `issuers`.
    pub(super) fn payload(&mut self, payload: &Map<String, Value>, issuers: &Issuers) {
        let number = Value::as_i64;
        let uuid = |value: &Value| value.as_str()?.parse::<TokenId>().ok();
        let instant = |value: &Value| value.as_i64().map(Timestamp::from_seconds);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let kind = |value: &Value| value.as_str()?.parse().ok();

        let kinds = "company, operator, session or access";
        self.kind = self.member(payload, "token_use", kinds, true, kind);
        let of_operator = matches!(self.kind, Some(Kind::Operator | Kind::Session));
        let derived = self.kind == Some(Kind::Operator);
        self.issuer = self.member(payload, "iss", "text", true, text);
        self.organization = self.member(payload, "organization_id", NUMBER, true, number);
        self.operator = self.member(payload, "operator_id", NUMBER, of_operator, number);
        self.jti = self.member(payload, "jti", "a UUID", true, uuid);
        self.parent = self.member(payload, "parent", "a UUID", derived, uuid);
        self.member(payload, "rev", NUMBER, true, number);
        self.issued_at = self.member(payload, "iat", SECONDS, true, instant);
        self.expires_at = self.member(payload, "exp", SECONDS, of_operator, instant);
        let subject = self.member(payload, "sub", "text", true, text);
        let not_before = self.member(payload, "nbf", SECONDS, false, instant);

        if !self.missing.is_empty() {
            let text = format!("the payload has no {}", self.missing.join(", "));
            self.refuse("claims", text);
        }
        let (issuer, setting) = match self.kind {
            Some(Kind::Access | Kind::Refresh) => (issuers.oauth.as_deref(), "oauth.issuer"),
            _ => (Some(issuers.tokens.as_str()), "tokens.issuer"),
        };
        if let Some(other) = self
            .issuer
            .clone()
            .filter(|found| Some(found.as_str()) != issuer)
        {
            let (other, issuer) = (shown(&other), issuer.unwrap_or("none"));
            self.refuse(
                "claims",
                format!("its issuer (iss) is {other}; here it is {issuer} ({setting})"),
            );
        }
        self.contradictions(subject.as_deref(), not_before);
    }

    /// Adds the contradictions between members.
    fn contradictions(&mut self, subject: Option<&str>, not_before: Option<Timestamp>) {
        let stands_for = match self.kind {
            Some(Kind::Company) => self.organization,
            Some(Kind::Operator) => self.operator,
            // Their subjects are no plain numbers.
            Some(Kind::Session | Kind::Access | Kind::Refresh | Kind::Console) | None => None,
        };
        if let (Some(subject), Some(id)) = (subject, stands_for)
            && subject != id.to_string()
        {
            self.refuse("claims", format!("sub is {}, not {id}", shown(subject)));
        }
        if self.kind == Some(Kind::Company) && (self.operator.is_some() || self.parent.is_some()) {
            self.refuse(
                "claims",
                "it is a company token that names an operator or a parent",
            );
        }
        let Some(start) = self.issued_at else { return };
        if self.expires_at.is_some_and(|end| end <= start) {
            self.refuse("claims", "it ends (exp) no later than it begins (iat)");
        }
        if not_before.is_some_and(|from| from > start) {
            self.refuse("claims", "it begins (nbf) later than it was issued (iat)");
        }
    }

    fn member<T>(
        &mut self,
        payload: &Map<String, Value>,
        name: &'static str,
        takes: &str,
        required: bool,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = payload.get(name) else {
            if required {
                self.missing.push(name);
            }
            return None;
        };
        let read = read(value);
        if read.is_none() {
            self.refuse("claims", format!("{name} is not {takes}"));
        }
        read
    }
}
