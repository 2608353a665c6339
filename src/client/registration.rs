//! What somebody asks a client to be, and whether it can be that. One function for every door: the
//! API, the command line, the console and dynamic registration; and for changes, which are made to
//! the registration of the client that there is.

use std::fmt;
use std::str::FromStr;

use super::redirect_uri::{self, Registrant};
use super::{
    AccessAlgorithm, AccessTokens, AuthMethod, Authentication, ClientSettings, ConsentRule,
    EVERY_RESOURCE, GrantType, IntrospectRule, Jwks, Profile, RedirectMatch, RedirectUri,
    RefreshRetry, RefreshTokens, Requirements, TokenFormat,
};
use crate::access::{Scope, ScopeSet};
use crate::base::OperatorId;
use crate::base::caseless::is_visible;

/// The longest life of a token (seconds): a year.
const LONGEST_LIFE: i64 = 31_536_000;

/// The longest grace of refresh tokens (seconds): a day.
const LONGEST_GRACE: i64 = 86_400;

/// The life of an access token (seconds) unless said otherwise.
const ACCESS_SECONDS: u32 = 3_600;

/// The life of a refresh token (seconds) unless said otherwise: 30 days.
const REFRESH_SECONDS: u32 = 2_592_000;

/// The most redirect URIs, scopes or resources of a client.
const MOST: usize = 100;

/// The members of a client as they were given; `None`: not given, so the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a member of the API")]
#[allow(
    missing_docs,
    reason = "each is the member of its name; the contract is that of `ClientSettings`"
)]
pub struct Registration {
    pub name: Option<String>,
    pub auth_method: Option<String>,
    pub jwks: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub redirect_match: Option<String>,
    pub allow_insecure_redirect: bool,
    pub grants: Option<Vec<String>>,
    pub scopes: Vec<String>,
    pub audience: Vec<String>,
    pub profile: Option<String>,
    pub token_format: Option<String>,
    pub algorithm: Option<String>,
    pub access_token_seconds: Option<i64>,
    pub refresh_token_seconds: Option<i64>,
    pub require_pkce: bool,
    pub require_par: bool,
    pub dpop_bound: bool,
    pub consent: Option<String>,
    pub operator_id: Option<i64>,
    pub refresh_retry: Option<String>,
    pub refresh_grace_seconds: Option<i64>,
    pub introspect: Option<String>,
}

/// What the organization has, as far as a registration may name it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The scopes it has defined, with those that are always there; the scopes of OpenID Connect
    /// may be left out.
    pub scopes: &'a ScopeSet,
    /// The URIs of its resources.
    pub resources: &'a [String],
    /// Whether the operator that the registration names is one of its operators and not deleted.
    pub operator: bool,
}

/// A member that cannot be what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationError {
    /// The member, as the API names it; with its place in an array, such as `redirectUris[1]`.
    pub member: String,
    /// What it must be, such as "must be https".
    pub rule: String,
}

impl RegistrationError {
    fn new(member: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            member: member.into(),
            rule: rule.into(),
        }
    }

    /// Whether the fault is a redirect URI: dynamic registration has a code of its own for that
    /// (RFC 7591, section 3.2.2).
    #[must_use]
    pub fn is_redirect_uri(&self) -> bool {
        self.member.starts_with("redirectUris") || self.member.starts_with("postLogoutRedirectUris")
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.member, self.rule)
    }
}

impl std::error::Error for RegistrationError {}

type Checked<T> = Result<T, RegistrationError>;

impl Registration {
    /// Returns the settings of the client, with defaults for what was not given.
    ///
    /// # Errors
    /// Returns the first member that breaks a rule, in the order of the members above.
    pub fn validate(&self, known: &Known<'_>) -> Checked<ClientSettings> {
        let name = check_name(self.name.as_deref())?;
        let authentication = self.authentication()?;
        let public = authentication.method() == AuthMethod::None;
        let registrant = Registrant {
            public,
            allow_insecure: self.allow_insecure_redirect,
        };
        let redirect_uris = uris("redirectUris", &self.redirect_uris, registrant)?;
        let post_logout = &self.post_logout_redirect_uris;
        let post_logout_redirect_uris = uris("postLogoutRedirectUris", post_logout, registrant)?;
        let redirect_match = word(
            "redirectMatch",
            self.redirect_match.as_deref(),
            &RedirectMatch::ALL,
            RedirectMatch::Exact,
        )?;
        let confidential_only = |member: &str, asked: bool| {
            if asked && public {
                return Err(RegistrationError::new(
                    member,
                    "is for confidential clients only",
                ));
            }
            Ok(())
        };
        confidential_only("redirectMatch", redirect_match == RedirectMatch::SameSite)?;
        confidential_only("allowInsecureRedirect", self.allow_insecure_redirect)?;
        let grants = self.grants()?;
        let profile = word(
            "profile",
            self.profile.as_deref(),
            &Profile::ALL,
            Profile::Standard,
        )?;
        let scopes = self.scopes(known, profile)?;
        let audience = self.audience(known)?;
        let access = self.access(profile)?;
        let refresh = self.refresh(profile)?;
        let consent = word(
            "consent",
            self.consent.as_deref(),
            &ConsentRule::ALL,
            ConsentRule::Ask,
        )?;
        let operator = self.operator_id.map(OperatorId);
        if operator.is_some() && !known.operator {
            return Err(RegistrationError::new(
                "operatorId",
                "must be an operator of the organization",
            ));
        }
        let introspect = word(
            "introspect",
            self.introspect.as_deref(),
            &IntrospectRule::ALL,
            IntrospectRule::Own,
        )?;
        confidential_only("introspect", introspect == IntrospectRule::Organization)?;
        Ok(ClientSettings {
            name,
            authentication,
            redirect_uris,
            post_logout_redirect_uris,
            redirect_match,
            allow_insecure_redirect: self.allow_insecure_redirect,
            grants,
            scopes,
            audience,
            profile,
            access,
            refresh,
            require: Requirements {
                pkce: self.require_pkce,
                par: self.require_par,
                dpop: self.dpop_bound,
            },
            consent,
            operator,
            introspect,
        })
    }

