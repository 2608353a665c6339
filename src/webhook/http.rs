//! `/api/company/webhooks…`: an organization's endpoints.

mod bodies;

pub use bodies::{
    ChangeWebhook, DeliveryView, MessageView, NewWebhookView, RetriedView, Retry, WebhookView,
};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};

use super::{Change, ManageError, manage};
use crate::base::{Seek, WebhookId};
use crate::http::{
    ApiError, Call, Company, Credential, ErrorBody, Json, OptionalJson, PageOf, Routes, Surface,
    endpoints,
};
use crate::outbox::MessageId;

const WEBHOOKS: &str = "/api/company/webhooks";
const WEBHOOK: &str = "/api/company/webhooks/{id}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![list, add, get, change, remove, test, retry, deliveries,],
    )
}

impl From<ManageError> for ApiError {
    fn from(fault: ManageError) -> Self {
        match fault {
            ManageError::Url(_) | ManageError::NoEvents | ManageError::Event(_) => {
                Self::invalid_request(fault.to_string())
            }
            ManageError::Unknown | ManageError::UnknownMessage => Self::not_found(),
            ManageError::TooMany | ManageError::NotActive | ManageError::Changed => {
                Self::conflict(fault.to_string())
            }
            ManageError::Seal(why) => {
                tracing::error!(%why, "a webhook's secret cannot be sealed");
                Self::internal()
            }
            ManageError::Database(error) => error.into(),
        }
    }
}

/// Returns the endpoint's id from the path. A text that is not a number is the id of no endpoint.
fn id<C: Credential, B>(call: &Call<C, B>) -> Result<WebhookId, ApiError> {
    call.path("id").parse().map_err(|_| ApiError::not_found())
}

/// Returns the organization's endpoints, ordered by id.
#[utoipa::path(get, path = WEBHOOKS, tag = "Webhooks",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<WebhookView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor()?.unwrap_or(WebhookId(0)))
    };
    let found = call
        .app
        .db
        .read(move |conn| manage::list(conn, organization, after, limit.and_one()))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |webhook| webhook.id.to_string(),
        WebhookView::from,
    )))
}

/// Adds an endpoint. The secret with which its messages are signed is in this response and in no
/// other.
#[utoipa::path(post, path = WEBHOOKS, tag = "Webhooks", request_body = ChangeWebhook,
    responses((status = 201, body = NewWebhookView),
        (status = 409, description = "The organization has as many endpoints as it may have", body = ErrorBody)))]
pub async fn add(call: Call<Company, Json<ChangeWebhook>>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let wanted = Change::from(call.body.0);
    if wanted.url.is_none() {
        return Err(ApiError::invalid_request("url is missing"));
    }
    let (keys, allow_private) = (
        call.app.tokens.keys.clone(),
        call.app.settings.private_webhooks,
    );
    let (webhook, secret) = call
        .app
        .db
        .write(move |conn| {
            let how = (keys.masters(), allow_private);
            manage::add(conn, organization, wanted, how, &origin, now)
        })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{WEBHOOKS}/{}", webhook.id)))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(NewWebhookView::new(webhook, &secret)))
}

/// Returns an endpoint.
#[utoipa::path(get, path = WEBHOOK, tag = "Webhooks", params(("id" = i64, Path)),
    responses((status = 200, body = WebhookView)))]
pub async fn get(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let webhook = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(webhook)))
}

/// Changes an endpoint. An endpoint that is `gone` receives messages again after its status is set
/// to `active`.
#[utoipa::path(patch, path = WEBHOOK, tag = "Webhooks", params(("id" = i64, Path)),
    request_body = ChangeWebhook, responses((status = 200, body = WebhookView)))]
pub async fn change(
    call: Call<Company, OptionalJson<ChangeWebhook>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let allow_private = call.app.settings.private_webhooks;
    let wanted = Change::from(call.body.0);
    let webhook = call
        .app
        .db
        .write(move |conn| manage::change(conn, which, wanted, allow_private, &origin, now))
        .await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(webhook)))
}

/// Removes an endpoint with all its messages.
#[utoipa::path(delete, path = WEBHOOK, tag = "Webhooks", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn remove(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, id) = (call.who.0.organization, id(&call)?);
    call.app
        .db
        .write(move |conn| manage::remove(conn, organization, id, &origin, now))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends the endpoint a message of type `webhook.test`.
#[utoipa::path(post, path = "/api/company/webhooks/{id}/test", tag = "Webhooks", params(("id" = i64, Path)),
    responses((status = 202, body = MessageView),
        (status = 409, description = "The endpoint is not active", body = ErrorBody)))]
pub async fn test(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id, now) = (call.who.0.organization, id(&call)?, call.app.clock.now());
    let id = call
        .app
        .db
        .write(move |conn| manage::test(conn, organization, id, now))
        .await?;
    Ok(HttpResponse::Accepted().json(MessageView::new(id)))
}

/// Tries messages that were given up once more: one of them, or all.
#[utoipa::path(post, path = "/api/company/webhooks/{id}/retry", tag = "Webhooks", params(("id" = i64, Path)),
    request_body = Retry, responses((status = 202, body = RetriedView),
        (status = 404, description = "There is no such endpoint, or no such message", body = ErrorBody),
        (status = 409, description = "The endpoint is not active", body = ErrorBody)))]
pub async fn retry(call: Call<Company, OptionalJson<Retry>>) -> Result<HttpResponse, ApiError> {
    let (which, origin, now) = (
        (call.who.0.organization, id(&call)?),
        call.origin(),
        call.app.clock.now(),
    );
    let message = match call.body.0.delivery_id.as_deref() {
        Some(id) => Some(id.parse().map_err(|()| ApiError::not_found())?),
        None => None,
    };
    let retried = call
        .app
        .db
        .write(move |conn| manage::retry(conn, which, message, &origin, now))
        .await?;
    Ok(HttpResponse::Accepted().json(RetriedView { retried }))
}

/// Returns the endpoint's messages of the last week, newest first.
#[utoipa::path(get, path = "/api/company/webhooks/{id}/deliveries", tag = "Webhooks",
    params(("id" = i64, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<DeliveryView>)))]
pub async fn deliveries(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let (limit, seek) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, Seek::after(query.cursor::<MessageId>()?))
    };
    let found = call
        .app
        .db
        .read(move |conn| {
            manage::get(conn, organization, id)?;
            let found = super::deliveries(conn, (organization, id), seek, limit.and_one())?;
            Ok::<_, ManageError>(found)
        })
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |delivery| delivery.id.clone(),
        DeliveryView::from,
    )))
}
