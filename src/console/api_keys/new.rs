//! Making an API key.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{Datelike, NaiveDate, NaiveTime, TimeZone};

use super::{NEW, PATH, error, faults, path_of, secret};
use crate::api_key::manage::{self, Made, Members, NewKey};
use crate::api_key::{Environment, ManageError};
use crate::base::Timestamp;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Choice, Control, Field, Form, FormError, Part};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::session::console::{self, Claim};

/// The field that says that requests must be signed.
pub(super) const REQUIRE: &str = "require_signature";

/// The lives that are offered (days).
const DAYS: [u64; 3] = [30, 90, 365];

/// The message for an environment.
pub(super) const fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "environment-live",
        Environment::Test => "environment-test",
    }
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let first = like(signed).await?;
        form(signed, StatusCode::OK, &first, Vec::new()).await
    })
    .await
}

/// Returns what the form shows at first: the settings of the key that `like` names, or none.
async fn like(signed: &Signed) -> Result<Sent, Refusal> {
    if signed.asked("like").is_empty() {
        return Ok(Sent::default());
    }
    let (stored, _) = super::find(signed, signed.asked("like")).await?;
    let (key, settings) = (&stored.key, &stored.key.settings);
    let allowed: Vec<_> = settings.allowed.texts().collect();
    let mut fields = vec![
        ("name", settings.name.clone()),
        ("environment", key.environment.as_str().to_owned()),
        ("allowed_ips", allowed.join("\n")),
    ];
    if settings.require_signature {
        fields.push((REQUIRE, "1".to_owned()));
    }
    for scope in settings.scopes.iter() {
        fields.push(("scope", scope.to_string()));
    }
    let fields = fields.into_iter();
    Ok(Sent::of(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    ))
}

/// Returns the boxes of the scopes that the organization has.
pub(super) async fn scope_field(signed: &Signed, held: &[String]) -> Result<Field, Refusal> {
    let definitions = &signed.app.clients.definitions;
    let defined = definitions
        .get(&signed.app.db, signed.organization())
        .await?;
    let mut choices = Vec::new();
    for scope in defined
        .iter()
        .flat_map(|defined| defined.scope_set().iter().cloned().collect::<Vec<_>>())
    {
        let name = scope.to_string();
        let described = defined
            .as_ref()
            .and_then(|defined| defined.scopes.get(&name).cloned());
        choices.push(Choice {
            hint: described.flatten(),
            ..Choice::new(name.clone(), name.clone(), held.contains(&name))
        });
    }
    let label = signed.text("scopes");
    Ok(Field::controlled("scope", label, Control::Checks(choices))
        .hinted(signed.text("scopes-hint")))
}

/// Returns the field of the addresses.
pub(super) fn allowed_field(signed: &Signed, value: &str) -> Field {
    Field {
        value: value.to_owned(),
        ..Field::controlled("allowed_ips", signed.text("allowed"), Control::Area)
    }
    .hinted(signed.text("allowed-hint"))
}

/// Returns the field that says that requests must be signed.
pub(super) fn require_field(signed: &Signed, ticked: bool) -> Field {
    let control = Control::Check { ticked };
    Field::controlled(REQUIRE, signed.text("key-require-signature"), control)
        .hinted(signed.text("key-require-signature-hint"))
}

