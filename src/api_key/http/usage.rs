//! `GET /api/v1/api-keys/usage`: the use of keys by day.

use actix_web::HttpResponse;
use chrono::{DateTime, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api_key::uses::{self, DayOfUse};
use crate::base::ApiKeyId;
use crate::http::{ApiError, Call, Manager, PageOf, Parameters};

/// The use of a key on one day.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyUsage)]
pub(super) struct UsageView {
    #[schema(value_type = String)]
    key_id: ApiKeyId,
    /// A day in UTC: `2026-01-31`.
    day: String,
    requests: i64,
    refused: i64,
    last_address: Option<String>,
}

impl From<DayOfUse> for UsageView {
    fn from(day: DayOfUse) -> Self {
        Self {
            key_id: day.id,
            day: text(day.day),
            requests: day.requests,
            refused: day.refused,
            last_address: day.last_address,
        }
    }
}

/// Returns a day as text.
fn text(day: i64) -> String {
    let at = DateTime::from_timestamp(day.saturating_mul(86_400), 0);
    at.map(|at| at.date_naive().to_string()).unwrap_or_default()
}

/// Reads a parameter that names a day.
fn day(query: &Parameters<'_>, name: &'static str) -> Result<Option<i64>, ApiError> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let day: Option<NaiveDate> = text.parse().ok().filter(|_| text.len() == 10);
    let day = day.ok_or_else(|| {
        ApiError::invalid_request(format!("{name} must be a day such as 2026-01-31"))
    })?;
    let since = day.signed_duration_since(NaiveDate::default());
    Ok(Some(since.num_days()))
}

/// Where a page begins.
struct Place((i64, ApiKeyId));

impl std::str::FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (day, id) = text.split_once(' ').ok_or(())?;
        let day = day.parse().map_err(|_| ())?;
        Ok(Self((day, id.parse().map_err(|_| ())?)))
    }
}

/// Returns the use of the organization's keys by day in UTC, the latest day first. What happened in
/// the last seconds may be missing.
#[utoipa::path(get, path = "/api/v1/api-keys/usage", tag = "API keys", operation_id = "api_key_usage",
    params(("from" = Option<String>, Query, description = "The first day: `2026-01-31`"),
        ("to" = Option<String>, Query, description = "The last day"),
        ("key_id" = Option<String>, Query, description = "Only this key"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<UsageView>)))]
pub(super) async fn usage(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let (limit, after, days, key) = {
        let query = call.query(&["from", "to", "key_id", "limit", "cursor"])?;
        let after = query.cursor::<Place>()?.map(|place| place.0);
        let from = day(&query, "from")?.unwrap_or(i64::MIN);
        let to = day(&query, "to")?.unwrap_or(i64::MAX);
        let key = query.parse::<ApiKeyId>("key_id", "the id of an API key")?;
        (query.limit()?, after, (from, to), key)
    };
    let found = call
        .app
        .db
        .read(move |conn| uses::usage(conn, organization, key, days, after, limit.and_one()))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |day| format!("{} {}", day.day, day.id),
        UsageView::from,
    )))
}
