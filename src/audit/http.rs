//! `GET /api/company/audit`.

use actix_web::HttpResponse;

use super::{Action, Filter, LineView, Page, store};
use crate::base::{Seek, Timestamp};
use crate::http::{ApiError, Call, Company, PageOf, Parameters, Routes, Surface, endpoints, pairs};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![audit,])
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
/// page has the lines of all these actions. `to` itself is not included. A search by anything but
/// `actor` or `target` alone reads at most 20,000 lines for a page: the page may then have few items,
/// or none, and a `nextCursor` with which the search goes on.
#[utoipa::path(get, path = "/api/company/audit", tag = "Company",
    params(("actor" = Option<String>, Query), ("action" = Option<Vec<String>>, Query), ("target" = Option<String>, Query),
        ("address" = Option<String>, Query), ("requestId" = Option<String>, Query),
        ("from" = Option<Timestamp>, Query), ("to" = Option<Timestamp>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<LineView>)))]
pub async fn audit(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let page = {
        let query = call.query(&ONCE)?;
        Page {
            organization: Some(call.who.0.organization),
            filter: filter(&query, call.query_string())?,
            seek: Seek::after(query.cursor()?),
            limit: query.limit()?.rows(),
        }
    };
    let found = call
        .app
        .db
        .read(move |conn| store::page(conn, &page))
        .await?;
    let next = found
        .page
        .next
        .and_then(|next| Some(next.key()?.to_string()));
    let lines = found.page.rows.into_iter().map(LineView::from);
    Ok(HttpResponse::Ok().json(PageOf::found(lines.collect(), next)))
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
