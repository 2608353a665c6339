//! Errors of OAuth, as values: a code and a description. Where they occur decides status and
//! headers (RFC 6749, section 5.2; RFC 6750, section 3).

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

pub use crate::authn::Scheme;

use super::parameters::Repeated;
use crate::access::InvalidScope;
use crate::authn::dpop::ProofError;
use crate::base::words::words;
use crate::jose::SigningAlgorithm;

words! {
    /// The codes, with where they come from.
    pub enum ErrorCode {
        /// RFC 6749, sections 4.1.2.1 and 5.2.
        InvalidRequest = "invalid_request",
        /// RFC 6749, section 5.2.
        InvalidClient = "invalid_client",
        /// RFC 6749, section 5.2.
        InvalidGrant = "invalid_grant",
        /// RFC 6749, sections 4.1.2.1 and 5.2.
        UnauthorizedClient = "unauthorized_client",
        /// RFC 6749, section 5.2.
        UnsupportedGrantType = "unsupported_grant_type",
        /// RFC 6749, section 4.1.2.1.
        UnsupportedResponseType = "unsupported_response_type",
        /// RFC 6749, sections 4.1.2.1 and 5.2.
        InvalidScope = "invalid_scope",
        /// RFC 6749, section 4.1.2.1.
        AccessDenied = "access_denied",
        /// RFC 6749, section 4.1.2.1.
        ServerError = "server_error",
        /// RFC 6749, section 4.1.2.1.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// No code of an RFC: throttled.
        RateLimited = "rate_limited",
        /// RFC 6750, section 3.1.
        InvalidToken = "invalid_token",
        /// RFC 6750, section 3.1.
        InsufficientScope = "insufficient_scope",
        /// OpenID Connect Core, section 3.1.2.6.
        LoginRequired = "login_required",
        /// OpenID Connect Core, section 3.1.2.6.
        ConsentRequired = "consent_required",
        /// OpenID Connect Core, section 3.1.2.6.
        RequestNotSupported = "request_not_supported",
        /// RFC 8707, section 2.
        InvalidTarget = "invalid_target",
        /// RFC 7591, section 3.2.2.
        InvalidRedirectUri = "invalid_redirect_uri",
        /// RFC 7591, section 3.2.2.
        InvalidClientMetadata = "invalid_client_metadata",
        /// RFC 8628, section 3.5.
        AuthorizationPending = "authorization_pending",
        /// RFC 8628, section 3.5.
        SlowDown = "slow_down",
        /// RFC 8628, section 3.5.
        ExpiredToken = "expired_token",
        /// RFC 9449, section 5.
        InvalidDpopProof = "invalid_dpop_proof",
        /// RFC 9449, section 8.
        UseDpopNonce = "use_dpop_nonce",
    }
}

/// An error: its code, and for the person who reads the client's log a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// The code.
    pub code: ErrorCode,
    description: Cow<'static, str>,
}

/// Which kind of endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One that authenticates clients: token, PAR, revoke, introspect.
    Client,
    /// One that takes an access token, with the scheme it was sent with: userinfo, registration.
    Resource(Scheme),
}

/// The body of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody<'a> {
    error: ErrorCode,
    error_description: &'a str,
}

/// The challenge to a client that failed to authenticate (RFC 6749, section 5.2).
pub const BASIC_CHALLENGE: &str = "Basic realm=\"lanyard\"";

/// The challenge to a caller without an access token, which says nothing of an error (RFC 6750,
/// section 3).
pub const BEARER_CHALLENGE: &str = "Bearer realm=\"lanyard\"";

