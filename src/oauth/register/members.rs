//! The members of a registration (RFC 7591, section 2; OpenID Connect Dynamic Client Registration,
//! section 2), and what they are here.

use serde_json::{Map, Value};

use crate::access::Scope;
use crate::client::{AuthMethod, GrantType, Registration};
use crate::oauth::error::{ErrorCode, OAuthError};

/// What a client can choose from: what the metadata document names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) grants: &'a [GrantType],
    pub(super) methods: &'a [&'static str],
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) registration: Registration,
    /// `token_endpoint_auth_method`, which has two words for a secret.
    pub(super) method: &'static str,
}

/// The name of a client that gives none.
const UNNAMED: &str = "A registered client";

/// Members whose meaning this service does not have: a client that relies on them would be wrong.
const REFUSED: [&str; 2] = ["jwks_uri", "software_statement"];

impl Asked {
    /// Reads the members. Unknown ones are ignored, and so are those that a page would show
    /// (`logo_uri`, `client_uri`, `policy_uri`, `tos_uri`, `contacts`). A null is as if absent.
    ///
    /// # Errors
    /// Returns `invalid_client_metadata` and `invalid_redirect_uri`.
    pub(super) fn read(
        members: &Map<String, Value>,
        offer: &Offer<'_>,
    ) -> Result<Self, OAuthError> {
        let given = Given(members);
        if let Some(name) = REFUSED.into_iter().find(|name| given.get(name).is_some()) {
            return Err(wrong(format!("{name} is not supported")));
        }
        let asked = given.text("token_endpoint_auth_method")?;
        let method = asked.unwrap_or("client_secret_basic");
        let method = offer
            .methods
            .iter()
            .copied()
            .find(|offered| *offered == method);
        let method = method.ok_or_else(|| {
            let offered = offer.methods.join(", ");
            wrong(format!(
                "token_endpoint_auth_method must be one of {offered}"
            ))
        })?;
        let auth_method = match method {
            "client_secret_basic" | "client_secret_post" => AuthMethod::ClientSecret.as_str(),
            other => other,
        };
        let grants = grants(&given, offer)?;
        let by_code = grants.contains(&GrantType::AuthorizationCode);
        let redirect_uris = given.texts("redirect_uris", ErrorCode::InvalidRedirectUri)?;
        let redirect_uris = redirect_uris.unwrap_or_default();
        if by_code && redirect_uris.is_empty() {
            let description = "redirect_uris must be given with the grant authorization_code";
            return Err(OAuthError::new(ErrorCode::InvalidRedirectUri, description));
        }
        if let Some(types) = given.list("response_types")?
            && (types.iter().any(|kind| kind != "code") || by_code && types.is_empty())
        {
            return Err(wrong(
                "response_types must be [code], or empty without that grant",
            ));
        }
        for (member, only) in [
            ("id_token_signed_response_alg", "RS256"),
            ("subject_type", "public"),
        ] {
            if given.text(member)?.is_some_and(|value| value != only) {
                return Err(wrong(format!("{member} must be {only}")));
            }
        }
        let scopes: Vec<String> = match given.text("scope")? {
            Some(text) => text
                .split(' ')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            None => Scope::IDENTITY
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
        };
        if scopes.iter().any(|scope| scope == Scope::ADMIN) {
            return Err(wrong(
                "scope must not have admin: the organization gives it",
            ));
        }
        let post_logout =
            given.texts("post_logout_redirect_uris", ErrorCode::InvalidRedirectUri)?;
        let registration = Registration {
            name: Some(given.text("client_name")?.unwrap_or(UNNAMED).to_owned()),
            auth_method: Some(auth_method.to_owned()),
            jwks: match given.get("jwks") {
                // A client with a secret may send its keys, which nothing here needs.
                Some(Value::Object(jwks)) if auth_method == AuthMethod::PrivateKeyJwt.as_str() => {
                    Some(Value::Object(jwks.clone()).to_string())
                }
                None | Some(Value::Object(_)) => None,
                Some(_) => return Err(wrong("jwks must be an object")),
            },
            redirect_uris,
            post_logout_redirect_uris: post_logout.unwrap_or_default(),
            grants: Some(
                grants
                    .iter()
                    .map(|grant| grant.as_str().to_owned())
                    .collect(),
            ),
            scopes,
            require_par: given.flag("require_pushed_authorization_requests")?,
            dpop_bound: given.flag("dpop_bound_access_tokens")?,
            ..Registration::default()
        };
        Ok(Self {
            registration,
            method,
        })
    }
}

fn grants(given: &Given<'_>, offer: &Offer<'_>) -> Result<Vec<GrantType>, OAuthError> {
    let Some(names) = given.list("grant_types")? else {
        return Ok(vec![GrantType::AuthorizationCode]);
    };
    let read = |name: &String| {
        let offered = |grant: &GrantType| offer.grants.contains(grant);
        GrantType::from_parameter(name)
            .filter(offered)
            .ok_or_else(|| wrong("grant_types names a grant that is not supported"))
    };
    names.iter().map(read).collect()
}

fn wrong(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, description)
}

/// The members that a request has.
struct Given<'a>(&'a Map<String, Value>);

impl<'a> Given<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, OAuthError> {
        let value = self.get(name);
        let text = value.map(|value| value.as_str().ok_or(name));
        text.transpose()
            .map_err(|name| wrong(format!("{name} must be a text")))
    }

    fn flag(&self, name: &str) -> Result<bool, OAuthError> {
        let value = self.get(name).map(|value| value.as_bool().ok_or(name));
        let flag = value.transpose();
        let flag = flag.map_err(|name| wrong(format!("{name} must be true or false")))?;
        Ok(flag.unwrap_or_default())
    }

    fn list(&self, name: &str) -> Result<Option<Vec<String>>, OAuthError> {
        self.texts(name, ErrorCode::InvalidClientMetadata)
    }

    fn texts(&self, name: &str, code: ErrorCode) -> Result<Option<Vec<String>>, OAuthError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let of = |value: &Value| value.as_str().map(str::to_owned);
        let list = value.as_array();
        let texts = list.and_then(|list| list.iter().map(of).collect::<Option<Vec<String>>>());
        let wrong = || OAuthError::new(code, format!("{name} must be a list of texts"));
        texts.map(Some).ok_or_else(wrong)
    }
}

/// Returns a message with the members as RFC 7591 names them.
pub(super) fn in_their_words(message: &str) -> String {
    const NAMES: [(&str, &str); 5] = [
        ("postLogoutRedirectUris", "post_logout_redirect_uris"),
        ("redirectUris", "redirect_uris"),
        ("authMethod", "token_endpoint_auth_method"),
        ("scopes[", "scope["),
        ("dpopBound", "dpop_bound_access_tokens"),
    ];
    let named = NAMES.iter().find(|(own, _)| message.starts_with(own));
    match named {
        Some((own, theirs)) => message.replacen(own, theirs, 1),
        None => match message.strip_prefix("name ") {
            Some(rest) => format!("client_name {rest}"),
            None => message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
