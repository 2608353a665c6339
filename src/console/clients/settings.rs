//! The fields of a client, and what is typed in them.

use crate::access::Scope;
use crate::client::registration::LONGEST_LIFE;
use crate::client::{
    AuthMethod, Client, ConsentRule, GrantType, Profile, RedirectMatch, Registration,
    RegistrationError, TokenFormat,
};
use crate::console::page::{Choice, Control, Field, FormError};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Signed;
use crate::operator;

/// Which fields the form of a client has. It follows from the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// It may be public.
    may_be_public: bool,
    /// It stands for an operator.
    operator: bool,
    /// A browser comes back to it.
    redirects: bool,
    /// It gets refresh tokens.
    refreshes: bool,
}

impl Shape {
    pub(super) fn of(grants: &[GrantType]) -> Self {
        let has = |grant| grants.contains(&grant);
        Self {
            may_be_public: !grants.iter().any(|grant| grant.is_confidential()),
            operator: has(GrantType::ClientCredentials),
            redirects: has(GrantType::AuthorizationCode),
            refreshes: has(GrantType::RefreshToken),
        }
    }
}

/// What is typed in the form of a client.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    shape: Shape,
    name: String,
    confidential: bool,
    operator: Option<i64>,
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
    redirect_match: Option<String>,
    allow_insecure: bool,
    consent: Option<String>,
    profile: Option<String>,
    format: Option<String>,
    access_seconds: Option<i64>,
    refresh_seconds: Option<i64>,
}

/// The redirect URIs that are typed, each with the number of its line. Empty lines do not count.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty())
}

/// Reads the form. Returns the errors if it cannot be read.
pub(super) async fn read(
    signed: &Signed,
    shape: Shape,
) -> Result<Result<Typed, Vec<FormError>>, Refusal> {
    let sent = &signed.sent;
    let mut errors = Vec::new();
    let mut number = |field: &'static str| -> Option<i64> {
        let typed = sent.optional(field)?;
        let number = typed.parse().ok();
        if number.is_none() {
            let error = FormError::of(signed.language(), Some(field), "number-wrong");
            errors.push(error);
        }
        number
    };
    let access_seconds = number("access_seconds");
    let refresh_seconds = number("refresh_seconds");
    let mut operator = None;
    if shape.operator
        && let Some(text) = sent.optional("operator")
    {
        let organization = signed.organization();
        let read = move |conn: &mut _| operator::look_up(conn, organization, &text);
        match signed.app.db.read(read).await?.as_slice() {
            [only] => operator = Some(only.id.0),
            _ => errors.push(FormError::of(
                signed.language(),
                Some("operator"),
                "client-operator-wrong",
            )),
        }
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let uris = lines(sent.text("redirect_uris"));
    Ok(Ok(Typed {
        shape,
        name: sent.text("name").trim().to_owned(),
        confidential: !shape.may_be_public || sent.is_ticked("confidential"),
        operator,
        scopes: sent.all("scope"),
        redirect_uris: uris.map(|(_, uri)| uri.to_owned()).collect(),
        redirect_match: sent.optional("redirect_match"),
        allow_insecure: sent.is_ticked("allow_insecure"),
        consent: sent.optional("consent"),
        profile: sent.optional("profile"),
        format: sent.optional("format"),
        access_seconds,
        refresh_seconds,
    }))
}

impl Typed {
    /// Whether it has an operator to stand for.
    pub(super) const fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// Writes what is typed into a registration. What the form does not show stays as it is. So does
    /// what the person has left as it was, but for what another profile has another default for.
    pub(super) fn apply(&self, registration: &mut Registration) {
        fn set<T: PartialEq + Clone>(member: &mut T, before: &T, typed: &T) {
            if typed != before {
                member.clone_from(typed);
            }
        }
        let before = registration.clone();
        let is_public = before.auth_method.as_deref() == Some(AuthMethod::None.as_str());
        if self.confidential == is_public {
            let method = if self.confidential {
                AuthMethod::ClientSecret
            } else {
                AuthMethod::None
            };
            registration.set_auth_method(Some(method.as_str().to_owned()));
        }
        registration.set_profile(self.profile.clone());
        registration.name = Some(self.name.clone());
        registration.scopes.clone_from(&self.scopes);
        let format = &mut registration.token_format;
        set(format, &before.token_format, &self.format);
        let seconds = &mut registration.access_token_seconds;
        set(seconds, &before.access_token_seconds, &self.access_seconds);
        if self.shape.operator {
            registration.operator_id = self.operator;
        }
        if self.shape.refreshes {
            let seconds = &mut registration.refresh_token_seconds;
            set(seconds, &before.refresh_token_seconds, &self.refresh_seconds);
        }
        if self.shape.redirects {
            registration.redirect_uris.clone_from(&self.redirect_uris);
            registration.redirect_match.clone_from(&self.redirect_match);
            registration.allow_insecure_redirect = self.allow_insecure;
            registration.consent.clone_from(&self.consent);
        }
    }
}

