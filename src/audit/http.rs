//! `GET /api/company/audit`.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Action, Line, Page, store};
use crate::base::{Sequence, Timestamp};
use crate::http::{ApiError, Call, Company, PageOf, Routes, Surface, endpoints};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![audit,])
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    id: i64,
    at: Timestamp,
    /// Who did it: `company-token:…`, `operator:…`, `client:…`, `command-line`, `anonymous` or
    /// `system`.
    actor: String,
    /// What was done: `login.succeeded`, `token.revoked`, …
    action: &'static str,
    /// The object of the action: `operator:7`, `token:…`, `key:…`.
    target: Option<String>,
    /// How many similar events the line stands for. Only failed logins are counted together.
    count: i64,
    /// The client's IP address.
    address: Option<String>,
    /// The id of the request.
    request_id: Option<String>,
    /// Details for the reader.
    detail: Option<String>,
    /// The sequence of the entry in the feed; absent if the action wrote no entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Sequence>,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            at: line.at,
            actor: line.actor,
            action: line.action.as_str(),
            target: line.target,
            count: line.occurrences,
            address: line.address,
            request_id: line.request_id,
            detail: line.detail,
            sequence: line.feed_seq,
        }
    }
}

/// Returns the organization's audit log, newest first.
#[utoipa::path(get, path = "/api/company/audit", tag = "Company",
    params(("action" = Option<String>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<LineView>)))]
pub async fn audit(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (page, limit) = {
        let query = call.query(&["action", "limit", "cursor"])?;
        let limit = query.limit()?;
        let page = Page {
            organization: call.who.0.organization,
            action: query
                .parse::<Action>("action", "a word of the audit log such as token.revoked")?,
            before: query.cursor()?,
            limit: limit.and_one(),
        };
        (page, limit)
    };
    let lines = call
        .app
        .db
        .read(move |conn| store::page(conn, &page))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        lines,
        limit,
        |line| line.id.to_string(),
        LineView::from,
    )))
}
