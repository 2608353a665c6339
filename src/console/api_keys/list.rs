//! The list of API keys.

use std::collections::HashMap;

use super::{NEW, PATH, SELECTED, key_link, masked, sparkline, state};
use crate::api_key::manage::{self, Listed, Search, Wanted};
use crate::api_key::uses::requests_of;
use crate::api_key::{Environment, KeyStatus, LastUse, StoredKey};
use crate::base::{ApiKeyId, Seek, TimeKey};
use crate::console::answers::Page;
use crate::console::days;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::{self, Conn};
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

/// The form of the rows that were ticked.
const FORM: &str = "select";

/// What the query asks for.
struct Asked<'a> {
    state: &'a str,
    environment: Option<Environment>,
    scope: Option<String>,
    unused: Option<u32>,
    expires: Option<u32>,
    /// The names of the scopes that there are.
    scopes: Vec<String>,
}

impl<'a> Asked<'a> {
    /// Reads the query. A value that is not known is ignored, and its name added to `ignored`.
    async fn read(signed: &'a Signed, ignored: &mut Vec<&'static str>) -> Result<Self, Refusal> {
        let mut check = |name: &'static str, is_known: bool| {
            if !is_known && !signed.asked(name).is_empty() {
                ignored.push(name);
            }
        };
        let state = signed.asked("state");
        check("state", STATES.iter().any(|(value, _)| *value == state));
        let environment: Option<Environment> = signed.asked("environment").parse().ok();
        check("environment", environment.is_some());
        let definitions = &signed.app.clients.definitions;
        let defined = definitions
            .get(&signed.app.db, signed.organization())
            .await?;
        let scopes = defined.iter().flat_map(|defined| {
            let scopes = defined.scope_set();
            scopes.iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        let scopes: Vec<String> = scopes.collect();
        let scope = scopes.iter().find(|one| *one == signed.asked("scope"));
        check("scope", scope.is_some());
        let unused = days::asked(signed, "unused");
        let expires = days::asked(signed, "expires");
        check("unused", unused.is_some());
        check("expires", expires.is_some());
        Ok(Self {
            state,
            environment,
            scope: scope.cloned(),
            unused,
            expires,
            scopes,
        })
    }

    fn search(&self, signed: &Signed) -> Search {
        let listed = match self.state {
            "expired" => Listed::Expired,
            other => other
                .parse::<KeyStatus>()
                .map_or(Listed::NotRevoked, Listed::Status),
        };
        Search {
            wanted: Wanted {
                listed,
                environment: self.environment,
                created_by: None,
            },
            text: signed.asked("q").trim().to_owned(),
            scope: self.scope.clone(),
            unused_since: self.unused.map(|days| signed.now.minus(days::span(days))),
            expires_until: self.expires.map(|days| signed.now.plus(days::span(days))),
        }
    }

    fn form(&self, signed: &Signed) -> Filter {
        let any = |is_chosen| Choice::new("", signed.text("any"), is_chosen);
        let states = STATES.iter();
        let states =
            states.map(|(value, id)| Choice::new(*value, signed.text(id), *value == self.state));
        let mut environments = vec![any(self.environment.is_none())];
        for one in Environment::ALL {
            environments.push(Choice::new(
                one.as_str(),
                signed.text(super::new::environment(one)),
                self.environment == Some(one),
            ));
        }
        let mut scopes = vec![any(self.scope.is_none())];
        for one in &self.scopes {
            scopes.push(Choice::new(one, one, self.scope.as_ref() == Some(one)));
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
                FilterField {
                    value: signed.asked("q").to_owned(),
                    hint: Some(signed.text("keys-search-hint")),
                    ..choice("q", "search", Vec::new())
                },
                choice("state", "status", states.collect()),
                choice("environment", "environment", environments),
                choice("scope", "scopes", scopes),
                choice(
                    "unused",
                    "key-unused-for",
                    days::choices(signed, self.unused),
                ),
                choice(
                    "expires",
                    "key-expires-within",
                    days::choices(signed, self.expires),
                ),
            ],
            clear: PATH.to_owned(),
        }
    }

    fn are_set(&self, signed: &Signed) -> bool {
        !self.state.is_empty()
            || self.environment.is_some()
            || self.scope.is_some()
            || self.unused.is_some()
            || self.expires.is_some()
            || !signed.asked("q").trim().is_empty()
    }
}

