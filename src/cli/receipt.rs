//! The receipt of a revoke at the command line: the sequence of its entry, and which nodes have
//! confirmed it.

use serde::Serialize;

use crate::base::Sequence;
use crate::revocation::Receipt;

/// A receipt as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceiptView {
    sequence: Sequence,
    /// Milliseconds until it was in force on every node.
    effective_in_ms: u64,
    nodes: u32,
    confirmed: u32,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        Self {
            sequence: receipt.sequence,
            effective_in_ms: u64::try_from(receipt.took.as_millis()).unwrap_or(u64::MAX),
            nodes: receipt.nodes,
            confirmed: receipt.confirmed,
        }
    }
}

/// Returns the receipt as the end of a sentence.
pub(super) fn describe(receipt: Option<Receipt>) -> String {
    let Some(receipt) = receipt else {
        return "nothing had to be written".to_owned();
    };
    let ReceiptView {
        sequence,
        effective_in_ms,
        nodes,
        confirmed,
    } = receipt.into();
    if nodes == 0 {
        return format!("sequence {sequence}; no node is running");
    }
    format!(
        "sequence {sequence}, in force everywhere after {effective_in_ms} ms; {confirmed} of {nodes} nodes confirmed"
    )
}
