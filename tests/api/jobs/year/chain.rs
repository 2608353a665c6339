//! The lines of a year are sealed day by day, and checked.

use lanyard::audit::verify::verify;
use lanyard::audit::{self, Action, Actor, Event, job};

use super::{DAYS, Year, after};
use crate::support::Server;

fn record(server: &Server, day: i64) {
    let event = Event::new(Action::LoginFailed, Actor::Anonymous, after(day));
    let recorded = server
        .app
        .db
        .write_blocking(|conn| audit::record(conn, &event));
    recorded.unwrap();
}

/// A line each day, and nothing to seal on every third one.
pub(super) fn seal_audit(server: &Server) {
    let mut year = Year::of(server, "seal_audit");
    for day in DAYS {
        if day % 3 != 0 {
            record(server, day);
        }
        year.pass();
    }
    let report = verify(&server.app.db, &[]).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(report.batches, 244, "one for each day with lines");
    // Two more lines are about the first signing key.
    assert_eq!(report.lines, 244 + 2);
    assert_eq!(year.end(), 244 + 2);
}

/// Each day's lines are sealed before; the job reads the chain again and again.
pub(super) fn check_audit(server: &Server) {
    let mut year = Year::of(server, "check_audit");
    let app = &server.app;
    let mut batches = 0;
    let mut checked = 0;
    for day in DAYS {
        if day <= 3 {
            record(server, day);
            job::seal(&app.db, &app.nodes.duty, app.clock.now()).unwrap();
            batches += 1;
        }
        year.pass();
        // A batch that is new is checked first, then all of them.
        checked += if day <= 3 && day > 1 { 1 } else { batches };
    }
    assert_eq!(year.end(), checked);
}
