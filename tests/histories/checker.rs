//! Reads a history and reports what in it breaks the promise.

mod api_keys;
mod refreshes;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::history::{
    ApiKeyNumber, AppNumber, GrantNumber, History, KeyNumber, Kind, Look, Revoke, Span, Target,
    Token, TokenNumber, Verdict, WrongClock,
};

/// Returns the violations of a history; an empty list if there are none.
pub(crate) fn faults(history: &History) -> Vec<String> {
    let history = &refreshes::with_reuses(history);
    let fates = fates(history);
    let mut faults = history.odd.clone();
    for look in &history.looks {
        let fate = &fates[look.token];
        let wrong = match &look.verdict {
            Verdict::Valid => fate
                .revoked_from
                .filter(|(end, _)| *end < look.at.start)
                .map(|(_, revoke)| ("valid after its revocation returned", Some(revoke))),
            Verdict::Revoked => {
                let explained = fate.may_be_revoked(look.at);
                (!explained).then_some(("revoked although no client revoked it", None))
            }
            Verdict::Inactive => {
                let explained = fate.may_be_revoked(look.at)
                    || refreshes::is_used(history, look)
                    || api_keys::may_be_refused(history, look)
                    || is_excused(history, look);
                (!explained).then_some(("inactive although no client revoked it", None))
            }
            Verdict::Other(_) => {
                (!is_excused(history, look)).then_some(("neither valid nor revoked", None))
            }
        };
        if let Some((what, revoke)) = wrong {
            faults.push(violation(history, look, what, revoke));
        }
    }
    faults.extend(revived(history));
    faults.extend(issued_on_leave(history));
    faults.extend(refreshes::faults(history, &fates));
    faults.extend(api_keys::faults(history));
    faults
}

/// Returns whether something else than a revocation of the token explains that it is not valid.
fn is_excused(history: &History, look: &Look) -> bool {
    let token = &history.tokens[look.token];
    if token.kind.api_key().is_some() {
        // It is not signed, and no key here expires.
        return false;
    }
    let hides = |revoke: &Revoke| revoke.may_hide(token, look.at);
    history.revokes.iter().any(hides) || ended_by_a_clock(history, token, look)
}

/// Returns whether a wrong clock, or the token's own expiry, explains a verdict that is neither
/// valid nor revoked. The clock may be that of the issuer or of the validating node, of the node
/// that rotated a company token, or of the node that made the signing key. What is stored and not
/// signed is also ended by the clock of a node that purges, and a refresh token by that of the node
/// that issued it, which may not be the one whose answer arrived.
fn ended_by_a_clock(history: &History, token: &Token, look: &Look) -> bool {
    let old = token.life.is_some_and(|life| {
        look.at.end.saturating_sub(token.issued.start) + Duration::from_secs(5) > life
    });
    let whole = Span {
        start: token.issued.start,
        end: look.at.end,
    };
    let always = token.kind == Kind::Company || token.key.is_none();
    let wrong = |clock: &WrongClock| {
        if always {
            return clock.at.overlaps(whole);
        }
        (clock.node == Some(token.node) && clock.at.overlaps(token.issued))
            || (clock.node == Some(look.node) && clock.at.overlaps(look.at))
    };
    old || history.wrong_clocks.iter().any(wrong)
}

/// What the revocations mean for a token.
#[derive(Clone, Default)]
struct Fate {
    /// When the first revocation that must revoke it returned, and the index of that revocation.
    revoked_from: Option<(Duration, usize)>,
    /// When the first revocation that can have revoked it was requested.
    may_be_revoked_from: Option<Duration>,
}

impl Fate {
    /// Returns whether a revocation can have revoked it before an answer of this span.
    fn may_be_revoked(&self, at: Span) -> bool {
        self.may_be_revoked_from.is_some_and(|start| start < at.end)
    }
}

fn fates(history: &History) -> Vec<Fate> {
    let mut fates = vec![Fate::default(); history.tokens.len()];
    let covered = Covered::of(history);
    for (number, revoke) in history.revokes.iter().enumerate() {
        for &token in covered.by(revoke.target) {
            let fate = &mut fates[token];
            let token = &history.tokens[token];
            if revoke.must_revoke(token)
                && fate.revoked_from.is_none_or(|(end, _)| revoke.at.end < end)
            {
                fate.revoked_from = Some((revoke.at.end, number));
            }
            if revoke.may_revoke(token) {
                let start = revoke.at.start;
                let earliest = fate
                    .may_be_revoked_from
                    .map_or(start, |other| other.min(start));
                fate.may_be_revoked_from = Some(earliest);
            }
        }
    }
    fates
}

