//! A line of the table, and its columns.

use serde::{Deserialize, Serialize};

use super::Fault;
use crate::base::OperatorId;
use crate::base::words::words;
use crate::operator::Change;

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
    pub(super) fn id(&self) -> Result<Option<OperatorId>, Fault> {
        match self.cell(Column::Id).flatten() {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Fault::IdWrong),
        }
    }

    /// Returns the change that the line asks for.
    ///
    /// # Errors
    /// [`Fault::NameMissing`] or [`Fault::StatusWrong`].
    pub(super) fn change(&self) -> Result<Change, Fault> {
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
