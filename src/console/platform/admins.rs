//! The admins of the platform: lists, adds and removes them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::gate;
use super::visit::Admin;
use crate::base::{OrganizationId, PlatformAdminId};
use crate::console::account::password::wrong;
use crate::console::account::totp::picture;
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::page::{
    Action, Cell, Effect, Field, Form, FormError, Notice, Part, Phrase, Row, Table, Tone,
};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::sign_out::signed_out;
use crate::console::visit::Outcome;
use crate::db::{self, Conn};
use crate::http::{Anyone, ApiError, Call, Endpoint};
use crate::operator::password::{self, NewPasswordError};
use crate::platform::{self, Added, Claim, ManageError, NewAdmin, PlatformAdmin};

pub(super) const PATH: &str = "/console/platform/admins";
pub(super) const NEW: &str = "/console/platform/admins/new";
const REMOVE: &str = "/console/platform/admins/{id}/remove";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, self::get),
        Endpoint::page(NEW, get_new),
        Endpoint::form(NEW, post_new),
        Endpoint::page(REMOVE, get_remove),
        Endpoint::form(REMOVE, post_remove),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let found = admin.app.db.read(platform::list).await?;
        let parts = vec![
            Part::Lead(admin.phrase("platform-admins-lead")),
            Part::Actions(vec![Action {
                link: admin.link(NEW, "platform-admin-new"),
                primary: true,
            }]),
            Part::Table(table(admin, &found)),
        ];
        let heading = admin.phrase("platform-admins");
        admin
            .page(Page::new("platform-admins", heading, parts))
            .await
    })
    .await
}

fn table(admin: &Admin, found: &[PlatformAdmin]) -> Table {
    let row = |one: &PlatformAdmin| {
        let mut login = vec![Cell::Name(one.login.clone())];
        if one.id == admin.found.admin.id {
            login.push(Cell::Break);
            login.push(admin.badge("platform-admin-you", Tone::Good));
        }
        let name = admin.text_with("platform-admin-remove-link", "login", &one.login);
        Row {
            id: one.id.to_string(),
            cells: vec![
                login,
                vec![Cell::Code(one.id.to_string())],
                vec![admin.time(one.created_at)],
                vec![Cell::Link {
                    href: remove_path(one.id),
                    name,
                }],
            ],
        }
    };
    let heads = ["login", "platform-admin-id", "added", "acts"];
    Table {
        id: "platform-admins",
        caption: admin.text("platform-admins-caption"),
        heads: heads.iter().map(|id| admin.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}

async fn get_new(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        form(admin, StatusCode::OK, &Sent::default(), Vec::new())
    })
    .await
}

/// Shows the form that adds an admin.
pub(super) fn form(
    admin: &Admin,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let once = match sent.text("once") {
        "" => Admin::once(),
        once => once.to_owned(),
    };
    let form = Form::new("platform-admin", NEW, admin.csrf())
        .hidden("once", once)
        .field(Field::line("login", admin.text("login"), sent.text("login")).required())
        .field(
            Field::password("password", admin.text("password"), "new-password")
                .required()
                .hinted(admin.text("platform-admin-password-hint")),
        )
        .button("create", admin.text("platform-admin-create"))
        .cancel(PATH, admin.text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Lead(admin.phrase("platform-admin-new-lead")),
        Part::Form(form),
    ];
    let page = Page::new(
        "platform-admin-new",
        admin.phrase("platform-admin-new"),
        parts,
    );
    admin.answer(&page.with_status(status))
}

async fn post_new(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, create).await
}

