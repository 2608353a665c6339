//! Adding an OAuth client.

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::fields::fields;
use super::settings::{self, Shape};
use super::{NEW, PATH, path_of};
use crate::client::manage::{self, Changed};
use crate::client::{
    ClientSecret, GrantType, ManageError, Profile, Registered, Registration, keys,
};
use crate::console::answers::Page;
use crate::console::api_keys::origin;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Cell, Form, FormError, Notice, Part, Phrase, Secret};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::revocation;
use crate::session::console::{self, Claim};

/// What is added: a client for one of the ways to get a token, as guide 001's panel has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    ClientCredentials,
    Password,
    AuthorizationCode,
}

impl Panel {
    pub(super) const ALL: [Self; 3] = [
        Self::ClientCredentials,
        Self::Password,
        Self::AuthorizationCode,
    ];

    /// The value of `grant`.
    const fn word(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::AuthorizationCode => "authorization_code",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.word() == word)
    }

    pub(super) fn path(self) -> String {
        format!("{NEW}?grant={}", self.word())
    }

    /// The message of the heading.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client-new-credentials",
            Self::Password => "client-new-password",
            Self::AuthorizationCode => "client-new-code",
        }
    }

    /// The message that says what the client is for.
    const fn lead(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client-lead-credentials",
            Self::Password => "client-lead-password",
            Self::AuthorizationCode => "client-lead-code",
        }
    }

    fn grants(self) -> Vec<GrantType> {
        match self {
            Self::ClientCredentials => vec![GrantType::ClientCredentials],
            Self::Password => vec![GrantType::Password, GrantType::RefreshToken],
            Self::AuthorizationCode => {
                vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
            }
        }
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let asked = signed.asked("grant").to_owned();
        let first = [("grant", asked.as_str()), ("confidential", "1")];
        let first = first.map(|(name, value)| (name.to_owned(), value.to_owned()));
        form(signed, StatusCode::OK, &Sent::of(first.into()), Vec::new()).await
    })
    .await
}

/// Shows the form. Its field `grant` says which one.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let panel = match sent.text("grant") {
        "" => Panel::ClientCredentials,
        word => Panel::of(word).ok_or(Problem::NotFound)?,
    };
    let once = match sent.text("once") {
        "" => Signed::once(),
        once => once.to_owned(),
    };
    let mut form = Form::new("oauth-client", NEW, signed.csrf())
        .hidden("once", once)
        .hidden("grant", panel.word())
        .button("create", signed.text("save"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    form.fields = fields(signed, Shape::of(&panel.grants()), sent).await?;
    let parts = vec![
        Part::Lead(signed.phrase(panel.lead())),
        Part::Text(signed.phrase("client-made-lead")),
        Part::Form(form),
    ];
    let heading = signed.phrase(panel.message());
    signed.answer(&Page::new("oauth-client-new", heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create).await
}

enum Created {
    New(Box<Changed>),
    Before(Option<String>),
}

async fn create(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    let panel = Panel::of(sent.text("grant"));
    let Some(panel) = panel.filter(|_| sent.text("do") == "create") else {
        return gate::unknown_button();
    };
    if sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let again = async |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors).await;
    let grants = panel.grants();
    let typed = match settings::read(signed, Shape::of(&grants)).await? {
        Ok(typed) => typed,
        Err(errors) => return again(errors).await,
    };
    let mut registration = Registration {
        grants: Some(
            grants
                .iter()
                .map(|grant| grant.as_str().to_owned())
                .collect(),
        ),
        ..Registration::default()
    };
    typed.apply(&mut registration);
    let missing = |field| FormError::of(signed.language(), Some(field), "client-choice-missing");
    let mut errors = faults(signed, &registration).await?;
    if panel == Panel::ClientCredentials && !typed.has_operator() {
        errors.push(missing("operator"));
    }
    if panel == Panel::AuthorizationCode && registration.redirect_uris.is_empty() {
        errors.push(missing("redirect_uris"));
    }
    if !errors.is_empty() {
        return again(errors).await;
    }
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let asked = registration.clone();
    let validate = move |conn: &mut _| manage::validate(conn, organization, &asked);
    let valid = signed.app.db.read(validate).await?;
    keys::prepare(&signed.app, &valid, origin.actor.clone()).await?;
    let once = sent.text("once").to_owned();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let create = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok((Created::Before(made), Vec::new()));
        }
        let (added, entries) = manage::add(conn, organization, &registration, &origin, now)?;
        let id = added.registered.client.id.as_str();
        console::made(conn, organization, &once, id)?;
        Ok::<_, ManageError>((Created::New(Box::new(added)), entries))
    };
    match revocation::commit_here(db, feed, create).await {
        Ok((Created::New(added), _)) => made(signed, &added, "client-created").await,
        Ok((Created::Before(made), _)) => {
            let to = made.map_or_else(|| PATH.to_owned(), |id| path_of(&id));
            signed.sent_before(&to).await
        }
        Err(ManageError::TooMany) => {
            let error = FormError::of(signed.language(), None, "clients-too-many");
            again(vec![error]).await
        }
        Err(why) => Err(why.into()),
    }
}

