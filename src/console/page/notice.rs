//! What the last act did, as the next page says it.

use serde::{Deserialize, Serialize};

use super::Phrase;
use crate::revocation::Receipt;

/// What a revoke has proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReceiptView {
    pub(crate) sequence: i64,
    pub(crate) millis: String,
    pub(crate) nodes: u32,
    pub(crate) confirmed: u32,
    /// When it was, as a text.
    pub(crate) since: String,
}

impl ReceiptView {
    pub(crate) fn of(receipt: &Receipt, since: String) -> Self {
        Self {
            sequence: receipt.sequence.0,
            millis: format!("{:.1}", receipt.took.as_secs_f64() * 1_000.0),
            nodes: receipt.nodes,
            confirmed: receipt.confirmed,
            since,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notice {
    before: String,
    name: Option<String>,
    after: String,
    pub(crate) receipt: Option<ReceiptView>,
}

impl Notice {
    pub(crate) fn new(phrase: Phrase) -> Self {
        let Phrase {
            before,
            name,
            after,
        } = phrase;
        Self {
            before,
            name,
            after,
            receipt: None,
        }
    }

    pub(crate) fn with(self, receipt: ReceiptView) -> Self {
        Self {
            receipt: Some(receipt),
            ..self
        }
    }

    pub(crate) fn phrase(&self) -> Phrase {
        Phrase {
            before: self.before.clone(),
            name: self.name.clone(),
            after: self.after.clone(),
        }
    }
}
