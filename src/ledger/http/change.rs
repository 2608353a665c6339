//! `PATCH /api/company/tokens/{jti}`: the label of a company token, and its end.

use actix_web::HttpResponse;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{LineView, TOKEN};
use crate::base::{Timestamp, TokenId};
use crate::company::{self, Change, ChangeError};
use crate::http::json_member::settable;
use crate::http::{ApiError, Call, Company, ErrorBody, JsonBody, OptionalJson};
use crate::ledger::{Label, LabelError, successors_used};
use crate::revocation::http::add_receipt;

/// A change of a company token. An absent member stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeToken {
    /// A name for people, such as that of a program: 1 to 200 characters, or null for none.
    #[serde(default, deserialize_with = "settable")]
    label: Option<Option<String>>,
    /// When it ends: RFC 3339 with an offset, not later than it ends now. An instant that has passed
    /// ends it at once. Tokens that are derived from it stay valid.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = String, format = DateTime, required = false)]
    ends_at: Option<Timestamp>,
}

impl JsonBody for ChangeToken {}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let at = Timestamp::parse(&text).map_err(serde::de::Error::custom)?;
    Ok(Some(at))
}

impl From<ChangeError> for ApiError {
    fn from(fault: ChangeError) -> Self {
        match fault {
            ChangeError::Unknown => Self::not_found(),
            ChangeError::Later(_) => Self::invalid_request(format!("endsAt: {fault}")),
            ChangeError::Revoked | ChangeError::LabelChanged => Self::conflict(fault.to_string()),
            ChangeError::Database(error) => error.into(),
        }
    }
}

/// Changes a company token: its label, or its end, which can only be brought forward. If an end is
/// given, no node accepts the token after it once this answers.
#[utoipa::path(patch, path = TOKEN, tag = "Company", request_body = ChangeToken,
    params(("jti" = String, Path, description = "The token's id, its claim jti")),
    responses((status = 200, body = LineView), (status = 404, description = "There is no such company token", body = ErrorBody),
        (status = 409, description = "The token is revoked", body = ErrorBody)))]
pub(super) async fn change(
    call: Call<Company, OptionalJson<ChangeToken>>,
) -> Result<HttpResponse, ApiError> {
    let (app, organization, origin) = (&call.app, call.who.0.organization, call.origin());
    let ChangeToken { label, ends_at } = &call.body.0;
    let wrong = |why: LabelError| ApiError::invalid_request(format!("label {why}, or be null"));
    let label = label.as_ref().map(|label| {
        let label = label.as_deref().map(str::parse::<Label>);
        label.transpose()
    });
    let change = Change {
        label: label.transpose().map_err(wrong)?,
        ends_at: *ends_at,
        label_was: None,
    };
    // What is wrong with the body is said before what is wrong with the id.
    let jti = call.path("jti").parse::<TokenId>();
    let jti = jti.map_err(|_| ApiError::not_found())?;
    let (record, receipt) = company::change(app, (organization, jti), change, origin).await?;
    let used = successors_used(app, organization, std::iter::once(&record.line)).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(receipt) = &receipt {
        add_receipt(&mut answer, receipt);
    }
    Ok(answer.json(LineView::new(app, record.line, &used)))
}
