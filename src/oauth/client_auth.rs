//! How a client authenticates at the token endpoint and similar ones (RFC 6749, section 2.3; RFC
//! 7521, section 4.2).
//!
//! [`read`] returns what was presented, [`judge`] whether it proves the client. Every wrong
//! credential gets the same error; a request that contradicts itself gets another one.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::base::{ClientId, Timestamp};
use crate::client::{Authentication, Client, Secrets};

/// The one type of assertion (RFC 7523, section 2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest secret that is looked at (bytes).
const LONGEST_SECRET: usize = 1_024;

/// Some clients leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a client presented. The id is what it says of itself; nothing is proven yet.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// An id and a secret, as Basic or in the body.
    Secret {
        /// The id.
        id: ClientId,
        /// The secret.
        secret: Zeroizing<String>,
    },
    /// A signed assertion. The id is in it, and may be in the body as well.
    Assertion {
        /// The id, if the body has it.
        id: Option<ClientId>,
        /// The assertion, a JWT.
        assertion: String,
    },
    /// An id alone: a public client.
    Public {
        /// The id.
        id: ClientId,
    },
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { id, .. } => write!(f, "Secret({id}, ***)"),
            Self::Assertion { id, .. } => write!(f, "Assertion({id:?}, ***)"),
            Self::Public { id } => write!(f, "Public({id})"),
        }
    }
}

impl Presented {
    /// Returns the id that the request names; `None` if only an assertion has it.
    #[must_use]
    pub const fn id(&self) -> Option<&ClientId> {
        match self {
            Self::Secret { id, .. } | Self::Public { id } => Some(id),
            Self::Assertion { id, .. } => id.as_ref(),
        }
    }
}

/// Reads what was presented. `authorization` has the value of each `Authorization` header.
///
/// # Errors
/// Returns `invalid_request` if the request has two methods, two headers, a `client_id` unlike that
/// of the header, or a parameter twice; and `invalid_client` if it has no method, or a credential
/// that cannot be read.
pub fn read(authorization: &[&str], body: &Parameters<'_>) -> Result<Presented, OAuthError> {
    let id = body.one("client_id")?;
    let secret = body.one("client_secret")?;
    let assertion = body.one("client_assertion")?;
    let assertion_type = body.one("client_assertion_type")?;
    let by_assertion = assertion.is_some() || assertion_type.is_some();
    let methods = [!authorization.is_empty(), secret.is_some(), by_assertion];
    if methods.into_iter().filter(|used| *used).count() > 1 || authorization.len() > 1 {
        return Err(request("More than one method of client authentication"));
    }
    let named = id.map(str::parse::<ClientId>).transpose();
    let named = named.map_err(|_| OAuthError::invalid_client())?;
    if let [header] = authorization {
        let (id, secret) = basic(header).ok_or_else(OAuthError::invalid_client)?;
        return match named {
            Some(named) if named != id => {
                Err(request("client_id is not that of the Authorization header"))
            }
            _ => Ok(Presented::Secret { id, secret }),
        };
    }
    match (secret, assertion, assertion_type, named) {
        (Some(secret), _, _, Some(id)) => Ok(Presented::Secret {
            id,
            secret: Zeroizing::new(secret.to_owned()),
        }),
        (None, Some(assertion), Some(JWT_BEARER), id) => Ok(Presented::Assertion {
            id,
            assertion: assertion.to_owned(),
        }),
        (None, Some(_), _, _) => Err(request(
            "client_assertion_type must be that of JWT assertions (RFC 7523)",
        )),
        (None, None, Some(_), _) => Err(request("client_assertion_type needs client_assertion")),
        (None, None, None, Some(id)) => Ok(Presented::Public { id }),
        (_, _, _, None) => Err(OAuthError::invalid_client()),
    }
}

fn request(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

/// Reads a Basic credential, both halves of which are form-encoded (RFC 6749, section 2.3.1).
/// `None` if it is none.
#[must_use]
pub fn basic(header: &str) -> Option<(ClientId, Zeroizing<String>)> {
    let (scheme, credential) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let bytes = Zeroizing::new(BASE64.decode(credential.trim_matches(' ')).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?.parse().ok()?, form_decoded(secret)?))
}

/// Decodes `+` and `%XX`. A `%` that begins no encoded byte stands for itself, as in every form
/// decoder. `None` if the bytes are no UTF-8.
fn form_decoded(text: &str) -> Option<Zeroizing<String>> {
    if memchr::memchr2(b'+', b'%', text.as_bytes()).is_none() {
        return Some(Zeroizing::new(text.to_owned()));
    }
    let spaces = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_decode_str(&spaces).decode_utf8().ok()?;
    Some(Zeroizing::new(decoded.into_owned()))
}

/// What is left to do before a client is authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It is the client.
    Authenticated,
    /// It is, if the assertion is signed by one of the client's keys and its claims are valid.
    IfAssertionHolds,
}

/// Judges what was presented. `client` is the client that the id names, with its secrets; `None` if
/// there is none, or if it is another organization's, disabled or suspended. The work is the same
/// in every case.
///
/// # Errors
/// Returns `invalid_client`, always with the same bytes.
pub fn judge(
    presented: &Presented,
    client: Option<(&Client, &Secrets)>,
    now: Timestamp,
) -> Result<Judged, OAuthError> {
    let nobodys = Secrets::default();
    let secrets = client.map_or(&nobodys, |(_, secrets)| secrets);
    let proven = match presented {
        Presented::Secret { secret, .. } => {
            secret.len() <= LONGEST_SECRET && secrets.accept(secret, now).is_some()
        }
        Presented::Assertion { .. } | Presented::Public { .. } => true,
    };
    let client = client
        .map(|(client, _)| client)
        .filter(|client| client.is_active());
    let method = client.map(|client| &client.settings.authentication);
    let judged = match (presented, method) {
        (Presented::Secret { .. }, Some(Authentication::Secret))
        | (Presented::Public { .. }, Some(Authentication::Public)) => Some(Judged::Authenticated),
        (Presented::Assertion { .. }, Some(Authentication::PrivateKeyJwt(_))) => {
            Some(Judged::IfAssertionHolds)
        }
        _ => None,
    };
    judged
        .filter(|_| proven)
        .ok_or_else(OAuthError::invalid_client)
}

#[cfg(test)]
mod tests;
