//! Revoking every token of an organization, for the console of the organization and for that of the
//! platform: what the page says before and after, and the login that is typed to confirm it.

use super::cells::revoked_tokens;
use super::page::{Effect, Field, FormError, Phrase};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::base::{OrganizationId, caseless};
use crate::db::{self, Conn};
use crate::ledger;
use crate::organization::Organization;
use crate::page::Value;
use crate::{api_key, client};

/// The value of `do`, which is also the last part of the path.
pub(super) const VERB: &str = "revoke-all";

/// What is no token, and so is not revoked.
pub(super) struct Staying {
    keys: i64,
    clients: i64,
}

impl Staying {
    pub(super) async fn read(visit: &Visit, id: OrganizationId) -> Result<Self, Refusal> {
        let read = move |conn: &mut Conn| {
            let (keys, clients) = (api_key::count(conn, id)?, client::count(conn, id)?);
            Ok::<_, db::Error>(Self { keys, clients })
        };
        Ok(visit.app.db.read(read).await?)
    }

    fn values(&self) -> [(&'static str, Value<'static>); 2] {
        [
            ("keys", Value::Count(self.keys)),
            ("clients", Value::Count(self.clients)),
        ]
    }
}

/// Returns what the act will do, and what will stay.
pub(super) async fn effect(visit: &Visit, organization: &Organization) -> Result<Effect, Refusal> {
    let tokens = ledger::count_of_organization(&visit.app, organization.id).await?;
    let mut effect = revoked_tokens(visit, tokens);
    let staying = Staying::read(visit, organization.id).await?;
    let text = visit
        .language()
        .text_with("revoke-everything-stays", &staying.values());
    effect.lines.push(Phrase::plain(text));
    Ok(effect)
}

/// Returns what was done, and what has stayed. What stays is read before the act: nothing that can
/// fail stands between the act and its receipt.
pub(super) fn done(visit: &Visit, organization: &Organization, staying: &Staying) -> Phrase {
    let (language, values) = (visit.language(), staying.values());
    let (id, name) = ("revoked-everything", &organization.name);
    Phrase::around_with(language, id, name, &values)
}

/// Returns the field for the login of the organization.
pub(super) fn confirm_field(visit: &Visit, login: &str, typed: &str) -> Field {
    let hint = visit.around("revoke-everything-confirm-hint", login);
    let field = Field::line("confirm", visit.text("revoke-everything-confirm"), typed);
    Field {
        hint: Some(hint),
        ..field.required()
    }
}

/// Returns the error of a form in which another login was typed. `None` if it is the right one.
pub(super) fn wrong_login(visit: &Visit, organization: &Organization) -> Option<FormError> {
    let key = |login: &str| caseless::key(login.trim());
    let is_right = key(visit.sent.text("confirm")) == key(&organization.login);
    let id = "revoke-everything-confirm-wrong";
    (!is_right).then(|| FormError::of(visit.language(), Some("confirm"), id))
}
