//! What ends something of an operator, or lets it begin again: each act has a page that says what
//! will happen.

use super::{find, id_of, last_admins, path_of};
use crate::api_key::manage::{self as keys, Maker, MakerEnd, NamedKeys};
use crate::console::answers::Page;
use crate::console::cells::{capped, revoked_tokens};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Cell, Control, Effect, Field, Form, Notice, Part, Phrase, Row, Table};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::ledger::{self, COUNTED};
use crate::operator::{self, Change, Operator, OperatorStatus, second_factor};
use crate::page::Value;
use crate::revocation;

/// How many of the keys that an operator has made are named.
const NAMED: usize = 100;

/// What is done to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Revoke,
    Deactivate,
    Activate,
    Delete,
    ResetFactor,
}

impl Act {
    /// Returns the act that a path names.
    fn of(path: &str) -> Option<Self> {
        Some(match path.rsplit('/').next()? {
            "revoke" => Self::Revoke,
            "deactivate" => Self::Deactivate,
            "activate" => Self::Activate,
            "delete" => Self::Delete,
            "reset-second-factor" => Self::ResetFactor,
            _ => return None,
        })
    }

    /// The value of `do`, which is also the last part of the path.
    const fn verb(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Deactivate => "deactivate",
            Self::Activate => "activate",
            Self::Delete => "delete",
            Self::ResetFactor => "reset-second-factor",
        }
    }

    /// The messages: the question, what stays, the button, and what was done.
    const fn messages(self) -> [&'static str; 4] {
        match self {
            Self::Revoke => [
                "operator-revoke-question",
                "operator-revoke-stays",
                "tokens-revoke-all",
                "operator-revoked",
            ],
            Self::Deactivate => [
                "operator-deactivate-question",
                "operator-deactivate-stays",
                "deactivate",
                "operator-deactivated",
            ],
            Self::Activate => [
                "operator-activate-question",
                "operator-activate-stays",
                "activate",
                "operator-activated",
            ],
            Self::Delete => [
                "operator-delete-question",
                "operator-delete-stays",
                "delete",
                "operator-deleted",
            ],
            Self::ResetFactor => [
                "operator-reset-question",
                "operator-reset-stays",
                "reset-second-factor",
                "operator-reset",
            ],
        }
    }

    const fn revokes(self) -> bool {
        matches!(self, Self::Revoke | Self::Deactivate | Self::Delete)
    }

    /// Whether there is something to do.
    const fn fits(self, operator: &Operator) -> bool {
        match self {
            Self::Revoke => true,
            Self::Deactivate => matches!(operator.status, OperatorStatus::Active),
            Self::Activate => matches!(operator.status, OperatorStatus::Inactive),
            Self::Delete => !matches!(operator.status, OperatorStatus::Deleted),
            Self::ResetFactor => operator.second_factor,
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
        let operator = find(signed, &signed.id).await?;
        let page = question(signed, act, &operator).await?;
        signed.page(page).await
    })
    .await
}

/// The page that says what will happen, and what will not.
async fn question(signed: &Signed, act: Act, operator: &Operator) -> Result<Page, Refusal> {
    let [question, stays, button, _] = act.messages();
    let base = path_of(operator.id);
    let mut effect = if act.revokes() {
        let (organization, ids) = (signed.organization(), vec![operator.id]);
        let tokens = ledger::count_of_operators(&signed.app, organization, ids).await?;
        revoked_tokens(signed, tokens)
    } else {
        Effect {
            tokens: None,
            lines: Vec::new(),
        }
    };
    effect.lines.push(signed.phrase(stays));
    let made = match act {
        Act::Deactivate | Act::Delete => {
            let (organization, id) = (signed.organization(), operator.id);
            // One more than is counted exactly.
            let most = usize::try_from(COUNTED + 1).unwrap_or(usize::MAX);
            let read = move |conn: &mut Conn| keys::some_made_by(conn, organization, id, most);
            signed.app.db.read(read).await?
        }
        _ => Vec::new(),
    };
    let mut form = Form::new("confirm", format!("{base}/{}", act.verb()), signed.csrf());
    form = if act == Act::Activate {
        form.button(act.verb(), signed.text(button))
    } else {
        form.danger(act.verb(), signed.text(button))
    };
    let mut parts = vec![Part::Effect(effect)];
    if matches!(act, Act::Deactivate | Act::Delete) {
        parts.extend(last_admins(signed, vec![operator.id]).await?);
    }
    if !made.is_empty() {
        parts.extend(keys_of(signed, &made));
        form = form.field(Field::controlled(
            "with_keys",
            signed.text("operator-with-keys"),
            Control::Check { ticked: false },
        ));
    }
    if act.fits(operator) {
        parts.push(Part::Form(form.cancel(base, signed.text("cancel"))));
    } else {
        parts.insert(0, Part::Warning(signed.phrase("nothing-left")));
        parts.push(Part::Actions(vec![crate::console::page::Action {
            link: signed.link(base, "back"),
            primary: false,
        }]));
    }
    let heading = signed.around(question, &operator.profile.name);
    Ok(Page::new("operator-confirm", heading, parts))
}

