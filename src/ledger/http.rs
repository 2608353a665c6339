//! `GET /api/company/tokens`: the ledger of live tokens, never the tokens themselves.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Filter, Line, live};
use crate::app::App;
use crate::base::{OperatorId, Timestamp, TokenId};
use crate::db;
use crate::http::{ApiError, Call, Company, Limit, PageOf};
use crate::token::Kind;

/// A live token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    #[schema(value_type = String)]
    jti: TokenId,
    /// `company` or `operator`.
    kind: &'static str,
    operator_id: Option<OperatorId>,
    /// The company token an operator token was asked for with.
    #[schema(value_type = Option<String>)]
    parent: Option<TokenId>,
    issued_at: Timestamp,
    /// When it ends; null: not by time.
    expires_at: Option<Timestamp>,
    /// When it was last seen in use; null: not noted.
    last_used_at: Option<Timestamp>,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        let claims = line.claims;
        Self {
            jti: claims.jti,
            kind: claims.kind().as_str(),
            operator_id: claims.operator(),
            parent: claims.parent(),
            issued_at: claims.issued_at,
            expires_at: claims.expires_at(),
            last_used_at: line.last_used_at,
        }
    }
}

/// The live tokens, newest first. With the ledger off, operator tokens are not in it: the header `Ledger: off` says so.
#[utoipa::path(get, path = "/api/company/tokens", tag = "Company",
    params(("operatorId" = Option<i64>, Query), ("kind" = Option<String>, Query, description = "company or operator"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<LineView>)))]
pub async fn tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (filter, limit) = {
        let query = call.query();
        let limit = query.limit()?;
        let filter = Filter {
            organization: call.who.0.organization,
            operator: query.parse("operatorId", "an operator's id")?,
            kind: query.parse::<Kind>("kind", "company or operator")?,
            before: query.cursor()?,
            limit: limit.and_one(),
        };
        (filter, limit)
    };
    let lines = unrevoked(&call.app, filter).await?;
    let mut answer = HttpResponse::Ok();
    if call.app.ledger.is_none() {
        answer.insert_header(("ledger", "off"));
    }
    Ok(answer.json(page(lines, limit)))
}

fn page(lines: Vec<Line>, limit: Limit) -> PageOf<LineView> {
    PageOf::of(
        lines,
        limit,
        |line| line.claims.jti.to_string(),
        LineView::from,
    )
}

/// Reads on until the page is full of tokens that no entry of the feed kills.
async fn unrevoked(app: &App, mut filter: Filter) -> db::Result<Vec<Line>> {
    let wanted = usize::try_from(filter.limit).unwrap_or_default();
    let now = app.clock.now();
    let mut lines = Vec::new();
    loop {
        let asked = filter;
        let found = app.db.read(move |conn| live(conn, &asked, now)).await?;
        let last = found.last().map(|line| line.claims.jti);
        let whole = found.len() < wanted;
        lines.extend(
            found
                .into_iter()
                .filter(|line| !app.feed.index().revokes(&line.claims)),
        );
        if whole || lines.len() >= wanted {
            lines.truncate(wanted);
            return Ok(lines);
        }
        filter.before = last;
    }
}
