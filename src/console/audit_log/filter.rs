//! Which lines are wanted, and the form that says so.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveTime, TimeZone};

use super::{act, base};
use crate::audit::{self, Action};
use crate::base::Timestamp;
use crate::console::page::{Choice, Filter, FilterField};
use crate::console::visit::Visit;

/// Which lines are wanted.
pub(super) struct Wanted {
    pub(super) filter: audit::Filter,
    /// The names of the filters that are set.
    pub(super) names: Vec<&'static str>,
}

/// The parameters, in the order of the form.
const NAMES: [&str; 7] = [
    "action", "actor", "subject", "address", "request", "from", "to",
];

impl Wanted {
    /// Reads the query. A value that cannot be read is ignored, and its name added to `ignored`.
    pub(super) fn read(signed: &Visit, ignored: &mut Vec<&'static str>) -> Self {
        let text = |name: &str| {
            let text = signed.asked(name).trim();
            Some(text.to_owned()).filter(|text| !text.is_empty())
        };
        let mut actions = Vec::new();
        let asked = signed.query.iter().filter(|(name, _)| name == "action");
        for (_, word) in asked.filter(|(_, word)| !word.is_empty()) {
            match word.parse::<Action>() {
                Ok(action) => actions.push(action),
                Err(_) => ignored.push("action"),
            }
        }
        let mut read = |name: &'static str, found: bool| {
            if !found && text(name).is_some() {
                ignored.push(name);
            }
        };
        let address: Option<IpAddr> = text("address").and_then(|text| text.parse().ok());
        read("address", address.is_some());
        let from = text("from").and_then(|text| instant(signed, &text, false));
        read("from", from.is_some());
        let to = text("to").and_then(|text| instant(signed, &text, true));
        read("to", to.is_some());
        let names = NAMES.into_iter().filter(|name| {
            let mut asked = signed.query.iter();
            asked.any(|(known, value)| known == name && !value.trim().is_empty())
        });
        Self {
            names: names.collect(),
            filter: audit::Filter {
                actions,
                actor: text("actor"),
                target: text("subject"),
                address,
                request_id: text("request"),
                from,
                to,
            },
        }
    }
}

/// Returns the beginning of a day in the person's zone, or of the day after it; or an instant.
fn instant(signed: &Visit, text: &str, after: bool) -> Option<Timestamp> {
    let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
        return Timestamp::parse(text).ok();
    };
    let day = if after { day.succ_opt()? } else { day };
    let begins = day.and_time(NaiveTime::MIN);
    let begins = signed
        .preferences
        .zone
        .from_local_datetime(&begins)
        .earliest()?;
    Some(Timestamp::from_seconds(begins.timestamp()))
}

/// The form.
pub(super) fn form(signed: &Visit, wanted: &Wanted) -> Filter {
    let typed = |name: &'static str, label: &str| FilterField {
        name,
        label: signed.text(label),
        value: signed.asked(name).to_owned(),
        choices: Vec::new(),
        hint: None,
    };
    let choice = |one: Action| {
        let chosen = wanted.filter.actions.contains(&one);
        Choice::new(one.as_str(), signed.text(act(one)), chosen)
    };
    let day = signed.text_with("day-hint", "zone", signed.preferences.zone.name());
    Filter {
        action: base(signed).to_owned(),
        fields: vec![
            FilterField {
                choices: Action::ALL.into_iter().map(choice).collect(),
                hint: Some(signed.text("audit-acts-hint")),
                ..typed("action", "act")
            },
            typed("actor", "actor"),
            typed("subject", "subject"),
            typed("address", "address"),
            typed("request", "request-id"),
            FilterField {
                hint: Some(day.clone()),
                ..typed("from", "from")
            },
            FilterField {
                hint: Some(day),
                ..typed("to", "until")
            },
        ],
        clear: base(signed).to_owned(),
    }
}
