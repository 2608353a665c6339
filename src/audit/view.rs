//! A line of the audit log as the API, the commands and exports show it.

use serde::Serialize;
use utoipa::ToSchema;

use super::Line;
use crate::base::{Sequence, Timestamp};

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    /// Its id; later lines have higher ids.
    id: i64,
    at: Timestamp,
    /// Who did it: `company-token:…`, `operator:…`, `client:…`, `api_key:…`, `session:…` (a console
    /// session of the organization's own account), `command-line`, `anonymous` or `system`.
    actor: String,
    /// What was done: `login.succeeded`, `token.revoked`, …
    action: &'static str,
    /// The object of the action: `operator:7`, `operator-token:…`, `api_key:…` (`api-key:…` in lines of
    /// earlier versions), `key:…` (a signing key), ….
    target: Option<String>,
    /// How many similar events the line stands for. Only failed logins are counted together.
    count: i64,
    /// The client's IP address.
    address: Option<String>,
    /// The id of the request.
    request_id: Option<String>,
    /// Details for the reader. For an act of an operator they end with the token or the session by
    /// which it acted: `by session:…`.
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
