//! What a line of the table will do, and what became of it.

use serde::{Deserialize, Serialize};

use super::{Column, Fault, Line};
use crate::base::words::words;
use crate::base::{OperatorId, Timestamp};

/// What a line will do, or why it will not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// It adds an operator.
    Create,
    /// It changes an operator.
    Update {
        /// The operator.
        id: OperatorId,
        /// Its version when the line was checked (microseconds).
        version: i64,
        /// The columns that change.
        columns: Vec<Column>,
        /// Whether it becomes inactive, so that its tokens are revoked.
        deactivates: bool,
    },
    /// The operator is already as the line says.
    Unchanged {
        /// The operator.
        id: OperatorId,
        /// Its version when the line was checked (microseconds). `None` if an earlier version of
        /// Lanyard has checked it: then it is not known whether the operator was changed since.
        #[serde(default)]
        version: Option<i64>,
    },
    /// The line is not applied.
    Faulty(Vec<Fault>),
}

/// A line that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The line.
    pub line: Line,
    /// What it will do.
    pub effect: Effect,
}

/// How many lines do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines that add an operator.
    pub create: usize,
    /// Lines that change an operator that stays or becomes active, or was not.
    pub update: usize,
    /// Lines that make an operator inactive.
    pub deactivate: usize,
    /// Lines that change nothing.
    pub unchanged: usize,
    /// Lines that are not applied.
    pub errors: usize,
}

impl Summary {
    /// Counts the lines.
    #[must_use]
    pub fn of(lines: &[Checked]) -> Self {
        let mut summary = Self::default();
        for line in lines {
            match &line.effect {
                Effect::Create => summary.create += 1,
                Effect::Update {
                    deactivates: true, ..
                } => summary.deactivate += 1,
                Effect::Update { .. } => summary.update += 1,
                Effect::Unchanged { .. } => summary.unchanged += 1,
                Effect::Faulty(_) => summary.errors += 1,
            }
        }
        summary
    }

    /// Returns how many lines would write something.
    #[must_use]
    pub const fn writes(&self) -> usize {
        self.create + self.update + self.deactivate
    }
}

words! {
    /// What became of a line.
    pub enum Outcome {
        /// An operator was added.
        Created = "created",
        /// An operator was changed.
        Updated = "updated",
        /// An operator was made inactive.
        Deactivated = "deactivated",
        /// Nothing was to be changed.
        Unchanged = "unchanged",
        /// It was not applied.
        Refused = "refused",
    }
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The number of the line.
    pub line: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The operator. `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OperatorId>,
    /// Why it was not applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// Returns a version as it is kept with a line.
pub(super) const fn version_of(at: Timestamp) -> i64 {
    at.as_micros()
}
