//! A message each week, delivered on its day.

use lanyard::base::{OrganizationId, Sequence};
use lanyard::db::Result;
use lanyard::outbox::{self, Event};
use serde_json::json;
use std::time::Duration;

use super::{DAY, DAYS, Year, after};
use crate::support::Server;
use crate::webhooks::receiver::Receiver;

pub(super) fn deliver_webhooks(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    acme.post("/api/company/webhooks")
        .json(&json!({"url": receiver.url("/"), "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    let app = &server.app;
    let write = |week: i64| {
        let at = after(7 * week);
        let event = Event::TokenRevoked {
            kind: "organization",
            jti: None,
            operator_id: None,
            kid: None,
            seq: Sequence(week),
            at,
            until: None,
        };
        let organization = OrganizationId(acme.id);
        app.db
            .write_blocking(|conn| -> Result<_> { outbox::emit(conn, organization, &event, at) })
            .unwrap();
    };
    let mut year = Year::of(server, "deliver_webhooks");
    for day in DAYS {
        // Half a day before its day: only a clock that is wrong writes a time that is further
        // ahead.
        server.wait(DAY / 2);
        if day % 7 == 0 {
            write(day / 7);
        }
        year.pass_rest(DAY / 2);
        assert!(app.webhooks.await_all(Duration::from_mins(1)));
        let got: Vec<_> = receiver
            .all()
            .iter()
            .map(|got| got.json()["data"]["seq"].clone())
            .collect();
        if day % 7 == 0 {
            assert_eq!(got, [day / 7], "day {day}");
        } else {
            assert!(got.is_empty(), "day {day}: {got:?}");
        }
    }
    assert_eq!(year.end(), 52);
}
