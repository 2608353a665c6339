//! `token_exchange` (RFC 8693): a token is exchanged for one that may do the same or less.
//!
//! [`super::exchange::may_exchange`] decides what is derived. A company token is exchanged for an
//! operator token, as `get-token` issues it; an access token for an access token, which carries the
//! names of the tokens that it comes from ([`Lineage`]) and is revoked with each of them.
//!
//! Like every issuer it reads the applied sequence first (`rev`), and then the client, the subject
//! token and the operator. Whatever revokes one of them after that revokes the new token too.

use std::time::Duration;

use super::answer::TokenAnswer;
use super::exchange::{Refused, SubjectToken, Wanted, may_exchange};
use super::request::Request;
use super::tokens::{self, Exchanged, Subject};
use crate::access::{BehindToken, ScopeRequest};
use crate::base::{OperatorId, Timestamp};
use crate::oauth::caller::Caller;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::oauth::valid_token::{ValidAccess, ValidToken, valid_token};
use crate::operator::{self, IssueError};
use crate::token::{Actor, Ancestor, Claims, Kind, Lineage, MAX_LENGTH};
use crate::validate::Validator;

/// RFC 8693, section 3.
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// RFC 8693, section 3.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// How often the subject token is judged again because this node was behind the one that issued it.
const ATTEMPTS: usize = 3;

pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let asked = Asking::read(request)?;
    let mut newer: Option<Caller> = None;
    for _ in 0..ATTEMPTS {
        let caller = newer.as_ref().unwrap_or(request.caller);
        let request = &Request { caller, ..*request };
        let found = valid_token(request.app, request.issuer, asked.subject, request.now).await?;
        let subject = found.ok_or_else(unacceptable)?;
        let claims = *subject.claims();
        if claims.organization != request.organization() {
            return Err(unacceptable());
        }
        if claims.rev > caller.rev {
            // Its issuer had applied more of the feed than this node when it read the client.
            newer = Some(caller.read_again(request.app).await?);
            continue;
        }
        return match (subject, asked.operator) {
            (ValidToken::Other(company), Some(operator)) if company.kind() == Kind::Company => {
                for_an_operator(request, &company, operator).await
            }
            (ValidToken::Access(subject), None) => narrower(request, subject, &asked).await,
            (ValidToken::Other(_) | ValidToken::Access(_), _) => Err(unacceptable()),
        };
    }
    Err(Failure::Stale)
}

/// The parameters.
struct Asking<'a> {
    subject: &'a str,
    operator: Option<OperatorId>,
    targets: Vec<&'a str>,
}

impl<'a> Asking<'a> {
    fn read(request: &Request<'a>) -> Result<Self, Failure> {
        let parameters = request.parameters;
        let missing = |name: &str| invalid_request(format!("The parameter {name} is missing"));
        let subject = parameters.one("subject_token")?;
        let subject = subject.ok_or_else(|| missing("subject_token"))?;
        let named = parameters.one("subject_token_type")?;
        match named.ok_or_else(|| missing("subject_token_type"))? {
            ACCESS_TOKEN => {}
            // An opaque token is no JWT.
            JWT if subject.contains('.') => {}
            _ => {
                return Err(invalid_request(
                    "The parameter subject_token_type does not fit",
                ));
            }
        }
        if parameters.has("actor_token") || parameters.has("actor_token_type") {
            let why = "There are no actor tokens here; the client itself is the actor";
            return Err(invalid_request(why));
        }
        let wanted = parameters.one("requested_token_type")?;
        if wanted.is_some_and(|wanted| wanted != ACCESS_TOKEN) {
            return Err(invalid_request(
                "Only access tokens are issued by token exchange",
            ));
        }
        let operator = parameters
            .one("operator_id")?
            .map(str::parse::<i64>)
            .transpose();
        let operator = operator.map_err(|_| invalid_request("operator_id must be a number"))?;
        let targets = parameters.all("resource").chain(parameters.all("audience"));
        Ok(Self {
            subject,
            operator: operator.map(OperatorId),
            targets: targets.collect(),
        })
    }
}

/// Exchanges a company token for an operator token. An operator token has no scopes and no audience
/// of OAuth, so the client can ask for none.
async fn for_an_operator(
    request: &Request<'_>,
    company: &Claims,
    operator: OperatorId,
) -> Result<TokenAnswer, Failure> {
    if let Some(asked) = request
        .scope()?
        .as_ref()
        .and_then(|asked| asked.iter().next())
    {
        return Err(crate::access::InvalidScope(asked.to_string()).into());
    }
    if request.parameters.has("resource") || request.parameters.has("audience") {
        return Err(invalid_target());
    }
    // An operator token is bound to no key. The proof is used up all the same, and a client that
    // must send one must do so here too.
    request.bind(None).await?;
    let act = Actor {
        sub: company.organization.to_string(),
        client_id: request.caller.id().clone(),
        act: None,
    };
    let wanted = operator::Request {
        rev: request.caller.rev,
        operator,
        expires_at: None,
    };
    let issued = operator::exchange(request.app, company, wanted, &act, request.address());
    let token = issued.await.map_err(not_issued)?;
    Ok(TokenAnswer::of_operator(request, token))
}

