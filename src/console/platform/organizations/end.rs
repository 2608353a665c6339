//! What ends everything of an organization, or lets it log in again: each act has a page that says
//! what will happen.

use actix_web::http::StatusCode;

use super::{find, path_of};
use crate::console::answers::Page;
use crate::console::cells::revoked_tokens;
use crate::console::everything;
use crate::console::gate::Answer;
use crate::console::page::{Action, Effect, Form, FormError, Notice, Part};
use crate::console::platform::gate;
use crate::console::platform::visit::Admin;
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::organization::{self, Organization, OrganizationStatus};

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
            everything::VERB => Self::RevokeAll,
            _ => return None,
        })
    }

    /// The value of `do`, which is also the last part of the path.
    const fn verb(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::RevokeAll => everything::VERB,
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
                "revoke-everything-question",
                "revoke-everything-stays",
                "revoke-everything",
                "revoked-everything",
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
    let effect = match act {
        Act::RevokeAll => everything::effect(admin, organization).await?,
        Act::Suspend => {
            let tokens = ledger::count_of_organization(&admin.app, organization.id).await?;
            let mut effect = revoked_tokens(admin, tokens);
            effect.lines.push(admin.phrase(stays));
            effect
        }
        Act::Resume => Effect {
            tokens: None,
            lines: vec![admin.phrase(stays)],
        },
    };
    // One form has a field `confirm`, and no two ids of a page are the same.
    let id = if act == Act::RevokeAll {
        everything::VERB
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
        form = form.field(everything::confirm_field(admin, &organization.login, ""));
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
    let wrong = match act {
        Act::RevokeAll => everything::wrong_login(admin, &organization),
        Act::Suspend | Act::Resume => None,
    };
    if let Some(error) = wrong {
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
            let staying = everything::Staying::read(admin, id).await?;
            let receipt = organization::revoke_all_on_node(app, id, origin).await?;
            let notice = everything::done(admin, &organization, &staying);
            (notice, Some(receipt))
        }
    };
    let mut notice = Notice::new(notice);
    if let Some(receipt) = receipt {
        notice = notice.with(admin.receipt(&receipt));
    }
    admin.done(&path_of(id), notice).await
}
