//! What follows from a new grant: the grant, its first access token and refresh token, and an ID
//! token. The grants of codes, device codes and passwords use it.

use zeroize::Zeroizing;

use super::answer::TokenAnswer;
use super::binding::Binding;
use super::request::Request;
use super::tokens::{self, AccessToken, RefreshToken, Subject};
use super::write_in_groups::Rows;
use crate::access::ScopeSet;
use crate::audit::{Action, Event, Origin};
use crate::base::{GrantId, Sequence, Timestamp};
use crate::client::GrantType;
use crate::grant::store::Grant;
use crate::oauth::failure::Failure;
use crate::operator::Operator;

/// A grant with its first tokens, none of which is stored yet.
pub(super) struct Prepared {
    grant: Grant,
    access: AccessToken,
    refresh: Option<RefreshToken>,
    id_token: Option<String>,
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
    ) -> Result<Self, Failure> {
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

    /// Returns the id of the grant.
    pub(super) const fn grant(&self) -> GrantId {
        self.grant.id
    }

    /// Returns when the last of the tokens expires.
    pub(super) const fn expires_at(&self) -> Timestamp {
        self.grant.expires_at
    }

    /// Returns the rows to be written. `origin` is the origin of the grant.
    pub(super) fn rows(&self, origin: &Origin) -> Rows {
        let (grant, refresh) = (&self.grant, self.refresh.as_ref());
        let lines = [
            Some(&self.access.line),
            refresh.map(|refresh| &refresh.line),
        ];
        let event = Event::of(
            origin,
            Action::GrantCreated,
            grant.created_at,
            grant.organization,
        );
        let event = event
            .target(format!("grant:{}", grant.id))
            .detail(format!("client:{}", grant.client));
        Rows {
            grant: Some(grant.clone()),
            lines: lines.into_iter().flatten().cloned().collect(),
            opaque: self.access.row.clone(),
            refresh: refresh.map(|refresh| refresh.row.clone()),
            event: Some(event),
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