/// The tokens that a target covers.
#[derive(Default)]
struct Covered {
    alone: Vec<[TokenNumber; 1]>,
    family: HashMap<TokenNumber, Vec<TokenNumber>>,
    operator: HashMap<i64, Vec<TokenNumber>>,
    app: HashMap<AppNumber, Vec<TokenNumber>>,
    grant: HashMap<GrantNumber, Vec<TokenNumber>>,
    organization: HashMap<usize, Vec<TokenNumber>>,
    key: HashMap<KeyNumber, Vec<TokenNumber>>,
    api_key: HashMap<ApiKeyNumber, Vec<TokenNumber>>,
}

impl Covered {
    fn of(history: &History) -> Self {
        let mut covered = Self::default();
        for (number, token) in history.tokens.iter().enumerate() {
            covered.alone.push([number]);
            if let Some(key) = token.kind.api_key() {
                covered.api_key.entry(key).or_default().push(number);
                continue;
            }
            let members = &mut covered.organization;
            members.entry(token.organization).or_default().push(number);
            if let Some(key) = token.key {
                covered.key.entry(key).or_default().push(number);
            }
            if let Some(operator) = token.kind.operator() {
                covered.operator.entry(operator).or_default().push(number);
            }
            if let Some(app) = token.kind.app() {
                covered.app.entry(app).or_default().push(number);
            }
            if let Some(grant) = token.kind.grant() {
                covered.grant.entry(grant).or_default().push(number);
            }
            let head = match token.kind {
                Kind::Company => number,
                Kind::Operator { parent, .. } => parent,
                _ => continue,
            };
            covered.family.entry(head).or_default().push(number);
        }
        covered
    }

    fn by(&self, target: Target) -> &[TokenNumber] {
        let many = match target {
            Target::Token(number) => return &self.alone[number],
            Target::CompanyToken(number) => self.family.get(&number),
            Target::Operator(operator) => self.operator.get(&operator),
            Target::App(app) => self.app.get(&app),
            Target::Grant(grant) => self.grant.get(&grant),
            Target::Organization(organization) => self.organization.get(&organization),
            Target::Key(key) => self.key.get(&key),
            Target::ApiKey(key) => self.api_key.get(&key),
        };
        many.map(Vec::as_slice).unwrap_or_default()
    }
}

/// A node that has answered "revoked" never answers "valid" again.
fn revived(history: &History) -> Vec<String> {
    let mut revoked: HashMap<(usize, TokenNumber), Duration> = HashMap::new();
    for look in &history.looks {
        if look.verdict == Verdict::Revoked {
            let since = revoked
                .entry((look.node, look.token))
                .or_insert(look.at.end);
            *since = look.at.end.min(*since);
        }
    }
    let mut faults = Vec::new();
    for look in &history.looks {
        let since = revoked.get(&(look.node, look.token));
        if look.verdict == Verdict::Valid && since.is_some_and(|since| *since < look.at.start) {
            faults.push(violation(
                history,
                look,
                "valid after the same node answered that it is revoked",
                None,
            ));
        }
    }
    faults
}

/// An operator that was deactivated gets no token.
fn issued_on_leave(history: &History) -> Vec<String> {
    let mut faults = Vec::new();
    for leave in &history.leaves {
        for token in &history.tokens {
            if token.kind.operator() == Some(leave.operator)
                && leave.from < token.issued.start
                && token.issued.end < leave.until
            {
                let when = history.since(token.issued.start);
                let from = history.since(leave.from);
                faults.push(format!(
                    "node {} issued a token at {when} to operator {}, which was deactivated at {from}",
                    token.node, leave.operator
                ));
            }
        }
    }
    faults
}

impl History {
    /// Returns a time as the failure message shows it: seconds since the beginning.
    fn since(&self, at: Duration) -> String {
        format!("{:.4}", at.saturating_sub(self.began).as_secs_f64())
    }

    fn describe(&self, revoke: &Revoke) -> String {
        let Revoke {
            target,
            at,
            returned,
            through,
        } = revoke;
        let (start, end) = (self.since(at.start), self.since(at.end));
        let end = if *returned {
            format!("returned at {end}")
        } else {
            format!("given up at {end}")
        };
        format!("revoke of {target:?} through {through}, asked at {start}, {end}")
    }
}

fn violation(history: &History, look: &Look, what: &str, revoke: Option<usize>) -> String {
    let token = &history.tokens[look.token];
    let mut text = format!(
        "token {} of organization {} ({:?}, issued by node {} from {} to {}): {what}. Node {} received the request at {}, and answered {:?} at {}",
        look.token,
        token.organization,
        token.kind,
        token.node,
        history.since(token.issued.start),
        history.since(token.issued.end),
        look.node,
        history.since(look.at.start),
        look.verdict,
        history.since(look.at.end),
    );
    let meant: Vec<_> = if let Some(number) = revoke {
        vec![&history.revokes[number]]
    } else {
        let covers = |revoke: &&Revoke| revoke.target.covers(look.token, token);
        history.revokes.iter().filter(covers).collect()
    };
    for revoke in meant {
        let _ = write!(text, "\n      {}", history.describe(revoke));
    }
    text
}

#[cfg(test)]
mod tests;
