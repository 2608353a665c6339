//! `/api/company/operators…`: managing operators.

pub mod credentials;
pub mod profile;
mod record;
pub mod sessions;
pub mod synchronize;
pub mod tokens;

pub use record::{ChangeOperator, OperatorView};

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;

use self::record::activity;
use super::{Filter, ManageError, NewOperator, OperatorStatus, Profile, manage, revoke_all};
use crate::base::{OperatorId, Seek};
use crate::http::{
    ApiError, Call, Company, ErrorBody, Json, OptionalJson, PageOf, Routes, Surface, endpoints,
};
use crate::revocation;
use crate::revocation::http::{add_receipt, receipt};

const OPERATORS: &str = "/api/company/operators";
const OPERATOR: &str = "/api/company/operators/{id}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            tokens::get_token,
            tokens::revoke_token,
            synchronize::synchronize_operators,
            tokens::own_profile,
            list,
            add,
            get,
            change,
            delete,
            credentials::set,
            credentials::remove,
            credentials::set_totp,
            credentials::remove_totp,
            revoke_tokens,
        ],
    )
}

impl From<ManageError> for ApiError {
    fn from(fault: ManageError) -> Self {
        match fault {
            ManageError::Profile(fault) => Self::invalid_request(fault.text()),
            ManageError::Unknown | ManageError::UnknownOrganization => Self::not_found(),
            ManageError::Deleted
            | ManageError::Changed
            | ManageError::ExternalIdTaken
            | ManageError::EmailTaken
            | ManageError::UsernameTaken => Self::conflict(fault.to_string()),
            ManageError::Guarded => Self::forbidden(fault.to_string()),
            ManageError::Database(error) => error.into(),
        }
    }
}

/// Returns the operator's id from the path. A text that is not a number is the id of no operator.
fn id<C: crate::http::Credential, B>(call: &Call<C, B>) -> Result<OperatorId, ApiError> {
    call.path("id").parse().map_err(|_| ApiError::not_found())
}

/// Returns the organization's operators, ordered by id. Without `status`, it returns those that are
/// not deleted.
#[utoipa::path(get, path = OPERATORS, tag = "Operators",
    params(("status" = Option<String>, Query), ("externalId" = Option<String>, Query),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<OperatorView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (filter, limit) = {
        let query = call.query(&["status", "externalId", "limit", "cursor"])?;
        let limit = query.limit()?;
        let filter = Filter {
            organization: call.who.0.organization,
            status: query.parse("status", "active, inactive or deleted")?,
            external_id: query.get("externalId").map(str::to_owned),
            seek: Seek::after(query.cursor()?),
            limit: limit.and_one(),
        };
        (filter, limit)
    };
    let found = call
        .app
        .db
        .read(move |conn| manage::list(conn, &filter))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |operator| operator.id.to_string(),
        OperatorView::from,
    )))
}

/// Adds an operator.
#[utoipa::path(post, path = OPERATORS, tag = "Operators", request_body = ChangeOperator,
    responses((status = 201, body = OperatorView),
        (status = 409, description = "Another operator has the externalId, the username or the email", body = ErrorBody)))]
pub async fn add(call: Call<Company, Json<ChangeOperator>>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let wanted = call.body.0.hashed(&call.app, organization).await?;
    let new = NewOperator {
        profile: Profile {
            name: wanted
                .name
                .ok_or_else(|| ApiError::invalid_request("name is missing"))?,
            external_id: wanted.external_id.flatten(),
            email: wanted.email.flatten(),
            role: wanted.role.flatten(),
            username: wanted.username.flatten(),
            tier: wanted.tier.flatten(),
            avatar: wanted.avatar.flatten(),
        },
        password: wanted.password.flatten(),
        status: if wanted.active == Some(false) {
            OperatorStatus::Inactive
        } else {
            OperatorStatus::Active
        },
    };
    let operator = call
        .app
        .db
        .write(move |conn| manage::add(conn, organization, new, &origin, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{OPERATORS}/{}", operator.id)))
        .json(OperatorView::from(operator)))
}

/// Returns an operator, also if it is deleted.
#[utoipa::path(get, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 200, body = OperatorView)))]
pub async fn get(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let operator = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Changes an operator. Deactivating it revokes its tokens. Activating it again makes no revoked
/// token valid. A new username or password ends its sessions.
#[utoipa::path(patch, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    request_body = ChangeOperator, responses((status = 200, body = OperatorView),
        (status = 409, description = "Another operator has the externalId, the username or the email, or the operator is deleted", body = ErrorBody)))]
pub async fn change(
    call: Call<Company, OptionalJson<ChangeOperator>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let id = id(&call)?;
    let wanted = call.body.0.hashed(&call.app, organization).await?;
    let takes_away = wanted.takes_away();
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let ((operator, revoked), written) = revocation::commit_here(db, feed.clone(), move |conn| {
        let (operator, entries) = manage::change(conn, organization, id, wanted, &origin, now)?;
        Ok::<_, ManageError>(((operator, revocation::count(&entries)), entries))
    })
    .await?;
    call.app.metrics.revocations.inc_by(revoked);
    let mut answer = HttpResponse::Ok();
    if takes_away {
        let done = revocation::settle(db, &feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    Ok(answer.json(OperatorView::from(operator)))
}

/// Deletes an operator and revokes its tokens. The record stays readable.
#[utoipa::path(delete, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn delete(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization, id) = (
        call.origin(),
        call.app.clock.now(),
        call.who.0.organization,
        id(&call)?,
    );
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let (revoked, done) = revocation::enforce(db, feed, move |conn| {
        let entries = manage::delete(conn, organization, id, &origin, now)?;
        Ok::<_, ManageError>((revocation::count(&entries), entries))
    })
    .await?;
    call.app.metrics.revocations.inc_by(revoked);
    Ok(receipt(&done))
}

/// Revokes every token of an operator that was issued so far.
#[utoipa::path(post, path = "/api/company/operators/{id}/revoke-tokens", tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn revoke_tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let id = id(&call)?;
    let done = revoke_all(&call.app, call.who.0.organization, id, call.origin()).await?;
    Ok(receipt(&done))
}
