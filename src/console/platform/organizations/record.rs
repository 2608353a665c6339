//! The page of one organization: its numbers, its policy, and what was done to it as a whole.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{find, path_of, status};
use crate::base::Seek;
use crate::console::answers::Page;
use crate::console::cells::{capped, counted};
use crate::console::gate::Answer;
use crate::console::organization::{facts, now_is};
use crate::console::page::{Action, Figure, Form, FormError, Link, Notice, Part, Phrase};
use crate::console::platform::visit::Admin;
use crate::console::platform::{audit as log, gate};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::console::{audit_log, policy};
use crate::db::{self, Conn};
use crate::http::{Anyone, Call};
use crate::ledger::{self, COUNTED};
use crate::organization::{self, Organization, OrganizationStatus, ProfileError};
use crate::{api_key, audit, client, operator, revocation, webhook};

/// How many lines of the audit log the page has.
const LINES: i64 = 10;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let organization = find(admin, &admin.id).await?;
        let page = page(admin, &organization, None, Vec::new()).await?;
        admin.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    admin: &Admin,
    status: StatusCode,
    id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let organization = find(admin, id).await?;
    let page = page(admin, &organization, sent, errors).await?;
    admin.answer(&page.with_status(status))
}

async fn page(
    admin: &Admin,
    organization: &Organization,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let (id, record) = (organization.id, path_of(organization.id));
    let (word, tone) = status(organization.status);
    let mut known = facts(admin, organization);
    known.insert(0, (admin.text("status"), vec![admin.badge(word, tone)]));
    let is_active = organization.status == OrganizationStatus::Active;
    let (path, label) = if is_active {
        ("suspend", "platform-suspend")
    } else {
        ("resume", "platform-resume")
    };
    let acts = [
        (path, label),
        ("password", "organization-password-set"),
        ("revoke-all", "revoke-everything"),
    ];
    let act = |(path, label): (&str, &str)| Action {
        link: admin.link(format!("{record}/{path}"), label),
        primary: false,
    };
    let version = sent.and_then(|sent| sent.optional("version"));
    let mut form = Form::new("policy", record.clone(), admin.csrf())
        .hidden("version", version.unwrap_or_else(|| organization.version()));
    for field in policy::fields(admin, organization, sent) {
        form = form.field(field);
    }
    let form = form.button("save", admin.text("save")).errors(errors);
    let lines = audit::Page {
        organization: Some(id),
        filter: audit::Filter {
            target: Some(format!("organization:{id}")),
            ..audit::Filter::default()
        },
        seek: Seek::First,
        limit: LINES,
    };
    let read = move |conn: &mut Conn| audit::page(conn, &lines);
    let lines = admin.app.db.read(read).await?.page.rows;
    let whole_log = Link {
        href: format!("{}?subject=organization%3A{id}", log::PATH),
        label: admin.text("audit-log"),
    };
    let parts = vec![
        Part::Figures(figures(admin, organization).await?),
        Part::Facts("organization", known),
        Part::Actions(acts.into_iter().map(act).collect()),
        Part::Heading(admin.text("platform-policy")),
        Part::Form(form),
        Part::Heading(admin.text("last-acts")),
        Part::Table(audit_log::table(admin, &lines)),
        Part::Actions(vec![Action {
            link: whole_log,
            primary: false,
        }]),
    ];
    let heading = Phrase {
        name: Some(organization.name.clone()),
        ..Phrase::default()
    };
    Ok(Page::new("platform-organization", heading, parts))
}

/// How much the organization has. Each number is cut off.
async fn figures(admin: &Admin, organization: &Organization) -> Result<Vec<Figure>, Refusal> {
    let id = organization.id;
    let read = move |conn: &mut Conn| {
        Ok::<_, db::Error>([
            operator::count_up_to(conn, id, COUNTED + 1)?,
            api_key::count(conn, id)?,
            client::count(conn, id)?,
            webhook::count(conn, id)?,
        ])
    };
    let [operators, keys, clients, webhooks] = admin.app.db.read(read).await?;
    let live = ledger::recent(&admin.app, id).await?.live;
    let figure = |id: &'static str, label: &str, count: i64| Figure {
        id,
        label: admin.text(label),
        value: capped(admin, count),
        href: None,
    };
    Ok(vec![
        figure("figure-operators", "operators", operators),
        Figure {
            id: "figure-live",
            label: admin.text("figure-live"),
            value: counted(admin, live),
            href: None,
        },
        figure("figure-keys", "api-keys", keys),
        figure("figure-clients", "clients", clients),
        figure("figure-webhooks", "webhooks", webhooks),
    ])
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, save).await
}

async fn save(admin: &Admin) -> Outcome {
    let sent = &admin.sent;
    if sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let found = find(admin, &admin.id).await?;
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(admin, status, &admin.id, Some(sent), errors).await
    };
    let wanted = match policy::change(admin) {
        Ok(wanted) => wanted,
        Err(errors) => return again(errors).await,
    };
    let (app, origin) = (&admin.app, admin.origin.clone());
    match organization::change(app, found.id, wanted, origin).await {
        Ok((profile, written)) => {
            if sent.is_ticked("cap_scopes_by_role") {
                // What takes rights away is in force everywhere when this answers.
                revocation::settle(&app.db, &app.nodes.feed, written).await?;
            }
            let name = &profile.organization.name;
            let notice = Notice::new(admin.around("platform-policy-saved", name));
            admin.done(&path_of(found.id), notice).await
        }
        Err(ProfileError::Policy(why)) => again(vec![policy::error(admin, &why)]).await,
        Err(ProfileError::Changed) => {
            let error = FormError::of(admin.language(), None, "changed-meanwhile");
            let newest = find(admin, &admin.id).await?;
            let typed = sent.without("version");
            let mut page = page(admin, &newest, Some(&typed), vec![error]).await?;
            page.parts.push(now_is(admin, &newest));
            admin.answer(&page.with_status(StatusCode::CONFLICT))
        }
        Err(why) => Err(why.into()),
    }
}
