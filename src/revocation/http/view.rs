//! A row of the revocation list.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{
    ApiKeyId, ClientId, ClientTag, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp,
    TokenId,
};
use crate::db::{self, Conn};
use crate::feed::{Entry, Fact};
use crate::revocation::{Target, store};

/// A row of the revocation list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevocationView {
    /// The number of the revocation. Numbers rise; an organization sees gaps.
    seq: Sequence,
    /// `token`, `operator`, `company_token`, `organization` or `key`; with `kinds=all` also
    /// `client`, `grant`, `session` or `api_key`.
    kind: &'static str,
    /// The token, if the kind is `token` or `company_token`; the session, if it is `session` and
    /// names no operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    jti: Option<TokenId>,
    /// The operator, if the kind is `operator`, or if all sessions of an operator ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<OperatorId>,
    /// The one session of the operator that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    spared: Option<TokenId>,
    /// The OAuth client, if the kind is `client`: every token that was issued to it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    client_id: Option<ClientId>,
    /// The grant, if the kind is `grant`: every token of it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    grant_id: Option<GrantId>,
    /// The signing key, if the kind is `key`: every token that it signed is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    kid: Option<KeyId>,
    /// The API key, if the kind is `api_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    key_id: Option<ApiKeyId>,
    /// When it was revoked.
    at: Timestamp,
    /// When every token that it revokes has expired. `null`: never.
    until: Option<Timestamp>,
}

/// The ids of the clients that entries name by a number.
pub(super) type ClientIds = HashMap<ClientTag, ClientId>;

impl RevocationView {
    pub(super) fn new(entry: &Entry, clients: &ClientIds) -> Self {
        let mut view = Self {
            seq: entry.seq,
            kind: entry.fact.kind().as_str(),
            jti: None,
            operator_id: None,
            spared: None,
            client_id: None,
            grant_id: None,
            kid: None,
            key_id: None,
            at: entry.at,
            until: entry.until,
        };
        let Fact::Revoked(target) = entry.fact else {
            return view;
        };
        view.kind = target.kind().listed_as();
        match target {
            Target::Token(id) | Target::CompanyToken(id) | Target::Session(id) => {
                view.jti = Some(id);
            }
            Target::Operator(id) => view.operator_id = Some(id),
            Target::Sessions { operator, spared } => {
                view.operator_id = Some(operator);
                view.spared = spared;
            }
            Target::Client(tag) => view.client_id = clients.get(&tag).cloned(),
            Target::Grant(id) => view.grant_id = Some(id),
            Target::Key(kid) => view.kid = Some(kid),
            Target::ApiKey(id) => view.key_id = Some(id),
            Target::Organization => {}
        }
        view
    }
}

/// Returns the ids of the clients that the entries name.
pub(super) fn client_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    entries: &[Entry],
) -> db::Result<ClientIds> {
    let tags: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.fact {
            Fact::Revoked(Target::Client(tag)) => Some(tag),
            _ => None,
        })
        .collect();
    store::client_ids(conn, organization, &tags)
}
