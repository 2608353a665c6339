//! The form of an organization's token policy, for the organization itself and for the platform.

use super::page::{Control, Field, FormError};
use super::sent::Sent;
use super::visit::Visit;
use crate::organization::{Organization, PolicyError, ProfileChange};

/// The settings of the policy that are numbers: the field, its label, and its hint.
pub(super) const NUMBERS: [(&str, &str, &str); 4] = [
    (
        "operator_token_max_seconds",
        "policy-operator-max",
        "policy-operator-max-hint",
    ),
    (
        "company_token_lifetime_seconds",
        "policy-company-life",
        "policy-company-life-hint",
    ),
    (
        "rotation_period_days",
        "policy-rotation",
        "policy-rotation-hint",
    ),
    (
        "rotation_grace_seconds",
        "policy-grace",
        "policy-grace-hint",
    ),
];

/// The fields of the policy, with what was sent in them, or else what is stored.
pub(super) fn fields(
    visit: &Visit,
    organization: &Organization,
    sent: Option<&Sent>,
) -> Vec<Field> {
    let policy = &organization.policy;
    let stored = [
        policy.operator_token_max_seconds,
        policy.company_token_lifetime_seconds,
        policy.rotation_period_days,
        policy.rotation_grace_seconds,
    ];
    let mut fields = Vec::new();
    for ((field, label, hint), stored) in NUMBERS.into_iter().zip(stored) {
        let value = match sent {
            Some(sent) => sent.text(field).to_owned(),
            None => stored.map(|number| number.to_string()).unwrap_or_default(),
        };
        let mut line = Field::line(field, visit.text(label), &value);
        line.control = Control::Line {
            kind: "text",
            autocomplete: "off",
            mode: "numeric",
        };
        fields.push(line.hinted(visit.text(hint)));
    }
    let boxes = [
        (
            "enforce_rotation",
            "policy-enforce",
            policy.enforce_rotation,
        ),
        (
            "cap_scopes_by_role",
            "policy-cap",
            organization.cap_scopes_by_role,
        ),
    ];
    for (name, label, stored) in boxes {
        let ticked = sent.map_or(stored, |sent| sent.is_ticked(name));
        let control = Control::Check { ticked };
        fields.push(Field::controlled(name, visit.text(label), control));
    }
    fields
}

/// Reads the fields of [`fields`] into a change, or returns what is wrong with them.
pub(super) fn change(visit: &Visit) -> Result<ProfileChange, Vec<FormError>> {
    let sent = &visit.sent;
    let mut errors = Vec::new();
    let mut number = |field: &'static str| -> Option<i64> {
        let typed = sent.optional(field)?;
        let number = typed.parse().ok();
        if number.is_none() {
            let id = "number-wrong";
            errors.push(FormError::of(visit.language(), Some(field), id));
        }
        number
    };
    let [max, life, period, grace] = NUMBERS.map(|(field, ..)| number(field));
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(ProfileChange {
        operator_token_max_seconds: Some(max),
        company_token_lifetime_seconds: Some(life),
        rotation_period_days: Some(period),
        rotation_grace_seconds: Some(grace),
        enforce_rotation: Some(Some(sent.is_ticked("enforce_rotation"))),
        cap_scopes_by_role: Some(Some(sent.is_ticked("cap_scopes_by_role"))),
        version: Some(sent.text("version").to_owned()),
        ..ProfileChange::default()
    })
}

/// Returns the error of a form for a setting that is out of bounds.
pub(super) fn error(visit: &Visit, why: &PolicyError) -> FormError {
    let fields = [
        ("operatorTokenMaxSeconds", "operator_token_max_seconds"),
        (
            "companyTokenLifetimeSeconds",
            "company_token_lifetime_seconds",
        ),
        ("rotationPeriodDays", "rotation_period_days"),
    ];
    let member = why.member.rsplit('.').next();
    let found = fields.iter().find(|(name, _)| Some(*name) == member);
    let language = visit.language();
    let bounds = format!(
        "{} – {}",
        language.number(why.least),
        language.number(why.most)
    );
    FormError {
        field: Some(found.map_or("rotation_grace_seconds", |(_, field)| *field)),
        text: visit.text_with("number-bounds", "bounds", &bounds),
    }
}
