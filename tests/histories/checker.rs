//! Reads a history and reports what in it breaks the promise.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::history::{
    History, KeyNumber, Kind, Look, Revoke, Span, Target, Token, TokenNumber, Verdict, WrongClock,
};

/// Returns the violations of a history; an empty list if there are none.
pub(crate) fn faults(history: &History) -> Vec<String> {
    let fates = fates(history);
    let mut faults = history.odd.clone();
    for look in &history.looks {
        let fate = &fates[look.token];
        let wrong = match &look.verdict {
            Verdict::Valid => fate
                .dead_from
                .filter(|(end, _)| *end < look.at.start)
                .map(|(_, revoke)| ("valid after its revocation returned", Some(revoke))),
            Verdict::Revoked => {
                let explained = fate
                    .may_be_dead_from
                    .is_some_and(|start| start < look.at.end);
                (!explained).then_some(("revoked although no client revoked it", None))
            }
            Verdict::Other(_) => {
                let token = &history.tokens[look.token];
                let hides = |revoke: &Revoke| revoke.may_hide(token, look.at);
                let explained =
                    history.revokes.iter().any(hides) || ended_by_a_clock(history, token, look);
                (!explained).then_some(("neither valid nor revoked", None))
            }
        };
        if let Some((what, revoke)) = wrong {
            faults.push(tell(history, look, what, revoke));
        }
    }
    faults.extend(revived(history));
    faults.extend(issued_on_leave(history));
    faults
}

/// Returns whether a wrong clock, or the token's own expiry, explains a verdict that is neither
/// valid nor revoked. The clock may be that of the issuer or of the validating node, of the node
/// that rotated a company token, or of the node that made the signing key.
fn ended_by_a_clock(history: &History, token: &Token, look: &Look) -> bool {
    let old = token.life.is_some_and(|life| {
        look.at.end.saturating_sub(token.issued.start) + Duration::from_secs(5) > life
    });
    let whole = Span {
        start: token.issued.start,
        end: look.at.end,
    };
    let wrong = |clock: &WrongClock| match token.kind {
        Kind::Company => clock.at.overlaps(whole),
        Kind::Operator { .. } => {
            (clock.node == Some(token.node) && clock.at.overlaps(token.issued))
                || (clock.node == Some(look.node) && clock.at.overlaps(look.at))
        }
    };
    old || history.wrong_clocks.iter().any(wrong)
}

/// What the revocations mean for a token.
#[derive(Clone, Default)]
struct Fate {
    /// When the first revocation that must revoke it returned, and the index of that revocation.
    dead_from: Option<(Duration, usize)>,
    /// When the first revocation that can have revoked it was requested.
    may_be_dead_from: Option<Duration>,
}

