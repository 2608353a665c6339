//! Ending a company token: retiring it leaves what was issued with it alone, revoking does not.

use super::{PATH, find, name_of, path_of, record_of, retirement, words};
use crate::company::{self, Change};
use crate::console::answers::Page;
use crate::console::cells::{counted, data_tokens, tokens_values};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Effect, Form, Notice, Part, Phrase};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::grant;
use crate::http::{Anyone, Call};
use crate::ledger::{self, Record, Retirement, Why};

/// What is done to a company token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Retire,
    Revoke,
}

impl Act {
    /// Returns the act that a path names.
    fn of(path: &str) -> Option<Self> {
        match path.rsplit('/').next()? {
            "retire" => Some(Self::Retire),
            "revoke" => Some(Self::Revoke),
            _ => None,
        }
    }

    /// The value of `do`, which is also the last part of the path.
    const fn verb(self) -> &'static str {
        match self {
            Self::Retire => "retire",
            Self::Revoke => "revoke",
        }
    }

    /// The messages: the question, the button, and what was done.
    const fn messages(self) -> [&'static str; 3] {
        match self {
            Self::Retire => ["retire-question", "retire", "retired"],
            Self::Revoke => ["token-revoke-question", "token-revoke", "token-revoked"],
        }
    }

    /// Whether there is something to do.
    fn fits(self, signed: &Signed, record: &Record, why: Option<&Why>) -> bool {
        match self {
            Self::Retire => why.is_none(),
            Self::Revoke => grant::manage::can_end(&signed.app, &record.line.claims),
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
        let (record, why) = find(signed, &signed.id).await?;
        let page = question(signed, act, &record, why.as_ref()).await?;
        signed.page(page).await
    })
    .await
}

/// The page that says what will happen, and what will not.
async fn question(
    signed: &Signed,
    act: Act,
    record: &Record,
    why: Option<&Why>,
) -> Result<Page, Refusal> {
    let jti = record.line.claims.jti;
    let [question, button, _] = act.messages();
    let children = ledger::count_of_children(&signed.app, signed.organization(), jti).await?;
    let shown = counted(signed, children);
    let values = tokens_values(&shown, children);
    let said = |id| Phrase::plain(signed.language().text_with(id, &values));
    let (tokens, lines) = match act {
        Act::Retire => (
            "1".to_owned(),
            vec![signed.phrase("retire-effect"), said("retire-stays")],
        ),
        Act::Revoke => (
            data_tokens(children.and_one()),
            vec![
                said("token-revoke-effect"),
                signed.phrase("tokens-revoke-stays"),
            ],
        ),
    };
    let mut parts = warnings(signed, act, record).await?;
    parts.push(Part::Effect(Effect {
        tokens: Some(tokens),
        lines,
    }));
    if act.fits(signed, record, why) {
        let form = Form::new("confirm", path_of(jti, act.verb()), signed.csrf())
            .danger(act.verb(), signed.text(button))
            .cancel(record_of(jti), signed.text("cancel"));
        parts.push(Part::Form(form));
    } else {
        parts.insert(0, Part::Warning(signed.phrase("nothing-left")));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(record_of(jti), "back"),
            primary: false,
        }]));
    }
    let heading = signed.around(question, &name_of(record));
    Ok(Page::new("company-token-confirm", heading, parts))
}

/// What a person should know before the token ends.
async fn warnings(signed: &Signed, act: Act, record: &Record) -> Result<Vec<Part>, Refusal> {
    let mut parts = Vec::new();
    let successor = record.line.handover.map(|handover| handover.successor);
    match (act, retirement(signed, record).await?) {
        (Act::Retire, Some(found)) => {
            let (_, text, _) = words(found);
            let text = signed.phrase(text);
            parts.push(match found {
                Retirement::Safe => Part::Lead(text),
                Retirement::SuccessorUnused | Retirement::InUse => Part::Warning(text),
            });
        }
        (Act::Retire, None) => {
            parts.push(Part::Warning(signed.phrase("retire-without-successor")));
        }
        // A successor is not derived from the token, so it stays valid. A thief of the token may
        // have received it.
        (Act::Revoke, _) => {
            if let Some(successor) = successor {
                parts.push(Part::Warning(signed.phrase("token-revoke-successor")));
                parts.push(Part::Actions(vec![Action {
                    link: signed.link(record_of(successor), "successor"),
                    primary: false,
                }]));
            }
        }
    }
    Ok(parts)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, perform).await
}

async fn perform(signed: &Signed) -> Outcome {
    let act = Act::of(&signed.path).ok_or(Problem::NotFound)?;
    if signed.sent.text("do") != act.verb() {
        return gate::unknown_button();
    }
    let (record, why) = find(signed, &signed.id).await?;
    if !act.fits(signed, &record, why.as_ref()) {
        let page = question(signed, act, &record, why.as_ref()).await?;
        return signed.answer(&page);
    }
    let (app, origin) = (&signed.app, signed.origin.clone());
    let which = (signed.organization(), record.line.claims.jti);
    let receipt = match act {
        Act::Revoke => Some(grant::manage::revoke_token(app, which.0, which.1, origin).await?),
        Act::Retire => {
            let change = Change {
                ends_at: Some(signed.now),
                ..Change::default()
            };
            company::change(app, which, change, origin).await?.1
        }
    };
    let [.., done] = act.messages();
    let mut notice = Notice::new(signed.around(done, &name_of(&record)));
    if let Some(receipt) = receipt {
        notice = notice.with(signed.receipt(&receipt));
    }
    signed.done(PATH, notice).await
}
