//! The rules of a registration: each member, its default, and which members exclude one another.

use super::member::{Checked, check_name, few, required, uris, within, word};
use super::{Known, Registration, RegistrationError};
use crate::access::{Scope, ScopeSet};
use crate::base::OperatorId;
use crate::client::redirect_uri::Registrant;
use crate::client::{
    AccessAlgorithm, AccessTokens, AuthMethod, Authentication, ClientSettings, ConsentRule,
    EVERY_RESOURCE, GrantType, IntrospectRule, Jwks, Profile, RedirectMatch, RefreshRetry,
    RefreshTokens, Requirements, TokenFormat,
};

/// The longest life of a token (seconds): a year.
pub const LONGEST_LIFE: i64 = 31_536_000;

/// The longest grace of refresh tokens (seconds): a day.
const LONGEST_GRACE: i64 = 86_400;

/// The life of an access token (seconds) unless said otherwise.
const ACCESS_SECONDS: u32 = 3_600;

/// The life of a refresh token (seconds) unless said otherwise: 30 days.
const REFRESH_SECONDS: u32 = 2_592_000;

/// The life of a token of the profile `psdm` (seconds): a year.
const YEAR: u32 = 31_536_000;

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
