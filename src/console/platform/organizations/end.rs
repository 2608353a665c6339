//! What ends everything of an organization, or lets it log in again: each act has a page that says
//! what will happen.

use actix_web::http::StatusCode;

use super::{find, path_of};
use crate::base::caseless;
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::overview::capped;
use crate::console::page::{Action, Effect, Field, Form, FormError, Notice, Part, Phrase};
use crate::console::platform::gate;
use crate::console::platform::visit::Admin;
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::db::{self, Conn};
use crate::http::{Anyone, Call};
use crate::ledger::{self, MOST_COUNTED};
use crate::organization::{self, Organization, OrganizationStatus};
use crate::page::Value;
use crate::{api_key, client};

/// What is done to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Suspend,
    Resume,
    RevokeAll,
}

impl Act {
    /// Returns the act that a path names.
    fn of(path: &str) -> Option<Self> {
        Some(match path.rsplit('/').next()? {
            "suspend" => Self::Suspend,
            "resume" => Self::Resume,
            "revoke-all" => Self::RevokeAll,
            _ => return None,
        })
    }

    /// The value of `do`, which is also the last part of the path.
    const fn verb(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::RevokeAll => "revoke-all",
        }
    }

    /// The messages: the question, what stays, the button, and what was done.
    const fn messages(self) -> [&'static str; 4] {
        match self {
            Self::Suspend => [
                "platform-suspend-question",
                "platform-suspend-stays",
                "platform-suspend",
                "platform-suspended",
            ],
            Self::Resume => [
                "platform-resume-question",
                "platform-resume-stays",
                "platform-resume",
                "platform-resumed",
            ],
            Self::RevokeAll => [
                "platform-revoke-all-question",
                "platform-revoke-all-stays",
                "platform-revoke-all",
                "platform-revoked-all",
            ],
        }
    }

    /// Whether there is something to do.
    const fn fits(self, organization: &Organization) -> bool {
        match (self, organization.status) {
            (Self::RevokeAll, _)
            | (Self::Suspend, OrganizationStatus::Active)
            | (Self::Resume, OrganizationStatus::Suspended) => true,
            (Self::Suspend | Self::Resume, _) => false,
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let act = Act::of(&admin.path).ok_or(Problem::NotFound)?;
        let organization = find(admin, &admin.id).await?;
        let page = question(admin, act, &organization, Vec::new()).await?;
        admin.page(page).await
    })
    .await
}

/// What is no token, and so is not revoked.
struct Staying {
    keys: i64,
    clients: i64,
}

impl Staying {
    async fn read(admin: &Admin, organization: &Organization) -> Result<Self, Refusal> {
        let id = organization.id;
        let read = move |conn: &mut Conn| {
            let (keys, clients) = (api_key::count(conn, id)?, client::count(conn, id)?);
            Ok::<_, db::Error>(Self { keys, clients })
        };
        Ok(admin.app.db.read(read).await?)
    }

    fn values(&self) -> [(&'static str, Value<'static>); 2] {
        [
            ("keys", Value::Count(self.keys)),
            ("clients", Value::Count(self.clients)),
        ]
    }
}

/// The page that says what will happen, and what will not.
async fn question(
    admin: &Admin,
    act: Act,
    organization: &Organization,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let [question, stays, button, _] = act.messages();
    let heading = admin.around(question, &organization.name);
    let record = path_of(organization.id);
    if !act.fits(organization) {
        let parts = vec![
            Part::Warning(admin.phrase("nothing-left")),
            Part::Actions(vec![Action {
                link: admin.link(record, "back"),
                primary: false,
            }]),
        ];
        return Ok(Page::new("platform-organization-confirm", heading, parts));
    }
    let mut effect = Effect {
        tokens: None,
        lines: Vec::new(),
    };
    if act != Act::Resume {
        let count = ledger::count_of_organization(&admin.app, organization.id).await?;
        effect.tokens = Some(if count > MOST_COUNTED {
            format!("{MOST_COUNTED}+")
        } else {
            count.to_string()
        });
        let shown = capped(admin, count);
        let values = [
            ("count", Value::Count(count)),
            ("number", Value::Text(&shown)),
        ];
        let text = admin.language().text_with("effect-tokens", &values);
        effect.lines.push(Phrase::plain(text));
        if !admin.app.tokens.issuer.writes_all() {
            effect.lines.push(admin.phrase("effect-ledger-off"));
        }
    }
    if act == Act::RevokeAll {
        let staying = Staying::read(admin, organization).await?;
        let text = admin.language().text_with(stays, &staying.values());
        effect.lines.push(Phrase::plain(text));
    } else {
        effect.lines.push(admin.phrase(stays));
    }
    // One form has a field `confirm`, and no two ids of a page are the same.
    let id = if act == Act::RevokeAll {
        "revoke-all"
    } else {
        "confirm"
    };
    let mut form = Form::new(id, format!("{record}/{}", act.verb()), admin.csrf());
    form = if act == Act::Resume {
        form.button(act.verb(), admin.text(button))
    } else {
        form.danger(act.verb(), admin.text(button))
    };
    if act == Act::RevokeAll {
        let hint = Phrase::around(
            admin.language(),
            "platform-revoke-all-confirm-hint",
            &organization.login,
        );
        let field = Field::line("confirm", admin.text("platform-revoke-all-confirm"), "");
        form = form.field(Field {
            hint: Some(hint),
            ..field.required()
        });
    }
    let form = form.cancel(record, admin.text("cancel")).errors(errors);
    let parts = vec![Part::Effect(effect), Part::Form(form)];
    Ok(Page::new("platform-organization-confirm", heading, parts))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, perform).await
}

async fn perform(admin: &Admin) -> Outcome {
    let act = Act::of(&admin.path).ok_or(Problem::NotFound)?;
    if admin.sent.text("do") != act.verb() {
        return gate::unknown_button();
    }
    let organization = find(admin, &admin.id).await?;
    if !act.fits(&organization) {
        let page = question(admin, act, &organization, Vec::new()).await?;
        return admin.answer(&page);
    }
    let key = |login: &str| caseless::key(login.trim());
    let typed = admin.sent.text("confirm");
    if act == Act::RevokeAll && key(typed) != key(&organization.login) {
        let id = "platform-revoke-all-confirm-wrong";
        let error = FormError::of(admin.language(), Some("confirm"), id);
        let page = question(admin, act, &organization, vec![error]).await?;
        return admin.answer(&page.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let (app, id, origin) = (&admin.app, organization.id, admin.origin.clone());
    let [.., done] = act.messages();
    let (notice, receipt) = match act {
        Act::Suspend => {
            let receipt = organization::suspend_on_node(app, id, origin).await?;
            (admin.around(done, &organization.name), Some(receipt))
        }
        Act::Resume => {
            organization::resume_on_node(app, id, origin).await?;
            (admin.around(done, &organization.name), None)
        }
        Act::RevokeAll => {
            let receipt = organization::revoke_all_on_node(app, id, origin).await?;
            let staying = Staying::read(admin, &organization).await?;
            let (language, values) = (admin.language(), staying.values());
            let notice = Phrase::around_with(language, done, &organization.name, &values);
            (notice, Some(receipt))
        }
    };
    let mut notice = Notice::new(notice);
    if let Some(receipt) = receipt {
        notice = notice.with(admin.receipt(&receipt));
    }
    admin.done(&path_of(id), notice).await
}