impl OAuthError {
    /// Returns an error. Of the description only what may stand in it is kept: printable ASCII
    /// without `"` and `\` (RFC 6749, section 5.2); other characters become `'` or `?`.
    #[must_use]
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let mut description = description.into();
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        if !description.chars().all(allowed) {
            let replaced = description.chars().map(|c| match c {
                '"' => '\'',
                c if allowed(c) => c,
                _ => '?',
            });
            description = Cow::Owned(replaced.collect());
        }
        Self { code, description }
    }

    /// Returns the one error for every client that failed to authenticate: unknown, disabled, wrong
    /// secret, wrong method. Its bytes do not show which.
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new(ErrorCode::InvalidClient, "Client authentication failed")
    }

    /// Returns the error for a token that is unknown, expired or revoked, in the words of guide
    /// 000.
    #[must_use]
    pub fn invalid_token() -> Self {
        Self::new(
            ErrorCode::InvalidToken,
            "The access token is invalid or expired",
        )
    }

    /// Returns the error for a token without the scope needed, in the words of guide 000.
    #[must_use]
    pub fn insufficient_scope() -> Self {
        Self::new(
            ErrorCode::InsufficientScope,
            "The request requires higher privileges",
        )
    }

    /// Returns the description.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> ErrorBody<'_> {
        ErrorBody {
            error: self.code,
            error_description: &self.description,
        }
    }

    /// Returns the status of the answer.
    #[must_use]
    pub const fn status(&self, place: Place) -> u16 {
        use ErrorCode as E;
        match (self.code, place) {
            (E::InvalidClient | E::InvalidToken, _)
            | (E::InvalidDpopProof | E::UseDpopNonce, Place::Resource(_)) => 401,
            (E::InsufficientScope, _) => 403,
            (E::RateLimited, _) => 429,
            (E::ServerError, _) => 500,
            (E::TemporarilyUnavailable, _) => 503,
            _ => 400,
        }
    }

    /// Returns the value of `WWW-Authenticate`, which every 401 has, and at a resource the 403 as
    /// well. `scope` is what the resource needs; the client lacks it.
    #[must_use]
    pub fn challenge(&self, place: Place, scope: Option<&str>) -> Option<String> {
        let status = self.status(place);
        let Place::Resource(scheme) = place else {
            return (status == 401).then(|| BASIC_CHALLENGE.to_owned());
        };
        if status != 401 && status != 403 {
            return None;
        }
        let (scheme, more) = match scheme {
            Scheme::Bearer => ("Bearer", String::new()),
            Scheme::Dpop => {
                let algorithms = SigningAlgorithm::NAMES.join(" ");
                ("DPoP", format!(", algs=\"{algorithms}\""))
            }
        };
        let (code, description) = (self.code, &self.description);
        let scope = scope
            .filter(|_| self.code == ErrorCode::InsufficientScope)
            .map_or_else(String::new, |scope| format!(", scope=\"{scope}\""));
        Some(format!(
            "{scheme} realm=\"lanyard\", error=\"{code}\", error_description=\"{description}\"{scope}{more}"
        ))
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for OAuthError {}

impl From<Repeated> for OAuthError {
    fn from(Repeated(name): Repeated) -> Self {
        Self::new(
            ErrorCode::InvalidRequest,
            format!("The parameter {name} is there more than once"),
        )
    }
}

impl From<ProofError> for OAuthError {
    fn from(error: ProofError) -> Self {
        let code = error.code().parse();
        Self::new(
            code.unwrap_or(ErrorCode::InvalidDpopProof),
            error.to_string(),
        )
    }
}

impl From<InvalidScope> for OAuthError {
    fn from(error: InvalidScope) -> Self {
        Self::new(
            ErrorCode::InvalidScope,
            format!("The scope {} is not allowed here", error.0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USERINFO: Place = Place::Resource(Scheme::Bearer);

    #[test]
    fn where_clients_authenticate() {
        let failed = OAuthError::invalid_client();
        assert_eq!(failed.status(Place::Client), 401);
        assert_eq!(
            failed.challenge(Place::Client, None).unwrap(),
            "Basic realm=\"lanyard\""
        );
        for (code, status) in [
            (ErrorCode::InvalidGrant, 400),
            (ErrorCode::InvalidScope, 400),
            (ErrorCode::UnauthorizedClient, 400),
            (ErrorCode::InvalidDpopProof, 400),
            (ErrorCode::SlowDown, 400),
            (ErrorCode::RateLimited, 429),
            (ErrorCode::ServerError, 500),
            (ErrorCode::TemporarilyUnavailable, 503),
        ] {
            let error = OAuthError::new(code, "x");
            assert_eq!(error.status(Place::Client), status, "{code}");
            assert_eq!(error.challenge(Place::Client, None), None);
        }
    }

    #[test]
    fn at_userinfo_in_the_words_of_guide_000() {
        let bad = OAuthError::invalid_token();
        assert_eq!(
            serde_json::to_string(&bad.body()).unwrap(),
            r#"{"error":"invalid_token","error_description":"The access token is invalid or expired"}"#
        );
        assert_eq!(bad.status(USERINFO), 401);
        let poor = OAuthError::insufficient_scope();
        assert_eq!(poor.status(USERINFO), 403);
        assert_eq!(
            poor.challenge(USERINFO, Some("openid")).unwrap(),
            "Bearer realm=\"lanyard\", error=\"insufficient_scope\", \
             error_description=\"The request requires higher privileges\", scope=\"openid\""
        );
        let proof = OAuthError::new(ErrorCode::InvalidDpopProof, "The proof is too old");
        let place = Place::Resource(Scheme::Dpop);
        assert_eq!(proof.status(place), 401);
        assert!(
            proof
                .challenge(place, None)
                .unwrap()
                .starts_with("DPoP realm=\"lanyard\", error=\"invalid_dpop_proof\"")
        );
    }

    proptest! {
        #[test]
        fn a_description_is_printable_ascii_without_quotes(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let error = OAuthError::new(ErrorCode::InvalidRequest, text.clone());
            let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            prop_assert!(error.description().bytes().all(allowed));
            prop_assert_eq!(error.description().chars().count(), text.chars().count());
        }
    }
}
