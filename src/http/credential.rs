//! The callers that a handler accepts, and the responses to a refused credential.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::ApiError;
use crate::access::Scope;
use crate::api_key::Environment;
use crate::api_key::verify::Verified;
use crate::authn::signature::Fields;
use crate::authn::{self, CredentialHeader, Headers, Outcome, Principal, Refused, dpop};
use crate::base::OrganizationId;
use crate::token::Kind;

/// The caller of a request, as a handler needs it.
pub trait Credential: Sized {
    /// Whether a credential is required. If not, the request's credential is not read.
    const REQUIRED: bool;

    /// Whether the role of an operator decides. If so, it is looked up for sessions.
    const NEEDS_ROLE: bool = false;

    /// Accepts the principal. `None` if the request's credential was not read.
    ///
    /// # Errors
    /// 401 or 403.
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError>;

    /// Accepts an API key.
    ///
    /// # Errors
    /// 403, unless the type overrides this.
    fn admit_key(_: Arc<Verified>) -> Result<Self, ApiError> {
        Err(ApiError::forbidden(
            "an API key opens only /v1/profile, and /api/v1/api-keys/verify if it has the scope \
             keys:verify",
        ))
    }

    /// Returns the principal. `None` if the request's credential was not read, or is an API key.
    fn principal(&self) -> Option<&Principal>;

    /// Returns the organization of the caller. `None` if the request's credential was not read.
    fn organization(&self) -> Option<OrganizationId> {
        self.principal().map(|principal| principal.organization)
    }
}

/// Any caller. The request's credential is not read.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

/// The holder of a company token.
#[derive(Debug, Clone, Copy)]
pub struct Company(pub Principal);

/// The holder of an operator token.
#[derive(Debug, Clone, Copy)]
pub struct Operator(pub Principal);

/// The holder of a company token or of an operator token.
#[derive(Debug, Clone, Copy)]
pub struct CompanyOrOperator(pub Principal);

/// An operator that signed in at `/auth/login`.
#[derive(Debug, Clone, Copy)]
pub struct Session(pub Principal);

/// The holder of any credential.
#[derive(Debug, Clone)]
pub enum AnyCredential {
    /// A token.
    Token(Principal),
    /// An API key.
    Key(Arc<Verified>),
}

/// The caller that verifies API keys: the holder of a company token, or of a live API key with the
/// scope `keys:verify`.
#[derive(Debug, Clone)]
pub enum KeyVerifier {
    /// A company token.
    Company(Principal),
    /// An API key.
    Key(Arc<Verified>),
}

/// The caller that manages keys, roles and scopes: the holder of a company token, or an operator that
/// signed in at `/auth/login` and has the role `admin` now.
#[derive(Debug, Clone, Copy)]
pub struct Manager(pub Principal);

impl Credential for Session {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Session => Ok(Self(principal)),
            other => Err(wrong_kind("a session of /auth/login", other)),
        }
    }
    fn principal(&self) -> Option<&Principal> {
        Some(&self.0)
    }
}

impl Credential for AnyCredential {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        principal.map(Self::Token).ok_or_else(missing)
    }
    fn admit_key(key: Arc<Verified>) -> Result<Self, ApiError> {
        Ok(Self::Key(key))
    }
    fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Token(principal) => Some(principal),
            Self::Key(_) => None,
        }
    }
    fn organization(&self) -> Option<OrganizationId> {
        Some(match self {
            Self::Token(principal) => principal.organization,
            Self::Key(key) => key.stored.key.organization,
        })
    }
}

impl KeyVerifier {
    /// Returns the organization whose keys the caller may verify.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        match self {
            Self::Company(principal) => principal.organization,
            Self::Key(key) => key.stored.key.organization,
        }
    }
}

impl Credential for KeyVerifier {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Company => Ok(Self::Company(principal)),
            other => Err(wrong_kind(
                "a company token, or an API key with the scope keys:verify",
                other,
            )),
        }
    }
    fn admit_key(key: Arc<Verified>) -> Result<Self, ApiError> {
        if key.rights.environment != Environment::Live {
            return Err(ApiError::forbidden(
                "this API key may not verify keys: it is a test key; use a live one",
            ));
        }
        if !key.rights.scopes.covers(Scope::KEYS_VERIFY) {
            return Err(ApiError::forbidden(
                "this API key may not verify keys: it lacks the scope keys:verify",
            ));
        }
        Ok(Self::Key(key))
    }
    fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Company(principal) => Some(principal),
            Self::Key(_) => None,
        }
    }
    fn organization(&self) -> Option<OrganizationId> {
        Some(Self::organization(self))
    }
}

