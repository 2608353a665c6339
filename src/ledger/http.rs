//! `GET /api/company/tokens` lists the ledger's tokens that are not expired or revoked, without
//! their text; `…/{jti}` returns one token, and why it is refused. `change.rs` changes one.

mod change;

use std::collections::HashMap;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Filter, Line, Record, Retirement, Why, examine, page, successors_used};
use crate::app::App;
use crate::audit;
use crate::base::{ClientId, KeyId, OperatorId, Seek, Sequence, Timestamp, TokenId};
use crate::grant;
use crate::http::{ApiError, Call, Company, PageOf, Routes, Surface, endpoints};
use crate::revocation::http::receipt;
use crate::token::Kind;

const TOKEN: &str = "/api/company/tokens/{jti}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![tokens, token, change::change, revoke,],
    )
}

/// A token in the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenLine)]
pub struct LineView {
    #[schema(value_type = String)]
    jti: TokenId,
    /// `company`, `operator`, `access`, `refresh`, `session` or `console`.
    kind: &'static str,
    operator_id: Option<OperatorId>,
    /// The OAuth client that it was issued to.
    #[schema(value_type = Option<String>)]
    client_id: Option<ClientId>,
    /// The company token or the console session with which it was issued.
    #[schema(value_type = Option<String>)]
    parent: Option<TokenId>,
    /// What people call a company token; null if it has no label.
    label: Option<String>,
    issued_at: Timestamp,
    /// When it expires; null if it has no expiry.
    expires_at: Option<Timestamp>,
    /// When it was last used; null if no use was recorded.
    last_used_at: Option<Timestamp>,
    /// When a company token ends because it was rotated or retired, or because it was due and not
    /// rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
    /// The token that replaced a rotated company token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    successor: Option<TokenId>,
    /// Whether the successor of a rotated company token is used, and the token itself was not used
    /// since it was rotated, or since its successor was first used. Other nodes write uses to the
    /// database every minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_to_retire: Option<bool>,
}

impl LineView {
    /// `used` says when the successors of some tokens were first used.
    fn new(app: &App, line: Line, used: &HashMap<TokenId, Timestamp>) -> Self {
        let claims = line.claims;
        let line = line.with_use(app.tokens.uses.unwritten(claims.jti));
        let successor = line.handover.map(|handover| handover.successor);
        let first = successor.and_then(|jti| used.get(&jti).copied());
        let retirement = line.retirement(first);
        Self {
            jti: claims.jti,
            kind: claims.kind().as_str(),
            operator_id: claims.operator(),
            client_id: line.client.clone(),
            parent: line.parent,
            label: line.label,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at(),
            last_used_at: line.last_used_at,
            ends_at: line.ends_at,
            successor,
            safe_to_retire: retirement.map(|found| found == Retirement::Safe),
        }
    }
}

/// The words of `kind`.
const KINDS: &str = "company, operator, access, refresh, session or console";

/// Returns the tokens that are valid, newest first. Without `kind` these are the company and
/// operator tokens. If the ledger is off, operator tokens are missing, and the response has the
/// header `Ledger: off`. At most 20,000 lines of the ledger are looked at for a page, so a page may have
/// fewer items than `limit`, or none, and yet be followed by another one: only a `nextCursor` that is
/// null ends the list. With `clientId`, or with `kind=company`, these are lines of that client or kind
/// alone.
#[utoipa::path(get, path = "/api/company/tokens", tag = "Company",
    params(("operatorId" = Option<i64>, Query), ("kind" = Option<String>, Query, description = "company, operator, access, refresh, session or console"),
        ("clientId" = Option<String>, Query),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<LineView>)))]
pub async fn tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let filter = {
        let query = call.query(&["operatorId", "clientId", "kind", "limit", "cursor"])?;
        Filter {
            operator: query.parse("operatorId", "an operator's id")?,
            client: query.parse("clientId", "a client's id")?,
            kind: query.parse::<Kind>("kind", KINDS)?,
            seek: Seek::after(query.cursor()?),
            ..Filter::of(call.who.0.organization, query.limit()?.rows())
        }
    };
    let organization = filter.organization;
    let found = page(&call.app, filter).await?.page;
    let next = found.next.and_then(|next| Some(next.key()?.to_string()));
    let used = successors_used(&call.app, organization, found.rows.iter()).await?;
    let lines = found.rows.into_iter();
    let lines = lines.map(|line| LineView::new(&call.app, line, &used));
    let mut answer = HttpResponse::Ok();
    if !call.app.tokens.issuer.writes_all() {
        answer.insert_header(("ledger", "off"));
    }
    Ok(answer.json(PageOf::found(lines.collect(), next)))
}