/// Returns what the form of a client shows at first.
pub(super) fn sent_of(client: &Client) -> Sent {
    let registration = Registration::from(&client.settings);
    let mut fields = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        fields.push((name.to_owned(), value.unwrap_or_default()));
    };
    let tick = |yes: bool| yes.then(|| "1".to_owned());
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    add("name", registration.name);
    add("confidential", tick(!client.settings.is_public()));
    add("operator", number(registration.operator_id));
    add("redirect_uris", Some(registration.redirect_uris.join("\n")));
    add("redirect_match", registration.redirect_match);
    add("allow_insecure", tick(registration.allow_insecure_redirect));
    add("consent", registration.consent);
    add("profile", registration.profile);
    add("format", registration.token_format);
    add("access_seconds", number(registration.access_token_seconds));
    add("refresh_seconds", number(registration.refresh_token_seconds));
    for scope in registration.scopes {
        add("scope", Some(scope));
    }
    Sent::of(fields)
}

/// Returns the fields of a client, with what was sent in them.
pub(super) async fn fields(
    signed: &Signed,
    shape: Shape,
    sent: &Sent,
) -> Result<Vec<Field>, Refusal> {
    let text = |id: &str| signed.text(id);
    let checked = |name, label: &str| {
        let ticked = sent.is_ticked(name);
        Field::controlled(name, text(label), Control::Check { ticked })
    };
    let mut fields = vec![Field::line("name", text("name"), sent.text("name")).required()];
    if shape.may_be_public {
        let hint = text("client-confidential-hint");
        fields.push(checked("confidential", "client-confidential").hinted(hint));
    }
    if shape.operator {
        let field = Field::line("operator", text("client-operator"), sent.text("operator"));
        fields.push(field.required().hinted(text("client-operator-hint")));
    }
    fields.push(scopes(signed, &sent.all("scope")).await?);
    if shape.redirects {
        let uris = Field {
            value: sent.text("redirect_uris").to_owned(),
            ..Field::controlled("redirect_uris", text("client-uris"), Control::Area)
        };
        fields.push(uris.required().hinted(text("client-uris-hint")));
        let choices = RedirectMatch::ALL.map(|one| {
            let id = match one {
                RedirectMatch::Exact => "client-match-exact",
                RedirectMatch::SameSite => "client-match-same-site",
            };
            choice(one.as_str(), text(id), sent.text("redirect_match"), "exact")
        });
        let control = Control::Radios(choices.into());
        let label = text("client-match");
        fields.push(Field::controlled("redirect_match", label, control));
        fields.push(checked("allow_insecure", "client-insecure"));
        let choices = ConsentRule::ALL.map(|one| {
            let id = match one {
                ConsentRule::Ask => "client-consent-ask",
                ConsentRule::Skip => "client-consent-skip",
            };
            choice(one.as_str(), text(id), sent.text("consent"), "ask")
        });
        let control = Control::Radios(choices.into());
        fields.push(Field::controlled("consent", text("client-consent"), control));
    }
    fields.extend(token_fields(signed, shape, sent));
    Ok(fields)
}

