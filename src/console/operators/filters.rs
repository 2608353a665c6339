//! Which operators are wanted: the filters of the list, which the export has too.

use form_urlencoded::Serializer;

use super::{EXPORT, PATH};
use crate::base::Seek;
use crate::console::days;
use crate::console::page::{Choice, Filter, FilterField};
use crate::console::refusal::Refusal;
use crate::console::visit::Signed;
use crate::operator::OperatorStatus;
use crate::operator::directory::{Order, Wanted};

/// The values of `status`, with the message of each.
const STATUSES: [(&str, &str); 4] = [
    ("active", "status-active"),
    ("inactive", "status-inactive"),
    ("deleted", "status-deleted"),
    ("all", "status-not-deleted"),
];

/// The values of `sort`, with the message of each.
const ORDERS: [(Order, &str); 2] = [(Order::Created, "sort-created"), (Order::Name, "sort-name")];

/// The filters of the list of operators.
pub(super) struct Filters {
    text: String,
    status: &'static str,
    role: Option<String>,
    /// Days without a token.
    unused: Option<u32>,
    /// The names of the roles that there are.
    roles: Vec<String>,
}

impl Filters {
    /// Reads the query. A value that is not known is ignored, and its name added to `ignored`.
    pub(super) async fn read(
        signed: &Signed,
        ignored: &mut Vec<&'static str>,
    ) -> Result<Self, Refusal> {
        let asked = signed.asked("status");
        let status = STATUSES.iter().find(|(value, _)| *value == asked);
        if status.is_none() && !asked.is_empty() {
            ignored.push("status");
        }
        let definitions = &signed.app.clients.definitions;
        let defined = definitions
            .get(&signed.app.db, signed.organization())
            .await?;
        let roles = defined.iter().flat_map(|defined| defined.roles.iter());
        let roles: Vec<String> = roles.map(|(name, _)| name.to_owned()).collect();
        let asked = signed.asked("role");
        let role = roles.iter().find(|role| *role == asked).cloned();
        if role.is_none() && !asked.is_empty() {
            ignored.push("role");
        }
        let unused = days::asked(signed, "unused");
        if unused.is_none() && !signed.asked("unused").is_empty() {
            ignored.push("unused");
        }
        Ok(Self {
            text: signed.asked("q").trim().to_owned(),
            status: status.map_or("active", |(value, _)| *value),
            role,
            unused,
            roles,
        })
    }

    /// Whether none is set.
    pub(super) fn are_default(&self) -> bool {
        self.text.is_empty()
            && self.status == "active"
            && self.role.is_none()
            && self.unused.is_none()
    }

    /// Returns which operators are wanted: the first page, by id.
    pub(super) fn wanted(&self, signed: &Signed) -> Wanted {
        Wanted {
            organization: signed.organization(),
            text: self.text.clone(),
            status: self.status.parse::<OperatorStatus>().ok(),
            role: self.role.clone(),
            unused_since: self
                .unused
                .map(|unused| signed.now.minus(days::span(unused))),
            order: Order::Created,
            seek: Seek::First,
            limit: 0,
        }
    }

    /// Returns the names of those that are set, for the audit log.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let all = [
            ("q", !self.text.is_empty()),
            ("status", true),
            ("role", self.role.is_some()),
            ("unused", self.unused.is_some()),
        ];
        let set = all.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name).collect()
    }

    /// Returns the link to the same operators as a file.
    pub(super) fn export(&self) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("status", self.status);
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if let Some(role) = &self.role {
            query.append_pair("role", role);
        }
        if let Some(unused) = self.unused {
            query.append_pair("unused", &unused.to_string());
        }
        format!("{EXPORT}?{}", query.finish())
    }

    /// Returns the form.
    pub(super) fn form(&self, signed: &Signed, order: Order) -> Filter {
        let choice = |name, label: &str, choices| FilterField {
            name,
            label: signed.text(label),
            value: String::new(),
            choices,
            hint: None,
        };
        let statuses = STATUSES
            .iter()
            .map(|(value, id)| Choice::new(*value, signed.text(id), *value == self.status));
        let mut roles = vec![Choice::new("", signed.text("any"), self.role.is_none())];
        for role in &self.roles {
            roles.push(Choice::new(role, role, self.role.as_ref() == Some(role)));
        }
        let orders = ORDERS
            .iter()
            .map(|(one, id)| Choice::new(one.as_str(), signed.text(id), *one == order));
        Filter {
            action: PATH.to_owned(),
            fields: vec![
                FilterField {
                    name: "q",
                    label: signed.text("search"),
                    value: self.text.clone(),
                    choices: Vec::new(),
                    hint: Some(signed.text("operators-search-hint")),
                },
                choice("status", "status", statuses.collect()),
                choice("role", "role", roles),
                choice(
                    "unused",
                    "without-token",
                    days::choices(signed, self.unused),
                ),
                choice("sort", "sort", orders.collect()),
            ],
            clear: PATH.to_owned(),
        }
    }
}
