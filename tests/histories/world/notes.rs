//! The records that all clients write, and the tokens that clients pick from them.

use std::mem;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use lanyard::base::clock::boot_time;

use super::{Organization, World};
use crate::dice::Dice;
use crate::history::{
    Call, GrantNumber, History, KeyNumber, Kind, Leave, Look, Refresh, Revoke, Span, Target, Token,
    TokenNumber, WrongClock,
};

impl World<'_> {
    /// Starts the records of a new history. No client may run. Revocations of the last history that
    /// were given up, and may still be done late, are carried over.
    pub(crate) fn turn_the_page(&self) {
        self.over.store(false, Ordering::Release);
        let mut notes = self.history();
        let old = mem::take(&mut *notes);
        notes.began = boot_time();
        for revoke in old.revokes {
            if revoke.returned || revoke.at.start < old.began {
                continue;
            }
            let target = match revoke.target {
                Target::Operator(_) | Target::App(_) | Target::Organization(_) => revoke.target,
                Target::Key(key) => Target::Key(notes.key(old.keys[key].clone())),
                // No token that is checked from now on is affected by these.
                Target::Token(_)
                | Target::CompanyToken(_)
                | Target::Grant(_)
                | Target::ApiKey(_) => continue,
            };
            notes.revokes.push(Revoke { target, ..revoke });
        }
    }

    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    /// Records a token that was just issued.
    pub(crate) fn add(
        &self,
        text: String,
        kind: Kind,
        organization: usize,
        issued: Span,
        node: usize,
        life: Option<Duration>,
    ) -> TokenNumber {
        let name = key_of(&text);
        let mut history = self.history();
        let key = name.map(|name| history.key(name));
        history.tokens.push(Token {
            text,
            key,
            organization,
            kind,
            issued,
            node,
            life,
        });
        history.tokens.len() - 1
    }

    /// Returns the last known key that signed, and its name.
    pub(crate) fn last_key(&self) -> (KeyNumber, String) {
        let history = self.history();
        let mut keys = history.tokens.iter().rev().filter_map(|token| token.key);
        let key = keys.next().unwrap();
        (key, history.keys[key].clone())
    }

    pub(crate) fn revoke(&self, revoke: Revoke) {
        self.history().revokes.push(revoke);
    }

    pub(crate) fn look(&self, look: Look) {
        self.history().looks.push(look);
    }

    /// Returns the number of a new grant.
    pub(crate) fn new_grant(&self) -> GrantNumber {
        let mut history = self.history();
        history.grants += 1;
        history.grants - 1
    }

    pub(crate) fn refresh(&self, refresh: Refresh) {
        self.history().refreshes.push(refresh);
    }

    /// Records the successor of a refresh token, which is known already if another call received it
    /// too. It was issued after the token was presented for the first time, and before its first
    /// answer was read.
    pub(crate) fn add_successor(&self, presented: TokenNumber, new: &Token) -> TokenNumber {
        let mut history = self.history();
        let first = history
            .refreshes
            .iter()
            .filter(|refresh| refresh.presented == presented)
            .map(|refresh| refresh.at.start)
            .fold(new.issued.start, Duration::min);
        let known = history
            .tokens
            .iter()
            .rposition(|token| token.text == new.text);
        let number = known.unwrap_or_else(|| {
            history.tokens.push(new.clone());
            history.tokens.len() - 1
        });
        let issued = &mut history.tokens[number].issued;
        issued.start = issued.start.min(first);
        issued.end = issued.end.min(new.issued.end);
        number
    }

    pub(crate) fn kind(&self, token: TokenNumber) -> Kind {
        self.history().tokens[token].kind
    }

    pub(crate) fn leave(&self, leave: Leave) {
        self.history().leaves.push(leave);
    }

    pub(crate) fn wrong_clock(&self, wrong: WrongClock) {
        self.history().wrong_clocks.push(wrong);
    }

    pub(crate) fn call(&self, call: Call) {
        self.history().calls.push(call);
    }

    pub(crate) fn odd(&self, what: String) {
        self.history().odd.push(what);
    }

    pub(crate) fn fault(&self, what: String) {
        self.history().faults.push((boot_time(), what));
    }

    pub(crate) fn text(&self, token: TokenNumber) -> String {
        self.history().tokens[token].text.clone()
    }

    pub(crate) fn organization_of(&self, token: TokenNumber) -> &Organization {
        let number = self.history().tokens[token].organization;
        &self.organizations[number]
    }

    /// Returns a token that was issued recently, of a kind that is `wanted`.
    pub(crate) fn pick_recent(
        &self,
        dice: &mut Dice,
        wanted: fn(Kind) -> bool,
    ) -> Option<TokenNumber> {
        const RECENT: usize = 300;
        let history = self.history();
        let recent = history.tokens.iter().enumerate().rev().take(RECENT);
        let wanted: Vec<_> = recent
            .filter(|(_, token)| wanted(token.kind))
            .map(|(number, _)| number)
            .collect();
        Some(wanted[draw(dice, wanted.len())?])
    }

    /// Returns one of the last refresh tokens of any client, used or not.
    pub(crate) fn pick_refresh(&self, dice: &mut Dice) -> Option<TokenNumber> {
        const LAST: usize = 12;
        let history = self.history();
        let tokens = history.tokens.iter().enumerate().rev();
        let last: Vec<_> = tokens
            .filter(|(_, token)| matches!(token.kind, Kind::Refresh { .. }))
            .map(|(number, _)| number)
            .take(LAST)
            .collect();
        Some(last[draw(dice, last.len())?])
    }

    /// Returns a token of a kind that is `wanted` and that one of the last revocations concerns,
    /// whether or not that revocation has returned.
    pub(crate) fn pick_revoked(
        &self,
        dice: &mut Dice,
        wanted: fn(Kind) -> bool,
    ) -> Option<TokenNumber> {
        const LAST: usize = 12;
        const LOOKED_AT: usize = 500;
        let history = self.history();
        let from = history.revokes.len().saturating_sub(LAST);
        let target = history.revokes[from + draw(dice, history.revokes.len() - from)?].target;
        let tokens = history.tokens.iter().enumerate().rev().take(LOOKED_AT);
        let mut covered = Vec::new();
        for (number, token) in tokens {
            if wanted(token.kind) && target.covers(number, token) {
                covered.push(number);
            }
        }
        Some(covered[draw(dice, covered.len())?])
    }

    /// Returns every token of an organization of a kind that is `wanted`.
    pub(crate) fn tokens_of(
        &self,
        organization: usize,
        wanted: fn(Kind) -> bool,
    ) -> Vec<TokenNumber> {
        let history = self.history();
        let tokens = history.tokens.iter().enumerate();
        tokens
            .filter(|(_, token)| token.organization == organization && wanted(token.kind))
            .map(|(number, _)| number)
            .collect()
    }

    /// Returns the calls that began within a span and have ended.
    pub(crate) fn calls(&self, during: Span) -> Vec<Call> {
        let history = self.history();
        let calls = history.calls.iter().rev();
        calls
            .filter(|call| during.start <= call.at.start && call.at.start < during.end)
            .copied()
            .collect()
    }

    /// Returns the records.
    pub(crate) fn notes(&self) -> History {
        self.history().clone()
    }
}

/// Returns an index below `count`; `None` if `count` is 0.
pub(super) fn draw(dice: &mut Dice, count: usize) -> Option<usize> {
    let count = u64::try_from(count).unwrap();
    (count > 0).then(|| usize::try_from(dice.within(0..count)).unwrap())
}

/// Returns the name of the key that signed a token; `None` if it is not signed.
fn key_of(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    Some(header["kid"].as_str().unwrap().to_owned())
}
