//! The answer of the token endpoint (RFC 6749, section 5.1), in the dialect of the client.

use serde::Serialize;
use utoipa::ToSchema;

use super::request::Request;
use super::token_exchange::ACCESS_TOKEN;
use super::tokens::{AccessToken, RefreshToken};
use crate::base::{OperatorId, Timestamp};
use crate::client::Profile;
use crate::operator::OperatorToken;
use crate::token::Kind;

/// The tokens.
// It has no `Debug`: its texts must not reach a log.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The access token.
    access_token: String,
    /// The type of the access token, after a token exchange (RFC 8693, section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    /// `Bearer`, or `DPoP` if the access token is bound to a key (RFC 9449, section 5).
    token_type: &'static str,
    /// How long the access token is valid (seconds).
    expires_in: i64,
    /// The refresh token, if the client may use one.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// The ID token, if `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// The scopes that were granted. Left out if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// How long the refresh token is valid (seconds). Only with the profile `psdm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    re_expires_in: Option<i64>,
    /// The operator. Only with the profile `psdm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    psdm_user_id: Option<OperatorId>,
}

impl TokenAnswer {
    /// Returns the answer with tokens that are committed, and counts them.
    pub(super) fn new(
        request: &Request<'_>,
        access: &AccessToken,
        refresh: Option<&RefreshToken>,
        id_token: Option<String>,
        operator: Option<OperatorId>,
    ) -> Self {
        let (issuer, organization) = (&request.app.tokens.issuer, request.organization());
        issuer.count(&access.line.claims);
        if refresh.is_some() {
            issuer.count_kind(organization, Kind::Refresh);
        }
        let text = refresh.map(|refresh| refresh.text.to_string());
        let ends = refresh.map(|refresh| refresh.row.expires_at);
        Self::of(request, access, (text, ends), id_token, operator)
    }

    /// Returns the answer with a refresh token that was issued before.
    pub(super) fn again(
        request: &Request<'_>,
        access: &AccessToken,
        refresh: (String, Timestamp),
        id_token: Option<String>,
        operator: OperatorId,
    ) -> Self {
        let issuer = &request.app.tokens.issuer;
        issuer.count(&access.line.claims);
        let (text, ends) = refresh;
        Self::of(
            request,
            access,
            (Some(text), Some(ends)),
            id_token,
            Some(operator),
        )
    }

    /// Returns the answer with an access token alone, which was counted when it was recorded.
    pub(super) fn recorded(
        request: &Request<'_>,
        access: &AccessToken,
        operator: Option<OperatorId>,
    ) -> Self {
        Self::of(request, access, (None, None), None, operator)
    }

    /// Returns the answer with an operator token, which was counted when it was recorded.
    pub(super) fn of_operator(request: &Request<'_>, token: OperatorToken) -> Self {
        Self {
            access_token: token.text,
            issued_token_type: Some(ACCESS_TOKEN),
            token_type: "Bearer",
            expires_in: token.expires_at.as_seconds() - request.now.as_seconds(),
            refresh_token: None,
            id_token: None,
            scope: None,
            re_expires_in: None,
            psdm_user_id: None,
        }
    }

    /// Returns the answer to a token exchange.
    pub(super) fn exchanged(self) -> Self {
        Self {
            issued_token_type: Some(ACCESS_TOKEN),
            ..self
        }
    }

    fn of(
        request: &Request<'_>,
        access: &AccessToken,
        (refresh_token, ends): (Option<String>, Option<Timestamp>),
        id_token: Option<String>,
        operator: Option<OperatorId>,
    ) -> Self {
        let now = request.now.as_seconds();
        let psdm = request.caller.settings().profile == Profile::Psdm;
        Self {
            access_token: access.text.to_string(),
            issued_token_type: None,
            token_type: if access.is_bound { "DPoP" } else { "Bearer" },
            expires_in: access.expires_at.as_seconds() - now,
            refresh_token,
            id_token,
            scope: access.scope.clone(),
            re_expires_in: ends.filter(|_| psdm).map(|ends| ends.as_seconds() - now),
            psdm_user_id: operator.filter(|_| psdm),
        }
    }
}
