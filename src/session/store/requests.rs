//! The table `page_requests`. A request is found by the digest of its id.

use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::{PageRequest, Stage};
use crate::access::ScopeSet;
use crate::base::{ClientId, Digest, OrganizationId, Timestamp, TokenId};
use crate::db::schema::{page_requests as table, pushed_requests};
use crate::db::{Conn, Error, Result};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    digest: Digest,
    browser: Digest,
    organization_id: OrganizationId,
    client_id: ClientId,
    parameters: String,
    signed_in_sid: Option<TokenId>,
    shown_scopes: Option<String>,
    expires_at: Timestamp,
    pushed: Option<Digest>,
}

/// The JSON of the column `parameters`.
#[derive(Serialize, Deserialize)]
struct Content {
    stage: Stage,
    parameters: Vec<(String, String)>,
}

impl Content {
    fn json(stage: Stage, parameters: Vec<(String, String)>) -> Result<String> {
        let content = Self { stage, parameters };
        serde_json::to_string(&content).map_err(|why| Error::Internal(why.to_string()))
    }
}

fn scopes(text: &str) -> Result<ScopeSet> {
    ScopeSet::parse(text).map_err(|_| Error::Internal(format!("{text:?} is no list of scopes")))
}

impl TryFrom<Row> for PageRequest {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let content: Content = serde_json::from_str(&row.parameters)
            .map_err(|why| Error::Internal(format!("the parameters of a request: {why}")))?;
        Ok(Self {
            digest: row.digest,
            browser: row.browser,
            organization: row.organization_id,
            client: row.client_id,
            stage: content.stage,
            parameters: content.parameters,
            pushed: row.pushed,
            signed_in_sid: row.signed_in_sid,
            shown: row.shown_scopes.as_deref().map(scopes).transpose()?,
            expires_at: row.expires_at,
        })
    }
}

/// Stores a new request.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn begin(conn: &mut Conn, request: PageRequest) -> Result<()> {
    diesel::insert_into(table::table)
        .values(Row {
            digest: request.digest,
            browser: request.browser,
            organization_id: request.organization,
            client_id: request.client,
            parameters: Content::json(request.stage, request.parameters)?,
            signed_in_sid: request.signed_in_sid,
            shown_scopes: None,
            expires_at: request.expires_at,
            pushed: request.pushed,
        })
        .execute(conn)?;
    Ok(())
}

/// Returns a request of any browser, expired or not. `None` if there is none, or if it is a pushed
/// request that was answered in another page. The caller checks the browser and the time.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_request(conn: &mut Conn, digest: &Digest) -> Result<Option<PageRequest>> {
    let open = pushed_requests::table
        .filter(pushed_requests::organization_id.eq(table::organization_id))
        .filter(table::pushed.eq(pushed_requests::digest.nullable()));
    let row: Option<Row> = table::table
        .find(digest)
        .filter(table::pushed.is_null().or(exists(open)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(PageRequest::try_from).transpose()
}

/// Removes a request that is answered, in the transaction that writes the answer. Returns `false`
/// if the request was answered already. Then the caller answers nothing.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn answer(conn: &mut Conn, digest: &Digest) -> Result<bool> {
    Ok(diesel::delete(table::table.find(digest)).execute(conn)? == 1)
}

/// Writes down which session was begun on the pages of a request.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn signed_in_for(conn: &mut Conn, digest: &Digest, sid: TokenId) -> Result<()> {
    diesel::update(table::table.find(digest))
        .set(table::signed_in_sid.eq(sid))
        .execute(conn)?;
    Ok(())
}

/// Writes down which scopes the consent page shows.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn show_scopes(conn: &mut Conn, digest: &Digest, shown: &ScopeSet) -> Result<()> {
    diesel::update(table::table.find(digest))
        .set(table::shown_scopes.eq(shown.to_string()))
        .execute(conn)?;
    Ok(())
}

/// Changes what a request waits for.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn set_stage(conn: &mut Conn, request: &PageRequest, stage: Stage) -> Result<()> {
    let content = Content::json(stage, request.parameters.clone())?;
    diesel::update(table::table.find(&request.digest))
        .set(table::parameters.eq(content))
        .execute(conn)?;
    Ok(())
}

/// Moves the requests of a browser to its new cookie.
pub(in crate::session) fn move_to_browser(
    conn: &mut Conn,
    before: &Digest,
    after: &Digest,
) -> Result<()> {
    diesel::update(table::table.filter(table::browser.eq(before)))
        .set(table::browser.eq(after))
        .execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` requests that expired before `expired_before`. Returns their number.
pub(in crate::session) fn purge_requests(
    conn: &mut Conn,
    expired_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<Digest> = table::table
        .filter(table::expires_at.lt(expired_before))
        .order(table::expires_at)
        .limit(limit)
        .select(table::digest)
        .load(conn)?;
    for digest in &old {
        diesel::delete(table::table.find(digest)).execute(conn)?;
    }
    Ok(old.len())
}