/// The keys that an operator has made, which stay valid unless the form says otherwise. If there are
/// more than [`NAMED`], their number stands above the first ones.
fn keys_of(signed: &Signed, made: &NamedKeys) -> Vec<Part> {
    let row = |(id, name): &(crate::base::ApiKeyId, String)| Row {
        id: id.to_string(),
        cells: vec![vec![
            Cell::Link {
                href: format!("{}/{id}", crate::console::api_keys::PATH),
                name: name.clone(),
            },
            Cell::Break,
            Cell::Code(id.to_string()),
        ]],
    };
    let table = Part::Table(Table {
        id: "made-keys",
        caption: signed.text("operator-made-keys"),
        heads: vec![signed.text("name")],
        rows: made.iter().take(NAMED).map(row).collect(),
    });
    let mut parts = Vec::new();
    if made.len() > NAMED {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (all, named) = (
            capped(signed, number(made.len())),
            capped(signed, number(NAMED)),
        );
        let values = [
            ("number", Value::Text(&all)),
            ("named", Value::Text(&named)),
        ];
        let text = signed
            .language()
            .text_with("operator-made-many-keys", &values);
        parts.push(Part::Warning(Phrase::plain(text)));
    }
    parts.push(table);
    parts
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let needs = match Act::of(call.request_path()) {
        Some(Act::ResetFactor) => Needs::AdminAndProof,
        _ => Needs::Admin,
    };
    gate::act(call, needs, perform).await
}

async fn perform(signed: &Signed) -> Outcome {
    let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
    if signed.sent.text("do") != act.verb() {
        return gate::unknown_button();
    }
    let id = id_of(&signed.id)?;
    let operator = find(signed, &signed.id).await?;
    if !act.fits(&operator) {
        let page = question(signed, act, &operator).await?;
        return signed.answer(&page);
    }
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let written = match act {
        Act::Revoke => {
            let app = &signed.app;
            Some(operator::revoke_all(app, organization, id, origin).await?)
        }
        Act::Deactivate | Act::Delete => {
            let how = if act == Act::Delete {
                MakerEnd::Delete
            } else {
                MakerEnd::Deactivate
            };
            let maker = Maker {
                which: (organization, id),
                how,
                with_keys: signed.sent.is_ticked("with_keys"),
            };
            Some(keys::end_maker(&signed.app, maker, origin).await?.1)
        }
        Act::Activate => {
            let change = Change {
                active: Some(true),
                ..Change::default()
            };
            let change = move |conn: &mut Conn| {
                operator::change(conn, organization, id, change, &origin, now)
            };
            let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
            Some(revocation::enforce(db, feed, change).await?.1)
        }
        Act::ResetFactor => {
            let remove =
                move |conn: &mut Conn| second_factor::remove(conn, organization, id, &origin, now);
            signed.app.db.write(remove).await?;
            None
        }
    };
    let [.., done] = act.messages();
    let mut notice = Notice::new(signed.around(done, &operator.profile.name));
    if let Some(receipt) = written.filter(|_| act.revokes()) {
        notice = notice.with(signed.receipt(&receipt));
    }
    signed.done(&path_of(id), notice).await
}
