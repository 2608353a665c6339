//! A table of requests with what is expected of each: how an administrator tests rules before they
//! are in force. The credential of a request is described, so no key and no service is needed.

use super::bearer::{Bearer, BearerKind};
use super::decide::decide;
use super::denial::Denial;
use super::original::Original;
use super::role::{Role, Roles};
use super::rules::{Access, Document, Faults, Placed, Rules};
use super::scope::{Scope, ScopeSet};
use crate::base::OrganizationId;
use crate::config::RequireTls;

/// A request of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The line of the table at which it begins.
    pub line: usize,
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The credential; `None` if the request has none.
    credential: Option<Credential>,
    /// Whether the request is signed.
    signed: bool,
    /// What is expected.
    expected: Expected,
}

/// A credential, as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Credential {
    kind: BearerKind,
    organization: OrganizationId,
    role: Option<String>,
    scopes: ScopeSet,
    is_test: bool,
    audience: Vec<String>,
    expired: bool,
}

/// What is expected. What is `None` makes no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expected {
    status: u16,
    rule: Option<String>,
    error: Option<String>,
}

/// What the rules answer to a request of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The status.
    pub status: u16,
    /// The rule that decided; empty if none did.
    pub rule: String,
    /// The code of the error; empty if there is none.
    pub error: String,
    /// The reason for a refusal.
    pub reason: String,
}

impl Case {
    /// Reads a table from TOML.
    ///
    /// # Errors
    /// Returns everything that is wrong, with its lines.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Faults> {
        let cases = Document::read(text, |document, members| {
            document.tables(members, "request", |document, members| {
                let any = |text: &str| Ok::<_, String>(text.to_owned());
                let at = members.start();
                for name in ["method", "url", "status"] {
                    if !members.has(name) {
                        document.refuse(at, name, "is missing");
                    }
                }
                let before = text.as_bytes().get(..at).unwrap_or_default();
                let line = before.split(|byte| *byte == b'\n').count();
                let method = members.text(document, "method", any);
                let url = members.text(document, "url", any);
                let kind = members.text(document, "kind", |text| {
                    let kind: Result<BearerKind, _> = text.parse();
                    kind.map_err(|_| {
                        let all = BearerKind::ALL.map(BearerKind::as_str);
                        format!("must be one of {}", all.join(", "))
                    })
                });
                let organization = members.number(document, "organization", i64::MAX);
                let role = members.text(document, "role", any);
                let scopes = members.texts(document, "scopes", |text| {
                    let scope: Result<Scope, _> = text.parse();
                    scope.map_err(|_| format!("{text:?} is no name of a scope"))
                });
                let is_test = members.text(document, "environment", |text| match text {
                    "live" => Ok(false),
                    "test" => Ok(true),
                    _ => Err("must be live or test".to_owned()),
                });
                let audience = members.texts(document, "audience", any);
                let expired = members.boolean(document, "expired");
                let signed = members.boolean(document, "signed");
                let status = members.number(document, "status", 599);
                let decided_by = members.text(document, "rule", any);
                let error = members.text(document, "error", any);
                let credential = kind.map(|kind| Credential {
                    kind: kind.value,
                    organization: OrganizationId(value_or(organization, 1)),
                    role: role.map(|found| found.value),
                    scopes: value_or(scopes, Vec::new()).into_iter().collect(),
                    is_test: value_or(is_test, false),
                    audience: value_or(audience, Vec::new()),
                    expired: value_or(expired, false),
                });
                Some(Self {
                    line,
                    method: method?.value,
                    url: url?.value,
                    credential,
                    signed: value_or(signed, false),
                    expected: Expected {
                        status: u16::try_from(status?.value).unwrap_or_default(),
                        rule: decided_by.map(|found| found.value),
                        error: error.map(|found| found.value),
                    },
                })
            })
        })?;
        Ok(cases.into_iter().flatten().collect())
    }

    /// Returns what the rules answer. A role is a defined one, without scopes of its own. `require_tls`
    /// says whether a credential that came over plain HTTP is refused.
    #[must_use]
    pub fn run(&self, rules: &Rules, require_tls: RequireTls) -> Outcome {
        let original = match Original::of_url(self.method.as_bytes(), self.url.as_bytes()) {
            Ok(original) => original,
            Err(why) => {
                return outcome(rules, None, Some((Denial::Forbidden(""), why.to_string())));
            }
        };
        let Some(rule) = rules.find(&original) else {
            let denial = Denial::Forbidden("no rule matches");
            let reason = denial.reason().into_owned();
            return outcome(rules, None, Some((denial, reason)));
        };
        let denial = match (&rule.access, &self.credential) {
            (Access::Public, _) => None,
            (Access::Credential(_), _)
                if !original.is_https && require_tls != RequireTls::Never =>
            {
                Some(Denial::PLAIN_HTTP)
            }
            // The service looks for a signature before it judges the credential.
            (Access::Credential(demand), _) if demand.signed && !self.signed => {
                Some(Denial::Signature("The request is not signed".into()))
            }
            (Access::Credential(_), None) => Some(Denial::Missing),
            (Access::Credential(_), Some(credential)) if credential.expired => {
                Some(Denial::Expired)
            }
            (Access::Credential(demand), Some(credential)) => {
                let held = credential.role.as_deref();
                let defined = held.map(|role| (role.to_owned(), Role::default()));
                let bearer = Bearer {
                    kind: credential.kind,
                    organization: credential.organization,
                    role: held,
                    scopes: &credential.scopes,
                    is_test: credential.is_test,
                    audience: &credential.audience,
                };
                decide(demand, &bearer, &Roles::new(defined)).err()
            }
        };
        let denial = denial.map(|denial| {
            let reason = denial.reason().into_owned();
            (denial, reason)
        });
        outcome(rules, Some(rule), denial)
    }

    /// Returns what differs from what is expected; `None` if nothing does.
    #[must_use]
    pub fn differs(&self, outcome: &Outcome) -> Option<String> {
        let Expected {
            status,
            rule,
            error,
        } = &self.expected;
        let mut differences = Vec::new();
        if *status != outcome.status {
            differences.push(format!("status {}, expected {status}", outcome.status));
        }
        for (what, expected, found) in [
            ("rule", rule, &outcome.rule),
            ("error", error, &outcome.error),
        ] {
            if let Some(expected) = expected
                && expected != found
            {
                differences.push(format!("{what} {found:?}, expected {expected:?}"));
            }
        }
        (!differences.is_empty()).then(|| differences.join("; "))
    }
}