/// The fields about what tokens of the client are.
fn token_fields(signed: &Signed, shape: Shape, sent: &Sent) -> Vec<Field> {
    let text = |id: &str| signed.text(id);
    let profiles = Profile::ALL.map(|one| {
        let label = match one {
            Profile::Standard => text("client-profile-standard"),
            // Names of programs are the same in every language.
            Profile::SuiteCrm => "SuiteCRM (/Api/access_token)".to_owned(),
            Profile::Psdm => "PSDM (/router/rest)".to_owned(),
        };
        choice(one.as_str(), label, sent.text("profile"), "standard")
    });
    let mut formats = vec![choice("", text("client-format-default"), sent.text("format"), "")];
    for one in TokenFormat::ALL {
        let label = match one {
            TokenFormat::Jwt => "JWT".to_owned(),
            TokenFormat::Opaque => text("client-format-opaque"),
        };
        formats.push(choice(one.as_str(), label, sent.text("format"), ""));
    }
    let number = |name, label: &str| {
        let mut line = Field::line(name, text(label), sent.text(name));
        line.control = Control::Line {
            kind: "text",
            autocomplete: "off",
            mode: "numeric",
        };
        line.hinted(text("client-seconds-hint"))
    };
    let select = |name, label: &str, choices| {
        Field::controlled(name, text(label), Control::Select(choices))
    };
    let mut fields = vec![
        select("profile", "client-profile", profiles.into())
            .hinted(text("client-profile-hint")),
        select("format", "client-format", formats),
        number("access_seconds", "client-access-seconds"),
    ];
    if shape.refreshes {
        fields.push(number("refresh_seconds", "client-refresh-seconds"));
    }
    fields
}

fn choice(value: &str, label: String, sent: &str, default: &str) -> Choice {
    let chosen = if sent.is_empty() { default } else { sent };
    Choice::new(value, label, chosen == value)
}

/// The boxes of the scopes that a client may be given: those of the organization, and those of
/// OpenID Connect.
async fn scopes(signed: &Signed, held: &[String]) -> Result<Field, Refusal> {
    let definitions = &signed.app.clients.definitions;
    let defined = definitions
        .get(&signed.app.db, signed.organization())
        .await?;
    let of_organization: Vec<_> = defined
        .iter()
        .flat_map(|defined| defined.scope_set().iter().cloned().collect::<Vec<_>>())
        .map(|scope| scope.to_string())
        .collect();
    let identity = Scope::IDENTITY.map(str::to_owned);
    let choices = of_organization.into_iter().chain(identity).map(|name| {
        let described = defined.as_ref();
        let described = described.and_then(|defined| defined.scopes.get(&name).cloned());
        Choice {
            hint: described.flatten(),
            ..Choice::new(name.clone(), name.clone(), held.contains(&name))
        }
    });
    let control = Control::Checks(choices.collect());
    let field = Field::controlled("scope", signed.text("scopes"), control);
    Ok(field.hinted(signed.text("client-scopes-hint")))
}

/// Returns the error of a form for a member that cannot be what it says.
pub(super) fn error(signed: &Signed, sent: &Sent, fault: &RegistrationError) -> FormError {
    let (member, place) = match fault.member.split_once('[') {
        Some((member, rest)) => (member, rest.trim_end_matches(']').parse().ok()),
        None => (fault.member.as_str(), None::<usize>),
    };
    let seconds = |field| {
        let language = signed.language();
        let bounds = format!("{} – {}", language.number(1), language.number(LONGEST_LIFE));
        FormError {
            field: Some(field),
            text: signed.text_with("number-bounds", "bounds", &bounds),
        }
    };
    let (field, id) = match member {
        "redirectUris" => {
            let typed = place.and_then(|place| lines(sent.text("redirect_uris")).nth(place));
            let line = typed.map_or(1, |(line, _)| line + 1).to_string();
            return FormError {
                field: Some("redirect_uris"),
                text: signed.text_with("client-uri-wrong", "line", &line),
            };
        }
        "accessTokenSeconds" => return seconds("access_seconds"),
        "refreshTokenSeconds" => return seconds("refresh_seconds"),
        "name" => (Some("name"), "name-wrong"),
        "scopes" => (Some("scope"), "client-scope-wrong"),
        "operatorId" => (Some("operator"), "client-operator-wrong"),
        "redirectMatch" => (Some("redirect_match"), "client-public-wrong"),
        "allowInsecureRedirect" => (Some("allow_insecure"), "client-public-wrong"),
        "profile" => (Some("profile"), "client-choice-wrong"),
        "tokenFormat" => (Some("format"), "client-format-wrong"),
        "consent" => (Some("consent"), "client-choice-wrong"),
        _ => (None, "client-choice-wrong"),
    };
    FormError::of(signed.language(), field, id)
}
