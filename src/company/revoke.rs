//! Revoking a company token, and with it everything derived from it.

use crate::app::App;
use crate::audit::Origin;
use crate::db::Error;
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind};

/// Why no token was revoked.
#[derive(Debug)]
pub enum RevokeError {
    /// The text is not a company token of this organization.
    Unknown,
    /// The database failed.
    Database(Error),
}

impl From<Error> for RevokeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Revokes the company token `text`, or the presented token if `text` is `None`. If it was revoked
/// before, no entry is written. In both cases this returns once the revocation is in force on every
/// node.
///
/// # Errors
/// Returns the [`RevokeError`].
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
    // A token that has expired is revoked as well: tokens derived from it may still be valid.
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        let entry = revocation::write_token(conn, &claims, &origin, now)?;
        Ok::<_, RevokeError>(((), vec![entry]))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}