    fn authentication(&self) -> Checked<Authentication> {
        let method = self.auth_method.as_deref();
        let method = word(
            "authMethod",
            method,
            &AuthMethod::ALL,
            AuthMethod::ClientSecret,
        )?;
        match (method, self.jwks.as_deref()) {
            (AuthMethod::PrivateKeyJwt, Some(jwks)) => Jwks::parse(jwks)
                .map(Authentication::PrivateKeyJwt)
                .map_err(|rule| RegistrationError::new("jwks", rule)),
            (AuthMethod::PrivateKeyJwt, None) => Err(RegistrationError::new(
                "jwks",
                "must be given with private_key_jwt",
            )),
            (_, Some(_)) => Err(RegistrationError::new(
                "jwks",
                "must be given with private_key_jwt only",
            )),
            (AuthMethod::ClientSecret, None) => Ok(Authentication::Secret),
            (AuthMethod::None, None) => Ok(Authentication::Public),
        }
    }

    fn grants(&self) -> Checked<Vec<GrantType>> {
        let Some(names) = &self.grants else {
            return Ok(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]);
        };
        let mut grants = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let grant = required(&format!("grants[{place}]"), name, &GrantType::ALL)?;
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        Ok(grants)
    }

    fn scopes(&self, known: &Known<'_>, profile: Profile) -> Checked<ScopeSet> {
        let mut scopes = Vec::new();
        for (place, name) in self.scopes.iter().enumerate() {
            let wrong = |rule: &str| RegistrationError::new(format!("scopes[{place}]"), rule);
            let scope: Scope = name.parse().map_err(|_| {
                wrong("must be a scope: a to z, 0 to 9 and . _ : -, a letter first, at most 64")
            })?;
            if !scope.is_identity() && !known.scopes.names(scope.as_str()) {
                return Err(wrong("must be a scope that the organization has defined"));
            }
            if profile == Profile::SuiteCrm && scope.as_str() == Scope::OPENID {
                return Err(wrong(
                    "must not be openid with the profile suitecrm, whose tokens look like ID tokens",
                ));
            }
            scopes.push(scope);
        }
        few("scopes", scopes.len())?;
        Ok(scopes.into_iter().collect())
    }

    fn audience(&self, known: &Known<'_>) -> Checked<Vec<String>> {
        few("audience", self.audience.len())?;
        for (place, uri) in self.audience.iter().enumerate() {
            if uri != EVERY_RESOURCE && !known.resources.contains(uri) {
                let rule = "must be the URI of a resource of the organization, or *";
                return Err(RegistrationError::new(format!("audience[{place}]"), rule));
            }
        }
        Ok(self.audience.clone())
    }

    fn access(&self, profile: Profile) -> Checked<AccessTokens> {
        let (format, algorithm, seconds) = match profile {
            Profile::Standard => (TokenFormat::Jwt, AccessAlgorithm::Es256, ACCESS_SECONDS),
            Profile::SuiteCrm => (TokenFormat::Jwt, AccessAlgorithm::Rs256, ACCESS_SECONDS),
            Profile::Psdm => (TokenFormat::Opaque, AccessAlgorithm::Es256, YEAR),
        };
        let asked = word(
            "tokenFormat",
            self.token_format.as_deref(),
            &TokenFormat::ALL,
            format,
        )?;
        if profile != Profile::Standard && asked != format {
            let rule = format!("must be {format} with the profile {profile}");
            return Err(RegistrationError::new("tokenFormat", rule));
        }
        let signed = word(
            "algorithm",
            self.algorithm.as_deref(),
            &AccessAlgorithm::ALL,
            algorithm,
        )?;
        if profile == Profile::SuiteCrm && signed != algorithm {
            return Err(RegistrationError::new(
                "algorithm",
                "must be RS256 with the profile suitecrm",
            ));
        }
        Ok(AccessTokens {
            format: asked,
            algorithm: signed,
            seconds: within(
                "accessTokenSeconds",
                self.access_token_seconds,
                1,
                LONGEST_LIFE,
            )?
            .unwrap_or(seconds),
        })
    }

    fn refresh(&self, profile: Profile) -> Checked<RefreshTokens> {
        let seconds = if profile == Profile::Psdm {
            YEAR
        } else {
            REFRESH_SECONDS
        };
        let retry = self.refresh_retry.as_deref();
        Ok(RefreshTokens {
            seconds: within(
                "refreshTokenSeconds",
                self.refresh_token_seconds,
                1,
                LONGEST_LIFE,
            )?
            .unwrap_or(seconds),
            retry: word(
                "refreshRetry",
                retry,
                &RefreshRetry::ALL,
                RefreshRetry::Grace,
            )?,
            grace_seconds: within(
                "refreshGraceSeconds",
                self.refresh_grace_seconds,
                0,
                LONGEST_GRACE,
            )?,
        })
    }
}