type Uses = HashMap<ApiKeyId, Vec<(i64, i64)>>;

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked = Asked::read(signed, &mut ignored).await?;
    let seek: Seek<TimeKey<ApiKeyId>> = signed.seek();
    let is_first = seek.is_first();
    let (organization, now) = (signed.organization(), signed.now);
    let (wanted, days) = (asked.search(signed), sparkline::days(now));
    let shown_days = days.clone();
    let read = move |conn: &mut Conn| {
        let found = manage::search(conn, organization, &wanted, seek, limit, now)?;
        let ids: Vec<_> = found
            .page
            .rows
            .iter()
            .map(|(stored, _)| stored.key.id)
            .collect();
        let uses: Uses = requests_of(conn, organization, &ids, &days)?;
        Ok::<_, db::Error>((found, uses))
    };
    let (found, uses) = signed.app.db.read(read).await?;
    let may_change = signed.found.right == Right::Admin;
    let mut parts = Vec::new();
    if may_change {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(NEW, "key-new"),
            primary: true,
        }]));
    }
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(asked.form(signed)));
    let is_filtered = asked.are_set(signed) || !is_first || found.looked_up_to.is_some();
    let rows = &found.page.rows;
    if rows.is_empty() && is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if rows.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("keys-empty"),
            action: may_change.then(|| signed.link(NEW, "key-new")),
            command: Some(format!(
                "lanyard api-key add --organization {organization} --name NAME --scope read"
            )),
        }));
    } else {
        let uses = (&shown_days[..], &uses);
        parts.push(Part::Table(table(signed, rows, uses, may_change)));
        if may_change {
            parts.push(Part::Select {
                id: FORM,
                action: SELECTED.to_owned(),
                buttons: vec![("revoke", signed.text("keys-revoke-selected"))],
            });
        }
    }
    if let Some(at) = found.looked_up_to {
        let how_far = vec![signed.time(at)];
        let fact = (signed.text("keys-looked-back"), how_far);
        parts.push(Part::Facts("looked-back", vec![fact]));
    }
    parts.push(Part::Pages(signed.pages(&found.page)));
    let heading = signed.phrase("api-keys");
    signed.page(Page::new("api-keys", heading, parts)).await
}

fn table(
    signed: &Signed,
    found: &[(StoredKey, LastUse)],
    (days, uses): (&[i64], &Uses),
    may_select: bool,
) -> Table {
    let mut heads = vec![
        "name",
        "key-text",
        "environment",
        "scopes",
        "allowed",
        "status",
        "created-by",
        "last-use",
        "ends",
        "key-uses",
    ];
    if may_select {
        heads.push("select");
    }
    let row = |(stored, last): &(StoredKey, LastUse)| {
        let key = &stored.key;
        let (word, tone) = state(key, signed.now);
        let scopes: Vec<_> = key
            .settings
            .scopes
            .iter()
            .map(ToString::to_string)
            .collect();
        let mut last_use = signed.ago_or(last.at, "never-used");
        if let Some(address) = last.address {
            last_use.extend([Cell::Break, Cell::Code(address.to_string())]);
        }
        let allowed = super::record::addresses(signed, &key.settings);
        let mut cells = vec![
            vec![key_link(key)],
            vec![Cell::Code(masked(key))],
            vec![Cell::Text(
                signed.text(super::new::environment(key.environment)),
            )],
            vec![Cell::Code(scopes.join(" "))],
            allowed,
            vec![signed.badge(word, tone)],
            vec![Cell::Code(key.created_by.clone())],
            last_use,
            signed.time_or(key.settings.expires_at, "no-end"),
            sparkline::cell(signed, days, uses.get(&key.id)),
        ];
        if may_select {
            let id = key.id.to_string();
            // A key that is revoked stays so.
            let check = (key.status != KeyStatus::Revoked).then(|| Cell::Check {
                form: FORM,
                name: "key",
                label: signed.text_with("select-key", "id", &id),
                value: id.clone(),
            });
            cells.push(check.into_iter().collect());
        }
        Row {
            id: key.id.to_string(),
            cells,
        }
    };
    Table {
        id: "api-keys",
        caption: signed.text("keys-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
