//! An organization to which a list is applied, and everything that the list leaves there.

use diesel::prelude::*;
use lanyard::audit::Origin;
use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::schema::{audit, deliveries, feed, operators};
use lanyard::db::{Conn, Error};
use lanyard::operator::{Ids, Outcome, Row, SynchronizeError, synchronize};
use serde_json::{Value, json};

use super::super::synchronize as send;
use super::{PRESENT, Wish, email, external_id, row};
use crate::support::{Organization, Server};

/// An organization with operators, and webhooks that get everything.
pub(super) struct Place<'a> {
    server: &'a Server,
    organization: Organization<'a>,
    ids: Vec<OperatorId>,
}

/// The operators of an organization, in the order of their ids.
struct Known(Vec<i64>);

impl Known {
    /// Which of them that is, from 0.
    fn place(&self, id: i64) -> Option<usize> {
        self.0.iter().position(|known| *known == id)
    }
}

pub(super) type Refused = (usize, String);

fn refused(error: SynchronizeError) -> Refused {
    match error {
        SynchronizeError::Row { index, fault } => (index, fault.to_string()),
        SynchronizeError::Database(error) => panic!("{error}"),
    }
}

/// Its columns in the table.
type OperatorRow = (
    i64,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    i64,
);

/// Its columns in the table.
type EntryRow = (i64, String, Option<i64>, i64, Option<i64>, Option<i64>);

impl<'a> Place<'a> {
    pub(super) fn new(server: &'a Server, login: &str) -> Self {
        let organization = server.organization(login);
        for url in ["https://example.com/1", "https://example.com/2"] {
            let events = ["token.revoked", "operator.deactivated"];
            organization
                .post("/api/company/webhooks")
                .json(&json!({"url": url, "events": events}))
                .send()
                .with_status(201);
        }
        let rows = (0..PRESENT).map(|n| {
            let status = if n % 2 == 0 { "active" } else { "inactive" };
            json!({"name": format!("Lan {n}"), "externalId": external_id(n), "email": email(n, false), "status": status})
        });
        let answer = send(&organization, &Value::Array(rows.collect()));
        let rows = answer.with_status(200).json();
        let id = |row: &Value| OperatorId(row["operator"]["id"].as_i64().unwrap());
        let ids = rows.as_array().unwrap().iter().map(id).collect();
        Self {
            server,
            organization,
            ids,
        }
    }

    fn rows(&self, list: &[Wish]) -> Vec<Row> {
        let rows = list.iter().enumerate();
        rows.map(|(number, wish)| row(number, wish, &self.ids))
            .collect()
    }

    fn id(&self) -> OrganizationId {
        OrganizationId(self.organization.id)
    }

