//! A request for tokens, of a client that has authenticated.

use std::net::IpAddr;
use std::sync::Arc;

use super::binding::RequestProof;
use super::grants::invalid_grant;
use crate::access::{BehindToken, ScopeSet};
use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp};
use crate::grant::refresh_successor::Form;
use crate::oauth::caller::{Caller, catch_up};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::oauth::parameters::Parameters;
use crate::oauth::scope_and_resource::{self, invalid_target};
use crate::operator::{self, Operator, OperatorStatus};
use crate::token::Claims;
use crate::validate::Refusal;

/// A request for tokens.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The service.
    pub app: &'a Arc<App>,
    /// `oauth.issuer`.
    pub issuer: &'a str,
    /// The client.
    pub caller: &'a Caller,
    /// The parameters.
    pub parameters: Parameters<'a>,
    /// The proof of the request.
    pub proof: &'a RequestProof,
    /// The origin of the request, for the audit log.
    pub origin: &'a Origin,
    /// When it arrived.
    pub now: Timestamp,
}

/// The result of judging a token or a code that is stored in the database.
pub(super) enum Judgement {
    /// It is valid.
    Valid,
    /// This node was behind and has caught up: the records must be read again.
    ReadAgain,
}

impl Request<'_> {
    /// Returns the client's organization.
    pub(super) fn organization(&self) -> OrganizationId {
        self.caller.registered.client.organization
    }

    /// Returns the address that the request comes from.
    pub(super) const fn address(&self) -> Option<IpAddr> {
        self.origin.address
    }

    /// Returns the origin of what an operator caused with a password or a code.
    pub(super) fn origin_of(&self, operator: OperatorId) -> Origin {
        Origin {
            actor: Actor::Operator(operator),
            ..self.origin.clone()
        }
    }

    /// Returns the parameter `scope`. `None` if it is absent.
    pub(super) fn scope(&self) -> Result<Option<ScopeSet>, Failure> {
        Ok(scope_and_resource::scope(&self.parameters)?)
    }

    /// Returns the resources that the request names (RFC 8707, section 2).
    ///
    /// # Errors
    /// Returns `invalid_target` if the client may not name one of them.
    pub(super) fn resources(&self) -> Result<Vec<String>, Failure> {
        let nameable = self.caller.resources(self.issuer);
        Ok(nameable.read(&self.parameters)?)
    }

    /// Returns the resources of a token that follows from a grant: those that the request names, or
    /// all that were granted if it names none. What the client may no longer name is left out.
    ///
    /// # Errors
    /// Returns `invalid_target` if it names one that was not granted, or if nothing is left.
    pub(super) fn resources_of(&self, granted: &[String]) -> Result<Vec<String>, Failure> {
        let nameable = self.caller.resources(self.issuer);
        let left: Vec<String> = granted
            .iter()
            .filter(|resource| nameable.find(resource).is_some())
            .cloned()
            .collect();
        let named = nameable.read(&self.parameters)?;
        // A grant without resources is for this service's own API.
        let own = |resource: &str| granted.is_empty() && resource == self.issuer;
        if named
            .iter()
            .any(|resource| !left.contains(resource) && !own(resource))
        {
            let description = "This resource was not granted; name one that was, or none";
            return Err(OAuthError::new(ErrorCode::InvalidTarget, description).into());
        }
        if left.is_empty() && !granted.is_empty() {
            return Err(invalid_target().into());
        }
        Ok(if named.is_empty() { left } else { named })
    }

    /// Returns the operator as [`BehindToken`], with what limits its scopes.
    pub(super) fn behind<'o>(&'o self, operator: &'o Operator) -> BehindToken<'o> {
        BehindToken::Operator {
            role: operator.profile.role.as_deref(),
            roles: &self.caller.definitions.roles,
            cap: self.caller.definitions.cap_scopes_by_role,
        }
    }

    /// Returns the operator of a token.
    ///
    /// # Errors
    /// Returns `invalid_grant` if there is none, or it is not active.
    pub(super) async fn operator(&self, id: OperatorId) -> Result<Operator, Failure> {
        self.active_operator(id).await?.ok_or_else(invalid_grant)
    }

    /// Returns an operator of the organization. `None` if there is none, or it is not active.
    pub(super) async fn active_operator(
        &self,
        id: OperatorId,
    ) -> Result<Option<Operator>, Failure> {
        let organization = self.organization();
        let found = self
            .app
            .db
            .read(move |conn| operator::find(conn, organization, id))
            .await?;
        Ok(found.filter(|operator| operator.status == OperatorStatus::Active))
    }

    /// Judges a token or a code that was found in the database by the feed. If the caller issues
    /// something for it, it read `rev` before the look-up.
    ///
    /// # Errors
    /// Returns `invalid_grant` if it is revoked or has expired.
    pub(super) async fn judge(&self, claims: Claims) -> Result<Judgement, Failure> {
        let validator = &self.app.tokens.validator;
        match validator.judge(validator.take_lease(), claims, self.now) {
            Ok(_) => Ok(Judgement::Valid),
            Err(Refusal::Ahead(claims)) => {
                catch_up(self.app, claims.rev).await?;
                Ok(Judgement::ReadAgain)
            }
            Err(Refusal::Stale) => Err(Failure::Stale),
            Err(Refusal::Invalid | Refusal::Expired(_) | Refusal::Revoked(_)) => {
                Err(invalid_grant())
            }
        }
    }

    /// Returns the sequence that this node has applied. It is at least the caller's `rev`.
    pub(super) fn applied(&self) -> Sequence {
        self.app.nodes.feed.applied()
    }

    /// Returns how refresh tokens of the client are written.
    pub(super) fn form(&self) -> Form {
        if super::tokens::is_opaque(self.caller.settings()) {
            Form::Hexadecimal
        } else {
            Form::Base64Url
        }
    }
}

/// Returns an operator that was read.
///
/// # Errors
/// Returns `invalid_grant` if there is none, or it is not active.
pub(super) fn active(found: Option<Operator>) -> Result<Operator, Failure> {
    found
        .filter(|operator| operator.status == OperatorStatus::Active)
        .ok_or_else(invalid_grant)
}
