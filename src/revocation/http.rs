//! What a revoke answers, and the revocation list: `GET /api/company/revocations`.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::Receipt;
use crate::base::{KeyId, OperatorId, Sequence, Timestamp, TokenId};
use crate::feed::{self, Entry};
use crate::http::{ApiError, Call, Company, PageOf};

/// 204 with the receipt in its headers.
pub(crate) fn receipt(receipt: &Receipt) -> HttpResponse {
    let millis = receipt.took.as_secs_f64() * 1_000.0;
    HttpResponse::NoContent()
        .insert_header(("revocation-sequence", receipt.sequence.to_string()))
        .insert_header(("revocation-ms", format!("{millis:.1}")))
        .insert_header(("revocation-nodes", receipt.nodes.to_string()))
        .insert_header(("revocation-confirmed", receipt.confirmed.to_string()))
        .finish()
}

/// A row of the revocation list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevocationView {
    /// Its place in the service's order; an organization sees gaps.
    seq: Sequence,
    /// `token`, `operator`, `company_token`, `organization` or `key`.
    kind: &'static str,
    /// The token, where the kind is one of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    jti: Option<TokenId>,
    /// The operator, where the kind is `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<OperatorId>,
    /// The signing key, where the kind is `key`: everything it ever signed is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    kid: Option<KeyId>,
    /// When it was revoked.
    at: Timestamp,
    /// When nothing it kills can be alive any more; null: never.
    until: Option<Timestamp>,
}

impl From<Entry> for RevocationView {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            kind: entry.fact.kind().as_str(),
            jti: entry.fact.jti(),
            operator_id: entry.fact.operator(),
            kid: entry.fact.kid(),
            at: entry.at,
            until: entry.until,
        }
    }
}

/// The organization's revocations after `after`, oldest first.
#[utoipa::path(get, path = "/api/company/revocations", tag = "Revocation",
    params(("after" = Option<i64>, Query, description = "Only rows after this sequence"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<RevocationView>)))]
pub async fn revocations(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let (limit, after) = {
        let query = call.query();
        let after: Option<i64> = query.parse("after", "a sequence number, 0 or more")?;
        if after.is_some_and(|after| after < 0) {
            return Err(ApiError::invalid_request(
                "after must be a sequence number, 0 or more",
            ));
        }
        let cursor: Option<Sequence> = query.cursor()?;
        (
            query.limit()?,
            cursor.unwrap_or(Sequence(after.unwrap_or_default())),
        )
    };
    let entries = call
        .app
        .db
        .read(move |conn| feed::page(conn, organization, after, limit.and_one()))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        entries,
        limit,
        |entry| entry.seq.to_string(),
        RevocationView::from,
    )))
}
