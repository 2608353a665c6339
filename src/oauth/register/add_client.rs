//! Registers a client.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::RegisteredClient;
use super::members::{self, Asked, Offer};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{Digest, OrganizationId, Timestamp};
use crate::client::{ManageError, keys, manage, registration_token};
use crate::db;
use crate::login::Counted;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::oauth::metadata::{Metadata, Offered};
use crate::revocation;

/// What wrong tokens are counted by, beside the address that they come from.
const TOKENS: &str = "registration token";

/// Why a client was not registered.
enum RegisterError {
    /// The token was used up meanwhile.
    UsedUp,
    Client(ManageError),
}

impl From<db::Error> for RegisterError {
    fn from(error: db::Error) -> Self {
        Self::Client(error.into())
    }
}

impl From<ManageError> for RegisterError {
    fn from(error: ManageError) -> Self {
        Self::Client(error)
    }
}

impl From<RegisterError> for Failure {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::UsedUp => OAuthError::invalid_token().into(),
            RegisterError::Client(error) => refused(error),
        }
    }
}

/// Registers a client. `members` is the body, as far as it is a JSON object.
///
/// # Errors
/// Returns `invalid_token` if the token is unknown or used up, `invalid_redirect_uri` and
/// `invalid_client_metadata` (RFC 7591, section 3.2.2), [`Failure::Throttled`] if the address sent too
/// many requests or wrong tokens, and [`Failure::Database`].
pub async fn register(
    app: &Arc<App>,
    offered: &Offered<'_>,
    token: &str,
    members: Option<&Map<String, Value>>,
    origin: Origin,
    now: Timestamp,
) -> Result<RegisteredClient, Failure> {
    let digest = Digest::of(token);
    let organization = organization_of(app, digest, &origin).await?;
    let document = Metadata::new(offered);
    let offer = Offer {
        grants: offered.grants,
        methods: &document.token_endpoint_auth_methods_supported,
    };
    let members = members.ok_or_else(|| {
        let description = "The body must be a JSON object";
        OAuthError::new(ErrorCode::InvalidClientMetadata, description)
    })?;
    let asked = Asked::read(members, &offer)?;
    let registration = asked.registration.clone();
    let settings = app
        .db
        .read(move |conn| manage::validate(conn, organization, &registration))
        .await
        .map_err(refused)?;
    let prepared = keys::prepare(app, &settings, origin.actor.clone()).await;
    prepared.map_err(refused)?;
    let registration = asked.registration.clone();
    let write = move |conn: &mut db::Conn| {
        if !registration_token::use_once(conn, organization, digest)? {
            return Err(RegisterError::UsedUp);
        }
        Ok(manage::add(
            conn,
            organization,
            &registration,
            &origin,
            now,
        )?)
    };
    let feed = Arc::clone(&app.nodes.feed);
    let (added, _) = revocation::commit_here(&app.db, feed, write).await?;
    Ok(RegisteredClient::new(&added, asked.method))
}

/// Returns the active organization whose clients a token may register. Requests count against their
/// address as attempts to log in do, and too many wrong tokens lock it out.
async fn organization_of(
    app: &App,
    digest: Digest,
    origin: &Origin,
) -> Result<OrganizationId, Failure> {
    let counted = Counted::Unknown {
        organization: None,
        name: TOKENS.to_owned(),
    };
    let knock = app.logins.throttle.admit(TOKENS, origin.address);
    // Wrong tokens from elsewhere keep nobody out.
    let pass = knock.and_then(|knock| knock.pass(&counted, true));
    let pass = pass.map_err(|throttled| Failure::Throttled(throttled.retry_after))?;
    let find = move |conn: &mut db::Conn| registration_token::find(conn, digest);
    let Some(organization) = app.db.read(find).await? else {
        pass.failed();
        return Err(OAuthError::invalid_token().into());
    };
    pass.succeeded();
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    if !definitions.is_some_and(|definitions| definitions.is_active()) {
        return Err(OAuthError::invalid_token().into());
    }
    Ok(organization)
}

fn refused(error: ManageError) -> Failure {
    let code = match &error {
        ManageError::Registration(why) if why.is_redirect_uri() => ErrorCode::InvalidRedirectUri,
        ManageError::Registration(_) | ManageError::TooMany => ErrorCode::InvalidClientMetadata,
        ManageError::UnknownOrganization => return OAuthError::invalid_token().into(),
        _ => {
            return Failure::Database(match error {
                ManageError::Database(error) => error,
                other => db::Error::Internal(other.to_string()),
            });
        }
    };
    OAuthError::new(code, members::in_their_words(&error.to_string())).into()
}
