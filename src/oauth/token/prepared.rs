//! What follows from a new grant: the grant, its first access token and refresh token, and an ID
//! token. The grants of codes, device codes and passwords use it.

use zeroize::Zeroizing;

use super::answer::TokenAnswer;
use super::binding::Binding;
use super::request::Request;
use super::tokens::{self, AccessToken, RefreshToken, Subject};
use crate::access::ScopeSet;
use crate::audit::{self, Action, Event, Origin};
use crate::base::Sequence;
use crate::client::GrantType;
use crate::db::{Conn, Result};
use crate::grant::store::{self, Grant, OpaqueToken, StoredRefreshToken};
use crate::ledger::{self, Issued};
use crate::oauth::failure::Failure;
use crate::operator::Operator;

/// A grant with its first tokens, none of which is stored yet.
pub(super) struct Prepared {
    grant: Grant,
    access: AccessToken,
    refresh: Option<RefreshToken>,
    id_token: Option<String>,
}

/// The rows to be written for a [`Prepared`].
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) grant: Grant,
    lines: Vec<Issued>,
    opaque: Option<OpaqueToken>,
    refresh: Option<StoredRefreshToken>,
}

impl Prepared {
    /// Makes the first tokens of a grant. `scopes` are those of the access token, `resources` those
    /// that it is for, `binding` the key that it and the grant are bound to. The client gets a refresh
    /// token if it may use one.
    pub(super) fn new(
        request: &Request<'_>,
        mut grant: Grant,
        operator: &Operator,
        (scopes, resources): (ScopeSet, Vec<String>),
        binding: Binding,
        rev: Sequence,
    ) -> std::result::Result<Self, Failure> {
        grant.dpop_jkt = binding.jkt().map(str::to_owned);
        let subject = Subject {
            operator: Some(operator),
            grant: Some(grant.id),
            auth_time: Some(grant.auth_time),
            scopes: scopes.clone(),
            resources,
            binding,
            exchanged: None,
        };
        let access = tokens::access_token(request, &subject, rev)?;
        let refreshes = request.caller.settings().may_use(GrantType::RefreshToken);
        let refresh = refreshes.then(|| {
            let text: Zeroizing<String> = request.form().first();
            tokens::refresh_token(request, text, &grant, rev)
        });
        let nonce = grant.nonce.clone();
        let id_token = tokens::id_token(request, &grant, &scopes, &access.text, nonce.as_deref())?;
        let refresh_end = refresh.as_ref().map(|refresh| refresh.row.expires_at);
        grant.expires_at = access
            .expires_at
            .max(refresh_end.unwrap_or(access.expires_at));
        Ok(Self {
            grant,
            access,
            refresh,
            id_token,
        })
    }

    /// Returns the rows to be written.
    pub(super) fn rows(&self) -> Rows {
        let refresh = self.refresh.as_ref();
        let lines = [
            Some(&self.access.line),
            refresh.map(|refresh| &refresh.line),
        ];
        Rows {
            grant: self.grant.clone(),
            lines: lines.into_iter().flatten().cloned().collect(),
            opaque: self.access.row.clone(),
            refresh: refresh.map(|refresh| refresh.row.clone()),
        }
    }

    /// Counts the tokens, which are committed, and returns the answer.
    pub(super) fn answer(self, request: &Request<'_>) -> TokenAnswer {
        TokenAnswer::new(
            request,
            &self.access,
            self.refresh.as_ref(),
            self.id_token,
            Some(self.grant.operator),
        )
    }
}

impl Rows {
    /// Writes everything, in the caller's transaction.
    pub(super) fn insert(&self, conn: &mut Conn, origin: &Origin) -> Result<()> {
        let grant = &self.grant;
        store::insert_grant(conn, grant)?;
        if let Some(refresh) = &self.refresh {
            store::insert_refresh_token(conn, refresh)?;
        }
        if let Some(opaque) = &self.opaque {
            store::insert_opaque_token(conn, opaque)?;
        }
        ledger::insert(conn, &self.lines)?;
        let event = Event::of(
            origin,
            Action::GrantCreated,
            grant.created_at,
            grant.organization,
        );
        let event = event
            .target(format!("grant:{}", grant.id))
            .detail(format!("client:{}", grant.client));
        audit::record(conn, &event)
    }
}
