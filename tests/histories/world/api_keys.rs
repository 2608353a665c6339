//! The records about API keys and signed requests, and the rules by which every node admits them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::World;
use super::notes::draw;
use crate::dice::Dice;
use crate::history::{ApiKeyNumber, Hold, NonceUse, SignedRequest, TokenNumber};

/// Every credential is admitted everywhere, so that only whether it is valid makes a difference.
const RULES: &str = r#"
[[rule]]
name = "all"
path = "/**"
kinds = ["company", "operator", "session", "access_token", "api_key"]
environment = "any"
"#;

/// Writes the rules of forward-auth into the folder of the nodes.
pub(super) fn write_rules(folder: &Path) {
    fs::write(rules(folder), RULES).unwrap();
}

/// Returns where the rules are.
pub(crate) fn rules(folder: &Path) -> PathBuf {
    folder.join("rules.toml")
}

impl World<'_> {
    /// Returns the number of a new API key.
    pub(crate) fn new_api_key(&self, id: &str) -> ApiKeyNumber {
        let mut history = self.history();
        history.api_keys.push(id.to_owned());
        history.api_keys.len() - 1
    }

    /// Returns the id of an API key.
    pub(crate) fn id_of_key(&self, key: ApiKeyNumber) -> String {
        self.history().api_keys[key].clone()
    }

    /// Records a quarantine. Returns its number.
    pub(crate) fn hold(&self, hold: Hold) -> usize {
        let mut history = self.history();
        history.holds.push(hold);
        history.holds.len() - 1
    }

    /// Records that a quarantine may have ended.
    pub(crate) fn end_hold(&self, hold: usize, until: Duration) {
        self.history().holds[hold].until = until;
    }

    /// Returns a text or a secret of a key that was put into quarantine recently, and may be in it.
    pub(crate) fn pick_held(&self, dice: &mut Dice, secret: bool) -> Option<TokenNumber> {
        const LAST: usize = 8;
        let history = self.history();
        let from = history.holds.len().saturating_sub(LAST);
        let key = history.holds[from + draw(dice, history.holds.len() - from)?].key;
        history.tokens.iter().rposition(|token| {
            token.kind.api_key() == Some(key) && token.kind.is_secret() == secret
        })
    }

    /// Records a signed request. Returns its number.
    pub(crate) fn add_signed(&self, request: SignedRequest) -> usize {
        let mut history = self.history();
        history.signed.push(request);
        history.signed.len() - 1
    }

    /// Returns one of the last signed requests of any client, and its number.
    pub(crate) fn pick_signed(&self, dice: &mut Dice) -> Option<(usize, SignedRequest)> {
        const LAST: usize = 16;
        let history = self.history();
        let from = history.signed.len().saturating_sub(LAST);
        let number = from + draw(dice, history.signed.len() - from)?;
        Some((number, history.signed[number].clone()))
    }

    pub(crate) fn nonce_use(&self, used: NonceUse) {
        self.history().nonce_uses.push(used);
    }
}
