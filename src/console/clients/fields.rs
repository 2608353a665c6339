//! The fields of a client.

use super::settings::Shape;
use crate::access::Scope;
use crate::client::{ConsentRule, Profile, RedirectMatch, TokenFormat};
use crate::console::page::{Choice, Control, Field};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Signed;

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
        fields.push(Field::controlled(
            "consent",
            text("client-consent"),
            control,
        ));
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
    let mut formats = vec![choice(
        "",
        text("client-format-default"),
        sent.text("format"),
        "",
    )];
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
    let select =
        |name, label: &str, choices| Field::controlled(name, text(label), Control::Select(choices));
    let mut fields = vec![
        select("profile", "client-profile", profiles.into()).hinted(text("client-profile-hint")),
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
