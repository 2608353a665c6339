//! What the answers to refreshes must be: one successor of each token, none after the grant was
//! revoked, and no refusal without a cause.

use std::collections::HashMap;

use super::{Fate, violation};
use crate::history::{
    GrantNumber, History, Kind, Look, Refresh, Revoke, Span, Target, TokenNumber, Verdict,
    WrongClock,
};

/// Returns the history with the revocations that no client asked for: presenting a used token may
/// end the grant. It does if the client has no grace; and a node with a wrong clock may take any
/// second call for a late one.
pub(super) fn with_reuses(history: &History) -> History {
    let mut history = history.clone();
    let mut reuses = Vec::new();
    for refresh in &history.refreshes {
        let before = earlier(&history, refresh);
        let Some(first) = before.iter().map(|other| other.at.start).min() else {
            continue;
        };
        let whole = Span {
            start: first,
            end: refresh.at.end,
        };
        let wrong = is_a_clock_wrong(&history, whole);
        if refresh.successor.is_some() || !(refresh.strict || wrong) {
            continue;
        }
        let Kind::Refresh { grant, .. } = history.tokens[refresh.presented].kind else {
            continue;
        };
        let used = |other: &&Refresh| other.successor.is_some() && other.at.end < refresh.at.start;
        reuses.push(Revoke {
            target: Target::Grant(grant.0),
            at: refresh.at,
            // A refusal because another call has ended the grant does not wait for the nodes.
            returned: !wrong
                && refresh.status == Some(400)
                && before.iter().any(used)
                && is_first_end(&history, grant.0, refresh),
            through: format!("a reuse at node {}", refresh.node),
        });
    }
    history.revokes.extend(reuses);
    history
}

/// Returns whether no other call can have ended the grant before this one was answered.
fn is_first_end(history: &History, grant: GrantNumber, refresh: &Refresh) -> bool {
    let token = &history.tokens[refresh.presented];
    let revokes = |revoke: &Revoke| {
        revoke.target.covers(refresh.presented, token) && revoke.at.start < refresh.at.end
    };
    let refused = |other: &Refresh| {
        other.successor.is_none()
            && !std::ptr::eq(other, refresh)
            && other.at.start < refresh.at.end
            && history.tokens[other.presented].kind.grant() == Some(grant)
    };
    !history.revokes.iter().any(revokes) && !history.refreshes.iter().any(refused)
}

/// Returns the other calls that presented the same token and began before this one was answered.
fn earlier<'a>(history: &'a History, refresh: &Refresh) -> Vec<&'a Refresh> {
    let same = |other: &&Refresh| {
        other.presented == refresh.presented
            && !std::ptr::eq(*other, refresh)
            && other.at.start < refresh.at.end
    };
    history.refreshes.iter().filter(same).collect()
}

fn is_a_clock_wrong(history: &History, during: Span) -> bool {
    let wrong = |clock: &WrongClock| clock.at.overlaps(during);
    history.wrong_clocks.iter().any(wrong)
}

/// Returns whether the token is a refresh token that was presented before it was looked at: a used
/// one is not active.
pub(super) fn is_used(history: &History, look: &Look) -> bool {
    let presented =
        |refresh: &Refresh| refresh.presented == look.token && refresh.at.start < look.at.end;
    history.refreshes.iter().any(presented)
}

/// Returns the violations. `fates` is what the revocations mean for each token.
pub(super) fn faults(history: &History, fates: &[Fate]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut successors: HashMap<TokenNumber, TokenNumber> = HashMap::new();
    for refresh in &history.refreshes {
        let fate = &fates[refresh.presented];
        let look = |verdict| Look {
            token: refresh.presented,
            at: refresh.at,
            node: refresh.node,
            verdict,
        };
        if let Some(successor) = refresh.successor {
            let known = *successors.entry(refresh.presented).or_insert(successor);
            if known != successor {
                let what = format!("has the successors {known} and {successor}");
                faults.push(violation(history, &look(Verdict::Valid), &what, None));
            }
            let revoked = fate.revoked_from.filter(|(end, _)| *end < refresh.at.start);
            if let Some((_, revoke)) = revoked {
                let what = "refreshed after its revocation returned";
                faults.push(violation(
                    history,
                    &look(Verdict::Valid),
                    what,
                    Some(revoke),
                ));
            }
        } else if refresh.status == Some(400) {
            let since = Span {
                start: history.tokens[refresh.presented].issued.start,
                end: refresh.at.end,
            };
            if !fate.may_be_revoked(refresh.at) && !is_a_clock_wrong(history, since) {
                let what = "refused although nothing ended its grant";
                faults.push(violation(history, &look(Verdict::Inactive), what, None));
            }
        }
    }
    faults
}
