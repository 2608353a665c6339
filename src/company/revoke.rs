//! Revoking a company token, and with it everything derived from it.

use crate::app::App;
use crate::audit::Origin;
use crate::db::Error;
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind};

/// Why nothing was revoked.
#[derive(Debug)]
pub enum RevokeError {
    /// Not a company token of this organization.
    Unknown,
    /// The database.
    Database(Error),
}

impl From<Error> for RevokeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Revokes the company token `text`, or the one presented. One that is dead already stays dead.
///
/// # Errors
/// The [`RevokeError`].
pub async fn revoke(
    app: &App,
    presented: &Claims,
    text: Option<&str>,
    origin: Origin,
) -> Result<Receipt, RevokeError> {
    let claims = match text {
        Some(text) => {
            revocation::find_or_sync(&app.nodes.feed, || app.tokens.validator.authentic(text))
                .await?
                .ok_or(RevokeError::Unknown)?
        }
        None => *presented,
    };
    if claims.organization != presented.organization || claims.kind() != Kind::Company {
        return Err(RevokeError::Unknown);
    }
    if app.nodes.feed.index().revokes(&claims) {
        return Ok(revocation::already(&app.db, &app.nodes.feed).await?);
    }
    // An expired one may have descendants that live: it is revoked all the same.
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        let entry = revocation::write_token(conn, &claims, &origin, now)?;
        Ok::<_, RevokeError>(((), vec![entry]))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}
