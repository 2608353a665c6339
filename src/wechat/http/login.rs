//! `POST /api/v1/auth/wechat/login` (guide 000).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Anyone, ApiError, Call, ErrorBody, Json, JsonBody, json_member};
use crate::token::{SESSION_LIFETIME, SessionClaims};
use crate::wechat::{self, Presented, SignedIn};

/// What a Mini Program signs a person in with.
// It has no `Debug`: the code must not reach a log.
#[derive(Deserialize, ToSchema)]
#[schema(as = WechatLogIn)]
pub(super) struct LogIn {
    /// The code that `wx.login` returned: 1 to 256 characters.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    #[serde(deserialize_with = "json_member::secret")]
    code: SecretString,
    /// The id of the Mini Program.
    app_id: String,
    /// The name of the operator that a new person becomes.
    #[serde(default)]
    nickname: Option<String>,
    /// The picture of the operator that a new person becomes.
    #[serde(default)]
    avatar: Option<String>,
}

impl JsonBody for LogIn {}

/// A session of a person that signed in with WeChat.
#[derive(Serialize, ToSchema)]
#[schema(as = WechatSession)]
pub(super) struct SessionView {
    /// The session, to be sent as `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it is valid (seconds).
    expires_in: u64,
    user: UserView,
}

/// The operator that a person is, and the ids that WeChat gave the person.
#[derive(Serialize, ToSchema)]
#[schema(as = WechatUser)]
struct UserView {
    /// `user_` and the operator's id.
    id: String,
    openid: String,
    /// Null if WeChat gave none.
    unionid: Option<String>,
    /// The operator's name.
    nickname: String,
    /// The operator's picture.
    avatar: Option<String>,
}

impl From<SignedIn> for SessionView {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn {
            session,
            operator,
            person,
        } = signed_in;
        Self {
            access_token: session,
            token_type: "Bearer",
            expires_in: SESSION_LIFETIME.as_secs(),
            user: UserView {
                id: SessionClaims::subject(operator.id),
                openid: person.openid,
                unionid: person.unionid,
                nickname: operator.profile.name,
                avatar: operator.profile.avatar,
            },
        }
    }
}

/// Signs in the person that a code stands for. The session is valid for an hour. It manages nothing,
/// whatever the role of the operator is.
#[utoipa::path(post, path = "/api/v1/auth/wechat/login", tag = "WeChat", operation_id = "wechat_log_in",
    security(()), request_body = LogIn, responses((status = 200, body = SessionView),
        (status = 401, description = "WeChat does not accept the code", body = ErrorBody),
        (status = 403, description = "The person may not sign in", body = ErrorBody),
        (status = 429, description = "Too many attempts: `Retry-After` says when to try again", body = ErrorBody),
        (status = 502, description = "WeChat's answer is of no use", body = ErrorBody),
        (status = 503, description = "WeChat does not answer", body = ErrorBody)))]
pub(super) async fn log_in(call: Call<Anyone, Json<LogIn>>) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let LogIn {
        code,
        app_id,
        nickname,
        avatar,
    } = call.body.0;
    let presented = Presented {
        code,
        app_id,
        nickname,
        avatar,
    };
    let signed_in = wechat::log_in(&call.app, presented, origin).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(SessionView::from(signed_in)))
}