/// Shows the form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let text = |id: &str| signed.text(id);
    let chosen = match sent.text("expires") {
        "" => "90",
        other => other,
    };
    let mut lives: Vec<Choice> = DAYS
        .iter()
        .map(|days| {
            let end = signed.now.plus(Duration::from_secs(days * 86_400));
            let label = shown::span(Duration::from_secs(days * 86_400), signed.language());
            Choice {
                // The day it resolves to.
                hint: Some(shown::local(end, signed.preferences.zone)),
                ..Choice::new(days.to_string(), label, chosen == days.to_string())
            }
        })
        .collect();
    lives.push(Choice::new(
        "never",
        text("expires-never"),
        chosen == "never",
    ));
    lives.push(Choice::new("date", text("expires-date"), chosen == "date"));
    let environments = Environment::ALL.map(|one| {
        let is_chosen = sent.text("environment") == one.as_str()
            || sent.text("environment").is_empty() && one == Environment::Live;
        Choice::new(one.as_str(), text(environment(one)), is_chosen)
    });
    let mut date = Field::line("expires_on", text("expires-on"), sent.text("expires_on"));
    date.control = Control::Line {
        kind: "date",
        autocomplete: "off",
        mode: "",
    };
    let zone = signed.preferences.zone.name();
    let form = Form::new("api-key", NEW, signed.csrf())
        .hidden("once", Signed::once())
        .field(Field::line("name", text("name"), sent.text("name")).required())
        .field(Field::controlled(
            "environment",
            text("environment"),
            Control::Radios(environments.into()),
        ))
        .field(scope_field(signed, &sent.all("scope")).await?)
        .field(Field::controlled(
            "expires",
            text("expires"),
            Control::Radios(lives),
        ))
        .field(date.hinted(signed.text_with("expires-on-hint", "zone", zone)))
        .field(allowed_field(signed, sent.text("allowed_ips")))
        .field(require_field(signed, sent.is_ticked(REQUIRE)))
        .button("create", text("key-create"))
        .cancel(PATH, text("cancel"))
        .errors(errors);
    let page = Page::new(
        "api-key-new",
        signed.phrase("key-new"),
        vec![Part::Form(form)],
    );
    signed.answer(&page.with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create).await
}

/// Returns when the key expires. `Some(None)` is never, `None` is no day.
fn expiry(signed: &Signed) -> Option<Option<Timestamp>> {
    let chosen = signed.sent.text("expires");
    if chosen == "never" {
        return Some(None);
    }
    if chosen == "date" {
        let day = NaiveDate::parse_from_str(signed.sent.text("expires_on"), "%Y-%m-%d").ok()?;
        // RFC 3339 has no later years, but the parser takes them.
        if !(0..=9_999).contains(&day.year()) {
            return None;
        }
        // The key is good until the day begins, in the zone that the page shows.
        let begins = day.and_time(NaiveTime::MIN);
        let begins = signed
            .preferences
            .zone
            .from_local_datetime(&begins)
            .earliest()?;
        return Some(Some(Timestamp::from_seconds(begins.timestamp())));
    }
    let days = chosen.parse::<u64>().ok()?;
    if !DAYS.contains(&days) {
        return None;
    }
    let end = signed.now.plus(Duration::from_secs(days * 86_400));
    Some(Some(end.whole_second()))
}

/// Returns the addresses, a line each. Empty lines do not count.
pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

enum Created {
    New(Box<Made>),
    Before(Option<String>),
}

async fn create(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "create" || signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let sent = &signed.sent;
    let again = async |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors).await;
    let expires_at = expiry(signed);
    let members = Members {
        name: Some(sent.text("name").trim().to_owned()),
        scopes: Some(sent.all("scope")),
        role: None,
        expires_at,
        allowed: Some(lines(sent.text("allowed_ips"))),
        require_signature: Some(sent.is_ticked(REQUIRE)),
    };
    let mut errors = faults(signed, &members, (None, true)).await?;
    if expires_at.is_none() {
        let field = Some("expires");
        errors.push(FormError::of(signed.language(), field, "expires-wrong"));
    }
    if !errors.is_empty() {
        return again(errors).await;
    }
    let wanted = NewKey {
        members,
        environment: sent.text("environment").parse().ok(),
        prefix: None,
        operator: None,
        signing: false,
    };
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let once = sent.text("once").to_owned();
    let keeper = Arc::clone(&signed.app.tokens.keys);
    let create = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok(Created::Before(made));
        }
        let made = manage::create(
            conn,
            Some(keeper.masters()),
            organization,
            &wanted,
            &origin,
            now,
        )?;
        console::made(conn, organization, &once, &made.stored.key.id.to_string())?;
        Ok::<_, ManageError>(Created::New(Box::new(made)))
    };
    match signed.app.db.write(create).await {
        Ok(Created::New(made)) => secret::page(signed, &made, "key-created"),
        Ok(Created::Before(made)) => {
            let id = made.and_then(|id| id.parse().ok());
            let to = id.map_or_else(|| PATH.to_owned(), path_of);
            signed.sent_before(&to).await
        }
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}
