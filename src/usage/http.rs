//! `GET /api/company/usage`.

use actix_web::HttpResponse;

use super::{Range, UsageView, read};
use crate::http::{ApiError, Call, Company, Routes, Surface, endpoints};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![usage,])
}

/// Returns what the organization did, as a series of points: the last hour by minute, the last day by
/// quarter of an hour, or the last 30 days in UTC. What happened in the last minute may be missing.
/// A number that is not known is null.
#[utoipa::path(get, path = "/api/company/usage", tag = "Company",
    params(("range" = Option<String>, Query, description = "hour, day (the default) or month")),
    responses((status = 200, body = UsageView)))]
pub async fn usage(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let range = {
        let query = call.query(&["range"])?;
        query.parse::<Range>("range", "hour, day or month")?
    };
    let (range, organization) = (range.unwrap_or(Range::Day), call.who.0.organization);
    let now = call.app.clock.now();
    let series = call
        .app
        .db
        .read(move |conn| read(conn, organization, range, now))
        .await?;
    Ok(HttpResponse::Ok().json(UsageView::from(series)))
}
