//! `/api/company/clients…`: an organization's OAuth clients.

mod view;
mod wire;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use percent_encoding::percent_decode_str;

use super::manage::{self, ManageError};
use super::prepare_keys::{self, Wanted};
use super::{Registration, keys};
use crate::base::{ClientId, Seek};
use crate::http::{
    ApiError, Call, Company, Credential, ErrorBody, Json, OptionalJson, PageOf, Routes, Surface,
    endpoints,
};
use crate::revocation;
use crate::revocation::http::{add_receipt, receipt};
use view::{ClientView, NewClientView, RotatedView};
use wire::{ClientMembers, RotateSecret};

const CLIENTS: &str = "/api/company/clients";
const CLIENT: &str = "/api/company/clients/{id}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            list,
            add,
            get,
            change,
            delete,
            rotate_secret,
            drop_secret,
            revoke_tokens,
        ],
    )
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Registration(_) | ManageError::Grace => {
                Self::invalid_request(error.to_string())
            }
            ManageError::Unknown | ManageError::UnknownOrganization => Self::not_found(),
            ManageError::Deleted
            | ManageError::Changed
            | ManageError::NoSecret
            | ManageError::TooMany => Self::conflict(error.to_string()),
            ManageError::Keys(why) => {
                tracing::error!(%why, "the keys for a client cannot be made");
                Self::internal()
            }
            ManageError::KeysMissing => Self::unavailable(),
            ManageError::Database(error) => error.into(),
        }
    }
}

/// Returns the client's id from the path. Whatever the router left encoded is decoded.
fn id<C: Credential, B>(call: &Call<C, B>) -> Result<ClientId, ApiError> {
    let text = percent_decode_str(call.path("id")).decode_utf8();
    let id = text.ok().and_then(|text| text.parse().ok());
    id.ok_or_else(ApiError::not_found)
}

/// Returns the organization's clients that are not deleted, ordered by id.
#[utoipa::path(get, path = CLIENTS, tag = "Clients", operation_id = "list_clients",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<ClientView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, now) = (call.who.0.organization, call.app.clock.now());
    let (limit, seek) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, Seek::after(query.cursor::<ClientId>()?))
    };
    let found = call
        .app
        .db
        .read(move |conn| manage::list(conn, organization, &seek, limit.and_one()))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |found| found.client.id.to_string(),
        |found| ClientView::new(&found, now),
    )))
}

/// Adds a client. Its secret, if it has one, is in this response and in no other.
#[utoipa::path(post, path = CLIENTS, tag = "Clients", operation_id = "add_client",
    request_body = ClientMembers, responses((status = 201, body = NewClientView)))]
pub async fn add(call: Call<Company, Json<ClientMembers>>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (app, organization) = (&call.app, call.who.0.organization);
    let mut registration = Registration::default();
    let active = call.body.0.status;
    call.body.0.apply(&mut registration);
    if active == Some(false) {
        return Err(ApiError::invalid_request(
            "status must be active for a new client",
        ));
    }
    let asked = registration.clone();
    let settings = app
        .db
        .read(move |conn| manage::validate(conn, organization, &asked))
        .await?;
    keys::prepare(app, &settings, origin.actor.clone()).await?;
    let (added, _) = revocation::commit_here(&app.db, app.nodes.feed.clone(), move |conn| {
        manage::add(conn, organization, &registration, &origin, now)
    })
    .await?;
    let view = NewClientView::new(&added, now);
    Ok(HttpResponse::Created()
        .insert_header((
            LOCATION,
            format!("{CLIENTS}/{}", added.registered.client.id),
        ))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(view))
}

/// Returns a client, also if it is deleted.
#[utoipa::path(get, path = CLIENT, tag = "Clients", operation_id = "get_client",
    params(("id" = String, Path)), responses((status = 200, body = ClientView)))]
pub async fn get(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id, now) = (call.who.0.organization, id(&call)?, call.app.clock.now());
    let found = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, &id))
        .await?;
    Ok(HttpResponse::Ok().json(ClientView::new(&found, now)))
}

