//! Checks what is typed on the sign-in page of the platform.

use secrecy::SecretString;

use super::{PlatformAdmin, store};
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{Sequence, caseless};
use crate::db::{Conn, Result};
use crate::login::{self, Account, LoginError, LoginKey, Named, Presented, Subject};

/// An admin with the hash of its password. Only signing in uses it.
pub struct Credentials {
    /// The admin.
    pub admin: PlatformAdmin,
    pub(super) password_hash: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.admin.id)
    }
}

impl Account for Credentials {
    type Name = LoginKey;

    const REFUSED: Action = Action::PlatformAdminSignInFailed;

    fn find(conn: &mut Conn, name: &LoginKey) -> Result<Named<Self>> {
        Ok(Named {
            organization: None,
            account: store::by_login(conn, &name.fold)?,
        })
    }

    fn subject(&self) -> Subject {
        Subject::PlatformAdmin(self.admin.id)
    }

    fn created_seq(&self) -> Sequence {
        // No entry of the feed creates an admin, and nothing is issued to it.
        Sequence::default()
    }

    fn password_hash(&self) -> &str {
        &self.password_hash
    }

    fn may_log_in(&self) -> bool {
        true
    }

    fn replace_password_hash(&self, conn: &mut Conn, new: &str) -> Result<()> {
        store::replace_password_hash(conn, self.admin.id, &self.password_hash, new)
    }
}

/// Checks the login and the password of an admin. Attempts are throttled by admin and by address, like
/// those of organizations; failed ones are recorded in the audit log later.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check(
    app: &App,
    typed: &str,
    password: SecretString,
    origin: &Origin,
) -> std::result::Result<login::Accepted<Credentials>, LoginError> {
    let typed = typed.trim();
    let key = caseless::key(typed);
    let presented = Presented {
        name: LoginKey::of(typed),
        typed: format!("platform {key}"),
        key,
        password,
    };
    let outcome = login::check::<Credentials>(app, presented, origin).await;
    let word = outcome
        .as_ref()
        .err()
        .map_or("accepted", LoginError::outcome);
    app.metrics.login(word);
    outcome
}
