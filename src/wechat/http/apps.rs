//! `GET, POST /api/v1/wechat-apps`, `GET, PATCH, DELETE …/{app_id}`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::{Seek, Timestamp};
use crate::http::json_member::{self, given};
use crate::http::{ApiError, Call, ErrorBody, Json, JsonBody, Manager, OptionalJson, PageOf};
use crate::wechat::{self, Members, NewApp, OnUnknown, WechatApp};

const APPS: &str = "/api/v1/wechat-apps";
const APP: &str = "/api/v1/wechat-apps/{app_id}";

/// A Mini Program whose users may sign in. Its secret is never shown.
#[derive(Serialize, ToSchema)]
#[schema(as = WechatApp)]
pub(super) struct AppView {
    app_id: String,
    /// `create` or `refuse`.
    on_unknown: &'static str,
    /// The role of operators that are made for new persons.
    role: String,
    created_at: Timestamp,
}

impl From<WechatApp> for AppView {
    fn from(app: WechatApp) -> Self {
        Self {
            app_id: app.app_id,
            on_unknown: app.on_unknown.as_str(),
            role: app.role,
            created_at: app.created_at,
        }
    }
}

/// A Mini Program that is to be added.
// It has no `Debug`: the secret must not reach a log.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewWechatApp)]
pub(super) struct AddApp {
    /// The id that WeChat gave it. It belongs to one organization of the service.
    app_id: String,
    /// Its secret at WeChat.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    secret: SecretString,
    /// What happens when a person signs in for the first time: `create` (the default) makes an
    /// operator, `refuse` refuses the person.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    on_unknown: Option<OnUnknown>,
    /// The role of operators that are made; `customer` if it is absent. Not `admin` or `auditor`.
    #[serde(default)]
    role: Option<String>,
}

impl JsonBody for AddApp {}

/// The changes of an app: what is absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = ChangeWechatApp)]
pub(super) struct ChangeApp {
    /// Another secret.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default, deserialize_with = "json_member::given_secret")]
    secret: Option<SecretString>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    on_unknown: Option<OnUnknown>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    role: Option<String>,
}

impl JsonBody for ChangeApp {}

/// Where a page begins: after the app with this id.
struct Place(String);

impl std::str::FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = Some(text).filter(|text| wechat::is_app_id(text));
        text.map(|text| Self(text.to_owned())).ok_or(())
    }
}

/// Returns the organization's apps, ordered by id.
#[utoipa::path(get, path = APPS, tag = "WeChat", operation_id = "list_wechat_apps",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<AppView>)))]
pub(super) async fn list(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let (limit, seek) = {
        let query = call.query(&["limit", "cursor"])?;
        let after = query.cursor::<Place>()?.map(|place| place.0);
        (query.limit()?, Seek::after(after))
    };
    let found = call
        .app
        .db
        .read(move |conn| wechat::list(conn, organization, &seek, limit.and_one()))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |app| app.app_id.clone(),
        AppView::from,
    )))
}

/// Adds an app.
#[utoipa::path(post, path = APPS, tag = "WeChat", operation_id = "add_wechat_app", request_body = AddApp,
    responses((status = 201, body = AppView),
        (status = 409, description = "There is an app with this id, or there are too many", body = ErrorBody)))]
pub(super) async fn add(call: Call<Manager, Json<AddApp>>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let organization = call.who.0.organization;
    let AddApp {
        app_id,
        secret,
        on_unknown,
        role,
    } = call.body.0;
    let new = NewApp {
        app_id,
        members: Members {
            secret: Some(secret),
            on_unknown,
            role,
        },
    };
    let keys = Arc::clone(&call.app.tokens.keys);
    let app = call
        .app
        .db
        .write(move |conn| wechat::add(conn, organization, &new, keys.masters(), &origin, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{APPS}/{}", app.app_id)))
        .json(AppView::from(app)))
}

/// Returns an app.
#[utoipa::path(get, path = APP, tag = "WeChat", operation_id = "get_wechat_app",
    params(("app_id" = String, Path)), responses((status = 200, body = AppView)))]
pub(super) async fn get(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (organization, app_id) = (call.who.0.organization, call.path("app_id").to_owned());
    let app = call
        .app
        .db
        .read(move |conn| wechat::get(conn, organization, &app_id))
        .await?;
    Ok(HttpResponse::Ok().json(AppView::from(app)))
}

/// Changes an app. Operators that exist keep their roles.
#[utoipa::path(patch, path = APP, tag = "WeChat", operation_id = "change_wechat_app",
    params(("app_id" = String, Path)), request_body = ChangeApp,
    responses((status = 200, body = AppView)))]
pub(super) async fn change(
    call: Call<Manager, OptionalJson<ChangeApp>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, app_id) = (call.who.0.organization, call.path("app_id").to_owned());
    let ChangeApp {
        secret,
        on_unknown,
        role,
    } = call.body.0;
    let members = Members {
        secret,
        on_unknown,
        role,
    };
    let keys = Arc::clone(&call.app.tokens.keys);
    let app = call
        .app
        .db
        .write(move |conn| {
            let which = (organization, app_id.as_str());
            wechat::change(conn, which, &members, keys.masters(), &origin, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(AppView::from(app)))
}

/// Removes an app: nobody signs in with it any more. The operators and their sessions stay.
#[utoipa::path(delete, path = APP, tag = "WeChat", operation_id = "remove_wechat_app",
    params(("app_id" = String, Path)), responses((status = 204)))]
pub(super) async fn remove(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, app_id) = (call.who.0.organization, call.path("app_id").to_owned());
    call.app
        .db
        .write(move |conn| wechat::remove(conn, (organization, app_id.as_str()), &origin, now))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