/// Returns the errors of a form for everything in a registration that cannot be what it says.
pub(super) async fn faults(
    signed: &Signed,
    registration: &Registration,
) -> Result<Vec<FormError>, Refusal> {
    let (organization, asked) = (signed.organization(), registration.clone());
    let read = move |conn: &mut _| manage::faults(conn, organization, &asked);
    let faults = signed.app.db.read(read).await?;
    let error = |fault| settings::error(signed, &signed.sent, fault);
    Ok(faults.iter().map(error).collect())
}

/// The page after a client was added, or has got a secret by a change.
pub(super) async fn made(signed: &Signed, changed: &Changed, heading: &str) -> Outcome {
    if let Some(text) = &changed.secret {
        return secret(signed, &changed.registered, text, heading);
    }
    let client = &changed.registered.client;
    let notice = Notice::new(signed.around(heading, &client.settings.name));
    signed.done(&path_of(client.id.as_str()), notice).await
}

/// The page with a secret of a client, which is shown once.
pub(super) fn secret(
    signed: &Signed,
    registered: &Registered,
    text: &ClientSecret,
    heading: &str,
) -> Outcome {
    let client = &registered.client;
    let id = client.id.as_str();
    let parts = vec![
        Part::Facts(
            "client-id",
            vec![(signed.text("client-id"), vec![Cell::Code(id.to_owned())])],
        ),
        Part::Secret(Secret {
            label: signed.text("client-secret"),
            text: text.text().to_owned(),
            second: None,
            curl: curl(signed, registered, text.text()),
            stored: signed.link(path_of(id), "secret-stored"),
        }),
    ];
    let heading = Phrase::around(signed.language(), heading, &client.settings.name);
    signed.answer(&Page::new("secret", heading, parts))
}

/// The request with which the client gets its first token, at the endpoint of its guide. `None` if
/// it has none of the three grants of the panel.
fn curl(signed: &Signed, registered: &Registered, secret: &str) -> Option<String> {
    let (client, settings) = (&registered.client, &registered.client.settings);
    let (id, origin) = (client.id.as_str(), origin(signed));
    let panel = Panel::ALL.into_iter().find(|panel| {
        let first = panel.grants();
        first
            .first()
            .is_some_and(|grant| settings.grants.contains(grant))
    })?;
    let uri = settings.redirect_uris.first();
    // It stands between single quotes.
    let uri = uri.map_or_else(
        || "REDIRECT_URI".to_owned(),
        |uri| uri.as_str().replace('\'', "%27"),
    );
    let more: Vec<(&str, &str)> = match panel {
        Panel::ClientCredentials => Vec::new(),
        Panel::Password => vec![("username", "USERNAME"), ("password", "PASSWORD")],
        Panel::AuthorizationCode => vec![("code", "CODE"), ("redirect_uri", uri.as_str())],
    };
    if settings.profile == Profile::SuiteCrm {
        let mut body = serde_json::Map::new();
        let own = [
            ("grant_type", panel.word()),
            ("client_id", id),
            ("client_secret", secret),
        ];
        for (name, value) in own.into_iter().chain(more) {
            body.insert(name.to_owned(), value.into());
        }
        let body = serde_json::Value::Object(body);
        return Some(format!(
            "curl -fsS {origin}/Api/access_token -H 'Content-Type: application/vnd.api+json' -d \
             '{body}'"
        ));
    }
    let mut text = format!(
        "curl -fsS {origin}/oauth/token -u '{id}:{secret}' -d grant_type={}",
        panel.word()
    );
    for (name, value) in more {
        let _ = write!(text, " --data-urlencode '{name}={value}'");
    }
    Some(text)
}
