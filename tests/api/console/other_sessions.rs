//! Ending sessions, however many there are.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use lanyard::db::{Conn, Result};
use lanyard::on_backend;

use super::*;
use crate::support::on_both;

/// The ids of the sessions that a person sees.
fn listed(server: &Server, browser: &Browser) -> Vec<String> {
    let page = browser.open(server, "/console/sessions");
    let rows = page.html().split("<tr data-id=\"").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned())
        .collect()
}

/// Adds 201 sessions like the one that was used last.
fn fill(conn: &mut Conn) -> Result<()> {
    let (digest, jti) = match conn {
        Conn::Sqlite(_) => ("randomblob(32)", "randomblob(16)"),
        Conn::Postgres(_) => (
            "decode(md5(n.i::text) || md5(n.i::text), 'hex')",
            "decode(md5(n.i::text), 'hex')",
        ),
    };
    let columns = "organization_id, operator_id, rev, state, amr, signed_in_at, last_seen_at, \
                   authenticated_at, credential_at, wrong_codes, address, agent, notice";
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201) \
         INSERT INTO console_sessions (digest, jti, {columns}) \
         SELECT {digest}, {jti}, {columns} FROM console_sessions, n \
         WHERE last_seen_at = (SELECT MAX(last_seen_at) FROM console_sessions)"
    );
    on_backend!(conn, c => sql_query(statement).execute(c))?;
    Ok(())
}

on_both!(all_other_sessions_end_also_those_that_no_list_shows);
fn all_other_sessions_end_also_those_that_no_list_shows(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "mia", "admin");
    let old = Browser::signed_in(server, "acme/mia", PASSWORD);
    let id = listed(server, &old).remove(0);
    server.wait(60);
    let olga = admin(server, &acme);
    server.app.db.write_blocking(fill).unwrap();
    assert!(!listed(server, &olga).contains(&id));
    // An admin ends a session that is not in the list.
    let answer = olga.submit(
        server,
        "/console/sessions",
        "others",
        &[("session", id.as_str()), ("do", "end")],
    );
    olga.follow(server, &answer);
    old.get(server, "/console").with_status(303);
    let answer = olga.submit(
        server,
        "/console/sessions",
        "others",
        &[("do", "end-others")],
    );
    olga.follow(server, &answer);
    assert_eq!(listed(server, &olga).len(), 1);
}

on_both!(the_command_line_ends_the_others_of_a_session);
fn the_command_line_ends_the_others_of_a_session(server: &Server) {
    use lanyard::audit::Origin;
    use lanyard::base::{OrganizationId, TokenId};
    use lanyard::session::Lives;
    use lanyard::session::console::{OthersError, end_others_by_id};
    let acme = server.organization("acme");
    operator(&acme, "mia", "admin");
    let mia = Browser::signed_in(server, "acme/mia", PASSWORD);
    let kept = admin(server, &acme);
    let others = [0, 1].map(|_| Browser::signed_in(server, "acme/olga", PASSWORD));
    let own = kept.open(server, "/console/sessions");
    let row = own.html().split("<tr data-id=\"");
    let row = row
        .skip(1)
        .find(|row| row.contains("this session"))
        .unwrap();
    let id: TokenId = row.split('"').next().unwrap().parse().unwrap();
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    let lives = Lives::of_console(&server.app);
    let end = |organization: i64| {
        let which = (OrganizationId(organization), id);
        let write = |conn: &mut Conn| end_others_by_id(conn, which, lives, &origin, now);
        server.app.db.write_blocking(write)
    };
    let of_another = end(acme.id + 1);
    assert!(matches!(of_another, Err(OthersError::Unknown)));
    assert_eq!(end(acme.id).unwrap(), 2);
    for browser in [&kept, &mia] {
        browser.get(server, "/console").with_status(200);
    }
    for browser in &others {
        browser.get(server, "/console").with_status(303);
    }
    assert_eq!(end(acme.id).unwrap(), 0);
    let ended = acme.get("/api/company/audit?action=session.ended").send();
    assert_eq!(ended.items()[0]["actor"], "command-line");
}

on_both!(expired_sessions_end_with_the_others_and_none_is_spared);
fn expired_sessions_end_with_the_others_and_none_is_spared(server: &Server) {
    use lanyard::audit::Origin;
    use lanyard::base::{OrganizationId, TokenId};
    use lanyard::db::schema::console_sessions as sessions;
    use lanyard::session::Lives;
    use lanyard::session::console::{OthersError, end_others_by_id};
    let acme = server.organization("acme");
    let _old = admin(server, &acme);
    let ids = || {
        let read = |conn: &mut Conn| -> Result<Vec<TokenId>> {
            let ids = sessions::table.order(sessions::signed_in_at);
            Ok(ids.select(sessions::jti).load(conn)?)
        };
        server.app.db.read_blocking(read).unwrap()
    };
    // What is configured here, and shown by this clock, decides about the session that is spared only.
    let lives = Lives::of_console(&server.app);
    let later = server.app.clock.now().plus(lives.idle);
    let origin = Origin::command_line();
    let end = |id: TokenId, now| {
        let which = (OrganizationId(acme.id), id);
        let write = |conn: &mut Conn| end_others_by_id(conn, which, lives, &origin, now);
        server.app.db.write_blocking(write)
    };
    server.wait(60);
    let kept = Browser::signed_in(server, "acme/olga", PASSWORD);
    let [old, new] = ids()[..] else {
        panic!("two sessions")
    };
    assert!(matches!(end(old, later), Err(OthersError::NotOpen)));
    assert_eq!(ids().len(), 2);
    assert_eq!(end(new, later).unwrap(), 1);
    kept.get(server, "/console").with_status(200);
    let late = later.plus(Duration::from_mins(1));
    assert!(matches!(end(new, late), Err(OthersError::NotOpen)));
}

on_both!(a_sign_in_that_waits_for_a_code_ends_with_the_others);
fn a_sign_in_that_waits_for_a_code_ends_with_the_others(server: &Server) {
    let acme = server.organization("acme");
    let id = operator(&acme, "olga", "admin");
    let (_, codes) = totp(&acme, id);
    let begin = || {
        let browser = Browser::default();
        let answer = browser.sign_in(server, "acme/olga", PASSWORD);
        let form = browser.follow(server, &answer).form("second-factor");
        (browser, form)
    };
    let (browser, form) = begin();
    let sent = [("recovery", codes[0].as_str()), ("do", "verify")];
    browser.send(server, &form, &sent).with_status(303);
    let (waiting, form) = begin();
    let answer = browser.submit(
        server,
        "/console/sessions",
        "others",
        &[("do", "end-others")],
    );
    browser.follow(server, &answer);
    let sent = [("recovery", codes[1].as_str()), ("do", "verify")];
    let answer = waiting.send(server, &form, &sent);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/sign-in"));
    waiting.get(server, "/console").with_status(303);
}