fn fates(history: &History) -> Vec<Fate> {
    let mut fates = vec![Fate::default(); history.tokens.len()];
    let covered = Covered::of(history);
    for (number, revoke) in history.revokes.iter().enumerate() {
        for &token in covered.by(revoke.target) {
            let fate = &mut fates[token];
            let token = &history.tokens[token];
            if revoke.must_kill(token) && fate.dead_from.is_none_or(|(end, _)| revoke.at.end < end)
            {
                fate.dead_from = Some((revoke.at.end, number));
            }
            if revoke.may_kill(token) {
                let start = revoke.at.start;
                let earliest = fate
                    .may_be_dead_from
                    .map_or(start, |other| other.min(start));
                fate.may_be_dead_from = Some(earliest);
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
    organization: HashMap<usize, Vec<TokenNumber>>,
    key: HashMap<KeyNumber, Vec<TokenNumber>>,
}

impl Covered {
    fn of(history: &History) -> Self {
        let mut covered = Self::default();
        for (number, token) in history.tokens.iter().enumerate() {
            covered.alone.push([number]);
            covered.key.entry(token.key).or_default().push(number);
            let members = &mut covered.organization;
            members.entry(token.organization).or_default().push(number);
            let head = match token.kind {
                Kind::Company => number,
                Kind::Operator { operator, parent } => {
                    covered.operator.entry(operator).or_default().push(number);
                    parent
                }
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
            Target::Organization(organization) => self.organization.get(&organization),
            Target::Key(key) => self.key.get(&key),
        };
        many.map(Vec::as_slice).unwrap_or_default()
    }
}

/// A node that has answered "revoked" never answers "valid" again.
fn revived(history: &History) -> Vec<String> {
    let mut dead: HashMap<(usize, TokenNumber), Duration> = HashMap::new();
    for look in &history.looks {
        if look.verdict == Verdict::Revoked {
            let since = dead.entry((look.node, look.token)).or_insert(look.at.end);
            *since = look.at.end.min(*since);
        }
    }
    let mut faults = Vec::new();
    for look in &history.looks {
        let since = dead.get(&(look.node, look.token));
        if look.verdict == Verdict::Valid && since.is_some_and(|since| *since < look.at.start) {
            faults.push(tell(
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
            let Kind::Operator { operator, .. } = token.kind else {
                continue;
            };
            if operator == leave.operator
                && leave.from < token.issued.start
                && token.issued.end < leave.until
            {
                let when = history.since(token.issued.start);
                let from = history.since(leave.from);
                faults.push(format!(
                    "node {} issued a token at {when} to operator {operator}, which was deactivated at {from}",
                    token.node
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

fn tell(history: &History, look: &Look, what: &str, revoke: Option<usize>) -> String {
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
mod tests {
    use super::*;
    use crate::history::Leave;

    fn at(start: u64, end: u64) -> Span {
        Span {
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
        }
    }

    /// Returns a history with company token 0, the operator tokens 1 (of operator 7) and 2 (of
    /// operator 8) derived from it, issued from 10 to 20, and operator token 3 (of operator 7),
    /// issued from 100 to 110.
    fn history() -> History {
        let token = |kind, issued| Token {
            text: String::new(),
            key: 0,
            organization: 0,
            kind,
            issued,
            node: 0,
            life: None,
        };
        let operator = |operator| Kind::Operator {
            operator,
            parent: 0,
        };
        History {
            tokens: vec![
                token(Kind::Company, at(0, 5)),
                token(operator(7), at(10, 20)),
                token(operator(8), at(10, 20)),
                token(operator(7), at(100, 110)),
            ],
            ..History::default()
        }
    }

    fn revoke(target: Target, at: Span, returned: bool) -> Revoke {
        Revoke {
            target,
            at,
            returned,
            through: "node 0".to_owned(),
        }
    }

    fn look(token: TokenNumber, at: Span, verdict: Verdict) -> Look {
        Look {
            token,
            at,
            node: 1,
            verdict,
        }
    }

    /// Returns the number of violations that are found when `revokes` and `looks` are added.
    fn found(revokes: &[Revoke], looks: &[Look]) -> usize {
        let mut history = history();
        history.revokes.extend_from_slice(revokes);
        history.looks.extend_from_slice(looks);
        faults(&history).len()
    }

    #[test]
    fn a_token_that_outlives_its_revocation_is_found() {
        for target in [
            Target::Token(1),
            Target::CompanyToken(0),
            Target::Operator(7),
            Target::Organization(0),
            Target::Key(0),
        ] {
            let done = revoke(target, at(30, 40), true);
            let done = [done];
            let late = [look(1, at(41, 42), Verdict::Valid)];
            assert_eq!(found(&done, &late), 1, "{target:?}");
            // The request was sent before the revoke returned, or the revoke was never confirmed:
            // there is no promise.
            assert_eq!(found(&done, &[look(1, at(39, 60), Verdict::Valid)]), 0);
            assert_eq!(found(&[revoke(target, at(30, 40), false)], &late), 0);
            assert_eq!(found(&done, &[look(1, at(41, 42), Verdict::Revoked)]), 0);
        }
    }

    #[test]
    fn the_first_revocation_that_returns_counts() {
        let revokes = [
            revoke(Target::Token(1), at(30, 90), true),
            revoke(Target::Operator(7), at(50, 60), true),
        ];
        assert_eq!(found(&revokes, &[look(1, at(61, 62), Verdict::Valid)]), 1);
        assert_eq!(found(&revokes, &[look(1, at(59, 62), Verdict::Valid)]), 0);
    }

    #[test]
    fn a_company_token_as_a_credential_is_a_token_too() {
        for target in [Target::CompanyToken(0), Target::Organization(0)] {
            let done = revoke(target, at(30, 40), true);
            assert_eq!(found(&[done], &[look(0, at(41, 42), Verdict::Valid)]), 1);
        }
        let operators = revoke(Target::Operator(7), at(30, 40), true);
        assert_eq!(
            found(&[operators], &[look(0, at(41, 42), Verdict::Valid)]),
            0
        );
    }

    #[test]
    fn a_death_without_a_cause_is_found() {
        let dead = |token| look(token, at(200, 201), Verdict::Revoked);
        assert_eq!(found(&[], &[dead(1)]), 1);
        // These revoke another token, the tokens of another operator, or are requested later.
        assert_eq!(
            found(&[revoke(Target::Token(2), at(30, 40), true)], &[dead(1)]),
            1
        );
        assert_eq!(
            found(&[revoke(Target::Operator(8), at(30, 40), true)], &[dead(1)]),
            1
        );
        assert_eq!(
            found(&[revoke(Target::Token(1), at(202, 210), true)], &[dead(1)]),
            1
        );
        // A token that is issued after a revocation of everything so far stays valid. After the
        // revocation of a company token, no further token of it may be valid.
        for (target, expected) in [
            (Target::Operator(7), 1),
            (Target::Organization(0), 1),
            (Target::CompanyToken(0), 0),
        ] {
            assert_eq!(
                found(&[revoke(target, at(30, 40), true)], &[dead(3)]),
                expected,
                "{target:?}"
            );
            assert_eq!(
                found(&[revoke(target, at(30, 105), true)], &[dead(3)]),
                0,
                "{target:?}"
            );
            assert_eq!(
                found(&[revoke(target, at(30, 40), false)], &[dead(3)]),
                0,
                "{target:?}"
            );
        }
    }

    #[test]
    fn a_verdict_that_no_token_here_deserves_is_found() {
        let other = Verdict::Other("Token expired".to_owned());
        assert_eq!(found(&[], &[look(1, at(30, 31), other)]), 1);
    }

    #[test]
    fn a_key_that_a_node_does_not_know_is_found_unless_it_is_being_replaced() {
        let invalid = |start, end| {
            look(
                3,
                at(start, end),
                Verdict::Other("Invalid token".to_owned()),
            )
        };
        let replaced = |asked| [revoke(Target::Key(1), asked, true)];
        assert_eq!(found(&replaced(at(90, 150)), &[invalid(140, 141)]), 0);
        assert_eq!(found(&replaced(at(90, 150)), &[invalid(151, 152)]), 1);
        assert_eq!(found(&replaced(at(120, 150)), &[invalid(140, 141)]), 1);
        let given_up = revoke(Target::Key(1), at(90, 150), false);
        assert_eq!(found(&[given_up], &[invalid(151, 152)]), 0);
    }

    #[test]
    fn a_token_that_comes_back_to_life_is_found() {
        let doubtful = [revoke(Target::Token(1), at(30, 40), false)];
        let (dead, alive) = (
            look(1, at(41, 42), Verdict::Revoked),
            look(1, at(50, 51), Verdict::Valid),
        );
        assert_eq!(found(&doubtful, &[dead.clone(), alive.clone()]), 1);
        let elsewhere = Look { node: 2, ..alive };
        assert_eq!(found(&doubtful, &[dead, elsewhere]), 0);
    }

    #[test]
    fn a_token_for_who_was_deactivated_is_found() {
        for (from, until, expected) in [(90, 120, 1), (105, 120, 0), (90, 108, 0)] {
            let mut history = history();
            let span = at(from, until);
            history.leaves.push(Leave {
                operator: 7,
                from: span.start,
                until: span.end,
            });
            assert_eq!(faults(&history).len(), expected);
        }
    }
}