async fn create(admin: &Admin) -> Outcome {
    let sent = &admin.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let refused = |field, id| {
        let error = FormError::of(admin.language(), field, id);
        form(admin, StatusCode::UNPROCESSABLE_ENTITY, sent, vec![error])
    };
    let Some(text) = sent.secret("password") else {
        return refused(Some("password"), "password-new-missing");
    };
    let password = match password::hash(&admin.app, OrganizationId::SERVICE, text).await {
        Ok(password) => password,
        Err(NewPasswordError::Invalid(why)) => return refused(Some("password"), wrong(why)),
        Err(NewPasswordError::Busy) => return Err(ApiError::unavailable().into()),
        Err(NewPasswordError::Hash(why)) => return Err(db::Error::Internal(why).into()),
    };
    let new = NewAdmin {
        login: sent.text("login").trim().to_owned(),
        password,
    };
    let (keys, once) = (admin.app.tokens.keys.clone(), sent.text("once").to_owned());
    let (origin, now) = (admin.origin.clone(), admin.now);
    let write = move |conn: &mut Conn| {
        if let Claim::Again(_) = platform::claim(conn, &once, now)? {
            return Ok(None);
        }
        let added = platform::add(conn, keys.masters(), &new, &origin, now)?;
        platform::made(conn, &once, &added.admin.id.to_string())?;
        Ok::<_, ManageError>(Some(added))
    };
    match admin.app.db.write(write).await {
        Ok(Some(added)) => shown_once(admin, &added),
        Ok(None) => admin.sent_before(PATH).await,
        Err(ManageError::Login) => refused(Some("login"), "platform-admin-login-wrong"),
        Err(ManageError::Taken) => refused(Some("login"), "platform-admin-login-taken"),
        Err(ManageError::TooMany) => refused(None, "platform-admins-too-many"),
        Err(why) => Err(why.into()),
    }
}

/// The page with the second factor of a new admin.
fn shown_once(admin: &Admin, added: &Added) -> Outcome {
    let codes = added.recovery_codes.iter();
    let codes = codes.map(|code| code.text().to_owned()).collect();
    let mut parts = vec![
        Part::Warning(admin.phrase("secret-once")),
        Part::Text(admin.phrase("platform-admin-secret-use")),
    ];
    parts.extend(picture(admin, &added.uri()).map(Part::Picture));
    parts.push(Part::Facts(
        "totp-secret",
        vec![(
            admin.text("totp-secret"),
            vec![Cell::Code(added.secret.text().to_string())],
        )],
    ));
    parts.push(Part::Codes(
        "recovery-codes",
        admin.text("recovery-codes"),
        codes,
    ));
    parts.push(Part::Actions(vec![Action {
        link: admin.link(PATH, "secret-stored"),
        primary: true,
    }]));
    let heading = admin.around("platform-admin-created", &added.admin.login);
    admin.answer(&Page::new("platform-admin-secret", heading, parts))
}

fn remove_path(id: PlatformAdminId) -> String {
    format!("{PATH}/{id}/remove")
}

/// Returns the admin that a path names, and whether it is the only one.
async fn find(admin: &Admin) -> Result<(PlatformAdmin, bool), Refusal> {
    let id: PlatformAdminId = admin.id.parse().map_err(|_| Problem::NotFound)?;
    let all = admin.app.db.read(platform::list).await?;
    let is_last = all.len() == 1;
    let found = all.into_iter().find(|one| one.id == id);
    let found = found.ok_or(Problem::NotFound)?;
    Ok((found, is_last))
}

async fn get_remove(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let (found, is_last) = find(admin).await?;
        let mut lines = vec![
            admin.phrase("platform-admin-remove-effect"),
            admin.phrase("platform-admin-remove-stays"),
        ];
        if found.id == admin.found.admin.id {
            lines.push(admin.phrase("platform-admin-remove-you"));
        }
        if is_last {
            lines.push(admin.phrase("platform-admin-remove-last"));
        }
        let form = Form::new("confirm", remove_path(found.id), admin.csrf())
            .danger("remove", admin.text("platform-admin-remove"))
            .cancel(PATH, admin.text("cancel"));
        let parts = vec![
            Part::Effect(Effect {
                tokens: Some("0".to_owned()),
                lines,
            }),
            Part::Form(form),
        ];
        let heading = Phrase::around(
            admin.language(),
            "platform-admin-remove-question",
            &found.login,
        );
        admin
            .page(Page::new("platform-admin-confirm", heading, parts))
            .await
    })
    .await
}

async fn post_remove(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, remove).await
}

async fn remove(admin: &Admin) -> Outcome {
    if admin.sent.text("do") != "remove" {
        return gate::unknown_button();
    }
    let id: PlatformAdminId = admin.id.parse().map_err(|_| Problem::NotFound)?;
    let (origin, now) = (admin.origin.clone(), admin.now);
    let write = move |conn: &mut Conn| platform::remove(conn, id, &origin, now);
    let (removed, _) = admin.app.db.write(write).await?;
    if id == admin.found.admin.id {
        return signed_out(admin);
    }
    let notice = Notice::new(admin.around("platform-admin-removed", &removed.login));
    admin.done(PATH, notice).await
}
