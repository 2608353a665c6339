//! The roles and the scopes of the organization. A role is defined here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{PATH, SCOPES, defined, error, path_of, scope_field, used_by, uses};
use crate::access::Roles;
use crate::console::answers::{Page, redirect};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Field, Form, FormError, Notice, Part, Row, Table, Tone};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::definitions::manage::{self, DefineError, Seen};
use crate::revocation;
use crate::session::console::{self, Claim, Right};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let page = page(signed, &Sent::default(), Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let page = page(signed, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

async fn page(signed: &Signed, sent: &Sent, errors: Vec<FormError>) -> Result<Page, Refusal> {
    let (defined, holders) = (defined(signed).await?, uses(signed).await?);
    let heads = ["name", "scopes", "description", "used-by", "kind"];
    let rows = defined.roles.iter().map(|(name, role)| {
        let used = holders.get(name).copied().unwrap_or_default();
        let fixed = if Roles::is_fixed(name) {
            vec![signed.badge("always-there", Tone::Quiet)]
        } else {
            Vec::new()
        };
        Row {
            id: name.to_owned(),
            cells: vec![
                vec![Cell::Link {
                    href: path_of(name),
                    name: name.to_owned(),
                }],
                vec![Cell::Code(role.scopes.to_string())],
                vec![Cell::Name(role.description.clone().unwrap_or_default())],
                vec![Cell::Text(used_by(signed, used))],
                fixed,
            ],
        }
    });
    let mut parts = vec![
        Part::Lead(signed.phrase("roles-lead")),
        Part::Actions(vec![Action {
            link: signed.link(SCOPES, "scopes-of-organization"),
            primary: false,
        }]),
        Part::Table(Table {
            id: "roles",
            caption: signed.text("roles-caption"),
            heads: heads.iter().map(|id| signed.text(id)).collect(),
            rows: rows.collect(),
        }),
    ];
    if signed.found.right == Right::Admin {
        let once = match sent.text("once") {
            "" => Signed::once(),
            once => once.to_owned(),
        };
        let text = |name| sent.text(name);
        let form = Form::new("role", PATH, signed.csrf())
            .hidden("once", once)
            .field(
                Field::line("name", signed.text("name"), text("name"))
                    .required()
                    .hinted(signed.text("role-name-hint")),
            )
            .field(description(signed, text("description")))
            .field(scope_field(signed, &defined, &sent.all("scope")))
            .button("create", signed.text("role-new"))
            .errors(errors);
        parts.push(Part::Heading(signed.text("role-new")));
        parts.push(Part::Form(form));
    }
    Ok(Page::new("roles", signed.phrase("roles"), parts))
}

/// The field of a description.
pub(super) fn description(signed: &Signed, value: &str) -> Field {
    let field = Field::line("description", signed.text("description"), value);
    field.hinted(signed.text("description-hint"))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create).await
}

async fn create(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let (name, once) = (
        sent.text("name").trim().to_owned(),
        sent.text("once").to_owned(),
    );
    let (scopes, description) = (sent.all("scope"), sent.optional("description"));
    let asked = name.clone();
    let create = move |conn: &mut Conn| {
        if let Claim::Again(_) = console::claim(conn, organization, &once, now)? {
            return Ok((false, Vec::new()));
        }
        let wanted = (scopes.as_slice(), description.as_deref());
        let (_, entries) = manage::set_role_if(
            conn,
            organization,
            &asked,
            &Seen::Absent,
            wanted,
            &origin,
            now,
        )?;
        console::made(conn, organization, &once, &asked)?;
        Ok::<_, DefineError>((true, entries))
    };
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    match revocation::commit_here(db, feed, create).await {
        Ok((true, _)) => {
            let notice = Notice::new(signed.around("role-created", &name));
            signed.done(PATH, notice).await
        }
        // The form was sent before.
        Ok((false, _)) => redirect(PATH),
        Err(why) => match error(signed, &why) {
            Some(wrong) => form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}
