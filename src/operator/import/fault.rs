//! What is wrong with a line of the table.

use super::Column;
use crate::base::words::words;
use crate::operator::{ManageError, ProfileError};

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
