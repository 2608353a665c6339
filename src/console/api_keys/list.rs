//! The list of API keys.

use super::{NEW, PATH, key_link, masked, state};
use crate::api_key::manage::{self, Listed, Wanted};
use crate::api_key::{Environment, KeyStatus, LastUse, StoredKey};
use crate::base::{ApiKeyId, Leaf, Seek, TimeKey};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

/// The values of `state`, with the message of each.
const STATES: [(&str, &str); 5] = [
    ("", "state-not-revoked"),
    ("active", "status-active"),
    ("expired", "state-expired"),
    ("quarantined", "state-quarantined"),
    ("revoked", "state-revoked"),
];

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked = signed.asked("state");
    let listed = match asked {
        "expired" => Listed::Expired,
        other => other
            .parse::<KeyStatus>()
            .map_or(Listed::NotRevoked, Listed::Status),
    };
    if !STATES.iter().any(|(value, _)| *value == asked) {
        ignored.push("state");
    }
    let environment: Option<Environment> = signed.asked("environment").parse().ok();
    if environment.is_none() && !signed.asked("environment").is_empty() {
        ignored.push("environment");
    }
    let seek: Seek<TimeKey<ApiKeyId>> = signed.seek();
    let is_first = seek.is_first();
    let (organization, now) = (signed.organization(), signed.now);
    let read = move |conn: &mut _| {
        let wanted = Wanted {
            listed,
            environment,
            created_by: None,
        };
        manage::list(conn, organization, &wanted, seek, limit + 1, now)
    };
    let read = signed.app.db.read(read).await?;
    let found = Leaf::of(seek, read, limit, |(stored, _)| TimeKey {
        at: stored.key.created_at,
        id: stored.key.id,
    });
    let may_add = signed.found.right == Right::Admin;
    let mut parts = Vec::new();
    if may_add {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(NEW, "key-new"),
            primary: true,
        }]));
    }
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter_form(signed, asked, environment)));
    let is_filtered = !asked.is_empty() || environment.is_some() || !is_first;
    if found.rows.is_empty() && is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if found.rows.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("keys-empty"),
            action: may_add.then(|| signed.link(NEW, "key-new")),
            command: Some(format!(
                "lanyard api-key add --organization {organization} --name NAME --scope read"
            )),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found.rows)));
    }
    parts.push(Part::Pages(signed.pages(&found)));
    let heading = signed.phrase("api-keys");
    signed.page(Page::new("api-keys", heading, parts)).await
}

fn filter_form(signed: &Signed, asked: &str, environment: Option<Environment>) -> Filter {
    let states = STATES.iter();
    let states = states.map(|(value, id)| Choice::new(*value, signed.text(id), *value == asked));
    let mut environments = vec![Choice::new("", signed.text("any"), environment.is_none())];
    for one in Environment::ALL {
        environments.push(Choice::new(
            one.as_str(),
            signed.text(super::new::environment(one)),
            environment == Some(one),
        ));
    }
    let choice = |name, label: &str, choices| FilterField {
        name,
        label: signed.text(label),
        value: String::new(),
        choices,
        hint: None,
    };
    Filter {
        action: PATH.to_owned(),
        fields: vec![
            choice("state", "status", states.collect()),
            choice("environment", "environment", environments),
        ],
        clear: PATH.to_owned(),
    }
}

fn table(signed: &Signed, found: &[(StoredKey, LastUse)]) -> Table {
    let heads = [
        "name",
        "key-text",
        "environment",
        "scopes",
        "status",
        "created-by",
        "last-use",
        "ends",
    ];
    let row = |(stored, last): &(StoredKey, LastUse)| {
        let key = &stored.key;
        let (word, tone) = state(key, signed.now);
        let scopes: Vec<_> = key
            .settings
            .scopes
            .iter()
            .map(ToString::to_string)
            .collect();
        Row {
            id: key.id.to_string(),
            cells: vec![
                vec![key_link(key)],
                vec![Cell::Code(masked(key))],
                vec![Cell::Text(
                    signed.text(super::new::environment(key.environment)),
                )],
                vec![Cell::Code(scopes.join(" "))],
                vec![signed.badge(word, tone)],
                vec![Cell::Code(key.created_by.clone())],
                signed.ago_or(last.at, "never-used"),
                signed.time_or(key.settings.expires_at, "no-end"),
            ],
        }
    };
    Table {
        id: "api-keys",
        caption: signed.text("keys-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
