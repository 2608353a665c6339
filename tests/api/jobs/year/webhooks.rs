//! A message a week, delivered on its day.

use lanyard::base::{OrganizationId, Sequence};
use lanyard::db::Result;
use lanyard::outbox::{self, Event};
use serde_json::json;
use std::time::Duration;

use super::{DAYS, Year, after};
use crate::support::Server;
use crate::webhooks::receiver::Receiver;

pub(super) fn deliver_webhooks(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    acme.post("/api/company/webhooks")
        .json(&json!({"url": receiver.url("/"), "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    let app = &server.app;
    app.db
        .write_blocking(|conn| -> Result<()> {
            for week in 1..=52 {
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
                outbox::emit(conn, OrganizationId(acme.id), &event, at)?;
            }
            Ok(())
        })
        .unwrap();
    let mut year = Year::of(server, "deliver_webhooks");
    for day in DAYS {
        year.pass();
        assert!(app.postmen.await_all(Duration::from_mins(1)));
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
