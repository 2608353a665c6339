//! What is typed in the form of a client.

use crate::client::registration::LONGEST_LIFE;
use crate::client::{AuthMethod, Client, GrantType, Registration, RegistrationError};
use crate::console::page::FormError;
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Signed;
use crate::operator;

/// Which fields the form of a client has. It follows from the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a part of the form")]
pub(super) struct Shape {
    /// It may be public.
    pub(super) may_be_public: bool,
    /// It stands for an operator.
    pub(super) operator: bool,
    /// A browser comes back to it.
    pub(super) redirects: bool,
    /// It gets refresh tokens.
    pub(super) refreshes: bool,
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
            set(
                seconds,
                &before.refresh_token_seconds,
                &self.refresh_seconds,
            );
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
    add(
        "refresh_seconds",
        number(registration.refresh_token_seconds),
    );
    for scope in registration.scopes {
        add("scope", Some(scope));
    }
    Sent::of(fields)
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