fn not_issued(error: IssueError) -> Failure {
    match error {
        IssueError::Unknown
        | IssueError::NotActive(_)
        | IssueError::Past
        | IssueError::BeyondCap { .. } => invalid_request("There is no such active operator"),
        IssueError::Ledger(why) => Failure::Issue(crate::issue::IssueError::Ledger(why)),
        IssueError::Key(why) => Failure::Issue(crate::issue::IssueError::Key(why)),
        IssueError::Database(error) => Failure::Database(error),
    }
}

/// Exchanges an access token for one of this client.
async fn narrower(
    request: &Request<'_>,
    subject: ValidAccess,
    asked: &Asking<'_>,
) -> Result<TokenAnswer, Failure> {
    let ValidAccess { claims, access } = subject;
    if access.cnf.is_some() {
        return Err(invalid_request(
            "A token that is bound to a key cannot be exchanged",
        ));
    }
    let settings = request.caller.settings();
    let nameable = request.caller.resources(request.issuer);
    let own = request.caller.id().as_str();
    let targets = asked
        .targets
        .iter()
        .map(|target| match nameable.find(target) {
            None if *target == own => Some(own),
            found => found,
        });
    let targets: Option<Vec<&str>> = targets.collect();
    let targets = targets.ok_or_else(invalid_target)?;
    let operator = match access.operator_id {
        None => None,
        Some(id) => Some(
            request
                .active_operator(id)
                .await?
                .ok_or_else(unacceptable)?,
        ),
    };
    let wanted_scopes = request.scope()?;
    let derived = may_exchange(
        &SubjectToken {
            scopes: &access.scopes,
            audience: &access.aud,
            issued_at: claims.issued_at,
            expires_at: access.expires_at(),
        },
        &Wanted {
            scopes: ScopeRequest {
                scopes: wanted_scopes.as_ref(),
                client: &settings.scopes,
                behind: operator
                    .as_ref()
                    .map_or(BehindToken::Client, |operator| request.behind(operator)),
            },
            targets: &targets,
            lifetime: Duration::from_secs(settings.access.seconds.into()),
            now: request.now,
        },
    )
    .map_err(|refused| match refused {
        Refused::Scope(scope) => scope.into(),
        Refused::Target => invalid_target(),
        Refused::Expired => unacceptable(),
    })?;
    let lineage = access.ancestors.with(Ancestor {
        jti: access.jti,
        client: access.client_id.tag(),
        kid: Validator::key_of(asked.subject),
    });
    let ancestors: Lineage =
        lineage.ok_or_else(|| invalid_request("The token was exchanged too often"))?;
    let subject = Subject {
        operator: operator.as_ref(),
        grant: access.grant_id,
        auth_time: access.auth_time.map(Timestamp::from_seconds),
        scopes: derived.scopes,
        resources: Vec::new(),
        binding: request.bind(None).await?,
        exchanged: Some(Exchanged {
            sub: access.sub.to_string(),
            audience: derived.audience,
            expires_at: derived.expires_at,
            act: Actor {
                sub: request.caller.id().to_string(),
                client_id: request.caller.id().clone(),
                act: access.act.clone().map(Box::new),
            },
            ancestors,
        }),
    };
    let token = tokens::access_token(request, &subject, request.caller.rev)?;
    if token.text.len() > MAX_LENGTH {
        return Err(invalid_request("The token would be too long"));
    }
    tokens::record(request, &token).await?;
    let operator = operator.map(|operator| operator.id);
    Ok(TokenAnswer::recorded(request, &token, operator).exchanged())
}

fn invalid_request(description: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
    OAuthError::new(ErrorCode::InvalidRequest, description).into()
}

fn invalid_target() -> Failure {
    let description = "The subject token is not for this resource, or the client may not name it";
    OAuthError::new(ErrorCode::InvalidTarget, description).into()
}

/// Returns the error for a subject token that is not accepted, whatever the reason (RFC 8693,
/// section 2.2.2).
fn unacceptable() -> Failure {
    invalid_request("The subject token is unknown, expired, revoked or of the wrong kind")
}
