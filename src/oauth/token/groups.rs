//! The groups in which requests for tokens use the database.

use std::sync::Arc;

use super::read_in_groups::{CodeReads, RefreshTokenReads};
use super::write_in_groups::TokenWrites;
use crate::db::{Db, Party, Together};

/// The groups in which requests for tokens use the database.
pub struct Groups {
    /// Reads codes.
    pub codes: Arc<Together<CodeReads>>,
    /// Reads refresh tokens.
    pub refresh_tokens: Arc<Together<RefreshTokenReads>>,
    /// Uses up codes and refresh tokens, and writes new tokens.
    pub writes: Arc<Together<TokenWrites>>,
}

impl Groups {
    /// Returns the groups, for each of which at most `queue` requests wait.
    #[must_use]
    pub fn new(db: &Db, queue: usize) -> Self {
        let db = || db.on_behalf_of(Party::Ledger);
        Self {
            codes: Together::new(db(), queue, CodeReads),
            refresh_tokens: Together::new(db(), queue, RefreshTokenReads),
            writes: Together::new(db(), queue, TokenWrites),
        }
    }
}