fn value_or<T>(found: Option<Placed<T>>, otherwise: T) -> T {
    found.map_or(otherwise, |found| found.value)
}

fn outcome(
    rules: &Rules,
    rule: Option<&super::rules::Rule>,
    denial: Option<(Denial<'_>, String)>,
) -> Outcome {
    let name = rule.map_or_else(String::new, |rule| rule.name.to_string());
    let shape = rule.map_or(rules.errors, |rule| rule.errors);
    match denial {
        None => Outcome {
            status: 200,
            rule: name,
            error: String::new(),
            reason: String::new(),
        },
        Some((denial, reason)) => Outcome {
            status: denial.status(),
            rule: name,
            error: code(&denial.body(shape)),
            reason,
        },
    }
}

/// Returns the code in the body of an error, in either shape.
fn code(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let error = body.get("error");
    let code = error.and_then(|error| error.as_str().or_else(|| error.get("code")?.as_str()));
    code.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
[[rule]]
name = "campaigns"
methods = ["POST"]
path = "/api/v1/campaigns"
scopes = ["write"]
roles = ["marketing"]

[[rule]]
name = "orders"
path = "/v1/orders"
errors = "nested"
signed = true
"#;

    #[test]
    fn a_table_says_where_the_rules_differ() {
        let table = r#"
[[request]]
method = "POST"
url = "https://api.example.com/api/v1/campaigns"
kind = "api_key"
scopes = ["write"]
role = "marketing"
status = 200
rule = "campaigns"

[[request]]
method = "POST"
url = "https://api.example.com/api/v1/campaigns"
kind = "session"
status = 403
error = "insufficient_scope"

[[request]]
method = "GET"
url = "https://api.example.com/v1/orders"
kind = "api_key"
signed = true
expired = true
status = 401
error = "token_expired"

[[request]]
method = "GET"
url = "https://api.example.com/v1/../orders"
status = 200
rule = "orders"
error = "none"
"#;
        let rules = Rules::read(RULES).unwrap();
        let cases = Case::read_all(table).unwrap();
        let found: Vec<_> = cases
            .iter()
            .map(|case| case.differs(&case.run(&rules, RequireTls::ExceptLoopback)))
            .collect();
        assert_eq!(found[..3], [None, None, None]);
        // What is not signed is refused before its credential is judged.
        for credential in ["", "kind = \"api_key\"\nexpired = true\n"] {
            let request = "method = \"GET\"\nurl = \"https://a/v1/orders\"\nstatus = 401";
            let table = format!("[[request]]\n{request}\n{credential}");
            let cases = Case::read_all(&table).unwrap();
            assert_eq!(
                cases[0].run(&rules, RequireTls::ExceptLoopback).reason,
                "The request is not signed"
            );
        }
        assert_eq!(
            found[3].as_deref(),
            Some(
                r#"status 403, expected 200; rule "", expected "orders"; error "forbidden", expected "none""#
            )
        );
        assert_eq!(
            cases.iter().map(|case| case.line).collect::<Vec<_>>(),
            [2, 11, 18, 27]
        );
        let faults = Case::read_all("[[request]]\nkind = \"x\"\nscope = []\n").unwrap_err();
        assert_eq!(faults.0.len(), 5, "{faults}");
    }
}
