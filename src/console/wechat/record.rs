//! The page of one WeChat app.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{error, fields, find, members, on_unknown, path_of};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Form, FormError, Notice, Part, Phrase};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::session::console::Right;
use crate::wechat::{self, ManageError, WechatApp};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let app = find(signed, &signed.id).await?;
        let page = page(signed, &app, None, Vec::new());
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    app_id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let app = find(signed, app_id).await?;
    let page = page(signed, &app, sent, errors);
    signed.answer(&page.with_status(status))
}

fn facts(signed: &Signed, app: &WechatApp) -> Vec<(String, Vec<Cell>)> {
    vec![
        (
            signed.text("wechat-app-id"),
            vec![Cell::Code(app.app_id.clone())],
        ),
        (
            signed.text("wechat-unknown"),
            vec![Cell::Text(signed.text(on_unknown(app.on_unknown)))],
        ),
        (
            signed.text("wechat-role"),
            vec![Cell::Code(app.role.clone())],
        ),
        (signed.text("added"), vec![signed.time(app.created_at)]),
    ]
}

fn page(signed: &Signed, app: &WechatApp, sent: Option<&Sent>, errors: Vec<FormError>) -> Page {
    let base = path_of(&app.app_id);
    let mut parts = vec![Part::Facts("wechat-app", facts(signed, app))];
    let may_change = signed.found.right == Right::Admin;
    let mut acts = Vec::new();
    if may_change {
        acts.push(Action {
            link: signed.link(format!("{base}/remove"), "remove"),
            primary: false,
        });
    }
    let subject = format!("{}?subject=wechat-app%3A{}", audit_log::PATH, app.app_id);
    acts.push(Action {
        link: signed.link(subject, "audit-log"),
        primary: false,
    });
    parts.push(Part::Actions(acts));
    if may_change {
        let kept = Sent::of(vec![
            ("on_unknown".to_owned(), app.on_unknown.as_str().to_owned()),
            ("role".to_owned(), app.role.clone()),
        ]);
        let version = sent.and_then(|sent| sent.optional("version"));
        let mut form = Form::new("save", base, signed.csrf())
            .hidden("version", version.unwrap_or_else(|| app.version()))
            .button("save", signed.text("save"))
            .errors(errors);
        form.fields = fields(signed, sent.unwrap_or(&kept), false);
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(Part::Form(form));
    }
    let heading = Phrase {
        name: Some(app.app_id.clone()),
        ..Phrase::default()
    };
    Page::new("wechat-app", heading, parts)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, save).await
}

async fn save(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    find(signed, &signed.id).await?;
    let Some(members) = members(sent).filter(|_| sent.text("do") == "save") else {
        return gate::unknown_button();
    };
    let (organization, app_id) = (signed.organization(), signed.id.clone());
    let (origin, now) = (signed.origin.clone(), signed.now);
    let version = sent.text("version").to_owned();
    let keys = Arc::clone(&signed.app.tokens.keys);
    let save = move |conn: &mut Conn| {
        let which = (organization, app_id.as_str());
        wechat::change_version(
            conn,
            which,
            &version,
            &members,
            keys.masters(),
            &origin,
            now,
        )
    };
    match signed.app.db.write(save).await {
        Ok(app) => {
            let notice = Notice::new(signed.around("wechat-saved", &app.app_id));
            signed.done(&path_of(&app.app_id), notice).await
        }
        Err(ManageError::Changed) => changed(signed).await,
        Err(why) => match error(signed, &why) {
            Some(wrong) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                form(signed, status, &signed.id, Some(sent), vec![wrong]).await
            }
            None => Err(why.into()),
        },
    }
}

/// The page after somebody else has changed the app: with what was typed, which can be saved again,
/// and with what is stored now.
async fn changed(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "changed-meanwhile");
    let newest = find(signed, &signed.id).await?;
    let typed = signed.sent.without("version");
    let mut page = page(signed, &newest, Some(&typed), vec![error]);
    page.parts
        .push(Part::Facts("newest", facts(signed, &newest)));
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}
