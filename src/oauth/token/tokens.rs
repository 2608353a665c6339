//! Makes tokens: their claims, texts, and what is stored of them.

use std::time::Duration;

use zeroize::Zeroizing;

use super::binding::Binding;
use super::request::Request;
use super::write_in_groups::{Condition, Rows, Written};
use crate::access::{Scope, ScopeSet};
use crate::base::{Digest, GrantId, Sequence, Timestamp, TokenId};
use crate::client::{ClientSettings, Profile, TokenFormat};
use crate::grant::refresh_successor::Form;
use crate::grant::store::{Grant, OpaqueToken, StoredRefreshToken};
use crate::issue::IssueError;
use crate::ledger::Issued;
use crate::oauth::failure::Failure;
use crate::operator::Operator;
use crate::token::{
    AccessClaims, Actor, Algorithm, Audience, IdTokenClaims, KeyError, Kind, Lineage, Typ, id_token,
};

/// How long an ID token is valid. It states who signed in, and is no credential.
const ID_TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// Whether access tokens of a client are opaque.
pub(super) fn is_opaque(settings: &ClientSettings) -> bool {
    settings.access.format == TokenFormat::Opaque || settings.profile == Profile::Psdm
}

/// The subject of an access token, and what the token is for.
pub(super) struct Subject<'a> {
    /// The operator behind it. `None` if the client acts for itself.
    pub(super) operator: Option<&'a Operator>,
    /// The grant that it follows from. `None` if it follows from none.
    pub(super) grant: Option<GrantId>,
    /// When the operator signed in. `None` if it did not.
    pub(super) auth_time: Option<Timestamp>,
    /// The scopes.
    pub(super) scopes: ScopeSet,
    /// The resources.
    pub(super) resources: Vec<String>,
    /// The key that the token is bound to.
    pub(super) binding: Binding,
    /// What token exchange derived from another access token. `None` if it is not exchanged.
    pub(super) exchanged: Option<Exchanged>,
}

/// What an exchanged access token has from the token that was exchanged.
pub(super) struct Exchanged {
    /// Its subject.
    pub(super) sub: String,
    /// The audience, which takes the place of [`Subject::resources`].
    pub(super) audience: Audience,
    /// When the new token expires.
    pub(super) expires_at: Timestamp,
    /// Who acts for the subject.
    pub(super) act: Actor,
    /// The tokens that it comes from.
    pub(super) ancestors: Lineage,
}

/// An access token, and what is to be stored of it.
pub(super) struct AccessToken {
    pub(super) text: Zeroizing<String>,
    pub(super) expires_at: Timestamp,
    pub(super) scope: Option<String>,
    /// Whether it is bound to a key.
    pub(super) is_bound: bool,
    pub(super) line: Issued,
    /// The row of one that is opaque.
    pub(super) row: Option<OpaqueToken>,
}

/// A refresh token, and what is to be stored of it.
pub(super) struct RefreshToken {
    pub(super) text: Zeroizing<String>,
    pub(super) line: Issued,
    pub(super) row: StoredRefreshToken,
}

