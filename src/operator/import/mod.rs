//! Importing operators from a table (CSV): the bytes become text (`text.rs`), the text becomes lines
//! (`table.rs`), the lines are checked against the operators that are there (`check.rs`, pure), and
//! what was checked is applied (`apply.rs`). Nothing is written before the check has been seen.
//!
//! The law: a line is applied as it was checked, or not at all. A line whose operator was changed
//! meanwhile is reported and leaves that operator as it is.

mod apply;
mod check;
mod export;
mod files;
pub mod job;
mod session;
mod some_lines;
mod step;
mod store;
mod stored;
mod table;
mod text;

pub use apply::{Applied, MOST_AT_ONCE, apply};
pub use check::{Seen, check, plan};
pub use export::{COLUMNS, add_line};
pub use files::{ReadError, read};
pub use step::{Progress, Step, next};
pub(super) use store::forget;
pub use stored::{Import, StartError, State, claim, find, open, results, save, stop};
pub use table::{TableError, Text, rows};
pub use text::{Encoding, TextError, decode};

use serde::{Deserialize, Serialize};

use super::{Change, ManageError, ProfileError};
use crate::base::words::words;
use crate::base::{OperatorId, Timestamp};

/// The largest number of lines of one table, without the header line.
pub const MOST_LINES: usize = 20_000;

/// The largest file (bytes).
pub const LARGEST: usize = 4 * 1024 * 1024;

words! {
    /// A column of the table.
    pub enum Column {
        /// The operator's id.
        Id = "id",
        /// The external id.
        ExternalId = "externalId",
        /// The name.
        Name = "name",
        /// The email address.
        Email = "email",
        /// The role.
        Role = "role",
        /// The status: `active` or `inactive`.
        Status = "status",
    }
}

words! {
    /// What is wrong with a line.
    pub enum Fault {
        /// The id is not a number.
        IdWrong = "id_invalid",
        /// A new operator has no name, or the name is cleared.
        NameMissing = "name_missing",
        /// The name has no visible character, or more than 200 characters.
        NameWrong = "name_invalid",
        /// The external id is none.
        ExternalIdWrong = "external_id_invalid",
        /// The email is none.
        EmailWrong = "email_invalid",
        /// The role has other characters than a role may have.
        RoleWrong = "role_invalid",
        /// The status is neither `active` nor `inactive`.
        StatusWrong = "status_invalid",
        /// The organization has no operator with this id.
        Unknown = "operator_unknown",
        /// The operator is deleted.
        Deleted = "operator_deleted",
        /// An earlier line is about the same operator.
        Repeated = "operator_repeated",
        /// Another operator, or an earlier line, has this external id.
        ExternalIdTaken = "external_id_taken",
        /// Another operator, or an earlier line, has this email.
        EmailTaken = "email_taken",
        /// The operator was changed after the check, or another one was added that the line is now
        /// about.
        Changed = "operator_changed",
    }
}

impl Fault {
    /// Returns the column that a person must change. `None` if it is no single one.
    #[must_use]
    pub const fn column(self) -> Option<Column> {
        match self {
            Self::IdWrong | Self::Unknown | Self::Deleted => Some(Column::Id),
            Self::NameMissing | Self::NameWrong => Some(Column::Name),
            Self::ExternalIdWrong | Self::ExternalIdTaken => Some(Column::ExternalId),
            Self::EmailWrong | Self::EmailTaken => Some(Column::Email),
            Self::RoleWrong => Some(Column::Role),
            Self::StatusWrong => Some(Column::Status),
            Self::Repeated | Self::Changed => None,
        }
    }

    /// Returns what is wrong, for the command line and for files.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::IdWrong => "the id is not a number",
            Self::NameMissing => "an operator needs a name",
            Self::NameWrong => {
                "the name must have 1 to 200 characters, at least one of them visible"
            }
            Self::ExternalIdWrong => {
                "the external id must have 1 to 200 characters, at least one of them visible"
            }
            Self::EmailWrong => "the email must be an address such as a@example.com",
            Self::RoleWrong => "the role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -",
            Self::StatusWrong => "the status must be active or inactive",
            Self::Unknown => "the organization has no operator with this id",
            Self::Deleted => "the operator is deleted, which cannot be undone",
            Self::Repeated => "an earlier line is about the same operator",
            Self::ExternalIdTaken => "another operator or an earlier line has this external id",
            Self::EmailTaken => "another operator or an earlier line has this email or username",
            Self::Changed => "the operator was changed after the check; check the table again",
        }
    }

    /// Returns the fault for an error of the operators' own verbs. `None` if it is one of the
    /// database.
    pub(super) const fn of(error: &ManageError) -> Option<Self> {
        Some(match error {
            ManageError::Profile(ProfileError::Name) => Self::NameWrong,
            ManageError::Profile(ProfileError::ExternalId) => Self::ExternalIdWrong,
            ManageError::Profile(ProfileError::Role) => Self::RoleWrong,
            ManageError::Profile(ProfileError::Email) => Self::EmailWrong,
            ManageError::ExternalIdTaken => Self::ExternalIdTaken,
            ManageError::EmailTaken | ManageError::UsernameTaken => Self::EmailTaken,
            ManageError::Unknown => Self::Unknown,
            ManageError::Deleted => Self::Deleted,
            ManageError::Database(_) => return None,
            ManageError::Profile(_)
            | ManageError::Changed
            | ManageError::Guarded
            | ManageError::UnknownOrganization => Self::Changed,
        })
    }
}

/// A line of the table: the columns that it has, each with its cell. `None` is an empty cell. Absent
/// columns leave an operator as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the file. The header is usually line 1.
    pub number: u64,
    /// The cells.
    pub cells: Vec<(Column, Option<String>)>,
}

impl Line {
    /// Returns the cell of a column. `None` if the table has no such column.
    #[must_use]
    pub fn cell(&self, column: Column) -> Option<Option<&str>> {
        let found = self.cells.iter().find(|(known, _)| *known == column);
        found.map(|(_, cell)| cell.as_deref())
    }

    /// Returns the id.
    ///
    /// # Errors
    /// [`Fault::IdWrong`].
    fn id(&self) -> Result<Option<OperatorId>, Fault> {
        match self.cell(Column::Id).flatten() {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Fault::IdWrong),
        }
    }

    /// Returns the change that the line asks for.
    ///
    /// # Errors
    /// [`Fault::NameMissing`] or [`Fault::StatusWrong`].
    fn change(&self) -> Result<Change, Fault> {
        let owned = |column| self.cell(column).map(|cell| cell.map(str::to_owned));
        let name = match self.cell(Column::Name) {
            Some(None) => return Err(Fault::NameMissing),
            Some(Some(name)) => Some(name.to_owned()),
            None => None,
        };
        let active = match self.cell(Column::Status).flatten() {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("active") => Some(true),
            Some(word) if word.eq_ignore_ascii_case("inactive") => Some(false),
            Some(_) => return Err(Fault::StatusWrong),
        };
        Ok(Change {
            name,
            external_id: owned(Column::ExternalId),
            email: owned(Column::Email),
            role: owned(Column::Role),
            active,
            ..Change::default()
        })
    }
}

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
const fn version_of(at: Timestamp) -> i64 {
    at.as_micros()
}
