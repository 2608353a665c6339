//! The job of the platform, day by day.

use diesel::prelude::*;
use lanyard::base::{Digest, PlatformAdminId, TokenId};
use lanyard::db::schema::{ended_platform_sessions, platform_forms, platform_sessions};
use lanyard::db::{Conn, Result};

use super::{DAYS, Year, after};
use crate::support::Server;

/// A session, one that an act has ended, and a form each day: sessions are gone when they were idle, forms
/// after a week.
pub(super) fn purge_platform_sessions(server: &Server) {
    let mut year = Year::of(server, "purge_platform_sessions");
    for day in DAYS {
        let (now, digest) = (after(day - 1), Digest::of(&day.to_string()));
        let insert = |conn: &mut Conn| -> Result<()> {
            diesel::insert_into(platform_sessions::table)
                .values((
                    platform_sessions::digest.eq(digest),
                    platform_sessions::id.eq(TokenId::generate(now)),
                    platform_sessions::admin_id.eq(PlatformAdminId(1)),
                    platform_sessions::state.eq("signed_in"),
                    platform_sessions::signed_in_at.eq(now),
                    platform_sessions::last_seen_at.eq(now),
                    platform_sessions::authenticated_at.eq(now),
                    platform_sessions::wrong_codes.eq(0),
                ))
                .execute(conn)?;
            diesel::insert_into(ended_platform_sessions::table)
                .values((
                    ended_platform_sessions::digest.eq(digest),
                    ended_platform_sessions::admin_id.eq(PlatformAdminId(1)),
                    ended_platform_sessions::last_seen_at.eq(now),
                ))
                .execute(conn)?;
            diesel::insert_into(platform_forms::table)
                .values((
                    platform_forms::digest.eq(digest),
                    platform_forms::sent_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        };
        server.app.db.write_blocking(insert).unwrap();
        year.pass();
        let left = server.app.db.read_blocking(|conn| -> Result<[i64; 3]> {
            Ok([
                platform_sessions::table.count().get_result(conn)?,
                ended_platform_sessions::table.count().get_result(conn)?,
                platform_forms::table.count().get_result(conn)?,
            ])
        });
        let [sessions, ended, forms] = left.unwrap();
        assert!(
            sessions <= 2 && ended <= 2 && forms <= 9,
            "day {day}: {sessions}, {ended}, {forms}"
        );
    }
    assert!(year.end() >= 3 * (365 - 9));
}
