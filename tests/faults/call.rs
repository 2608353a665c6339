//! The calls of the API by which the fault tests observe the service.

use serde_json::{Value, json};

use crate::http::{Client, Outcome};
use crate::service::PASSWORD;

pub(crate) const LOGIN: &str = "/api/company/get-token";
pub(crate) const ISSUE: &str = "/api/operator/get-token";
pub(crate) const VALIDATE: &str = "/api/operator/validate-token";
pub(crate) const REVOKE: &str = "/api/operator/revoke-token";

/// The verdict of a validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    Refused(String),
}

impl Verdict {
    pub(crate) fn revoked() -> Self {
        Self::Refused("Token revoked".to_owned())
    }

    pub(crate) fn invalid() -> Self {
        Self::Refused("Invalid token".to_owned())
    }

    pub(crate) fn of(verdict: &Value) -> Self {
        match (verdict["isValid"].as_bool(), verdict["error"].as_str()) {
            (Some(true), None) => Self::Valid,
            (Some(false), Some(why)) => Self::Refused(why.to_owned()),
            _ => panic!("not a verdict: {verdict}"),
        }
    }
}

impl Client {
    pub(crate) fn try_login(&mut self, login: &str) -> Outcome {
        let body = json!({"login": login, "password": PASSWORD}).to_string();
        self.call("POST", LOGIN, "", &body)
    }

    /// Logs an organization in. Returns the company token.
    pub(crate) fn login(&mut self, login: &str) -> String {
        self.try_login(login).answer().string()
    }

    pub(crate) fn try_issue(&mut self, company: &str, operator: i64) -> Outcome {
        self.call("POST", ISSUE, company, &json!({"id": operator}).to_string())
    }

    /// Issues a token for an operator.
    pub(crate) fn issue(&mut self, company: &str, operator: i64) -> String {
        self.try_issue(company, operator).answer().string()
    }

    pub(crate) fn try_validate(&mut self, company: &str, token: &str) -> Outcome {
        self.call(
            "POST",
            VALIDATE,
            company,
            &json!({"token": token}).to_string(),
        )
    }

    pub(crate) fn validate(&mut self, company: &str, token: &str) -> Verdict {
        let answer = self.try_validate(company, token).answer();
        assert_eq!(answer.status, 200, "{answer:?}");
        Verdict::of(&answer.json())
    }

    pub(crate) fn try_revoke(&mut self, company: &str, token: &str) -> Outcome {
        self.call(
            "POST",
            REVOKE,
            company,
            &json!({"token": token}).to_string(),
        )
    }

    /// Returns the verdicts on many tokens, in order.
    pub(crate) fn validate_all(&mut self, company: &str, tokens: &[String]) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for thousand in tokens.chunks(1_000) {
            let body = json!({"tokens": thousand}).to_string();
            let answer = self.call("POST", "/api/operator/validate-tokens", company, &body);
            let answer = answer.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            verdicts.extend(answer.json().as_array().unwrap().iter().map(Verdict::of));
        }
        verdicts
    }

    /// Returns every item of a list.
    pub(crate) fn list(&mut self, company: &str, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = format!("{path}?limit=1000{cursor}");
            let answer = self.call("GET", &page, company, "").answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            let page = answer.json();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}