/// Changes a client. Members that are absent stay, null sets a member back to its default.
/// Disabling it revokes its tokens, and enabling it again makes none of them valid. If it gets a
/// secret by the change, the response has it, as `secret`.
#[utoipa::path(patch, path = CLIENT, tag = "Clients", operation_id = "change_client",
    params(("id" = String, Path)), request_body = ClientMembers,
    responses((status = 200, body = ClientView),
        (status = 409, description = "The client is deleted", body = ErrorBody)))]
pub async fn change(
    call: Call<Company, OptionalJson<ClientMembers>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (app, which) = (&call.app, (call.who.0.organization, id(&call)?));
    let members = &call.body.0;
    let (edit, active) = (members.clone(), members.status);
    let edit = move |registration: &mut Registration| edit.clone().apply(registration);
    let wanted = Wanted {
        edit,
        active,
        version: None,
    };
    let (changed, written) = prepare_keys::change(app, which, wanted, origin).await?;
    let mut answer = HttpResponse::Ok();
    // A call that timed out is repeated, and then says what is so already.
    let repeats = members.can_narrow() && !changed.widens;
    if changed.narrows || repeats {
        let done = revocation::settle(&app.db, &app.nodes.feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    if changed.secret.is_none() {
        return Ok(answer.json(ClientView::new(&changed.registered, now)));
    }
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(answer.json(NewClientView::new(&changed, now)))
}

/// Deletes a client and revokes its tokens. The record stays readable.
#[utoipa::path(delete, path = CLIENT, tag = "Clients", operation_id = "delete_client",
    params(("id" = String, Path)), responses((status = 204)))]
pub async fn delete(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let ((), done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::delete(conn, (organization, &id), &origin, now).map(|entries| ((), entries))
    })
    .await?;
    Ok(receipt(&done))
}

/// Gives a client another secret. The one before it stays valid for `graceSeconds`; with 0 it ends
/// at once. An older one ends in any case.
#[utoipa::path(post, path = "/api/company/clients/{id}/rotate-secret", tag = "Clients",
    operation_id = "rotate_client_secret", params(("id" = String, Path)), request_body = RotateSecret,
    responses((status = 200, body = RotatedView),
        (status = 409, description = "The client has no secret, or is deleted", body = ErrorBody)))]
pub async fn rotate_secret(
    call: Call<Company, OptionalJson<RotateSecret>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let (grace, which) = (call.body.0.grace_seconds, id.clone());
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let (rotated, written) = revocation::commit_here(db, feed.clone(), move |conn| {
        manage::rotate_secret(conn, (organization, &which), grace, &origin, now)
    })
    .await?;
    let mut answer = HttpResponse::Ok();
    if rotated.ends_one {
        let done = revocation::settle(db, &feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(answer.json(RotatedView::new(id, &rotated)))
}

/// Ends the older secret of a client, before its time. The present one stays. If there is no older
/// secret, nothing changes.
#[utoipa::path(post, path = "/api/company/clients/{id}/drop-secret", tag = "Clients",
    operation_id = "drop_client_secret", params(("id" = String, Path)), responses((status = 204)))]
pub async fn drop_secret(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let ((), done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::drop_secret(conn, (organization, &id), &origin, now).map(|entries| ((), entries))
    })
    .await?;
    Ok(receipt(&done))
}

/// Revokes every token of a client that was issued so far. Operators must consent again.
#[utoipa::path(post, path = "/api/company/clients/{id}/revoke-tokens", tag = "Clients",
    operation_id = "revoke_client_tokens", params(("id" = String, Path)), responses((status = 204)))]
pub async fn revoke_tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let ((), done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::revoke_tokens(conn, (organization, &id), &origin, now).map(|entries| ((), entries))
    })
    .await?;
    call.app.metrics.revocations.inc();
    Ok(receipt(&done))
}