const YEAR: u32 = 31_536_000;

/// A client as it could have been registered: what a change is made to.
impl From<&ClientSettings> for Registration {
    fn from(client: &ClientSettings) -> Self {
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let word = |word: &str| Some(word.to_owned());
        Self {
            name: Some(client.name.clone()),
            auth_method: word(client.authentication.method().as_str()),
            jwks: match &client.authentication {
                Authentication::PrivateKeyJwt(jwks) => Some(jwks.as_str().to_owned()),
                Authentication::Secret | Authentication::Public => None,
            },
            redirect_uris: texts(&client.redirect_uris),
            post_logout_redirect_uris: texts(&client.post_logout_redirect_uris),
            redirect_match: word(client.redirect_match.as_str()),
            allow_insecure_redirect: client.allow_insecure_redirect,
            grants: Some(
                client
                    .grants
                    .iter()
                    .map(|grant| grant.as_str().to_owned())
                    .collect(),
            ),
            scopes: client
                .scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            audience: client.audience.clone(),
            profile: word(client.profile.as_str()),
            token_format: word(client.access.format.as_str()),
            algorithm: word(client.access.algorithm.as_str()),
            access_token_seconds: Some(client.access.seconds.into()),
            refresh_token_seconds: Some(client.refresh.seconds.into()),
            require_pkce: client.require.pkce,
            require_par: client.require.par,
            dpop_bound: client.require.dpop,
            consent: word(client.consent.as_str()),
            operator_id: client.operator.map(|operator| operator.0),
            refresh_retry: word(client.refresh.retry.as_str()),
            refresh_grace_seconds: client.refresh.grace_seconds.map(Into::into),
            introspect: word(client.introspect.as_str()),
        }
    }
}

fn check_name(name: Option<&str>) -> Checked<String> {
    let name = name.ok_or_else(|| RegistrationError::new("name", "is required"))?;
    let sound = (1..=200).contains(&name.chars().count())
        && is_visible(name)
        && !name.chars().any(char::is_control);
    if sound {
        return Ok(name.to_owned());
    }
    let rule =
        "must have 1 to 200 characters, at least one of them visible, and no control characters";
    Err(RegistrationError::new("name", rule))
}

fn few(member: &str, count: usize) -> Checked<()> {
    match count {
        0..=MOST => Ok(()),
        _ => Err(RegistrationError::new(
            member,
            format!("must have at most {MOST} entries"),
        )),
    }
}

fn uris(member: &str, texts: &[String], registrant: Registrant) -> Checked<Vec<RedirectUri>> {
    few(member, texts.len())?;
    let read = |(place, text): (usize, &String)| {
        RedirectUri::register(text, registrant)
            .map_err(|rule| RegistrationError::new(format!("{member}[{place}]"), rule.to_string()))
    };
    texts.iter().enumerate().map(read).collect()
}

fn required<T: Copy + fmt::Display + FromStr>(member: &str, text: &str, all: &[T]) -> Checked<T> {
    text.parse().map_err(|_| {
        let words: Vec<_> = all.iter().map(ToString::to_string).collect();
        RegistrationError::new(member, format!("must be one of {}", words.join(", ")))
    })
}

fn word<T: Copy + fmt::Display + FromStr>(
    member: &str,
    text: Option<&str>,
    all: &[T],
    default: T,
) -> Checked<T> {
    text.map_or(Ok(default), |text| required(member, text, all))
}

fn within(member: &str, value: Option<i64>, least: i64, most: i64) -> Checked<Option<u32>> {
    let Some(value) = value else { return Ok(None) };
    let fits = (least..=most)
        .contains(&value)
        .then(|| u32::try_from(value).ok())
        .flatten();
    let wrong = || RegistrationError::new(member, format!("must be between {least} and {most}"));
    fits.map(Some).ok_or_else(wrong)
}

/// Whether a text can be the URI of a resource: absolute, in ASCII, without a fragment (RFC 8707,
/// section 2).
#[must_use]
pub fn is_resource_uri(text: &str) -> bool {
    text.len() <= redirect_uri::LONGEST
        && redirect_uri::is_uri(text)
        && !text.contains('#')
        && url::Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests;
