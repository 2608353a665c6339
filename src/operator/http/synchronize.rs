//! `POST /api/operator/synchronize`: a whole list of operators at once.

use actix_web::HttpResponse;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{OperatorView, activity};
use crate::base::OperatorId;
use crate::http::json_member::{Object, given, settable};
use crate::http::{ApiError, Call, Company, ErrorBody, JsonBody, REFUSED_AFTER, SMALL, Unparsed};
use crate::operator::{Change, Ids, Outcome, Row, SynchronizeError, synchronize};
use crate::revocation;
use crate::revocation::http::add_receipt;

/// One operator of a list. It is found by `id`, or else by `externalId`; if there is none, it is
/// added.
// The members of `ChangeOperator` are repeated here: with serde's `flatten`, an error could not
// name the member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizeRow {
    /// The operator's id, if the caller has it.
    #[schema(value_type = Option<i64>)]
    id: Option<OperatorId>,
    /// 1 to 200 characters, at least one of them visible. Required for a new operator.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The id that the chat platform gave the operator. It is unique within the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// Unique within the organization. Case and the composition of letters are ignored.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// The name of a role.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:-]{1,64}$")]
    role: Option<Option<String>>,
    /// The name that the operator signs in with: visible characters without `/`. Usernames and
    /// emails of an organization are one name space.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    username: Option<Option<String>>,
    /// A word of the organization's own, such as a customer's plan.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    tier: Option<Option<String>>,
    /// A picture, such as a URL.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048)]
    avatar: Option<Option<String>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = String, required = false, pattern = "^(active|inactive)$")]
    status: Option<bool>,
}

impl From<SynchronizeRow> for Row {
    fn from(wire: SynchronizeRow) -> Self {
        Self {
            id: wire.id,
            change: Change {
                name: wire.name,
                external_id: wire.external_id,
                email: wire.email,
                role: wire.role,
                username: wire.username,
                tier: wire.tier,
                avatar: wire.avatar,
                password: None,
                active: wire.status,
            },
        }
    }
}

/// The list of operators.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Synchronize(Vec<Object<SynchronizeRow>>);

impl JsonBody for Synchronize {
    const LIMIT: usize = 4 * 1024 * 1024;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// The outcome of a row of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeView {
    /// `created`, `updated` or `unchanged`.
    outcome: &'static str,
    /// The operator as it is now.
    operator: OperatorView,
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        let (outcome, operator) = match outcome {
            Outcome::Created(operator) => ("created", operator),
            Outcome::Updated(operator) => ("updated", operator),
            Outcome::Unchanged(operator) => ("unchanged", operator),
        };
        Self {
            outcome,
            operator: operator.into(),
        }
    }
}

impl From<SynchronizeError> for ApiError {
    fn from(fault: SynchronizeError) -> Self {
        match fault {
            SynchronizeError::Row { index, fault } => Self::from(fault).at(index),
            SynchronizeError::Database(error) => error.into(),
        }
    }
}

/// Refuses a list of an organization that has its maximum of lists in progress.
async fn one_too_many() -> ApiError {
    tokio::time::sleep(REFUSED_AFTER).await;
    ApiError::unavailable()
}

/// Adds or updates up to 1,000 operators: all of them or none. Uniqueness is checked in the state
/// after all changes. Returns the outcome for each row, in the order of the rows, with the operator
/// after the change.
#[utoipa::path(post, path = "/api/operator/synchronize", tag = "Operators", request_body = Vec<SynchronizeRow>,
    responses((status = 200, body = Vec<OutcomeView>),
        (status = 404, description = "There is no operator with the `id` of a row", body = ErrorBody),
        (status = 409, description = "Two operators would have the same externalId, username or email, or one is deleted", body = ErrorBody)))]
pub async fn synchronize_operators(
    call: Call<Company, Unparsed<Synchronize>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let long = call.app.db.for_long();
    // A list of more than `SHORT` rows is larger than that. It is not even parsed.
    if call.body.size() > SMALL && long.is_full() {
        return Err(one_too_many().await);
    }
    let Synchronize(rows) = call
        .body
        .parse_in_background(&call.app.requests.background, organization)
        .await?;
    let rows: Vec<_> = rows.into_iter().map(|Object(row)| row.into()).collect();
    if rows.len() > synchronize::LIMIT {
        return Err(ApiError::invalid_request(
            "more than 1000 operators; send them in several calls",
        ));
    }
    let takes_away = rows.iter().any(|row: &Row| row.change.takes_away());
    let db = if rows.len() > synchronize::SHORT {
        long
    } else {
        call.app.db.clone()
    };
    if db.is_full() {
        return Err(one_too_many().await);
    }
    let (ids, rows) = call
        .app
        .db
        .run(move |db| Ids::draw(db, organization, &rows, now).map(|ids| (ids, rows)))
        .await?;
    let turn = db.clone();
    let feed = call.app.nodes.feed.clone();
    let ((outcomes, revoked), done) = revocation::commit(&db, feed, move |conn| {
        let gives_way = || turn.must_give_way();
        let done = synchronize(conn, organization, rows, &origin, now, ids, &gives_way);
        done.map(|(outcomes, entries)| ((outcomes, revocation::count(&entries)), entries))
    })
    .await?;
    call.app.metrics.revocations.inc_by(revoked);
    let done = match done {
        None if takes_away => Some(revocation::already(&call.app.db, &call.app.nodes.feed).await?),
        done => done,
    };
    let mut answer = HttpResponse::Ok();
    if let Some(done) = &done {
        add_receipt(&mut answer, done);
    }
    Ok(answer.json(
        outcomes
            .into_iter()
            .map(OutcomeView::from)
            .collect::<Vec<_>>(),
    ))
}
