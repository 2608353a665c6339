//! The output of `lanyard token inspect`.

use std::fmt::Write;

use serde::Serialize;

use super::check::Unchecked;
use super::reading::{Reading, Reason, shown};
use crate::base::{Timestamp, TokenId};
use crate::token::Kind;

/// Whether the service would accept the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Valid,
    Refused,
    Unknown,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    verdict: Verdict,
    reasons: Vec<Reason>,
    unchecked: Vec<Unchecked>,
    /// Whether a key of this service signed the token. `None` if that was not checked.
    authentic: Option<bool>,
    kind: Option<&'static str>,
    organization_id: Option<i64>,
    operator_id: Option<i64>,
    jti: Option<TokenId>,
    parent: Option<TokenId>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    issuer: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
}

impl Report {
    pub(super) fn new(reading: &Reading, unchecked: Vec<Unchecked>) -> Self {
        let verdict = if !reading.reasons.is_empty() {
            Verdict::Refused
        } else if unchecked.is_empty() {
            Verdict::Valid
        } else {
            Verdict::Unknown
        };
        let shown = |text: &Option<String>| text.as_deref().map(shown);
        Self {
            verdict,
            reasons: reading.reasons.clone(),
            unchecked,
            authentic: reading.authentic,
            kind: reading.kind.map(Kind::as_str),
            organization_id: reading.organization,
            operator_id: reading.operator,
            jti: reading.jti,
            parent: reading.parent,
            issued_at: reading.issued_at,
            expires_at: reading.expires_at,
            issuer: shown(&reading.issuer),
            kid: shown(&reading.kid),
            alg: shown(&reading.alg),
        }
    }

    pub(super) const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns the report as lines of text, the verdict last.
    pub(super) fn text(&self, now: Timestamp) -> String {
        let mut out = String::new();
        let instant = |at: Timestamp| format!("{at} ({})", relative(at, now));
        let lines = [
            ("kind", self.kind.map(|kind| format!("{kind} token"))),
            (
                "organization",
                self.organization_id.map(|id| id.to_string()),
            ),
            ("operator", self.operator_id.map(|id| id.to_string())),
            ("jti", self.jti.map(|id| id.to_string())),
            ("parent", self.parent.map(|id| id.to_string())),
            ("issued", self.issued_at.map(instant)),
            (
                "expires",
                self.expires_at
                    .map(instant)
                    .or_else(|| (self.kind == Some("company")).then(|| "never by time".to_owned())),
            ),
            ("issuer", self.issuer.clone()),
            ("key", self.kid.clone()),
            ("algorithm", self.alg.clone()),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                let _ = writeln!(out, "{name:<13} {value}");
            }
        }
        if !out.is_empty() {
            if self.authentic != Some(true) {
                out.insert_str(0, "What it says of itself, unproven:\n\n");
            }
            out.push('\n');
        }
        match self.verdict {
            Verdict::Valid => {
                out.push_str("valid: signed by a key of this service, not expired, not revoked");
            }
            Verdict::Refused => {
                let reasons: Vec<_> = self
                    .reasons
                    .iter()
                    .map(|reason| format!("refused: {}", reason.text))
                    .collect();
                out.push_str(&reasons.join("\n"));
            }
            Verdict::Unknown => {
                out.push_str("unknown: nothing in its text speaks against it");
            }
        }
        let mut whys: Vec<&str> = self.unchecked.iter().map(|one| one.why.as_str()).collect();
        whys.dedup();
        for why in whys {
            let checks: Vec<_> = self
                .unchecked
                .iter()
                .filter(|one| one.why == why)
                .map(|one| one.check)
                .collect();
            let _ = write!(out, "\nnot checked: {} ({why})", checks.join(", "));
        }
        out
    }
}

/// Returns the distance of an instant from now, in its two largest units.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = at.as_seconds() - now.as_seconds();
    let mut rest = distance.unsigned_abs();
    let mut units = Vec::new();
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        if rest >= unit && units.len() < 2 {
            units.push(format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    let far = units.join(" ");
    match distance {
        0 => "now".to_owned(),
        1.. => format!("in {far}"),
        _ => format!("{far} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_two_units() {
        let now = Timestamp::from_seconds(1_000_000);
        for (seconds, text) in [
            (0, "now"),
            (59, "in 59s"),
            (-60, "1m ago"),
            (86_399, "in 23h 59m"),
            (-86_400 * 400 - 61, "400d 1m ago"),
        ] {
            let at = Timestamp::from_seconds(1_000_000 + seconds);
            assert_eq!(relative(at, now), text);
        }
    }
}
