//! What ends something of an OAuth client, or lets it begin again: each act has a page that says
//! what will happen.

use super::{find, id_of, path_of};
use crate::client::{Client, ClientStatus, ManageError, manage};
use crate::console::answers::Page;
use crate::console::cells::revoked_tokens;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Effect, Form, Notice, Part};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::revocation;

/// What is done to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    RevokeAll,
    Disable,
    Enable,
    Delete,
}

impl Act {
    const ALL: [Self; 4] = [Self::RevokeAll, Self::Disable, Self::Enable, Self::Delete];

    /// Returns the act that a path names.
    fn of(path: &str) -> Option<Self> {
        let last = path.rsplit('/').next()?;
        Self::ALL.into_iter().find(|act| act.verb() == last)
    }

    /// The value of `do`, which is also the last part of the path.
    const fn verb(self) -> &'static str {
        match self {
            Self::RevokeAll => "revoke-all",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
        }
    }

    /// The messages: the question, what stays, the button, and what was done.
    const fn messages(self) -> [&'static str; 4] {
        match self {
            Self::RevokeAll => [
                "client-revoke-question",
                "client-revoke-stays",
                "tokens-revoke-all",
                "client-revoked",
            ],
            Self::Disable => [
                "client-disable-question",
                "client-disable-stays",
                "client-disable",
                "client-disabled",
            ],
            Self::Enable => [
                "client-enable-question",
                "client-enable-stays",
                "client-enable",
                "client-enabled",
            ],
            Self::Delete => [
                "client-delete-question",
                "client-delete-stays",
                "delete",
                "client-deleted",
            ],
        }
    }

    /// Whether there is something to do.
    const fn fits(self, client: &Client) -> bool {
        match self {
            Self::RevokeAll | Self::Delete => !matches!(client.status, ClientStatus::Deleted),
            Self::Disable => client.is_active(),
            Self::Enable => matches!(client.status, ClientStatus::Disabled),
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
        let client = find(signed, &signed.id).await?.client;
        let page = question(signed, act, &client).await?;
        signed.page(page).await
    })
    .await
}

/// The page that says what will happen, and what will not.
async fn question(signed: &Signed, act: Act, client: &Client) -> Result<Page, Refusal> {
    let [question, stays, button, _] = act.messages();
    let base = path_of(client.id.as_str());
    let mut effect = if act == Act::Enable {
        Effect {
            tokens: None,
            lines: Vec::new(),
        }
    } else {
        let (organization, id) = (signed.organization(), client.id.clone());
        let tokens = ledger::count_of_client(&signed.app, organization, id).await?;
        revoked_tokens(signed, tokens)
    };
    effect.lines.push(signed.phrase(stays));
    let mut parts = vec![Part::Effect(effect)];
    if act.fits(client) {
        let form = Form::new("confirm", format!("{base}/{}", act.verb()), signed.csrf());
        let form = if act == Act::Enable {
            form.button(act.verb(), signed.text(button))
        } else {
            form.danger(act.verb(), signed.text(button))
        };
        parts.push(Part::Form(form.cancel(base, signed.text("cancel"))));
    } else {
        parts.insert(0, Part::Warning(signed.phrase("nothing-left")));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(base, "back"),
            primary: false,
        }]));
    }
    let heading = signed.around(question, &client.settings.name);
    Ok(Page::new("oauth-client-confirm", heading, parts))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, perform).await
}

async fn perform(signed: &Signed) -> Outcome {
    let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
    if signed.sent.text("do") != act.verb() {
        return gate::unknown_button();
    }
    let client = find(signed, &signed.id).await?.client;
    if !act.fits(&client) {
        let page = question(signed, act, &client).await?;
        return signed.answer(&page);
    }
    let (organization, id) = (signed.organization(), id_of(&signed.id)?);
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let write = move |conn: &mut Conn| {
        let which = (organization, &id);
        let active = |conn: &mut Conn, active| {
            let changed = manage::change(conn, which, |_| (), Some(active), &origin, now);
            changed.map(|(_, entries)| entries)
        };
        let entries = match act {
            Act::RevokeAll => manage::revoke_tokens(conn, which, &origin, now)?,
            Act::Disable => active(conn, false)?,
            Act::Enable => active(conn, true)?,
            Act::Delete => manage::delete(conn, which, &origin, now)?,
        };
        Ok::<_, ManageError>((revocation::count(&entries), entries))
    };
    let (revoked, done) = revocation::enforce(db, feed, write).await?;
    let [.., message] = act.messages();
    let mut notice = Notice::new(signed.around(message, &client.settings.name));
    signed.app.metrics.revocations.inc_by(revoked);
    if act != Act::Enable {
        notice = notice.with(signed.receipt(&done));
    }
    signed.done(&path_of(client.id.as_str()), notice).await
}
