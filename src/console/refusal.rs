//! Why a visit gets another response than the page that it is for.

use actix_web::http::StatusCode;

use super::area::Area;
use crate::db;
use crate::http::ApiError;
use crate::organization::definitions::manage::DefineError;
use crate::{
    api_key, client, company, grant, operator, organization, platform, schedule, signing_keys,
    webhook, wechat,
};

/// What a page says about a request that cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There is no such page or record in this organization.
    NotFound,
    /// Another site has sent the form.
    Origin,
    /// The form lacks the token of the session, or has another.
    Csrf,
    /// The account may not change this.
    Right,
    /// The form has no button that this page knows, or cannot be read.
    Form,
    /// The record was changed, or ended, since the page was shown.
    Changed,
}

impl Problem {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Origin | Self::Csrf | Self::Right => StatusCode::FORBIDDEN,
            Self::Form => StatusCode::BAD_REQUEST,
            Self::Changed => StatusCode::CONFLICT,
        }
    }

    /// The messages of heading and text.
    pub(super) const fn messages(self, area: Area) -> [&'static str; 2] {
        match self {
            Self::NotFound => [
                "problem-not-found",
                area.pick("problem-not-found-text", "problem-not-found-platform"),
            ],
            Self::Origin => ["problem-origin", "problem-origin-text"],
            Self::Csrf => ["problem-csrf", "problem-csrf-text"],
            Self::Right => ["problem-right", "problem-right-text"],
            Self::Form => ["problem-form", "problem-form-text"],
            Self::Changed => ["problem-changed", "problem-changed-text"],
        }
    }
}

/// Why a visit gets another response.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A page says why.
    Problem(Problem),
    /// The service cannot answer, or has a bug.
    Fault(ApiError),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Fault(error)
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<operator::ManageError> for Refusal {
    fn from(error: operator::ManageError) -> Self {
        match error {
            operator::ManageError::Unknown => Problem::NotFound.into(),
            operator::ManageError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<api_key::manage::MakerError> for Refusal {
    fn from(error: api_key::manage::MakerError) -> Self {
        match error {
            api_key::manage::MakerError::Operator(why) => why.into(),
            api_key::manage::MakerError::Keys(why) => why.into(),
            api_key::manage::MakerError::Database(why) => why.into(),
        }
    }
}

impl From<api_key::ManageError> for Refusal {
    fn from(error: api_key::ManageError) -> Self {
        match error {
            api_key::ManageError::Unknown => Problem::NotFound.into(),
            api_key::ManageError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<client::ManageError> for Refusal {
    fn from(error: client::ManageError) -> Self {
        match error {
            client::ManageError::Unknown | client::ManageError::UnknownOrganization => {
                Problem::NotFound.into()
            }
            client::ManageError::Keys(_)
            | client::ManageError::KeysMissing
            | client::ManageError::Database(_) => Self::Fault(error.into()),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<DefineError> for Refusal {
    fn from(error: DefineError) -> Self {
        match error {
            DefineError::Unknown | DefineError::UnknownOrganization => Problem::NotFound.into(),
            DefineError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<wechat::ManageError> for Refusal {
    fn from(error: wechat::ManageError) -> Self {
        match error {
            wechat::ManageError::Unknown | wechat::ManageError::UnknownOrganization => {
                Problem::NotFound.into()
            }
            wechat::ManageError::Seal(_) | wechat::ManageError::Database(_) => {
                Self::Fault(error.into())
            }
            _ => Problem::Changed.into(),
        }
    }
}

impl From<organization::ProfileError> for Refusal {
    fn from(error: organization::ProfileError) -> Self {
        match error {
            organization::ProfileError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<organization::ManageError> for Refusal {
    fn from(error: organization::ManageError) -> Self {
        match error {
            organization::ManageError::Unknown => Problem::NotFound.into(),
            organization::ManageError::Database(why) => why.into(),
            organization::ManageError::Hash(why) => db::Error::Internal(why).into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<signing_keys::KeysError> for Refusal {
    fn from(error: signing_keys::KeysError) -> Self {
        match error {
            signing_keys::KeysError::Unknown(_) => Problem::NotFound.into(),
            signing_keys::KeysError::InvalidTransition(..) => Problem::Changed.into(),
            other => db::Error::from(other).into(),
        }
    }
}

impl From<schedule::RequestError> for Refusal {
    fn from(error: schedule::RequestError) -> Self {
        match error {
            schedule::RequestError::Unknown => Problem::NotFound.into(),
            schedule::RequestError::Database(why) => why.into(),
        }
    }
}

impl From<operator::RevokeError> for Refusal {
    fn from(error: operator::RevokeError) -> Self {
        match error {
            operator::RevokeError::Database(why) => why.into(),
            _ => Problem::NotFound.into(),
        }
    }
}

impl From<grant::manage::EndError> for Refusal {
    fn from(error: grant::manage::EndError) -> Self {
        match error {
            grant::manage::EndError::Unknown => Problem::NotFound.into(),
            grant::manage::EndError::Database(why) => why.into(),
        }
    }
}

impl From<company::NewTokenError> for Refusal {
    fn from(error: company::NewTokenError) -> Self {
        match error {
            company::NewTokenError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<company::ChangeError> for Refusal {
    fn from(error: company::ChangeError) -> Self {
        match error {
            company::ChangeError::Unknown => Problem::NotFound.into(),
            company::ChangeError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<company::RotateError> for Refusal {
    fn from(error: company::RotateError) -> Self {
        match error {
            company::RotateError::Unknown => Problem::NotFound.into(),
            company::RotateError::Database(why) => why.into(),
            company::RotateError::Key(why) => db::Error::Internal(why.to_string()).into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<platform::ManageError> for Refusal {
    fn from(error: platform::ManageError) -> Self {
        match error {
            platform::ManageError::Unknown => Problem::NotFound.into(),
            platform::ManageError::Database(why) => why.into(),
            _ => Problem::Changed.into(),
        }
    }
}

impl From<webhook::ManageError> for Refusal {
    fn from(error: webhook::ManageError) -> Self {
        match error {
            webhook::ManageError::Unknown | webhook::ManageError::UnknownMessage => {
                Problem::NotFound.into()
            }
            webhook::ManageError::Database(why) => why.into(),
            webhook::ManageError::Seal(why) => db::Error::Internal(why.to_string()).into(),
            _ => Problem::Changed.into(),
        }
    }
}
