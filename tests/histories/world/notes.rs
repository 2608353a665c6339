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
    Call, History, KeyNumber, Kind, Leave, Look, Revoke, Span, Target, Token, TokenNumber,
    WrongClock,
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
                Target::Operator(_) | Target::Organization(_) => revoke.target,
                Target::Key(key) => Target::Key(notes.key(old.keys[key].clone())),
                // No token that is checked from now on is affected by these.
                Target::Token(_) | Target::CompanyToken(_) => continue,
            };
            notes.revokes.push(Revoke { target, ..revoke });
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
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
        let key = history.key(name);
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
        let key = history.tokens.last().unwrap().key;
        (key, history.keys[key].clone())
    }

    pub(crate) fn revoke(&self, revoke: Revoke) {
        self.history().revokes.push(revoke);
    }

    pub(crate) fn look(&self, look: Look) {
        self.history().looks.push(look);
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

    /// Returns an operator token that was issued recently.
    pub(crate) fn pick_recent(&self, dice: &mut Dice) -> Option<TokenNumber> {
        const RECENT: usize = 300;
        let history = self.history();
        let from = history.tokens.len().saturating_sub(RECENT);
        let number = from + draw(dice, history.tokens.len() - from)?;
        (history.tokens[number].kind != Kind::Company).then_some(number)
    }

    /// Returns a token that one of the last revocations concerns, whether or not that revocation
    /// has returned.
    pub(crate) fn pick_dead(&self, dice: &mut Dice) -> Option<TokenNumber> {
        const LAST: usize = 12;
        const LOOKED_AT: usize = 500;
        let history = self.history();
        let from = history.revokes.len().saturating_sub(LAST);
        let target = history.revokes[from + draw(dice, history.revokes.len() - from)?].target;
        let tokens = history.tokens.iter().enumerate().rev().take(LOOKED_AT);
        let mut covered = Vec::new();
        for (number, token) in tokens {
            if token.kind != Kind::Company && target.covers(number, token) {
                covered.push(number);
            }
        }
        Some(covered[draw(dice, covered.len())?])
    }

    /// Returns every operator token of an organization.
    pub(crate) fn tokens_of(&self, organization: usize) -> Vec<TokenNumber> {
        let history = self.history();
        let tokens = history.tokens.iter().enumerate();
        tokens
            .filter(|(_, token)| token.organization == organization && token.kind != Kind::Company)
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
fn draw(dice: &mut Dice, count: usize) -> Option<usize> {
    let count = u64::try_from(count).unwrap();
    (count > 0).then(|| usize::try_from(dice.within(0..count)).unwrap())
}

/// Returns the name of the key that signed a token.
fn key_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
