//! Acts on several operators of the list: one page says what will happen to all of them.

use super::{SELECTED, find, last_admins, path_of};
use crate::base::OperatorId;
use crate::console::answers::Page;
use crate::console::cells::revoked_tokens;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Cell, Form, Notice, Part, Phrase, Row, Table};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::operator::{self, Change, Operator, OperatorStatus};
use crate::revocation;

/// The most operators that one form is about.
const MOST: usize = 100;

/// What is done to the operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Deactivate,
    Revoke,
}

impl Act {
    fn of(verb: &str) -> Option<Self> {
        match verb {
            "deactivate" => Some(Self::Deactivate),
            "revoke" => Some(Self::Revoke),
            _ => None,
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Revoke => "revoke",
        }
    }

    /// The messages: the question, what stays, the button, and what was done.
    const fn messages(self) -> [&'static str; 4] {
        match self {
            Self::Deactivate => [
                "operators-deactivate-question",
                "operators-deactivate-stays",
                "deactivate",
                "operators-deactivated",
            ],
            Self::Revoke => [
                "operators-revoke-question",
                "operators-revoke-stays",
                "tokens-revoke-all",
                "operators-revoked",
            ],
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let Some(act) = Act::of(signed.asked("do")) else {
            return gate::unknown_button();
        };
        let ids = signed.query.iter().filter(|(name, _)| name == "operator");
        let ids = ids.map(|(_, id)| id.as_str()).collect();
        let found = chosen(signed, act, ids).await?;
        let page = question(signed, act, &found).await?;
        signed.page(page).await
    })
    .await
}

/// Returns the operators with these ids about which there is something to do.
async fn chosen(signed: &Signed, act: Act, mut ids: Vec<&str>) -> Result<Vec<Operator>, Refusal> {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MOST);
    let mut found = Vec::new();
    for id in ids {
        let operator = find(signed, id).await?;
        let fits = match act {
            Act::Deactivate => operator.status == OperatorStatus::Active,
            Act::Revoke => operator.status != OperatorStatus::Deleted,
        };
        if fits {
            found.push(operator);
        }
    }
    if found.is_empty() {
        return Err(Problem::NotFound.into());
    }
    Ok(found)
}

async fn question(signed: &Signed, act: Act, found: &[Operator]) -> Result<Page, Refusal> {
    let [question, stays, button, _] = act.messages();
    let ids: Vec<OperatorId> = found.iter().map(|operator| operator.id).collect();
    let tokens = ledger::count_of_operators(&signed.app, signed.organization(), ids).await?;
    let mut effect = revoked_tokens(signed, tokens);
    effect.lines.push(signed.phrase(stays));
    let mut form = Form::new("confirm", SELECTED, signed.csrf())
        .danger(act.verb(), signed.text(button))
        .cancel(super::PATH, signed.text("cancel"));
    for operator in found {
        form = form.hidden("operator", operator.id.to_string());
    }
    let row = |operator: &Operator| Row {
        id: operator.id.to_string(),
        cells: vec![vec![Cell::Link {
            href: path_of(operator.id),
            name: operator.profile.name.clone(),
        }]],
    };
    let table = Table {
        id: "operators",
        caption: signed.text("operators-selected"),
        heads: vec![signed.text("name")],
        rows: found.iter().map(row).collect(),
    };
    let mut parts = vec![Part::Effect(effect)];
    if act == Act::Deactivate {
        let which = found.iter().map(|operator| operator.id).collect();
        parts.extend(last_admins(signed, which).await?);
    }
    parts.extend([Part::Table(table), Part::Form(form)]);
    let heading = Phrase::plain(signed.count(question, number(found)));
    Ok(Page::new("operators-confirm", heading, parts))
}

fn number(found: &[Operator]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, perform).await
}

async fn perform(signed: &Signed) -> Outcome {
    let Some(act) = Act::of(signed.sent.text("do")) else {
        return gate::unknown_button();
    };
    let ids = signed.sent.all("operator");
    let found = chosen(signed, act, ids.iter().map(String::as_str).collect()).await?;
    let receipt = match act {
        Act::Deactivate => {
            let ids: Vec<OperatorId> = found.iter().map(|operator| operator.id).collect();
            let (organization, origin, now) =
                (signed.organization(), signed.origin.clone(), signed.now);
            let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
            // All of them or none.
            let change = move |conn: &mut Conn| {
                let mut entries = Vec::new();
                for id in ids {
                    let change = Change {
                        active: Some(false),
                        ..Change::default()
                    };
                    let (_, some) = operator::change(conn, organization, id, change, &origin, now)?;
                    entries.extend(some);
                }
                Ok::<_, operator::ManageError>((revocation::count(&entries), entries))
            };
            let (revoked, receipt) = revocation::enforce(db, feed, change).await?;
            signed.app.metrics.revocations.inc_by(revoked);
            Some(receipt)
        }
        Act::Revoke => {
            let mut last = None;
            for operator in &found {
                let (organization, origin) = (signed.organization(), signed.origin.clone());
                let done = operator::revoke_all(&signed.app, organization, operator.id, origin);
                last = Some(done.await?);
            }
            last
        }
    };
    let [.., done] = act.messages();
    let mut notice = Notice::new(Phrase::plain(signed.count(done, number(&found))));
    if let Some(receipt) = receipt {
        notice = notice.with(signed.receipt(&receipt));
    }
    signed.done(super::PATH, notice).await
}
