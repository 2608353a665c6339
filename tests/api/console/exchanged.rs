//! Ending sessions while a second factor is accepted: the session that waited has another id then, and
//! ends too.

use std::sync::mpsc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Bool;
use lanyard::audit::Origin;
use lanyard::base::{Digest, OperatorId, OrganizationId, PlatformAdminId, TokenId, clock};
use lanyard::db::schema::{
    console_sessions, platform_recovery_codes, platform_sessions, recovery_codes,
};
use lanyard::db::{Conn, Result};
use lanyard::platform;
use lanyard::session::{SessionState, console};

use super::*;
use crate::support::on_both;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Waits until another transaction waits for this one. On SQLite none can have begun.
fn await_another(conn: &mut Conn) {
    let Conn::Postgres(conn) = conn else { return };
    let start = clock::boot_time();
    while clock::boot_time().saturating_sub(start) < Duration::from_mins(1) {
        // Not `pg_stat_activity`, which stays the same within a transaction.
        let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted \
                     AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS is_so";
        let waits: Answer = sql_query(waits).get_result(conn).unwrap();
        if waits.is_so {
            return;
        }
        std::thread::yield_now();
    }
    panic!("nobody waits");
}

/// Acts while another transaction has done this, which is committed once somebody waits for it.
fn act_during<T>(
    server: &Server,
    first: impl FnOnce(&mut Conn) -> Result<()> + Send,
    act: impl FnOnce() -> T,
) -> T {
    let (send, begun) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let write = |conn: &mut Conn| {
                first(conn)?;
                send.send(()).unwrap();
                await_another(conn);
                Ok::<_, lanyard::db::Error>(())
            };
            server.app.db.write_blocking(write).unwrap();
        });
        begun.recv().unwrap();
        act()
    })
}

on_both!(
    a_platform_session_that_begins_meanwhile_ends_too,
    "database.pool_size=4"
);
fn a_platform_session_that_begins_meanwhile_ends_too(server: &Server) {
    use platform_sessions as sessions;
    let admin = super::platform::root(server, "root");
    let _waits = admin.half_in(server);
    let id: PlatformAdminId = admin.id;
    // What the code does to the session that waits.
    let begin = move |conn: &mut Conn| -> Result<()> {
        let code: Digest = platform_recovery_codes::table
            .select(platform_recovery_codes::digest)
            .first(conn)?;
        let codes = platform_recovery_codes::table.find((id, code));
        assert_eq!(diesel::delete(codes).execute(conn)?, 1);
        let begun = (
            sessions::digest.eq(Digest([7; 32])),
            sessions::id.eq(TokenId([7; 16])),
            sessions::state.eq(SessionState::SignedIn),
        );
        assert_eq!(diesel::update(sessions::table).set(begun).execute(conn)?, 1);
        Ok(())
    };
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    let ended = act_during(server, begin, || {
        let end = |conn: &mut Conn| platform::end_all(conn, id, &origin, now);
        server.app.db.write_blocking(end).unwrap()
    });
    assert_eq!(ended.unwrap().1, 1);
    let left = |conn: &mut Conn| -> Result<i64> { Ok(sessions::table.count().get_result(conn)?) };
    assert_eq!(server.app.db.read_blocking(left).unwrap(), 0);
}

on_both!(
    a_console_session_that_begins_meanwhile_ends_with_the_others,
    "database.pool_size=4"
);
fn a_console_session_that_begins_meanwhile_ends_with_the_others(server: &Server) {
    use console_sessions as sessions;
    let acme = server.organization("acme");
    let id = operator(&acme, "olga", "admin");
    let (_, codes) = totp(&acme, id);
    let sign_in = || {
        let browser = Browser::default();
        let answer = browser.sign_in(server, "acme/olga", PASSWORD);
        let form = browser.follow(server, &answer).form("second-factor");
        (browser, form)
    };
    let (kept, form) = sign_in();
    let sent = [("recovery", codes[0].as_str()), ("do", "verify")];
    kept.send(server, &form, &sent).with_status(303);
    let _waits = sign_in();
    let (organization, operator) = (OrganizationId(acme.id), OperatorId(id));
    let exchange = move |conn: &mut Conn| -> Result<()> {
        let code: Digest = recovery_codes::table
            .select(recovery_codes::digest)
            .first(conn)?;
        let codes = recovery_codes::table.find((organization, operator, code));
        assert_eq!(diesel::delete(codes).execute(conn)?, 1);
        let waits = sessions::table.filter(sessions::state.eq(SessionState::SecondFactor));
        let begun = (
            sessions::digest.eq(Digest([7; 32])),
            sessions::jti.eq(TokenId([7; 16])),
            sessions::state.eq(SessionState::SignedIn),
        );
        assert_eq!(diesel::update(waits).set(begun).execute(conn)?, 1);
        Ok(())
    };
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    let own = move |conn: &mut Conn| -> Result<TokenId> {
        let open = sessions::table.filter(sessions::state.eq(SessionState::SignedIn));
        Ok(open.select(sessions::jti).first(conn)?)
    };
    let spared = server.app.db.read_blocking(own).unwrap();
    let lives = lanyard::session::Lives::of_console(&server.app);
    let which = (organization, spared);
    let ended = act_during(server, exchange, || {
        let end = |conn: &mut Conn| console::end_others_by_id(conn, which, lives, &origin, now);
        server.app.db.write_blocking(end)
    });
    assert_eq!(ended.unwrap(), 1);
    kept.get(server, "/console").with_status(200);
    let left = |conn: &mut Conn| -> Result<i64> { Ok(sessions::table.count().get_result(conn)?) };
    assert_eq!(server.app.db.read_blocking(left).unwrap(), 1);
}