    fn apply(&self, conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Outcome>, Refused> {
        let now = self.server.app.clock.now();
        let origin = Origin::command_line();
        synchronize(conn, self.id(), rows, &origin, now, Ids::Drawn, &|| false)
            .map(|(outcomes, _)| outcomes)
            .map_err(refused)
    }

    /// Runs a transaction that may be refused.
    fn write<T>(&self, body: impl FnOnce(&mut Conn) -> Result<T, Refused>) -> Result<T, Refused> {
        struct Back(Refused);
        impl From<Error> for Back {
            fn from(error: Error) -> Self {
                panic!("{error}")
            }
        }
        let db = &self.server.app.db;
        db.write_blocking(|conn| body(conn).map_err(Back))
            .map_err(|Back(refused)| refused)
    }

    pub(super) fn all_at_once(&self, list: &[Wish]) -> Result<Vec<String>, Refused> {
        let outcomes = self.write(|conn| self.apply(conn, self.rows(list)))?;
        Ok(self.in_words(outcomes))
    }

    /// Releases the names that change, then writes each row alone.
    pub(super) fn one_by_one(&self, list: &[Wish]) -> Result<Vec<String>, Refused> {
        let rows = self.rows(list);
        let outcomes = self.write(|conn| {
            for row in &rows {
                self.release(conn, row);
            }
            let mut outcomes = Vec::new();
            for (index, row) in rows.into_iter().enumerate() {
                let outcome = self
                    .apply(conn, vec![row])
                    .map_err(|(_, fault)| (index, fault))?;
                outcomes.extend(outcome);
            }
            Ok(outcomes)
        })?;
        Ok(self.in_words(outcomes))
    }

    fn release(&self, conn: &mut Conn, row: &Row) {
        let Some(id) = row.id else { return };
        let which = operators::table.find((self.id(), id));
        let before: (Option<String>, Option<String>) = which
            .select((operators::external_id, operators::email))
            .get_result(conn)
            .unwrap();
        let change = &row.change;
        if change
            .external_id
            .as_ref()
            .is_some_and(|id| *id != before.0)
        {
            diesel::update(which)
                .set(operators::external_id.eq(None::<String>))
                .execute(conn)
                .unwrap();
        }
        if change
            .email
            .as_ref()
            .is_some_and(|email| *email != before.1)
        {
            let none = None::<String>;
            diesel::update(which)
                .set((
                    operators::email_key.eq(&none),
                    operators::email_fold.eq(&none),
                ))
                .execute(conn)
                .unwrap();
        }
    }

    /// Its operators now, in order.
    fn known(&self, conn: &mut Conn) -> Known {
        let ids = operators::table
            .filter(operators::organization_id.eq(self.id()))
            .order(operators::id)
            .select(operators::id);
        Known(ids.load(conn).unwrap())
    }

    fn in_words(&self, outcomes: Vec<Outcome>) -> Vec<String> {
        let read = |conn: &mut Conn| Ok::<_, Error>(self.known(conn));
        let known = self.server.app.db.read_blocking(read).unwrap();
        let words = |outcome| {
            let (what, operator) = match outcome {
                Outcome::Created(operator) => ("created", operator),
                Outcome::Updated(operator) => ("updated", operator),
                Outcome::Unchanged(operator) => ("unchanged", operator),
            };
            let (place, profile) = (known.place(operator.id.0), operator.profile);
            format!("{what} {place:?} {} {profile:?}", operator.status)
        };
        outcomes.into_iter().map(words).collect()
    }

    /// Returns everything that the lists have written, without what differs between organizations.
    pub(super) fn state(&self) -> Vec<String> {
        let db = &self.server.app.db;
        let read = |conn: &mut Conn| Ok::<_, Error>(self.read(conn).unwrap());
        db.read_blocking(read).unwrap()
    }

    fn read(&self, conn: &mut Conn) -> QueryResult<Vec<String>> {
        let known = self.known(conn);
        let operators: Vec<OperatorRow> = operators::table
            .filter(operators::organization_id.eq(self.id()))
            .order(operators::id)
            .select((
                operators::id,
                operators::name,
                operators::external_id,
                operators::email,
                operators::email_key,
                operators::email_fold,
                operators::status,
                operators::updated_at,
            ))
            .load(conn)?;
        let mut state: Vec<_> = operators
            .into_iter()
            .map(|(id, name, external_id, email, key, fold, status, at)| {
                let place = known.place(id);
                format!("{place:?} {name} {external_id:?} {email:?} {key:?} {fold:?} {status} {at}")
            })
            .collect();
        let entries: Vec<EntryRow> = feed::table
            .filter(feed::organization_id.eq(self.id()))
            .filter(feed::operator_id.is_not_null())
            .order(feed::seq)
            .select((
                feed::seq,
                feed::kind,
                feed::operator_id,
                feed::at,
                feed::until,
                feed::life_days,
            ))
            .load(conn)?;
        let rank = |seq: i64| entries.iter().position(|entry| entry.0 == seq);
        state.extend(entries.iter().map(|(_, kind, operator, at, until, life)| {
            format!(
                "{kind} {:?} {at} {until:?} {life:?}",
                operator.map(|id| known.place(id))
            )
        }));
        let lines: Vec<(String, Option<String>, i64, Option<i64>)> = audit::table
            .filter(audit::organization_id.eq(self.id()))
            .filter(audit::target.like("operator:%"))
            .order(audit::id)
            .select((audit::action, audit::target, audit::at, audit::feed_seq))
            .load(conn)?;
        state.extend(lines.into_iter().map(|(action, target, at, seq)| {
            let id: i64 = target.unwrap()["operator:".len()..].parse().unwrap();
            format!("{action} {:?} {at} {:?}", known.place(id), seq.map(rank))
        }));
        // Their ids are random, and so is their order.
        let messages: Vec<(i64, String, String)> = deliveries::table
            .filter(deliveries::organization_id.eq(self.id()))
            .order(deliveries::webhook_id)
            .select((deliveries::webhook_id, deliveries::event, deliveries::body))
            .load(conn)?;
        let first = messages.first().map_or(0, |(webhook, ..)| *webhook);
        let mut messages: Vec<_> = messages
            .into_iter()
            .map(|(webhook, event, body)| {
                let mut body: Value = serde_json::from_str(&body).unwrap();
                let data = &mut body["data"];
                data["organizationId"].take();
                data["operatorId"] = json!(known.place(data["operatorId"].as_i64().unwrap()));
                data["seq"] = json!(data["seq"].as_i64().map(rank));
                format!("{} {event} {body}", webhook - first)
            })
            .collect();
        messages.sort();
        state.extend(messages);
        Ok(state)
    }
}
