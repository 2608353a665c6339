//! The jobs that count, day by day.

use diesel::prelude::*;
use lanyard::base::OrganizationId;
use lanyard::db::Result;
use lanyard::db::schema::usage;
use lanyard::usage::{Count, Grain};

use super::{DAYS, Year};
use crate::support::Server;

const ORGANIZATION: OrganizationId = OrganizationId(1);

/// Returns how many rows of an organization there are.
fn rows(server: &Server, organization: OrganizationId) -> i64 {
    let count = |conn: &mut _| -> Result<i64> {
        let own = usage::table.filter(usage::organization_id.eq(organization));
        Ok(own.count().get_result(conn)?)
    };
    server.app.db.read_blocking(count).unwrap()
}

/// What was gathered each day waits to be written.
pub(super) fn gather_usage(server: &Server) {
    let app = &server.app;
    let mut year = Year::of(server, "gather_usage");
    for _ in DAYS {
        app.usage.note(ORGANIZATION, Count::Valid);
        year.pass();
    }
    assert_eq!(rows(server, ORGANIZATION), 0);
    // The organization and the service itself.
    assert_eq!(app.usage.write(&app.db).unwrap(), 2 * 365);
    assert_eq!(rows(server, ORGANIZATION), 3 * 365);
    assert_eq!(year.end(), 0);
}

/// Three rows each day for an organization, and for the service itself.
pub(super) fn write_usage(server: &Server) {
    let mut year = Year::of(server, "write_usage");
    for day in DAYS {
        server.app.usage.note(ORGANIZATION, Count::Valid);
        year.pass();
        assert_eq!(rows(server, ORGANIZATION), 3 * day);
        assert_eq!(rows(server, OrganizationId::SERVICE), 3 * day);
    }
    assert_eq!(year.end(), 2 * 365);
}

/// An organization with a company token.
pub(super) fn count_live_tokens(server: &Server) {
    let acme = server.organization("acme");
    let mut year = Year::of(server, "count_live_tokens");
    for day in DAYS {
        year.pass();
        assert_eq!(rows(server, OrganizationId(acme.id)), 3 * day);
    }
    assert_eq!(year.end(), 365);
}

/// Rows of minutes and quarters are gone when their spans are over, those of days are there for 400.
pub(super) fn purge_usage(server: &Server) {
    let app = &server.app;
    let mut year = Year::of(server, "purge_usage");
    for day in DAYS {
        app.usage.note(ORGANIZATION, Count::Valid);
        app.usage.gather(app.clock.now());
        app.usage.write(&app.db).unwrap();
        year.pass();
        let left = |grain: Grain| {
            let count = |conn: &mut _| -> Result<i64> {
                let own = usage::table.filter(usage::organization_id.eq(ORGANIZATION));
                let own = own.filter(usage::grain.eq(grain.as_str()));
                Ok(own.count().get_result(conn)?)
            };
            app.db.read_blocking(count).unwrap()
        };
        let kept = [left(Grain::Minute), left(Grain::Quarter), left(Grain::Day)];
        assert_eq!(kept, [1, day.min(2), day], "day {day}");
    }
    // Of the organization and of the service.
    assert_eq!(year.end(), 2 * (364 + 363));
}
