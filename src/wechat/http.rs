//! `/api/v1/wechat-apps…` and `POST /api/v1/auth/wechat/login`.

mod apps;
mod login;

use super::{LoginError, ManageError};
use crate::http::{ApiError, Routes, Surface, endpoints};
use std::time::Duration;

/// How long a caller waits after WeChat said that it has received too many requests.
const LIMITED: Duration = Duration::from_mins(1);

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            login::log_in,
            apps::list,
            apps::add,
            apps::get,
            apps::change,
            apps::remove,
        ],
    )
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Unknown | ManageError::UnknownOrganization => Self::not_found(),
            ManageError::Taken | ManageError::Changed | ManageError::TooMany => {
                Self::conflict(error.to_string())
            }
            ManageError::Seal(why) => {
                tracing::error!(%why, "the secret of a WeChat app cannot be sealed");
                Self::internal()
            }
            ManageError::Database(error) => error.into(),
            other => Self::invalid_request(other.to_string()),
        }
    }
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Code => {
                Self::invalid_request("code must have 1 to 256 visible ASCII characters")
            }
            LoginError::Nickname => Self::invalid_request(
                "nickname must have 1 to 200 characters, at least one of them visible, and no control characters, or be absent",
            ),
            LoginError::Avatar => Self::invalid_request(
                "avatar must have 1 to 2048 characters, all of them visible, or be absent",
            ),
            LoginError::UnknownApp => Self::invalid_request("app_id: there is no app with this id"),
            LoginError::Refused => Self::refused_code(
                "WeChat does not accept the code: it is wrong, expired or used; get another one with wx.login",
            ),
            LoginError::Forbidden(why) => Self::forbidden(why),
            LoginError::Throttled(wait) => Self::rate_limited(wait),
            LoginError::Limited => Self::rate_limited(LIMITED),
            LoginError::Unavailable => Self::upstream_unavailable(
                "WeChat does not answer; retry with another code after the number of seconds in the Retry-After header",
            ),
            LoginError::Unusable => Self::bad_gateway(
                "WeChat's answer is of no use; the organization's audit log says why (wechat.failed)",
            ),
            LoginError::Busy => Self::unavailable(),
            LoginError::Stale => Self::stale(),
            LoginError::Database(error) => error.into(),
        }
    }
}
