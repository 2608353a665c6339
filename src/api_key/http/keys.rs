//! `GET, POST /api/v1/api-keys`, `GET, PATCH, DELETE …/{id}`, and what is done to one key.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};

use super::body::{ChangeKey, CreateKey, QuarantineKey, RotateKey};
use super::id;
use super::view::{KeyView, MadeView};
use crate::api_key::manage::{self, Listed, Members, NewKey, Wanted};
use crate::api_key::{Environment, KeyStatus};
use crate::base::name::is_text;
use crate::base::{ApiKeyId, Seek, TimeKey, Timestamp};
use crate::http::{ApiError, Call, ErrorBody, Json, Manager, OptionalJson, PageOf, Parameters};
use crate::revocation;
use crate::revocation::http::{add_receipt, receipt};

const KEYS: &str = "/api/v1/api-keys";
const KEY: &str = "/api/v1/api-keys/{id}";
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Returns the organization's keys, newest first; without `status` all that are not revoked.
#[utoipa::path(get, path = KEYS, tag = "API keys", operation_id = "list_api_keys",
    params(("status" = Option<String>, Query, description = "`active`, `quarantined`, `revoked` or `expired`"),
        ("environment" = Option<String>, Query, description = "`live` or `test`"),
        ("created_by" = Option<String>, Query, description = "Only those that this actor made: `operator:31`"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<KeyView>)))]
pub(super) async fn list(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (organization, now) = (call.who.0.organization, call.app.clock.now());
    let (limit, seek, wanted) = {
        let query = call.query(&["status", "environment", "created_by", "limit", "cursor"])?;
        let seek = Seek::after(query.cursor::<Place>()?.map(|place| place.0));
        let wanted = Wanted {
            listed: listed(&query)?,
            environment: query.parse::<Environment>("environment", "live or test")?,
            created_by: created_by(&query)?,
        };
        (query.limit()?, seek, wanted)
    };
    let found = call
        .app
        .db
        .read(move |conn| manage::list(conn, organization, &wanted, seek, limit.and_one(), now))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |(stored, _)| format!("{} {}", stored.key.created_at.as_micros(), stored.key.id),
        |(stored, last)| KeyView::new(&stored, last, now),
    )))
}

/// Where a page begins.
struct Place(TimeKey<ApiKeyId>);

impl std::str::FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (micros, id) = text.split_once(' ').ok_or(())?;
        let at = Timestamp::from_micros(micros.parse().map_err(|_| ())?);
        let id = id.parse().map_err(|_| ())?;
        Ok(Self(TimeKey { at, id }))
    }
}

/// Reads `created_by`. PostgreSQL does not accept every text.
fn created_by(query: &Parameters<'_>) -> Result<Option<String>, ApiError> {
    let text = query.get("created_by");
    if text.is_some_and(|text| !is_text(text)) {
        return Err(ApiError::invalid_request(
            "created_by must be an actor of the audit log, such as operator:31",
        ));
    }
    Ok(text.map(str::to_owned))
}

fn listed(query: &Parameters<'_>) -> Result<Listed, ApiError> {
    Ok(match query.get("status") {
        None => Listed::NotRevoked,
        Some("expired") => Listed::Expired,
        Some(other) => Listed::Status(other.parse::<KeyStatus>().map_err(|_| {
            ApiError::invalid_request("status must be active, quarantined, revoked or expired")
        })?),
    })
}

/// Makes a key. Its text, and its signing secret if it has one, are in this response and in no other.
#[utoipa::path(post, path = KEYS, tag = "API keys", operation_id = "create_api_key",
    request_body = CreateKey, responses((status = 201, body = MadeView),
        (status = 409, description = "The organization has too many keys", body = ErrorBody)))]
pub(super) async fn create(call: Call<Manager, Json<CreateKey>>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let organization = call.who.0.organization;
    let wanted = NewKey::from(call.body.0);
    let keeper = Arc::clone(&call.app.tokens.keys);
    let made = call
        .app
        .db
        .write(move |conn| {
            let masters = Some(keeper.masters());
            manage::create(conn, masters, organization, &wanted, &origin, now)
        })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{KEYS}/{}", made.stored.key.id)))
        .insert_header((CACHE_CONTROL, NO_STORE))
        .json(MadeView::new(made, now)))
}

