//! Forms that had to wait for a sign-in, or for a proof who the person is. They come back filled
//! in, and are not sent by themselves.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::account_language::Typed;
use super::answers::redirect;
use super::sealed;
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use super::{
    account, api_keys, clients, operators, organization, roles, rotation, sign_out, webhooks,
    wechat,
};
use crate::app::App;
use crate::base::{OperatorId, OrganizationId, PlatformAdminId, Timestamp};
use crate::session::console::{self, Right};

const PURPOSE: &str = "console form";

/// How long a form is kept.
const LIFETIME: Duration = Duration::from_mins(15);

/// A form, as it is kept in a page. It has no secrets.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    whose: Whose,
    /// Until when it is good (seconds).
    until: i64,
    path: String,
    fields: Vec<(String, String)>,
}

/// Who has typed a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// An operator, or the organization itself (`None`).
    Account(OrganizationId, Option<OperatorId>),
    PlatformAdmin(PlatformAdminId),
}

impl Kept {
    pub(super) fn new(visit: &Visit, whose: Whose) -> Self {
        Self {
            whose,
            until: visit.now.plus(LIFETIME).as_seconds(),
            path: visit.path.clone(),
            fields: visit.sent.kept(),
        }
    }

    /// Keeps the form of a person who has signed in.
    pub(super) fn of(signed: &Signed) -> Self {
        Self::new(signed, whose(signed))
    }

    /// Keeps the form of a person whose session has ended. `None` if nobody knows whose it was.
    pub(super) async fn of_ended(visit: &Visit) -> Result<Option<Self>, super::refusal::Refusal> {
        let Some(cookie) = visit.cookie.as_ref().map(console::Cookie::digest) else {
            return Ok(None);
        };
        let read = move |conn: &mut _| console::account_of(conn, &cookie);
        let account = visit.app.db.read(read).await?;
        let of =
            |(organization, operator)| Self::new(visit, Whose::Account(organization, operator));
        Ok(account.map(of))
    }

    /// Returns the form as a text for the field `resume`; empty if it cannot be sealed.
    pub(super) fn seal(&self, app: &App) -> String {
        sealed::seal(app, PURPOSE, "", self).unwrap_or_default()
    }

    /// Returns the path of a form that was kept, and its fields. `None` if somebody else has typed it, or
    /// too long ago.
    pub(super) fn open(
        app: &App,
        text: &str,
        whose: Whose,
        now: Timestamp,
    ) -> Option<(String, Sent)> {
        let kept: Self = sealed::open(app, PURPOSE, "", text)?;
        let is_good = kept.whose == whose && now.as_seconds() < kept.until;
        is_good.then(|| (kept.path, Sent::of(kept.fields)))
    }
}

fn whose(signed: &Signed) -> Whose {
    Whose::Account(signed.organization(), signed.found.session.operator)
}

/// Shows the form that was kept, if the same person has signed in; else goes to `next`.
pub(super) async fn resume(signed: &Signed, text: &str, next: &str) -> Outcome {
    let kept = Kept::open(&signed.app, text, whose(signed), signed.now);
    let Some((path, sent)) = kept else {
        return redirect(next);
    };
    let shown = show(signed, &path, &sent).await?;
    match shown {
        Some(response) => Ok(response),
        // These two have no page.
        None if path == sign_out::PATH || path == sign_out::KEEP => redirect(next),
        // A page without fields to fill in.
        None => redirect(&path),
    }
}

/// Shows the form of a path with these fields. `None` if nothing is typed there, or if the person may
/// not change it.
async fn show(
    signed: &Signed,
    path: &str,
    sent: &Sent,
) -> Result<Option<actix_web::HttpResponse>, super::refusal::Refusal> {
    if path == account::PATH {
        let sent = Some(sent);
        let typed = Typed {
            sent,
            ..Typed::default()
        };
        return account::form(signed, typed).await.map(Some);
    }
    if signed.found.right != Right::Admin {
        // All other forms change records of the organization.
        return Ok(None);
    }
    show_record(signed, path, sent).await
}

/// Shows the form of a path that changes a record of the organization.
async fn show_record(
    signed: &Signed,
    path: &str,
    sent: &Sent,
) -> Result<Option<actix_web::HttpResponse>, super::refusal::Refusal> {
    let status = StatusCode::OK;
    let ids = |rest: &str| -> Option<(String, String)> {
        let mut parts = rest.splitn(2, '/');
        let id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        Some((id, parts.next().unwrap_or_default().to_owned()))
    };
    let below = |folder: &str| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        ids(rest)
    };
    if let Some((id, what)) = below(operators::PATH) {
        return Ok(match (id.as_str(), what.as_str()) {
            ("import", "") => Some(operators::import::form(signed, sent).await?),
            ("new", "") => Some(operators::new::form(signed, status, sent, Vec::new()).await?),
            (id, "") => {
                Some(operators::record::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            (id, "issue") => {
                Some(operators::issue::form(signed, status, id, sent, Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((id, what)) = below(api_keys::PATH) {
        return Ok(match (id.as_str(), what.as_str()) {
            ("new", "") => Some(api_keys::new::form(signed, status, sent, Vec::new()).await?),
            (id, "") => {
                Some(api_keys::record::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((id, what)) = below(clients::PATH) {
        return Ok(match (id.as_str(), what.as_str()) {
            ("new", "") => Some(clients::new::form(signed, status, sent, Vec::new()).await?),
            (id, "") => {
                Some(clients::record::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((id, what)) = below(rotation::PATH) {
        return Ok(match (id.as_str(), what.as_str()) {
            ("new", "") => Some(rotation::new::form(signed, status, sent, Vec::new())?),
            (id, "label") => {
                Some(rotation::label::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((id, what)) = below(webhooks::PATH) {
        return Ok(match (id.as_str(), what.as_str()) {
            ("new", "") => Some(webhooks::new::form(signed, status, sent, Vec::new())?),
            (id, "") => {
                Some(webhooks::record::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((name, what)) = below(roles::PATH) {
        return Ok(match (name.as_str(), what.as_str()) {
            (name, "edit") => {
                Some(roles::record::form(signed, status, name, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if let Some((folder, id)) = below(wechat::PATH) {
        return Ok(match (folder.as_str(), id.as_str()) {
            ("new", "") => Some(wechat::new::form(signed, status, sent, Vec::new())?),
            ("apps", id) if !id.contains('/') => {
                Some(wechat::record::form(signed, status, id, Some(sent), Vec::new()).await?)
            }
            _ => None,
        });
    }
    if path == roles::PATH {
        let form = roles::list::form(signed, status, sent, Vec::new());
        return form.await.map(Some);
    }
    if path == organization::REVOKE_ALL {
        let form = organization::revoke_all::form(signed, status, sent, Vec::new());
        return form.await.map(Some);
    }
    if path == organization::PATH {
        return organization::form(signed, status, Some(sent), Vec::new())
            .await
            .map(Some);
    }
    Ok(None)
}
