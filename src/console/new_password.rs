//! A new password that a form sets: one that was typed, or one that the service makes and shows once.

use secrecy::{ExposeSecret, SecretString};

use super::account::password::wrong;
use super::page::{FormError, Link, Part, Secret};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::base::{OrganizationId, Turn};
use crate::db;
use crate::http::ApiError;
use crate::password::{HashError, Password};

/// A new password that is not hashed yet.
pub(super) struct NewPassword {
    password: Password,
    made: Option<MadePassword>,
}

/// The text of a password that the service has made.
pub(super) struct MadePassword(SecretString);

impl NewPassword {
    /// Returns the password in the field `password`, or if that is empty one that the service makes.
    ///
    /// # Errors
    /// Returns the error of the form if the text cannot be a password.
    pub(super) fn typed_or_made(visit: &Visit) -> Result<Self, FormError> {
        match visit.sent.secret("password") {
            Some(text) => Self::typed(visit, text),
            None => Self::made(visit),
        }
    }

    /// Returns a password that was typed.
    ///
    /// # Errors
    /// Returns the error of the form if the text cannot be a password.
    pub(super) fn typed(visit: &Visit, text: SecretString) -> Result<Self, FormError> {
        let error = |why| FormError::of(visit.language(), Some("password"), wrong(why));
        let password = Password::new(text).map_err(error)?;
        let made = None;
        Ok(Self { password, made })
    }

    /// Returns a password that the service makes.
    ///
    /// # Errors
    /// Returns the error of the form, which no drawn text causes.
    pub(super) fn made(visit: &Visit) -> Result<Self, FormError> {
        let text = Password::draw();
        let new = Self::typed(visit, text.clone())?;
        let made = Some(MadePassword(text));
        Ok(Self { made, ..new })
    }

    /// Hashes it in the queue of all passwords, in the turn of the organization. Hashing takes long, so
    /// a form with other faults is refused before. Returns the hash, and the text if the service has
    /// made it.
    ///
    /// # Errors
    /// Returns the [`Refusal`] if the service cannot hash it now.
    pub(super) async fn hash(
        self,
        visit: &Visit,
        id: OrganizationId,
    ) -> Result<(String, Option<MadePassword>), Refusal> {
        let hasher = &visit.app.logins.hasher;
        match hasher.hash(Turn::Known(id), self.password).await {
            Ok(hash) => Ok((hash, self.made)),
            Err(HashError::Busy) => Err(ApiError::unavailable().into()),
            Err(HashError::Cost(why)) => Err(db::Error::Internal(why).into()),
        }
    }
}

impl MadePassword {
    /// Returns the parts of the page that shows it: what it is for (a message), the text, and a link
    /// to go on.
    pub(super) fn parts(&self, visit: &Visit, what_for: &str, stored: Link) -> [Part; 2] {
        let secret = Secret {
            label: visit.text("password"),
            text: self.0.expose_secret().to_owned(),
            second: None,
            curl: None,
            stored,
        };
        [Part::Text(visit.phrase(what_for)), Part::Secret(secret)]
    }
}