/// Returns a key, also if it is revoked.
#[utoipa::path(get, path = KEY, tag = "API keys", operation_id = "get_api_key",
    params(("id" = String, Path)), responses((status = 200, body = KeyView)))]
pub(super) async fn get(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (organization, id, now) = (call.who.0.organization, id(&call)?, call.app.clock.now());
    let (stored, last) = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(KeyView::new(&stored, last, now)))
}

/// Changes a key. Members that are absent stay. What takes rights away is in force on every node
/// when this answers.
#[utoipa::path(patch, path = KEY, tag = "API keys", operation_id = "change_api_key",
    params(("id" = String, Path)), request_body = ChangeKey,
    responses((status = 200, body = KeyView),
        (status = 409, description = "The key is revoked", body = ErrorBody)))]
pub(super) async fn change(
    call: Call<Manager, OptionalJson<ChangeKey>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let members = Members::from(call.body.0.clone());
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let (changed, written) = revocation::commit_here(db, feed.clone(), move |conn| {
        manage::change(conn, which, &members, &origin, now)
    })
    .await?;
    let mut answer = HttpResponse::Ok();
    if changed.narrows {
        let done = revocation::settle(db, &feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    Ok(answer.json(KeyView::new(&changed.stored, changed.last, now)))
}

/// Revokes a key, for good. The record stays readable.
#[utoipa::path(delete, path = KEY, tag = "API keys", operation_id = "revoke_api_key",
    params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn revoke(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let ((), done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::revoke(conn, which, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    call.app.metrics.revocations.inc();
    Ok(receipt(&done))
}

/// Gives a key another text, and another signing secret if it has one. The present ones stay valid
/// for `overlap_seconds`; older ones end at once.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", tag = "API keys",
    operation_id = "rotate_api_key", params(("id" = String, Path)), request_body = RotateKey,
    responses((status = 200, body = MadeView),
        (status = 409, description = "The key is revoked or has expired", body = ErrorBody)))]
pub(super) async fn rotate(
    call: Call<Manager, OptionalJson<RotateKey>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let overlap = call.body.0.overlap_seconds;
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let keeper = Arc::clone(&call.app.tokens.keys);
    let (made, written) = revocation::commit_here(db, feed.clone(), move |conn| {
        manage::rotate(conn, Some(keeper.masters()), which, overlap, &origin, now)
    })
    .await?;
    let mut answer = HttpResponse::Ok();
    if made.ends_now {
        let done = revocation::settle(db, &feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    answer.insert_header((CACHE_CONTROL, NO_STORE));
    Ok(answer.json(MadeView::new(made, now)))
}

/// Quarantines a key: it is refused everywhere until it is released.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/quarantine", tag = "API keys",
    operation_id = "quarantine_api_key", params(("id" = String, Path)), request_body = QuarantineKey,
    responses((status = 200, body = KeyView),
        (status = 409, description = "The key is revoked", body = ErrorBody)))]
pub(super) async fn quarantine(
    call: Call<Manager, OptionalJson<QuarantineKey>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let reason = call.body.0.reason.clone();
    let ((stored, last), done) =
        revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
            manage::quarantine(conn, which, reason.as_deref(), &origin, now)
        })
        .await?;
    let mut answer = HttpResponse::Ok();
    add_receipt(&mut answer, &done);
    Ok(answer.json(KeyView::new(&stored, last, now)))
}

/// Releases a quarantined key.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/release", tag = "API keys",
    operation_id = "release_api_key", params(("id" = String, Path)),
    responses((status = 200, body = KeyView),
        (status = 409, description = "The key is revoked", body = ErrorBody)))]
pub(super) async fn release(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let which = (call.who.0.organization, id(&call)?);
    let ((stored, last), _) =
        revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
            manage::release(conn, which, &origin, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(KeyView::new(&stored, last, now)))
}