/// Makes an access token. `rev` is what this node had applied before it read the records that the
/// token stands on. Nothing is stored yet.
pub(super) fn access_token(
    request: &Request<'_>,
    subject: &Subject<'_>,
    rev: Sequence,
) -> Result<AccessToken, Failure> {
    let settings = request.caller.settings();
    let client = request.caller.id();
    let issued_at = request.now.whole_second();
    let exchanged = subject.exchanged.as_ref();
    let own_end = issued_at.plus(Duration::from_secs(settings.access.seconds.into()));
    let expires_at = exchanged.map_or(own_end, |exchanged| exchanged.expires_at);
    let allows = |scope: &str| subject.scopes.names(scope);
    let profile = subject.operator.map(|operator| &operator.profile);
    let email = profile.filter(|_| allows("email"));
    let shown = profile.filter(|_| allows("profile"));
    let operator = subject.operator.map(|operator| operator.id);
    let (scope, scopes) = AccessClaims::scope_members(subject.scopes.clone());
    let access = AccessClaims {
        iss: request.issuer.into(),
        sub: match exchanged {
            Some(exchanged) => exchanged.sub.clone().into(),
            None => AccessClaims::subject(operator, client).into(),
        },
        aud: match (exchanged, settings.profile) {
            (Some(exchanged), _) => exchanged.audience.clone(),
            (None, Profile::SuiteCrm) => Audience::One(client.to_string()),
            (None, Profile::Standard | Profile::Psdm) => {
                Audience::of(&subject.resources, request.issuer)
            }
        },
        client_id: client.clone(),
        jti: TokenId::generate(request.now),
        iat: issued_at.as_seconds(),
        nbf: issued_at.as_seconds(),
        exp: expires_at.as_seconds(),
        scope: scope.clone(),
        scopes,
        organization_id: request.organization(),
        token_use: Kind::Access.as_str().into(),
        rev,
        grant_id: subject.grant,
        operator_id: operator,
        auth_time: subject.auth_time.map(Timestamp::as_seconds),
        email: email.and_then(|profile| profile.email.clone()),
        role: shown.and_then(|profile| profile.role.clone()),
        tier: shown.and_then(|profile| profile.tier.clone()),
        cnf: subject.binding.confirmation(),
        act: exchanged.map(|exchanged| exchanged.act.clone()),
        ancestors: exchanged.map_or(Lineage::NONE, |exchanged| exchanged.ancestors.clone()),
    };
    // The claims that this service would read from the token.
    let claims = access
        .claims(request.issuer)
        .ok_or(IssueError::Key(KeyError))?;
    let (text, kid, row) = if is_opaque(settings) {
        let text = Form::Hexadecimal.first();
        let json = serde_json::to_string(&access).map_err(|_| IssueError::Key(KeyError))?;
        let row = OpaqueToken {
            organization: access.organization_id,
            digest: Digest::of(&text),
            claims: json,
            expires_at,
        };
        (text, None, Some(row))
    } else {
        let (algorithm, typ) = match settings.profile {
            Profile::SuiteCrm => (Algorithm::Rs256, Typ::Jwt),
            Profile::Standard | Profile::Psdm => {
                (settings.access.algorithm.into(), Typ::AccessToken)
            }
        };
        let issuer = &request.app.tokens.issuer;
        let (text, kid) = issuer.sign_access(&access, algorithm, typ)?;
        (Zeroizing::new(text), Some(kid), None)
    };
    Ok(AccessToken {
        text,
        expires_at,
        scope,
        is_bound: subject.binding.jkt().is_some(),
        line: Issued {
            claims,
            kid,
            client: Some(client.clone()),
            subject: access.ancestors.subject(),
            address: request.address(),
        },
        row,
    })
}

/// Stores an access token that no other row goes with, and counts it. Returns once it is committed.
pub(super) async fn record(request: &Request<'_>, access: &AccessToken) -> Result<(), Failure> {
    let (line, issuer) = (access.line.clone(), &request.app.tokens.issuer);
    let Some(row) = access.row.clone() else {
        return Ok(issuer.write(line).await?);
    };
    let rows = Rows {
        opaque: Some(row),
        lines: vec![line],
        ..Rows::default()
    };
    let written = Written {
        condition: Condition::None,
        rows,
    };
    request.app.token_groups.writes.run(written).await?;
    issuer.count(&access.line.claims);
    Ok(())
}

/// Makes a refresh token of the grant with this text. Nothing is stored yet.
pub(super) fn refresh_token(
    request: &Request<'_>,
    text: Zeroizing<String>,
    grant: &Grant,
    rev: Sequence,
) -> RefreshToken {
    let seconds = request.caller.settings().refresh.seconds;
    let issued_at = request.now.whole_second();
    let row = StoredRefreshToken {
        organization: request.organization(),
        digest: Digest::of(&text),
        jti: TokenId::generate(request.now),
        grant: grant.id,
        rev,
        issued_at,
        expires_at: issued_at.plus(Duration::from_secs(seconds.into())),
        used: None,
    };
    RefreshToken {
        line: Issued {
            claims: row.claims(grant),
            kid: None,
            client: Some(grant.client.clone()),
            subject: None,
            address: request.address(),
        },
        text,
        row,
    }
}

/// Makes the ID token beside an access token. `None` if `openid` was not granted. `nonce` is that of
/// the request; it is absent after a refresh.
pub(super) fn id_token(
    request: &Request<'_>,
    grant: &Grant,
    scopes: &ScopeSet,
    access_token: &str,
    nonce: Option<&str>,
) -> Result<Option<String>, Failure> {
    if !scopes.names(Scope::OPENID) {
        return Ok(None);
    }
    let issued_at = request.now.whole_second();
    let claims = IdTokenClaims {
        iss: request.issuer.into(),
        sub: grant.operator.to_string().into(),
        aud: grant.client.clone(),
        azp: grant.client.clone(),
        iat: issued_at.as_seconds(),
        exp: issued_at.plus(ID_TOKEN_LIFETIME).as_seconds(),
        auth_time: grant.auth_time.as_seconds(),
        nonce: nonce.map(Into::into),
        at_hash: id_token::at_hash(access_token).into(),
        amr: grant.amr.split(' ').map(Into::into).collect(),
        sid: grant.sid.map(|sid| sid.to_string().into()),
    };
    Ok(Some(request.app.tokens.issuer.sign_id_token(&claims)?))
}