/// The audit event that made a token invalid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeedView {
    /// The id of the event in the audit log.
    audit_id: i64,
    /// The action.
    action: &'static str,
    /// Who acted.
    actor: String,
    /// The address from which the request came.
    address: Option<String>,
    /// The id of the request.
    request_id: Option<String>,
}

/// A token, and why it is refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    #[serde(flatten)]
    line: LineView,
    /// The key that signed it; null if it is not signed.
    #[schema(value_type = Option<String>)]
    kid: Option<KeyId>,
    /// The address from which it was requested.
    address: Option<String>,
    /// What was written beside its issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When a company token is due for rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_due_at: Option<Timestamp>,
    /// `valid`, `revoked`, `expired`, or `invalid` if its key is retired.
    status: &'static str,
    /// The rule that refuses it: `token`, `company_token`, `operator`, `organization`, `expiry`,
    /// `rotation`, `session_ended` or `key`; null if it is valid.
    reason: Option<&'static str>,
    /// Since when it is refused.
    since: Option<Timestamp>,
    /// The sequence of the feed's entry that the rule applies.
    sequence: Option<Sequence>,
    /// The audit event that made it invalid; null if it expired by time alone, or if the event is
    /// no longer in the audit log.
    by: Option<DeedView>,
}

impl TokenView {
    fn new(
        app: &App,
        record: Record,
        (why, due): (Option<Why>, Option<Timestamp>),
        used: &HashMap<TokenId, Timestamp>,
    ) -> Self {
        let view = |line: audit::Line| DeedView {
            audit_id: line.id,
            action: line.action.as_str(),
            actor: line.actor,
            address: line.address,
            request_id: line.request_id,
        };
        Self {
            line: LineView::new(app, record.line, used),
            kid: record.kid,
            address: record.address,
            note: record.note,
            rotation_due_at: due,
            status: why.as_ref().map_or("valid", |why| why.reason.status()),
            reason: why.as_ref().map(|why| why.reason.as_str()),
            since: why.as_ref().and_then(|why| why.since),
            sequence: why
                .as_ref()
                .and_then(|why| why.entry)
                .map(|entry| entry.seq),
            by: why.and_then(|why| why.audit_event).map(view),
        }
    }
}

/// Returns one token of the ledger: whether it is valid and, if not, which rule refuses it, since
/// when, and who caused it.
#[utoipa::path(get, path = TOKEN, tag = "Company",
    params(("jti" = String, Path, description = "The token's id, its claim jti")),
    responses((status = 200, body = TokenView)))]
pub async fn token(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (app, organization) = (&call.app, call.who.0.organization);
    let jti: TokenId = call
        .path("jti")
        .parse()
        .map_err(|_| ApiError::not_found())?;
    let found = examine(app, organization, jti).await?;
    let (record, why) = found.ok_or_else(ApiError::not_found)?;
    let claims = record.line.claims;
    let policy = app.tokens.policies.get(&app.db, organization).await?;
    let due = policy
        .filter(|_| claims.kind() == Kind::Company)
        .map(|policy| {
            policy
                .terms(&app.settings.company_tokens)
                .due(claims.issued_at)
        });
    let used = successors_used(app, organization, std::iter::once(&record.line)).await?;
    Ok(HttpResponse::Ok().json(TokenView::new(app, record, (why, due), &used)))
}

/// Revokes one token of the ledger, of whatever kind, with all that follows from it: of a company
/// token the operator tokens, of a refresh token its whole grant.
#[utoipa::path(post, path = "/api/company/tokens/{jti}/revoke", tag = "Company",
    params(("jti" = String, Path, description = "The token's id, its claim jti")),
    responses((status = 204)))]
pub async fn revoke(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let jti: TokenId = call
        .path("jti")
        .parse()
        .map_err(|_| ApiError::not_found())?;
    let organization = call.who.0.organization;
    let done = grant::manage::revoke_token(&call.app, organization, jti, call.origin()).await?;
    Ok(receipt(&done))
}
