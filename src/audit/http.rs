//! `GET /api/company/audit`.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Action, Filter, Line, Page, store};
use crate::base::{Sequence, Timestamp};
use crate::http::{ApiError, Call, Company, PageOf, Parameters, Routes, Surface, endpoints, pairs};

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

/// The parameters that may occur once.
const ONCE: [&str; 8] = [
    "actor",
    "target",
    "address",
    "requestId",
    "from",
    "to",
    "limit",
    "cursor",
];

/// Returns the organization's audit log, newest first. `action` may occur several times: then the
/// page has the lines of all these actions. `to` itself is not included.
#[utoipa::path(get, path = "/api/company/audit", tag = "Company",
    params(("actor" = Option<String>, Query), ("action" = Option<Vec<String>>, Query), ("target" = Option<String>, Query),
        ("address" = Option<String>, Query), ("requestId" = Option<String>, Query),
        ("from" = Option<Timestamp>, Query), ("to" = Option<Timestamp>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<LineView>)))]
pub async fn audit(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (page, limit) = {
        let query = call.query(&ONCE)?;
        let limit = query.limit()?;
        let page = Page {
            organization: call.who.0.organization,
            filter: filter(&query, call.query_string())?,
            before: query.cursor()?,
            limit: limit.and_one(),
        };
        (page, limit)
    };
    let lines = call
        .app
        .db
        .read(move |conn| store::page(conn, page))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        lines,
        limit,
        |line| line.id.to_string(),
        LineView::from,
    )))
}

fn filter(query: &Parameters<'_>, text: &str) -> Result<Filter, ApiError> {
    let text_of = |name| query.get(name).map(str::to_owned);
    let actions = pairs(text.as_bytes(), |name| name == "action")?;
    let actions = actions.iter().map(|(_, word)| {
        let wrong = "action must be a word of the audit log such as token.revoked";
        word.parse::<Action>()
            .map_err(|_| ApiError::invalid_request(wrong))
    });
    Ok(Filter {
        actions: actions.collect::<Result<_, _>>()?,
        actor: text_of("actor"),
        target: text_of("target"),
        address: query.parse("address", "an IP address")?,
        request_id: text_of("requestId"),
        from: instant(query, "from")?,
        to: instant(query, "to")?,
    })
}

fn instant(query: &Parameters<'_>, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let parsed = query.get(name).map(Timestamp::parse).transpose();
    parsed.map_err(|why| ApiError::invalid_request(format!("{name} {why}")))
}
