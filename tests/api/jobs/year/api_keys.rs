//! The jobs of API keys, day by day.

use std::time::Duration;

use diesel::prelude::*;
use lanyard::base::{ApiKeyId, Digest, OrganizationId};
use lanyard::db::Result;
use lanyard::db::schema::{api_key_texts, api_key_usage};

use super::{DAYS, Year, after};
use crate::support::Server;

const ORGANIZATION: OrganizationId = OrganizationId(1);

/// A use each day.
pub(super) fn write_api_key_uses(server: &Server) {
    let mut year = Year::of(server, "write_api_key_uses");
    let key = (ORGANIZATION, ApiKeyId::draw());
    for day in DAYS {
        server.app.keys.uses.note(key, None, after(day - 1));
        year.pass();
    }
    let days = server.app.db.read_blocking(|conn| -> Result<i64> {
        Ok(api_key_usage::table.count().get_result(conn)?)
    });
    assert_eq!(days.unwrap(), 365);
    assert_eq!(year.end(), 365);
}

/// A line of use and a text that ends each day.
pub(super) fn purge_api_keys(server: &Server) {
    let mut year = Year::of(server, "purge_api_keys");
    let id = ApiKeyId::draw();
    for day in DAYS {
        let now = after(day - 1);
        server.app.keys.uses.note((ORGANIZATION, id), None, now);
        server.app.keys.uses.write(&server.app.db).unwrap();
        server
            .app
            .db
            .write_blocking(|conn| -> Result<()> {
                diesel::insert_into(api_key_texts::table)
                    .values((
                        api_key_texts::organization_id.eq(ORGANIZATION),
                        api_key_texts::digest.eq(Digest::of(&day.to_string())),
                        api_key_texts::key_id.eq(id),
                        api_key_texts::ends_at.eq(now.plus(Duration::from_secs(1))),
                    ))
                    .execute(conn)?;
                Ok(())
            })
            .unwrap();
        year.pass();
        let left = server.app.db.read_blocking(|conn| -> Result<[i64; 2]> {
            Ok([
                api_key_texts::table.count().get_result(conn)?,
                api_key_usage::table.count().get_result(conn)?,
            ])
        });
        let left = left.unwrap();
        assert!(left.iter().all(|count| *count <= 33), "day {day}: {left:?}");
    }
    assert!(year.end() >= 2 * (365 - 33));
}
