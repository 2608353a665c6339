//! `/healthz`, `/readyz`, `/metrics`.

use actix_web::HttpResponse;
use actix_web::http::header::VARY;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Readiness, classic, readiness};
use crate::http::{Anyone, ApiError, Call, Routes, Surface, endpoints, prefers};

/// The path that says whether requests should be sent to this node.
pub const READYZ: &str = "/readyz";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![healthz, readyz, metrics,])
}

/// The state of the service.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `ready`, or what is missing.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Whether the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "Operations", security(()), responses((status = 200, body = Health)))]
pub async fn healthz(_: Call<Anyone>) -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Whether requests should be sent here: the schema is migrated, the database answers, the lease holds, and
/// the node is not about to stop.
#[utoipa::path(get, path = READYZ, tag = "Operations", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn readyz(call: Call<Anyone>) -> HttpResponse {
    let missing = match readiness(&call.app).await {
        Readiness::Ready => return HttpResponse::Ok().json(Health { status: "ready" }),
        Readiness::Database => "database",
        Readiness::Lease => "lease",
        Readiness::Stopping => "stopping",
    };
    HttpResponse::ServiceUnavailable()
        .insert_header(("retry-after", "1"))
        .json(Health { status: missing })
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the service counts, as `OpenMetrics` text, or in Prometheus' classic text format for a reader that prefers `text/plain`.
#[utoipa::path(get, path = "/metrics", tag = "Operations", security(()),
    responses((status = 200, content((String = "application/openmetrics-text"), (String = "text/plain")))))]
pub async fn metrics(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let app = &call.app;
    let (ring, now) = (app.tokens.validator.ring(), app.clock.now());
    let since = ring.active().life.activated_at.unwrap_or(now);
    app.metrics
        .keys(ring.states(), now.as_seconds() - since.as_seconds());
    let page = app
        .metrics
        .page(&app.nodes.feed, &app.nodes.duty, &app.nodes.relay, &app.db)
        .map_err(|_| ApiError::internal())?;
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "accept"));
    Ok(
        if prefers(call.headers(), "text/plain", "application/openmetrics-text") {
            response
                .content_type(classic::MEDIA_TYPE)
                .body(classic::from_open_metrics(&page))
        } else {
            response.content_type(OPEN_METRICS).body(page)
        },
    )
}