impl Credential for Manager {
    const REQUIRED: bool = true;
    const NEEDS_ROLE: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Company => Ok(Self(principal)),
            Kind::Session if principal.is_admin => Ok(Self(principal)),
            Kind::Session => Err(ApiError::forbidden(
                "this needs a company token, or a session of /auth/login whose operator has the role admin",
            )),
            other => Err(wrong_kind("a company token or an admin's session", other)),
        }
    }
    fn principal(&self) -> Option<&Principal> {
        Some(&self.0)
    }
}

impl Credential for Anyone {
    const REQUIRED: bool = false;
    fn admit(_: Option<Principal>) -> Result<Self, ApiError> {
        Ok(Self)
    }
    fn principal(&self) -> Option<&Principal> {
        None
    }
}

impl Credential for Company {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Company => Ok(Self(principal)),
            other => Err(wrong_kind("a company token", other)),
        }
    }
    fn principal(&self) -> Option<&Principal> {
        Some(&self.0)
    }
}

impl Credential for Operator {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Operator => Ok(Self(principal)),
            other => Err(wrong_kind("an operator token", other)),
        }
    }
    fn principal(&self) -> Option<&Principal> {
        Some(&self.0)
    }
}

impl Credential for CompanyOrOperator {
    const REQUIRED: bool = true;
    fn admit(principal: Option<Principal>) -> Result<Self, ApiError> {
        let principal = principal.ok_or_else(missing)?;
        match principal.token().kind() {
            Kind::Company | Kind::Operator => Ok(Self(principal)),
            other => Err(wrong_kind("a company or operator token", other)),
        }
    }
    fn principal(&self) -> Option<&Principal> {
        Some(&self.0)
    }
}

fn wrong_kind(needed: &str, presented: Kind) -> ApiError {
    let presented = match presented {
        Kind::Company => "a company token",
        Kind::Operator => "an operator token",
        Kind::Session => "a session",
        Kind::Access => "an access token",
        Kind::Refresh => "a refresh token",
        Kind::Console => "a session of the console",
    };
    ApiError::forbidden(format!("this needs {needed}; {presented} was presented"))
}

/// Returns the principal of an outcome. `None` if no credential was requested.
///
/// # Errors
/// Returns the response to a refused credential.
pub(super) fn principal(outcome: &Outcome) -> Result<Option<Principal>, ApiError> {
    match outcome {
        // The caller has admitted or refused it.
        Outcome::NotRequested | Outcome::ApiKey(_) | Outcome::Signed(_) => Ok(None),
        Outcome::Principal(principal) => Ok(Some(*principal)),
        Outcome::Refused(refused) => Err(refused.clone().into()),
    }
}

/// Returns the credential of a request as it was sent, for a handler that judges it again later.
///
/// # Errors
/// 400 or 401.
pub(super) fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    let credential = authn::presented(headers)?.ok_or_else(missing)?;
    Ok(credential.text)
}

fn missing() -> ApiError {
    ApiError::missing_token("send a token as Authorization: Bearer …, or as X-Authorization-Key")
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Ambiguous => {
                Self::invalid_request("two different credentials were sent; send one")
            }
            Refused::WrongScheme => Self::missing_token(
                "the Authorization header must be: Bearer, a space, and the token",
            ),
            Refused::Invalid => Self::invalid_token(),
            Refused::Expired => Self::token_expired(),
            Refused::Revoked => Self::token_revoked(),
            Refused::Dpop(error) => Self::unproven(error),
            Refused::Signature(error) => Self::invalid_signature(&error),
            Refused::Full => Self::rate_limited(dpop::WAIT),
            Refused::Stale => Self::stale(),
            Refused::Unavailable => Self::unavailable(),
            Refused::Ahead(rev) => Self::ahead(rev),
        }
    }
}

impl Fields for HeaderMap {
    fn lines(&self, name: &str) -> Vec<&[u8]> {
        self.get_all(name).map(HeaderValue::as_bytes).collect()
    }
}

impl Headers for HeaderMap {
    fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]> {
        const KEY: HeaderName = HeaderName::from_static("x-authorization-key");
        const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
        const DPOP: HeaderName = HeaderName::from_static("dpop");

        self.get_all(match header {
            CredentialHeader::Authorization => AUTHORIZATION,
            CredentialHeader::AuthorizationKey => KEY,
            CredentialHeader::ApiKey => API_KEY,
            CredentialHeader::Dpop => DPOP,
        })
        .map(HeaderValue::as_bytes)
    }
}
